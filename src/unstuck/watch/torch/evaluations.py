"""How whole networks are called outside of training steps: in which mode, and which layers behave as in training.

Looked at a few times only: where the user's own line switches gradients off, and at the first batch of a pass over a
loader; each line and each loader the first, second, fourth … time.
"""

from __future__ import annotations

import linecache
import re
from types import CodeType, FrameType
from typing import Any

import torch

from unstuck.record.events import ActiveLayer, Evaluation
from unstuck.watch.source import PACKAGE, Location, where
from unstuck.watch.torch.modes import DROPOUT, depends_on_mode
from unstuck.watch.torch.quiet import Quiet, busy, first_tensor
from unstuck.watch.torch.step_recorder import Recorder
from unstuck.watch.torch.summary import has_values

TORCH = torch.__file__.removesuffix("__init__.py")
DECORATOR = torch.utils._contextlib.__file__
LONGEST_WAIT = 256
"""times that a line is passed without a look, at most"""
MAX_TOLD = 400
MAX_ACTIVE = 32
ALIKE = 64
"""numbers of an input by which it is known again"""
EXPLICIT = re.compile(r"training\s*=\s*True|,\s*True\s*\)")
"""in a call of dropout: it is meant to be always on"""


class _Turns:
    """When a line or a loader is looked at: the first, second, fourth … time."""

    __slots__ = ("code", "passed", "when")

    def __init__(self, code: CodeType | None) -> None:
        self.passed = 0
        self.when = 1
        self.code = code
        """kept alive, so that its id stays its own"""

    def is_due(self) -> bool:
        self.passed += 1
        if self.passed < self.when:
            return False
        self.when = min(2 * self.passed, self.passed + LONGEST_WAIT)
        return True


class EvaluationWatch:
    """Waits for the call of a whole network, and writes down how it was made."""

    def __init__(self) -> None:
        self.armed = 0
        """backward calls made before the moment for which it waits, and 1; 0 where it waits for none"""
        self.over = False
        self.told = 0
        self.turns: dict[object, _Turns] = {}
        self.loader: tuple[int, str] | None = None
        self.active: list[tuple[torch.nn.Module | None, str, Location | None, bool]] = []
        self.looked_at: dict[int, object] = {}
        """network → what its input was like, of those told since it began to wait"""

    # ---- when to look --------------------------------------------------------------------------------

    def passes(self, line: tuple[int, int]) -> bool:
        """Whether this line, the user's own, is known and not looked at now; it is counted then."""
        turns = self.turns.get(line)
        if turns is None or turns.passed + 1 >= turns.when:
            return False
        turns.passed += 1
        return True

    def gradients_off(self, recorder: Recorder, frame: FrameType | None) -> None:
        """``no_grad`` or ``inference_mode`` was entered."""
        site = _site(frame)
        if site is not None and self._turn(*site):
            self._arm(recorder, None)

    def pass_begins(self, recorder: Recorder, loader: int) -> bool:
        """A pass over a loader begins; whether its first batch is looked at. That of the pass before is gone."""
        if self.loader is not None:
            self._disarm(recorder)
        return self._turn(("loader", loader), None)

    def await_first_batch(self, recorder: Recorder, loader: int, name: str) -> None:
        """The next call of a network is given the first batch of a loader."""
        self._arm(recorder, (loader, name))

    def _turn(self, key: object, code: CodeType | None) -> bool:
        if self.over or self.told >= MAX_TOLD:
            return False
        turns = self.turns.get(key)
        if turns is None:
            turns = self.turns[key] = _Turns(code)
        return turns.is_due()

    def _arm(self, recorder: Recorder, loader: tuple[int, str] | None) -> None:
        self.armed, self.loader = recorder.index + 1, loader
        self.active.clear()
        self.looked_at.clear()
        recorder.sampler.switch_modules(True)

    def _disarm(self, recorder: Recorder) -> None:
        self.armed, self.loader = 0, None
        self.active.clear()
        self.looked_at.clear()
        if recorder.sampled is None:
            recorder.sampler.switch_modules(False)

    # ---- what is seen --------------------------------------------------------------------------------

    def dropout_called(self, p: Any, training: Any, recorder: Recorder, frame: FrameType | None) -> None:
        """A dropout function is called; that of torch's own layers is seen as the call of the layer."""
        while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
            frame = frame.f_back
        caller = frame.f_back if frame is not None else None  # above the function itself
        if not p or caller is None or caller.f_code.co_filename.startswith(TORCH):
            return
        place = recorder.frames.location(caller)
        if recorder.sampled is not None and place is not None and torch.is_grad_enabled():
            recorder.sampled.dropouts[place.file, place.line] = bool(training)
        if self.armed and training and len(self.active) < MAX_ACTIVE:
            self.active.append((None, DROPOUT, place, _says_so(caller)))

    def module_called(self, recorder: Recorder, module: torch.nn.Module, result: Any, given: Any, frame: Any) -> None:
        """A module has returned."""
        if recorder.index + 1 != self.armed or recorder.measuring:
            self._disarm(recorder)
            return
        if module.training and len(self.active) < MAX_ACTIVE and (what := depends_on_mode(module)) is not None:
            self.active.append((module, what, None, False))
        if (self.loader is None and torch.is_grad_enabled()) or not recorder.registry.is_root(module):
            return
        inputs = _alike(recorder, first_tensor(given))
        if id(module) in self.looked_at:
            if inputs is not None and inputs == self.looked_at[id(module)]:
                self._tell(recorder, module, result, frame(), repeated=True)
            self._disarm(recorder)
            return
        self._tell(recorder, module, result, frame())
        self.looked_at[id(module)] = inputs
        self.active.clear()

    def _tell(
        self, recorder: Recorder, module: torch.nn.Module, result: Any, frame: FrameType, *, repeated: bool = False
    ) -> None:
        self.told += 1
        output = first_tensor(result)
        parts = {id(part) for part in module.modules()}
        loader, name = self.loader or (None, "")
        recorder.part.write(Evaluation(
            step=recorder.index, training=recorder.current.number if recorder.current else None,
            model=recorder.registry.number(module), training_mode=module.training,
            gradients=output is not None and output.requires_grad, loader=loader, loader_name=name,
            active=tuple(_layer(recorder, parts, *one) for one in self.active), repeated=repeated,
            **where(recorder.frames.location(recorder.frames.user_frame(frame))),
        ))  # fmt: skip


