"""A search, ready to be run: what is tried, how, and under which name it is kept."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.tune.settings import TuneSettings
from unstuck.tune.storage import JOURNAL, is_database, open_storage, open_study

if TYPE_CHECKING:
    from optuna.study import Study

    from unstuck.tune.objective.outcome import Objective
    from unstuck.tune.samplers import Sampler
    from unstuck.tune.space.parameter import Parameter

STUDIES = "studies"
"""folder of journals, in the folder of records"""
DIGEST = "unstuck:digest"
"""attribute of a study: of what is searched"""
SPACE = "unstuck:space"
"""attribute of a study: the hyper-parameters, as they were asked for"""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is searched, and how."""

    target: str
    """the script or the build function, for people"""
    stem: str
    """short name"""
    digest: str
    """of everything that makes two searches the same one"""
    objective_words: str
    make: Callable[[Path, Sampler | None], Objective]
    """the objective, from the folder of the records of its trials"""
    settings: TuneSettings
    space: tuple[Parameter, ...] | None = None
    """None where it shows only as it is asked for"""
    command: Callable[[dict[str, object]], str] | None = None
    """that trains with a setting"""

    def opened(self) -> tuple[Study, str]:
        """The study and its storage.

        Raises:
            UsageError: the storage cannot be reached, or holds another search under this name.
        """
        settings = self.settings
        name = settings.study or f"{self.stem}-{self.digest[:8]}"
        storage = settings.storage or str(settings.dir / STUDIES / f"{name}{JOURNAL}")
        if settings.new:
            name, storage = self._unused(name, storage)
        study = open_study(open_storage(storage), name, maximize=settings.maximize)
        known = study.user_attrs.get(DIGEST)
        if known is None:
            study.set_user_attr(DIGEST, self.digest)
        elif known != self.digest:
            raise UsageError(
                f"The study {name} in this storage is of another search: the program, the space or the objective has "
                "changed since. Give another name with --study, or begin afresh with --new."
            )
        return study, storage

    def _unused(self, name: str, storage: str) -> tuple[str, str]:
        for number in range(2, 1000):
            fresh = f"{name}-{number}"
            if self.settings.storage is None:
                path = Path(storage).with_name(f"{fresh}{JOURNAL}")
                if not path.exists():
                    return fresh, str(path)
            elif fresh not in _names(storage):
                return fresh, storage
        raise UsageError(f"There are 999 studies {name} already. Give another name with --study.")


def _names(storage: str) -> set[str]:
    import optuna

    return set(optuna.get_all_study_names(open_storage(storage)))


def digest_of(settings: TuneSettings, **parts: object) -> str:
    """Of texts and numbers, and of those settings with which another search would be done."""
    own = {
        "sampler": settings.sampler, "pruner": settings.pruner, "seed": settings.seed, "metric": settings.metric,
        "maximize": settings.maximize, "executions": settings.executions, "per_second": settings.per_second,
    }  # fmt: skip
    return hashlib.sha256(json.dumps({**own, **parts}, sort_keys=True, default=str).encode()).hexdigest()


def source_of(function: object) -> str:
    """What tells two versions of a function apart: its source, or its name where that cannot be had."""
    with suppress(OSError, TypeError):
        return inspect.getsource(function)  # type: ignore[arg-type]
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__name__)}"


def stem_of(text: str) -> str:
    """A short name for files."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")[:40] or "study"


def storage_in_words(storage: str) -> str:
    """For a record: without a password, and a path as it is."""
    from unstuck.tune.storage import without_password

    return without_password(storage) if is_database(storage) else storage
