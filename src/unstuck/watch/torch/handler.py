"""What handlers have in common: they never raise, and hear nothing from a thread that is not recorded."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from time import perf_counter
from types import FrameType
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from unstuck.record.schema import Kind
from unstuck.watch.source import Frames, Where, where
from unstuck.watch.torch.names import Registry
from unstuck.watch.torch.step_recorder import Recorder

P = ParamSpec("P")
H = TypeVar("H", bound="Handler")


class Owner(Protocol):
    """Who owns the handlers: the session."""

    recorder: Recorder | None
    frames: Frames
    registry: Registry

    def begin(self) -> Recorder | None:
        """Make the recorder, where it is not made yet."""

    def fail(self, error: BaseException) -> None:
        """Something of ours broke: stop recording, and let the training go on."""

    def keep_indices(self) -> None:
        """Follow the indices that loaders draw, from now on."""


def guarded(handler: Callable[Concatenate[H, P], None]) -> Callable[Concatenate[H, P], None]:
    """What breaks in a handler ends the watching, not the training."""

    def safe(self: H, /, *arguments: P.args, **more: P.kwargs) -> None:
        try:
            handler(self, *arguments, **more)
        except BaseException as error:
            self.owner.fail(error)

    return safe


class Handler:
    """Hands what grafts report on to the recorder."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.seen: set[object] = set()

    @property
    def recorder(self) -> Recorder | None:
        """The recorder; None where none records, and for a thread whose training is not recorded."""
        recorder = self.owner.recorder
        if recorder is None:
            return None
        try:
            elsewhere = recorder.other_threads and get_ident() != recorder.thread
        except BaseException as error:
            self.owner.fail(error)
            return None
        return None if elsewhere else recorder

    def _once(self, key: object) -> bool:
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def _made_at(self, made: object, frame: FrameType) -> Where:
        """The user's line that made something."""
        return where(self.owner.frames.location(self.owner.frames.maker_frame(frame, made)))

    def _row(self, kind: Kind, source: int, value: float = 0.0) -> None:
        self._to(
            lambda recorder: recorder.part.timeline.append(
                kind, perf_counter() - recorder.part.began, value, recorder.index, source
            )
        )

    def _to(self, tell: Callable[[Recorder], object]) -> None:
        recorder = self.recorder
        if recorder is None:
            return
        try:
            if not recorder.measuring:
                tell(recorder)
        except BaseException as error:
            self.owner.fail(error)
