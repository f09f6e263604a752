"""The forms of an answer: what makes each, and what writes those that were asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from unstuck.run import Answer


class Form(StrEnum):
    """What `unstuck show` prints."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


MADE: Mapping[str, Callable[[Answer], str]] = MappingProxyType({
    "json": lambda answer: answer.json(),
    "html": lambda answer: answer.html(),
    "sarif": lambda answer: answer.sarif(),
    "markdown": lambda answer: answer.markdown(),
    "card": lambda answer: answer.card(),
    "github": lambda answer: answer.github(),
})  # fmt: skip
"""what makes each form, by its name"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The files that were asked for, by their form; ``github`` is None where nobody said."""

    json: Path | None = None
    html: Path | None = None
    sarif: Path | None = None
    markdown: Path | None = None
    card: Path | None = None
    tensorboard: Path | None = None
    github: bool | None = None

    @property
    def files(self) -> dict[str, Path]:
        """Forms that are one file each."""
        named = {"json": self.json, "html": self.html, "sarif": self.sarif, "markdown": self.markdown,
                 "card": self.card}
        return {form: path for form, path in named.items() if path is not None}

    def check(self) -> None:
        """Refuse what could not be written, before the program has run for hours.

        Raises:
            UsageError: a folder or a package is missing.
        """
        for path in self.files.values():
            if not path.absolute().parent.is_dir():
                raise UsageError(f"The folder of {path} does not exist. Make it first; nothing was started.")
        if self.tensorboard is not None:
            from unstuck.show.tensorboard.board import require

            require()

    def write(self, answer: Answer) -> list[str]:
        """Write them all; gives what is to be said of it.

        Raises:
            UsageError: some of them cannot be written; the others are.
        """
        said: list[str] = []
        failed: list[str] = []
        for form, path in self.files.items():
            content = MADE[form](answer)
            try:
                path.write_text(content, encoding="utf-8")
            except OSError as error:
                failed.append(f"The answer cannot be written to {path}: {error.strerror}.")
        if self.tensorboard is not None:
            try:
                said += _tensorboard(answer, self.tensorboard)
            except UsageError as error:
                failed.append(str(error))
        if failed:
            raise UsageError(" ".join(failed))
        return said

    def annotations(self, answer: Answer, *, quiet: bool = False) -> str:
        """GitHub workflow commands where they were asked for, or the job runs on GitHub and nobody said no."""
        on_github = os.environ.get("GITHUB_ACTIONS") == "true" and not quiet
        return answer.github() if self.github or (self.github is None and on_github) else ""


def _tensorboard(answer: Answer, directory: Path) -> list[str]:
    try:
        written = answer.tensorboard(directory)
    except OSError as error:
        raise UsageError(f"TensorBoard's files cannot be written to {directory}: {error.strerror}.") from error
    left_out = f" ({'; '.join(written.left_out)})" if written.left_out else ""
    return [f"TensorBoard: {written.folder}{left_out}; to look at it: tensorboard --logdir {directory}"]
