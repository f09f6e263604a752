"""What a branch starts from: the program of a recorded run, its folder, its interpreter, its random state."""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.record import schema

if TYPE_CHECKING:
    from unstuck.record.manifest import Target as Recorded
    from unstuck.record.reader import Record
    from unstuck.watch.target import Target

KNOWN = frozenset(
    {"numpy", "scipy", "sklearn", "pandas", "matplotlib", "PIL", "skorch", "lightning", "pytorch_lightning",
     "transformers", "datasets", "torchvision", "torchaudio", "tqdm", "h5py"}
)  # fmt: skip
"""libraries whose import changes nothing but memory"""
AGAIN = {
    "inside": "it was watched from inside of its program (`unstuck.watch`), which may hold more than the training. "
    "Try changes on the objects, `unstuck.experiment(make_model, loss, make_optimizer, data)`, or watch a script from "
    "outside, `unstuck run --verify train.py`.",
    "objects": "it was made of objects, and no copy of them is kept. Call `unstuck.experiment` once more.",
}
"""what can be done where a run has no program of its own"""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a branch starts from: the program of a recorded run, its folder, its interpreter, its random state."""

    kind: str
    what: str
    arguments: tuple[str, ...]
    cwd: str
    python: str
    generators: dict[str, Any]
    libraries: tuple[str, ...] = ()
    """well-known libraries that the script imports: loaded once, before any branch"""

    @classmethod
    def of(cls, record: Record) -> Origin:
        """The start of a recorded run.

        Raises:
            UsageError: the record does not tell how it was started, or its program has changed or is gone.
        """
        manifest = record.manifest
        target = manifest.target
        if target is not None and target.kind in AGAIN:
            raise UsageError(f"{record.name} cannot be run again: {AGAIN[target.kind]}")
        if target is None or target.kind not in ("script", "module", "code") or manifest.cwd is None:
            raise UsageError(
                f"{record.name} cannot be run again: it was not started by `unstuck run` on a script, a module or code."
            )
        if target.kind == "script":
            _unchanged(target)
        return cls(
            target.kind, target.path or target.what, manifest.argv[1:], manifest.cwd,
            manifest.python or sys.executable, _generators(record), _libraries(target.path),
        )

    @classmethod
    def of_target(cls, target: Target, python: str) -> Origin:
        """The start of a program that was not watched: in this folder, from fixed random states."""
        path = str(Path(target.what).resolve()) if target.kind == "script" else None
        return cls(target.kind, path or target.what, target.arguments, str(Path.cwd()), python, {}, _libraries(path))


def _libraries(script: str | None) -> tuple[str, ...]:
    """What of `KNOWN` a script imports by itself; its own modules are not followed, nor such as are called the same."""
    if script is None or not Path(script).is_file():
        return ()
    names: list[str] = []
    try:
        tree = ast.parse(Path(script).read_bytes())
    except (SyntaxError, ValueError):
        return ()  # the branch will say so, as Python does
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    beside = {path.stem for path in Path(script).resolve().parent.iterdir()}
    return tuple(dict.fromkeys(name for name in names if name.split(".")[0] in KNOWN - beside))


def _unchanged(target: Recorded) -> None:
    from unstuck.watch.directory import digest

    path = Path(target.path or target.what)
    if not path.exists():
        raise UsageError(f"The script {path} is gone, so it cannot be run again.")
    if target.sha256 and digest(path) != target.sha256:
        raise UsageError(f"The script {path} has changed since it was run; watch it again with `unstuck run`.")


def _generators(record: Record) -> dict[str, Any]:
    """The generators' states at the start of the part that trained."""
    part = record.main
    path = part.path / schema.RNG_FILE if part is not None else None
    if path is None or not path.exists():
        return {}
    states: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return states
