"""Signals reach the program as they would without us; the record is kept, and we end as it ended."""

from __future__ import annotations

import os
import signal
import time

import pytest

WAITS = """
    import signal, sys, time
    import torch
    if "handled" in sys.argv:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("saved"))
    try:
        print("ready", flush=True); time.sleep(30)
    except KeyboardInterrupt:
        print("cleaning up", flush=True)
        if "caught" not in sys.argv:
            raise
"""


def by_default():
    """Signals do what they do by default, whatever the tests were started with (nohup, a job in the background)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)


def send(box, command, number, *, group):
    process = box.start(command, start_new_session=True, preexec_fn=by_default)
    assert process.stdout.readline() == "torch imported\n"
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)  # until it sleeps
    (os.killpg if group else os.kill)(process.pid, number)
    return box.finish(process)


@pytest.mark.parametrize("words", [(), ("caught",)])
def test_ctrl_c_in_the_terminal(box, words):
    box.write("train.py", WAITS)
    plain = send(box, [box.python, "train.py", *words], signal.SIGINT, group=True)
    watched = send(box, box.watched("train.py", *words), signal.SIGINT, group=True)
    assert watched == plain
    assert watched.code == (0 if words else -signal.SIGINT)
    assert box.manifest["ended"] == "interrupted"
    assert any(line.startswith("close") for line in box.parts[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_sent_to_us_is_passed_on(box, number):
    box.write("train.py", WAITS)
    watched = send(box, box.watched("train.py"), number, group=False)
    assert (watched.code, watched.err) == (-number, "")
    assert (box.manifest["ended"], box.manifest["signal"]) == ("killed", signal.Signals(number).name)


def test_a_program_that_handles_its_end_decides_on_the_code(box):
    box.write("train.py", WAITS)
    plain = send(box, [box.python, "train.py", "handled"], signal.SIGTERM, group=False)
    watched = send(box, box.watched("train.py", "handled"), signal.SIGTERM, group=False)
    assert watched == plain
    assert (watched.code, watched.err) == (1, "saved\n")


def test_what_is_ignored_stays_ignored(box):
    box.write("train.py", "import signal, torch; print(repr(signal.getsignal(2)), repr(signal.getsignal(1)))")
    nohup = ["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh"]
    plain = box.finish(box.start([*nohup, box.python, "train.py"]))
    watched = box.finish(box.start([*nohup, *box.watched("train.py")]))
    assert watched == plain
    assert "SIG_IGN" in plain.out
