"""What every recorder must keep: subclass `RecorderContract`, fill in how one trains, and let pytest run it."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from unstuck.record import decode, events, schema
from unstuck.record.reader import Part
from unstuck.record.schema import Kind
from unstuck.watch.ended import Ended
from unstuck.watch.options import WatchOptions
from unstuck.watch.recorder import MakeRecorder, Recorder
from unstuck.watch.source import PACKAGE

Each = Callable[[int], object]
"""called after every step with the number of steps made"""


class Planned(Exception):  # noqa: N818 - not an error of anybody's
    """Raised by the contract within a training."""


class RecorderContract:
    """Tests of one recorder. A subclass says which recorder, and how a small training of its framework goes."""

    make: MakeRecorder
    steps = 12
    """of a short training; at least 4"""
    growth = 64 * 1024
    """bytes that the recorder's own memory may grow by within the second half of 400 steps"""

    def train(self, steps: int, each: Each) -> list[float]:
        """Seed every generator, train for ``steps`` steps (a backward and a step each), return the losses."""
        raise NotImplementedError

    def weights(self) -> list[bytes]:
        """The parameters at the end of the last training, and the state of the random generator, bit by bit."""
        raise NotImplementedError

    def hooks(self) -> list[str]:
        """Everything in the framework that is hooked, patched or switched on at the moment, in words."""
        raise NotImplementedError

    # ---- the contract --------------------------------------------------------------------------------

    def test_results_are_bit_identical(self, tmp_path: Path) -> None:
        """Losses, parameters and random numbers with and without the recorder."""
        bare = self.train(self.steps, _nothing), self.weights()
        recorder = self._opened(tmp_path)
        try:
            watched = self.train(self.steps, _nothing), self.weights()
        finally:
            recorder.close()
        assert recorder.failure is None
        assert watched == bare

    def test_losses_and_steps_are_recorded(self, tmp_path: Path) -> None:
        """One row for each backward and each step, with the loss that the user sees."""
        recorder = self._opened(tmp_path)
        losses = self.train(self.steps, _nothing)
        recorder.close()
        part = Part(self._part(tmp_path))
        rows = part.rows(Kind.BACKWARD)
        assert rows["value"].tolist() == losses
        assert rows["index"].tolist() == list(range(self.steps))
        assert len(part.rows(Kind.STEP)) == self.steps
        (series,) = part.of(events.Series)
        assert set(rows["source"].tolist()) == {series.id}
        optimizer = part.of(events.Optimizer)[-1]
        assert set(part.rows(Kind.STEP)["source"].tolist()) == {optimizer.id}
        assert part.of(events.Model)
        assert part.of(events.SampledStep)

    def test_nothing_stays_hooked(self, tmp_path: Path) -> None:
        """After `close`, twice called, the framework is as it was."""
        before = self.hooks()
        recorder = self._opened(tmp_path)
        assert self.hooks() != before
        self.train(self.steps, _nothing)
        recorder.close()
        recorder.close()
        assert self.hooks() == before

    def test_an_exception_goes_through_and_is_written(self, tmp_path: Path) -> None:
        """The user's exception stays his own; all steps before it are in the record."""

        def fail(step: int) -> None:
            if step == self.steps // 2:
                raise Planned("on purpose")

        before = self.hooks()
        recorder = self._opened(tmp_path)
        try:
            self.train(self.steps, fail)
        except Planned:
            recorder.close(Ended(ended="exception", exception="Planned", message="on purpose"))
        else:
            raise AssertionError("the exception did not go through")
        part = Part(self._part(tmp_path))
        assert len(part.rows(Kind.BACKWARD)) == self.steps // 2
        (end,) = part.of(events.End)
        assert (end.ended, end.exception) == ("exception", "Planned")
        assert self.hooks() == before

    def test_a_forked_child_writes_nothing(self, tmp_path: Path) -> None:
        """The record of a process is written by that process only."""
        recorder = self._opened(tmp_path)
        self.train(self.steps, _nothing)
        before = self._files(tmp_path)
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                recorder.forked()
                self.train(2, _nothing)
                recorder.close()
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert self._files(tmp_path) == before
        recorder.close()
        assert len(Part(self._part(tmp_path)).rows(Kind.BACKWARD)) == self.steps

    def test_every_event_is_read(self, tmp_path: Path) -> None:
        """Each line is an event that the reader knows, in today's schema, and the last one is the end."""
        recorder = self._opened(tmp_path)
        self.train(self.steps, _nothing)
        recorder.close()
        part = Part(self._part(tmp_path))
        assert part.about["schema"] == schema.SCHEMA_VERSION
        lines = (part.path / schema.EVENTS).read_bytes().splitlines()
        read = [decode.line(line, schema.SCHEMA_VERSION) for line in lines]
        assert lines
        assert [line for line, event in zip(lines, read, strict=True) if event is None] == []
        assert type(read[-1]) is events.End

    def test_memory_does_not_grow(self, tmp_path: Path) -> None:
        """What the recorder keeps is bounded by the program, not by its steps."""
        ours = tracemalloc.Filter(True, f"{PACKAGE}/*")
        held: dict[int, int] = {}

        def measure(step: int) -> None:
            if step in (200, 400):
                traces = tracemalloc.take_snapshot().filter_traces([ours])
                held[step] = sum(trace.size for trace in traces.traces)

        tracemalloc.start()
        try:
            recorder = self._opened(tmp_path)
            self.train(400, measure)
            recorder.close()
        finally:
            tracemalloc.stop()
        assert held[400] - held[200] <= self.growth

    # ---- how -----------------------------------------------------------------------------------------

    def _opened(self, folder: Path) -> Recorder:
        self._part(folder).parent.mkdir()
        recorder = type(self).make(self._part(folder), WatchOptions())
        recorder.open()
        return recorder

    @staticmethod
    def _part(folder: Path) -> Path:
        return folder / schema.PARTS / "1-0"

    @classmethod
    def _files(cls, folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in cls._part(folder).iterdir()}


def _nothing(_: int) -> None:
    return
