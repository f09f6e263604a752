"""``python -m unstuck`` is the command ``unstuck``."""

from unstuck.cli.main import main

main()
