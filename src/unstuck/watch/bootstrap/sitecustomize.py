"""The start-up file of a watched interpreter: it hides itself, then waits for ``import torch``.

`unstuck run` puts this folder first on ``PYTHONPATH``, so that Python imports this file before anything of
the user's. What it leaves behind is invisible to the program and carried on to the processes it starts:

- ``sys.path``, ``sys.modules["sitecustomize"]`` and ``os.environ`` are as without us. Only Python's view of
  the environment is changed; the process's own (C) environment still holds our variables, and that is what
  child processes inherit. One function hands them on where a program passes an explicit environment.
- The user's own ``sitecustomize`` runs as the last act of this file.
- Once ``import torch`` has completed, `unstuck.watch.inject` is loaded from beside this file, wherever
  unstuck is installed, and starts the session.

Little is imported before that: every Python process that the run starts reads this file.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

TYPE_CHECKING = False  # typing itself would cost 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would cost 10 ms
ROOT = os.path.dirname(os.path.dirname(HERE))  # noqa: PTH120
OLDEST = (3, 11)
PATH = b"PYTHONPATH="
RECORD = b"UNSTUCK_RECORD"
OWN_PATH = b"UNSTUCK_PYTHONPATH"
"""the user's own PYTHONPATH; not set where there was none"""
OURS = (RECORD, OWN_PATH, b"UNSTUCK_OPTIONS", b"UNSTUCK_PARENT")


class Hidden:
    """Our variables: out of ``os.environ``, but in the environment that child processes inherit."""

    def __init__(self) -> None:
        self.shown: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
        self.values = {name: self.shown[name] for name in OURS if name in self.shown}
        for name in OURS:
            self.shown.pop(name, None)
        if OWN_PATH in self.values:
            self.shown[b"PYTHONPATH"] = self.values[OWN_PATH]
        else:
            self.shown.pop(b"PYTHONPATH", None)

    def text(self, name: bytes) -> str:
        """One variable as text, "" where it is not set."""
        return os.fsdecode(self.values.get(name, b""))

    def added_to(self, environment: list[bytes] | None) -> list[bytes] | None:
        """The environment of a new process, with ours put back in; None stands for: as this process."""
        if environment is None:
            if self.shown.get(b"PYTHONPATH") == self.values.get(OWN_PATH):
                return None
            environment = [name + b"=" + value for name, value in self.shown.items()]
        if any(item.startswith(RECORD + b"=") for item in environment):
            return environment  # another `unstuck run`, inside this one
        own = [item[len(PATH) :] for item in environment if item.startswith(PATH)]
        path = PATH + os.pathsep.encode().join([os.fsencode(HERE), *filter(None, own[:1])])
        ours = [name + b"=" + value for name, value in self.values.items() if name != OWN_PATH]
        if not own:
            return [*environment, path, *ours]
        kept = [path if item.startswith(PATH) else item for item in environment]
        return [*kept, OWN_PATH + b"=" + own[0], *ours]

    def carry_on(self) -> None:
        """Watch also the processes that are started with an explicit environment (torchrun does so)."""
        import _posixsubprocess

        start = _posixsubprocess.fork_exec

        def fork_exec(*arguments: Any) -> int:
            environment = arguments[5]
            with suppress(Exception):  # where it cannot be read, that process goes unwatched
                environment = self.added_to(environment)
            return start(*arguments[:5], environment, *arguments[6:])  # type: ignore[call-arg]

        _posixsubprocess.fork_exec = fork_exec


