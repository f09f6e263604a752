"""However a branch ends, the next one runs, and it is told how the last one ended."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.slow


def test_one_that_never_ends(harmless):
    began = time.monotonic()
    branch = harmless("""
        train(each=lambda step: None)
        while True:
            try:
                import time
                time.sleep(1)
            except BaseException:
                pass
    """, seconds=0.5)  # fmt: skip
    assert (branch.ended, branch.why) == ("killed", "it did not end by itself")
    assert time.monotonic() - began < 20


def test_one_that_trains_for_ever(harmless):
    assert harmless("train(steps=10 ** 9)", steps=10**9, seconds=5.0).ended == "seconds"
    assert harmless("train(steps=10 ** 9)", steps=50).ended == "steps"


def test_one_that_leaves_without_a_word(harmless):
    branch = harmless("import os; train(); os._exit(3)")
    assert branch.ended == "finished"
    assert branch.record.main is not None


def test_one_that_becomes_another_program(harmless):
    branch = harmless("import os, sys; train(); os.execvp(sys.executable, [sys.executable, '-c', 'print(1)'])")
    assert (branch.ended, branch.why) == ("refused", "the script replaces its process by another program")


def test_one_that_crashes(harmless):
    branch = harmless("import ctypes; train(); ctypes.string_at(1)")
    assert (branch.ended, branch.why) == ("killed", "it crashed")


def test_one_that_exits_or_raises(harmless):
    assert harmless("train(); raise SystemExit(4)").ended == "finished"
    branch = harmless("train(); raise KeyboardInterrupt")
    assert branch.ended == "exception"


def test_a_module_of_the_users_that_is_called_like_one_of_ours(harmless):
    (harmless.folder / "queue.py").write_text("raise RuntimeError('mine')")
    (harmless.folder / "helper.py").write_text("name = 'helper'")
    branch = harmless("import helper; train(); print(helper.name)")
    assert branch.ended == "finished", harmless.told(branch)
