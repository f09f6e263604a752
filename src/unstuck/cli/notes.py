"""What the launcher knows of a run that its record could not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def notes(manifest: dict[str, Any]) -> Iterator[str]:
    """One sentence for each reason why something, or everything, went unseen."""
    for failure in manifest.get("failures", ()):
        yield f"the recorder failed ({failure.get('error')}); the program ran on, unwatched from there"
    if manifest.get("branch") == "seconds":
        yield "this script was not watched; the record is that of a first branch, which was ended for time"
    child = manifest.get("child")
    if manifest.get("returncode") is None or child is None:
        return
    python = manifest.get("python")
    if not child:
        yield (
            f"nothing was seen, because {python} did not load the start-up file of unstuck. "
            "Is it a wrapper, or run with -I, -E or -S?"
        )
    elif child.get("torch") == "absent":
        yield (
            f"there is no torch in {child.get('executable', python)}. Give the interpreter that has it: "
            "`unstuck run --python .venv/bin/python train.py`"
        )
