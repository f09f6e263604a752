"""The title of the terminal follows the growing record, and nothing is written anywhere else."""

from __future__ import annotations

import contextlib
import math
import os
import pty
import select

import pytest

from unstuck.cli.terminal_title import LiveTitle, Progress
from unstuck.record.follow import PartFollower
from unstuck.record.schema import Kind
from unstuck.record.writer import PartWriter, Timeline


def test_progress_follows_a_timeline_that_grows_and_is_thinned(tmp_path):
    tape = Timeline(tmp_path / "tape.bin", max_rows=1 << 14)
    progress = Progress(PartFollower(tmp_path))
    progress.look()
    assert (progress.step, math.isnan(progress.loss)) == (0, True)
    tape.append(Kind.EPOCH, 0.0, 0.0, 0, 0)
    for step in range(1, 20_001):
        tape.append(Kind.BACKWARD, step * 0.01, 1.0 / step, step, 0)
        if step in (1, 100, 20_000):
            progress.look()
            assert (progress.step, progress.loss) == (step, 1.0 / step)
    assert str(progress) == "step 20000 · epoch 1 · loss 5e-05"


@pytest.mark.parametrize("trains", [True, False])
def test_the_title_is_set_and_given_back(tmp_path, trains):
    terminal, other = pty.openpty()
    with LiveTitle(tmp_path, other, every=0.01):
        if trains:
            part = PartWriter(tmp_path / "parts" / "1-0", {})
            part.timeline.append(Kind.BACKWARD, 0.0, 2.5, 7, 0)
            assert select.select([terminal], [], [], 60)[0], "no title"
            written = os.read(terminal, 1 << 16)
        else:
            written = b""
    os.close(other)
    written += _rest(terminal)
    os.close(terminal)
    if trains:
        assert written == "\x1b[22;0t\x1b]0;unstuck · step 7 · loss 2.5\x07\x1b[23;0t".encode()
    else:
        assert written == b""


def _rest(terminal):
    """What is still to be read of a terminal whose other end is closed; a read may bring a part of it only."""
    read = b""
    with contextlib.suppress(OSError):  # Linux: nothing is left
        while more := os.read(terminal, 1 << 16):
            read += more
    return read


def test_without_a_terminal_nothing_follows(tmp_path):
    with LiveTitle(tmp_path, None) as title:
        assert not title.thread.is_alive()
