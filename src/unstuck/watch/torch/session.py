"""The one owner of everything that is hooked into torch: open it, train, close it; nothing stays behind."""

from __future__ import annotations

import base64
import os
import pickle
import random
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from mmap import mmap
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.hooks import RemovableHandle

from unstuck.record import schema
from unstuck.record.events import Failure
from unstuck.record.ledger import claimed
from unstuck.record.writer import PartWriter, dump_json
from unstuck.watch.ended import FINISHED, Ended
from unstuck.watch.graft import Graft, GraftError
from unstuck.watch.options import WatchOptions
from unstuck.watch.source import Frames
from unstuck.watch.torch.handlers import Handlers
from unstuck.watch.torch.hook_table import planted, taps
from unstuck.watch.torch.ledger.ledger import ExampleLedger
from unstuck.watch.torch.names import Registry
from unstuck.watch.torch.step_hooks import StepHooks
from unstuck.watch.torch.step_recorder import Recorder

LEDGER_HEARS = ("_call_impl", "_next_index", "__next__")
"""functions of torch that every batch passes through"""


class Session:
    """Watches every training of this process from `open` to `close`."""

    def __init__(
        self, directory: Path, options: WatchOptions, known: tuple[Any, ...] = (), memory: mmap | None = None
    ) -> None:
        """A session, not yet open.

        Args:
            directory: of the part that it writes.
            options: how the program is watched.
            known: models and optimisers that were made before.
            memory: for the examples, where they are examined in this very process.
        """
        self.directory = directory
        self.options = options
        self.memory = memory
        self.known = known
        self.frames = Frames()
        self.registry = Registry(self.frames)
        self.recorder: Recorder | None = None
        self.stack = ExitStack()
        self.roots = ExitStack()
        self.rare: list[Graft] = []
        self.kept: list[Graft] = []
        self.listening: list[Graft] = []
        """what the ledger hears while it looks at batches"""
        self.beginning: RemovableHandle | None = None
        """the pre-hook of every optimiser, where it is in place"""
        self.quiet = [False]
        """whether losses that carry a gradient go unheard; see `Recorder.settle_down`"""
        self.handlers = Handlers(self)
        self.step_hooks = StepHooks(self)
        self.failure: str | None = None
        self.missing: list[str] = []
        self.part: PartWriter | None = None
        self.started = False

    def open(self) -> None:
        """Plant every graft; begin to record at once, or at the first backward."""
        for thing in self.known:
            if isinstance(thing, torch.nn.Module):
                for module in thing.modules():
                    self.registry.know(module)
        with ExitStack() as stack:
            for tap in taps(self.handlers, self.step_hooks, self.quiet):
                try:
                    graft = planted(tap)
                except GraftError as error:
                    self.missing.append(f"{tap.name or tap.owner}: {error}")
                    continue
                self._plant(graft, stack)
                if tap.rare:
                    self.rare.append(graft)
                else:
                    graft.on()
            # Not on the stack: a failure may come from within a hook, and torch is going through them then.
            self.roots.callback(self._hear_steps, False)
            self.roots.callback(register_optimizer_step_post_hook(self.step_hooks.after_step).remove)
            stack.callback(self._no_sampling)
            self.stack = stack.pop_all()
        if not self.options.on_first_backward:
            self.begin()
            for thing in self.known:
                if isinstance(thing, torch.optim.Optimizer) and self.recorder is not None:
                    self.recorder.book.entry_of(thing)

    def _no_sampling(self) -> None:
        """From now on nothing is switched on any more."""
        self.rare.clear()
        self.kept.clear()
        self.listening.clear()

    def _plant(self, graft: Graft, stack: ExitStack) -> None:
        # When watching fails, it does so inside of a grafted function that is still running: it may be switched
        # off then, and taken out only when the session is closed.
        stack.callback(graft.off)
        self.roots.callback(graft.remove)

    def begin(self) -> Recorder | None:
        """Make the part and the recorder; None where that has failed or is over."""
        if self.started or self.failure is not None:
            return self.recorder
        self.started = True
        try:
            self.part = PartWriter(self.directory, self._about())
            self.part.file(schema.RNG_FILE, dump_json(generator_states()))
            self.recorder = Recorder(
                self.part, budget=self.options.budget, layers=self.options.layers, frames=self.frames,
                registry=self.registry, quiet=self.quiet,
            )
            self.recorder.sampler.switch_modules = self._switch_modules
            self.recorder.hear_steps = self._hear_steps
            self.recorder.drawn = self.handlers.data.drawn
            self.recorder.sampler.description.keep_samples = self.options.keep_samples
            for missing in self.missing:
                self.recorder.note(f"not watched in this version of torch: {missing}")
            self.recorder.sampler.open()
            self._open_ledger(self.recorder)
        except BaseException as error:
            self.fail(error)
        return self.recorder

    def _open_ledger(self, recorder: Recorder) -> None:
        """Follow the examples, where the one who examines them has given us a place for them."""
        place = self.options.ledger
        memory = self.memory if place is None else claimed(place)
        if memory is not None:
            recorder.ledger = ExampleLedger(recorder, memory, self._listen)
            recorder.ledger.arm(True)

    def _listen(self, on: bool) -> None:
        """Hear modules and loaders outside of sampled steps, too."""
        self.listening = [graft for graft in self.rare if graft.function.__name__ in LEDGER_HEARS] if on else []
        self._switch_modules(self.recorder is not None and self.recorder.sampled is not None)

    def _about(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "rank": int(os.environ["RANK"]) if os.environ.get("RANK", "").isdigit() else None,
            "devices": torch.cuda.device_count() if cuda_initialized() else None,
        }

    def _switch_modules(self, on: bool) -> None:
        for graft in self.rare:
            if on or graft in self.kept or graft in self.listening:
                graft.on()
            else:
                graft.off()

    def _hear_steps(self, on: bool) -> None:
        if on and self.beginning is None:
            self.beginning = register_optimizer_step_pre_hook(self.step_hooks.before_step)
        elif not on and self.beginning is not None and not (self.recorder and self.recorder.in_step):
            if self.recorder is not None and threading.active_count() > 1:
                return  # another thread may be going through torch's hooks: they stay as they are to the end
            # Never from within a step: torch may be going through its hooks.
            self.beginning.remove()
            self.beginning = None

    def keep_indices(self) -> None:
        """Loader workers draw indices ahead of time: from now on they are followed all the time."""
        self.kept = [graft for graft in self.rare if graft.function.__name__ in ("_next_index", "__next__")]
        for graft in self.kept:
            graft.on()

    def fail(self, error: BaseException) -> None:
        """Something of ours broke: note it, stop watching, and let the training go on."""
        recorder, self.recorder = self.recorder, None
        for put_back in ((recorder.sampler.discard,) if recorder is not None else ()) + (self.stack.close,):
            with suppress(Exception):
                put_back()
        self._tell_failure(error, recorder.index if recorder is not None else 0)
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error

    def close(self, ended: Ended = FINISHED) -> None:
        """Take every graft out, write how it ended, close the files."""
        self.stack.close()
        self.roots.close()
        recorder, self.recorder = self.recorder, None
        try:
            if recorder is not None:
                recorder.finish(ended)
        except Exception as error:
            self._tell_failure(error, recorder.index if recorder is not None else 0)
        finally:
            if recorder is not None:
                recorder.sampler.discard()
            if self.part is not None:
                with suppress(OSError):
                    self.part.close()

    def _tell_failure(self, error: BaseException, index: int) -> None:
        trace = "".join(traceback.format_exception(error))[-4000:]
        self.failure = f"{type(error).__name__}: {error}"
        try:
            if self.part is not None:
                self.part.write(Failure(step=index, error=self.failure, trace=trace), essential=True)
        except Exception as second:
            self.failure += f"; then {type(second).__name__}: {second}"

    def forked(self) -> None:
        """In a forked child: the files belong to the parent; let go of them without a trace."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            recorder.sampler.discard()
        self.stack.close()
        if self.part is not None:
            self.part.abandon()
            self.part = None


def prepare() -> None:
    """Make the watched code of torch's functions, once: whatever is forked from this process has it made."""
    session = Session(Path(os.devnull), WatchOptions(on_first_backward=True))  # records nothing: there is no backward
    session.open()
    session.close()


def cuda_initialized() -> bool:
    """Whether the program has touched CUDA already; never initialised by us."""
    initialized: Callable[[], bool] = torch.cuda.is_initialized
    return initialized()


def generator_states() -> dict[str, Any]:
    """The state of every random generator as it is now: ``random``, NumPy's global one, torch's."""
    states: dict[str, Any] = {
        "random": _text(pickle.dumps(random.getstate())),
        "torch": _text(bytes(torch.get_rng_state().tolist())),
        "torch_seed": torch.initial_seed(),
    }
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        states["numpy"] = _text(pickle.dumps(numpy.random.get_state(legacy=False)))
    return states


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
