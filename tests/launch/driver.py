"""`unstuck run` without its command line and without its answer: ``driver.py RECORDS PYTHON PROGRAM…``."""

import sys
from pathlib import Path

from unstuck.watch.launch import Launch, end_like
from unstuck.watch.options import WatchOptions
from unstuck.watch.target import parse

records, python, *program = sys.argv[1:]
launch = Launch(parse(program), python, Path(records), WatchOptions())
with launch.started():
    code = launch.finish()
sys.exit(end_like(code))
