"""What was not recorded of a run, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.record.manifest import Child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.record.manifest import Manifest


def notes(manifest: Manifest) -> Iterator[str]:
    """One sentence for each reason why something, or everything, was not recorded."""
    for failure in manifest.failures:
        yield f"the recorder failed ({failure.error}); the program continued without being recorded"
    if manifest.branch == "seconds":
        yield "the script itself was not recorded; this is the record of a first branch, which ran out of time"
    child = manifest.child
    if manifest.returncode is None or child is None:
        return
    if child == Child():
        yield (
            f"nothing was recorded, because {manifest.python} did not load the start-up file of unstuck. "
            "Is it a wrapper, or run with -I, -E or -S?"
        )
    elif child.torch == "absent":
        yield (
            f"there is no torch in {child.executable or manifest.python}. Name the interpreter that has it: "
            "`unstuck run --python .venv/bin/python train.py`"
        )