class TorchFinder:
    """Finds torch as the finders after it do, and says when its import has completed."""

    def __init__(self, then: Callable[[], None]) -> None:
        self.then = then

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of torch, made to report the end of its loading; None for anything else."""
        if name != "torch":
            return None
        for finder in sys.meta_path:
            found = None if finder is self else finder.find_spec(name, path, target)
            if found is not None:
                self.announce(found)
                return found
        return None

    def announce(self, spec: ModuleSpec) -> None:
        """Call `then` when the import system notes that the module is initialised.

        A wrapped loader would stand in the traceback of a torch that fails to import; this does not.
        """
        plain = type(spec)

        def note(spec: ModuleSpec, value: bool) -> None:
            spec.__dict__["_initializing"] = value
            if value or sys.modules.get(spec.name) is None:
                return
            spec.__class__ = plain
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self.then()

        told = property(lambda spec: spec.__dict__["_initializing"], note)
        spec.__class__ = type(plain.__name__, (plain,), {"_initializing": told})


class Child:
    """The watched process, until its end."""

    def __init__(self, hidden: Hidden) -> None:
        self.record = hidden.text(RECORD)
        self.options = hidden.text(b"UNSTUCK_OPTIONS")
        self.main = str(os.getppid()) == hidden.text(b"UNSTUCK_PARENT")
        self.pid = os.getpid()
        self.path = sys.path[:]
        self.watch: Any = None
        if self.main:
            self.note("child.json", f'{{"pid": {self.pid}}}')

    def note(self, name: str, text: str) -> None:
        """Write a small file into the record; where that fails, the program goes on."""
        with suppress(OSError), open(self.record + os.sep + name, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)

    def load(self) -> Any:
        """`unstuck.watch.inject.Watch`; None where it cannot be loaded, and the record says why."""
        if self.watch is None:
            try:
                self.watch = self._import_inject().Watch(self.record, self.options, self.main)
            except Exception as error:
                with suppress(Exception):
                    import json

                    told = {"where": "start", "error": f"{type(error).__name__}: {error}"}
                    self.note(f"failure-{self.pid}.json", json.dumps(told))
        return self.watch

    def _import_inject(self) -> Any:
        # Not by sys.path: unstuck may live in another environment than torch.
        from importlib.util import module_from_spec, spec_from_file_location

        if sys.version_info < OLDEST:
            raise RuntimeError(f"Python {sys.version.split()[0]} is too old: it must be 3.11 or newer")
        if "unstuck" not in sys.modules:
            top = ROOT + os.sep + "__init__.py"
            spec = spec_from_file_location("unstuck", top, submodule_search_locations=[ROOT])
            assert spec is not None
            assert spec.loader is not None
            sys.modules["unstuck"] = module_from_spec(spec)
            spec.loader.exec_module(sys.modules["unstuck"])
        from unstuck.watch import inject

        return inject

    def torch_came(self) -> None:
        """``import torch`` has completed: start to watch."""
        if self.load() is not None:
            self.watch.begin()

    def ends(self) -> None:
        """The program's own at-exit functions have all been called."""
        if os.getpid() != self.pid or not (self.main or self.watch is not None):
            return
        # A module of the program may be called as one that is loaded here; it must not run now.
        path, sys.path[:] = sys.path[:], self.path
        if self.load() is not None:
            self.watch.end(path)
        sys.path[:] = path
        if isinstance(getattr(sys, "last_value", None), KeyboardInterrupt):
            # The interpreter remembers to end by SIGINT until any string of code is run, as imports do.
            # Run one that ends in the same way.
            with suppress(KeyboardInterrupt):
                exec("raise KeyboardInterrupt")  # noqa: S102


def begin() -> None:
    """Take this folder out of sight, and wait for torch."""
    if HERE in sys.path:
        sys.path.remove(HERE)
    sys.path_importer_cache.pop(HERE, None)
    if RECORD not in os.environ._data:  # type: ignore[attr-defined]
        return
    hidden = Hidden()
    child = Child(hidden)
    hidden.carry_on()
    # The first to be registered is the last to be called.
    atexit.register(child.ends)
    sys.meta_path.insert(0, TorchFinder(child.torch_came))


with suppress(Exception):  # then unwatched, but running
    begin()

# The user's own sitecustomize, in the place of this one. Where there is none, the ImportError that `site`
# expects in that case goes up to it, and no trace of this module stays.
sys.modules.pop("sitecustomize", None)
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
