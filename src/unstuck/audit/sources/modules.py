"""``module:attribute``: a data set of the user's own code."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

from unstuck.core.errors import UsageError

SPELLED = re.compile(r"[^:\s]+:[A-Za-z_][\w.]*")


def is_spelled(text: str) -> bool:
    """Whether a text names an attribute of a module or a script."""
    return SPELLED.fullmatch(text) is not None and not Path(text).exists()


def attribute(text: str) -> object:
    """The object; what a function returns.

    Raises:
        UsageError: the module cannot be imported, has no such attribute, or the function fails.
    """
    found = look_up(text)
    if (callable(found) and not hasattr(found, "__getitem__")) or isinstance(found, type):
        return _called(found, text)
    return found


def look_up(text: str) -> object:
    """The object as it is, functions too.

    Raises:
        UsageError: the module cannot be imported, or has no such attribute.
    """
    name, _, path = text.partition(":")
    found: object = _module(name)
    for part in path.split("."):
        if not hasattr(found, part):
            near = difflib.get_close_matches(part, dir(found), 1, 0.5)
            guess = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(f"{name} has no attribute {part!r} ({text}).{guess}")
        found = getattr(found, part)
    return found


def _module(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        if name.endswith(".py"):
            return _script(Path(name))
        return importlib.import_module(name)
    except UsageError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(
                f"There is no module {name}. It is looked for in {here} and among the installed packages. Expected "
                "module:attribute, for example data:train_loader for data.py."
            ) from error
        raise UsageError(f"{name} imports {error.name}, which is not installed.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the module is the user's, and may do anything
        raise UsageError(f"{name} cannot be imported: {_said(error)}") from error


def _script(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _called(function: object, text: str) -> object:
    assert callable(function)
    try:
        needed = [
            parameter.name for parameter in inspect.signature(function).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        ]  # fmt: skip
    except (TypeError, ValueError):
        needed = []
    if needed:
        raise UsageError(
            f"{text} needs the arguments {', '.join(needed)}. Name a function without arguments, or a data set."
        )
    try:
        return function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the function is the user's, and may do anything
        raise UsageError(f"{text} failed: {_said(error)}") from error


def _said(error: BaseException) -> str:
    """An exception of the user's code and where it was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    text = str(error).splitlines()[0] if str(error) else "no message"
    return f"{type(error).__name__}: {text}{where}."
