"""What is to be run, as it would stand on Python's own command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unstuck.core.errors import LaunchError, UsageError
from unstuck.watch.directory import digest


@dataclass(frozen=True, slots=True)
class Target:
    """A script, a module (``-m``), a piece of code (``-c``) or standard input (``-``), and its arguments."""

    kind: str
    what: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        """The words after the interpreter's name."""
        flag = {"module": ["-m"], "code": ["-c"]}.get(self.kind, [])
        return [*flag, self.what, *self.arguments]

    @property
    def stem(self) -> str:
        """A short name for the run."""
        if self.kind == "script":
            return Path(self.what).resolve().stem
        return self.what if self.kind == "module" else self.kind

    @property
    def about(self) -> dict[str, object]:
        """For the manifest."""
        if self.kind != "script":
            return {"kind": self.kind, "what": self.what}
        path = Path(self.what).resolve()
        return {"kind": self.kind, "what": self.what, "path": str(path), "sha256": digest(path)}


def parse(words: list[str]) -> Target:
    """The target of ``[-m MODULE | -c CODE | - | SCRIPT] [ARGUMENTS]``, if Python could start it."""
    first = words[0]
    for flag, kind, noun in (("-m", "module", "a module's name"), ("-c", "code", "some code")):
        if first.startswith(flag):
            rest = [first[len(flag) :], *words[1:]] if len(first) > len(flag) else words[1:]
            if not rest:
                raise UsageError(f"{flag} is to be followed by {noun}: `unstuck run {flag} … [ARGUMENTS]`.")
            return Target(kind, rest[0], tuple(rest[1:]))
    if first == "-":
        return Target("stdin", first, tuple(words[1:]))
    _check_script(Path(first))
    return Target("script", first, tuple(words[1:]))


def _check_script(path: Path) -> None:
    if path.is_dir():
        if not (path / "__main__.py").exists():
            raise LaunchError(
                f"{path} is a directory without a __main__.py, so Python cannot run it. "
                "Name the script in it."
            )
    elif not path.exists():
        raise LaunchError(f"There is no script {path}. Python would look for it in {Path.cwd()}.")
    else:
        try:
            path.open("rb").close()
        except OSError as error:
            raise LaunchError(f"The script {path} cannot be read: {error.strerror}.") from error