def _alike(recorder: Recorder, inputs: torch.Tensor | None) -> object:
    """The same for an input that comes again, be it in another tensor; None where it is not read."""
    if type(inputs) is not torch.Tensor or not inputs.is_cpu or inputs.layout is not torch.strided:
        return None
    if busy() or not has_values(inputs) or not inputs.numel():
        return None
    with Quiet(recorder):
        flat = inputs.detach().reshape(-1)
        return inputs.shape, inputs.dtype, tuple(flat[:: max(1, len(flat) // ALIKE)].tolist())


def _layer(
    recorder: Recorder, parts: set[int], module: torch.nn.Module | None, what: str, place: Location | None,
    explicit: bool,
) -> ActiveLayer:  # fmt: skip
    if module is None:
        return ActiveLayer(what=what, explicit=explicit, **where(place))
    name = recorder.registry.full_name(id(module)) if id(module) in parts else None
    return ActiveLayer(what=what, layer=name, **where(recorder.registry.location(module)))


def _site(frame: FrameType | None) -> tuple[object, CodeType] | None:
    """The user's line that switches gradients off, or the function that is decorated so; None for torch's own."""
    while frame is not None and (frame.f_code.co_filename.startswith(PACKAGE) or frame.f_code.co_name == "__enter__"):
        frame = frame.f_back
    if frame is None:
        return None
    code = frame.f_code
    if code.co_filename != DECORATOR:
        return None if code.co_filename.startswith(TORCH) else ((id(code), frame.f_lasti), code)
    own = getattr(frame.f_locals.get("func"), "__code__", None)
    return (id(own), own) if isinstance(own, CodeType) and not own.co_filename.startswith(TORCH) else None


def _says_so(frame: FrameType) -> bool:
    """Whether the call that is going on in this frame asks for dropout at all times."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    first, last = positions[0], positions[1]
    if first is None or last is None:
        return False
    text = "".join(linecache.getline(frame.f_code.co_filename, line) for line in range(first, last + 1))
    return EXPLICIT.search(text) is not None
