"""Where trials are kept: a journal file by default, or a database that several machines share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from unstuck.core.errors import UsageError
from unstuck.tune.libraries import check_installed

if TYPE_CHECKING:
    from optuna.storages import BaseStorage
    from optuna.study import Study

JOURNAL = ".journal"
"""ending of a journal file"""
PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^@]*@")
PATIENCE = 10
"""seconds until a database that does not answer is called unreachable"""


def without_password(url: str) -> str:
    """The address as it may be shown and kept."""
    return PASSWORD.sub(r"\1:***@", url)


def is_database(storage: str) -> bool:
    """Whether a storage is the address of a database."""
    return "://" in storage


def open_storage(storage: str) -> BaseStorage:
    """The storage at an address or in a file, which is made where it does not exist.

    Raises:
        UsageError: it cannot be reached; the message says why.
    """
    check_installed()
    if not is_database(storage):
        return _journal(Path(storage.removeprefix("journal:")))
    if storage.startswith("redis://"):
        raise UsageError(
            "A storage in Redis is not supported. Give a path for a journal file, or a PostgreSQL address."
        )
    return _database(storage)


def _journal(path: Path) -> BaseStorage:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_journal(path)
        return JournalStorage(JournalFileBackend(str(path)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UsageError(
            f"The storage {path} cannot be used as a journal of trials: {why}. Give a path that can be written to, "
            "of a file that does not exist yet or that unstuck tune made."
        ) from error


def _check_journal(path: Path) -> None:
    """Whether a file that exists holds what a journal holds: appended to anything else, trials would be lost."""
    if path.exists() and path.stat().st_size:
        with path.open(encoding="utf-8") as file:
            try:
                known = "op_code" in json.loads(file.readline())
            except ValueError:
                known = False
            if not known:
                raise ValueError("it holds something else")


def _database(url: str) -> BaseStorage:
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    shown = without_password(url)
    options: dict[str, object] = {"pool_pre_ping": True}
    if url.startswith("postgresql"):
        options["connect_args"] = {"connect_timeout": PATIENCE}
        url = _with_driver(url)
    try:
        return RDBStorage(url, engine_kwargs=options)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise UsageError(
            f"The storage {shown} is no address of a database that is known. Expected sqlite:///FILE, "
            "postgresql://USER:PASSWORD@HOST/DATABASE or a path for a journal file."
        ) from error
    except ImportError as error:
        raise UsageError(f"The storage {shown} needs a driver for Python: {_first_line(error)}. Install it.") from error
    except (SQLAlchemyError, RuntimeError, OSError) as error:
        ask = "Does its folder exist?" if url.startswith("sqlite") else "Is it running?"
        raise UsageError(f"The storage {shown} cannot be reached: {_first_line(error)}. {ask}") from error


@contextmanager
def answering(storage: str) -> Iterator[None]:
    """Within the block, a storage that stops answering is said plainly.

    Raises:
        UsageError: it does.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        raise UsageError(
            f"The storage {without_password(storage)} has stopped answering: {_first_line(error)}. What has ended is "
            "kept in it, and the same command goes on once it answers again."
        ) from error


def _with_driver(url: str) -> str:
    """The address with the driver that is installed, where it names none."""
    from importlib.util import find_spec

    if not url.startswith("postgresql://"):
        return url
    if find_spec("psycopg") is not None:
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    if find_spec("psycopg2") is None:
        raise UsageError("A storage in PostgreSQL needs a driver. Install one: pip install 'psycopg[binary]'.")
    return url


def _first_line(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return without_password(str(cause).strip().split("\n", 1)[0])


def open_study(storage: BaseStorage, name: str, *, maximize: bool, exists: bool = False) -> Study:
    """The study of this name, which is made where there is none, unless it must exist.

    Raises:
        UsageError: it has another direction, or does not exist.
    """
    import optuna

    direction: Literal["minimize", "maximize"] = "maximize" if maximize else "minimize"
    try:
        if exists:
            study = optuna.load_study(study_name=name, storage=storage)
        else:
            study = optuna.create_study(study_name=name, storage=storage, direction=direction, load_if_exists=True)
    except KeyError as error:
        raise UsageError(f"There is no study {name} in this storage.") from error
    if study.direction.name.lower() != direction and not exists:
        raise UsageError(
            f"The study {name} exists in this storage, and its objective is to be {study.direction.name.lower()}d. "
            "Give another name with --study, or the same direction."
        )
    return study
