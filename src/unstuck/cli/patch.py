"""``--write-patch FILE``: what was proved, as a diff against the script; the script itself is never edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.cli.conclude import say
from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from unstuck.run import Answer


def check_patch(path: Path | None) -> None:
    """Before anything is tried: whether the diff can be written there without replacing anything.

    Raises:
        UsageError: there is such a file already, or no such folder.
    """
    if path is None:
        return
    if path.exists():
        raise UsageError(f"The patch file {path} exists already and is not replaced. Name another file.")
    if not path.parent.is_dir():
        raise UsageError(f"The patch cannot be written to {path}: there is no folder {path.parent}.")


def write_patch(answer: Answer, path: Path | None) -> None:
    """Write the diff of what was proved; where there is none, say why, and write nothing."""
    if path is None:
        return
    results, patch = answer.diagnosis.experiments, answer.patch()
    if patch is None:
        proved = results.sufficient if results is not None else ()
        why = f"the place of {' and '.join(proved)} in the script is not certain" if proved else "nothing was proved"
        say(f"unstuck: no patch was written: {why}.")
        return
    try:
        with path.open("xb") as file:
            file.write(patch.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"The patch cannot be written to {path}: {error.strerror}.") from error
    folder = Path(answer.record.manifest.cwd or ".")
    here = folder.resolve() == Path.cwd().resolve()
    command = f"patch -p0 < {path}" if here else f"cd {folder} && patch -p0 < {path.resolve()}"
    say(f"unstuck: the patch is in {path}; the script was not changed. To apply it: {command}")
