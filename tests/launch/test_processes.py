"""Processes that the program starts are watched where they train, leave no record where they do not."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

WORKERS = """
    import multiprocessing, os, sys
    import torch

    def task(word):
        ours = [name for name in os.environ if "UNSTUCK" in name]
        print(word, __name__, os.environ.get("PYTHONPATH"), ours, flush=True)
        if word != "load":
            torch.backward()
        if word == "break":
            raise ValueError("in a worker")

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        worker = context.Process(target=task, args=(sys.argv[2],))
        worker.start()
        worker.join()
        print(worker.exitcode)
"""


def closed(part):
    [end] = [json.loads(line.removeprefix("close ")) for line in part if line.startswith("close ")]
    return end


def begun(box, how):
    [part] = [part for part in box.parts if part[0] == how]
    return part


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("trains", [True, False])
def test_a_worker_has_a_part_where_it_trains(box, how, trains):
    box.write("train.py", WORKERS)
    assert box.same("train.py", how, "train" if trains else "load").out.endswith("\n0\n")
    first = begun(box, "opened")
    assert closed(first)["ended"] == "finished"
    assert ("forked" in first) == (how == "fork")
    assert len(box.parts) == 1 + trains
    if trains:
        assert closed(begun(box, "at the first backward"))["ended"] == "finished"


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_a_worker_that_dies_says_of_what(box, how):
    box.write("train.py", WORKERS)
    box.same("train.py", how, "break")
    end = closed(begun(box, "at the first backward"))
    if sys.version_info < (3, 13):
        assert (end["exception"], end["line"]) == ("ValueError", 11)


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_a_pool(box, how):
    box.write(
        "train.py",
        f"""
        import multiprocessing, torch
        def square(n):
            return n * n
        if __name__ == "__main__":
            with multiprocessing.get_context("{how}").Pool(2) as pool:
                print(pool.map(square, range(9)))
        """,
    )
    plain, watched = box.plainly("train.py"), box.under_watch("train.py")
    # A worker that the pool ends before its start is complete prints nothing, so only what is printed is compared.
    assert "[0, 1, 4, 9, 16, 25, 36, 49, 64]" in watched.out
    assert set(watched.out.split()) == set(plain.out.split())
    assert (watched.code, watched.err) == (0, plain.err)


def test_a_plain_fork_leaves_the_record_to_its_parent(box):
    box.write(
        "train.py",
        """
        import os, sys, torch
        if os.fork() == 0:
            sys.exit(5)
        print(os.waitstatus_to_exitcode(os.wait()[1]))
        """,
    )
    box.same("train.py")
    [part] = box.parts
    assert part[:2] == ["opened", "forked"]
    assert closed(part)["ended"] == "finished"


STARTED = """
    import os, subprocess, sys
    code = "import os, sys, torch; print(sys.path, list(os.environ.items()))"
    environment = {changes}
    print(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True))
"""


@pytest.mark.parametrize(
    "changes",
    [
        "None",
        "{**os.environ, 'RANK': '0'}",
        "{**os.environ, 'PYTHONPATH': os.environ['PYTHONPATH'] + ':here'}",
        "os.environ.update(PYTHONPATH=os.environ['PYTHONPATH'] + ':there')",
    ],
)
def test_an_interpreter_started_by_the_program_is_watched(box, changes):
    box.write("train.py", STARTED.replace("{changes}", changes))
    assert "torch imported" in box.same("train.py").out
    [part] = box.parts
    assert closed(part)["ended"] == "finished"


def test_an_isolated_interpreter_is_let_alone(box):
    code = "import subprocess, sys; print(subprocess.run([sys.executable, '-I', '-c', 'print(1)']))"
    box.write("train.py", code)
    box.same("train.py")


def test_a_launcher_like_torchrun_has_a_part_for_each_rank(box):
    box.write("worker.py", "import os, torch; assert os.environ['RANK'] in '01'")
    box.write(
        "train.py",
        """
        import os, subprocess, sys
        ranks = [
            subprocess.Popen([sys.executable, "-u", "worker.py"], env=dict(os.environ.copy(), RANK=str(rank)))
            for rank in range(2)
        ]
        sys.exit(sum(rank.wait() for rank in ranks))
        """,
    )
    assert box.under_watch("train.py").code == 0
    assert len(box.parts) == 2


def test_a_run_inside_a_run_has_its_own_record(box):
    box.write("inner.py", "import torch")
    box.write(
        "train.py",
        f"""
        import subprocess, torch
        print(subprocess.run({box.watched("inner.py")!r}).returncode)
        """,
    )
    assert box.under_watch("train.py").code == 0
    counts = [len(list(path.glob("parts/*"))) for path in sorted(box.records.iterdir()) if path.is_dir()]
    assert counts == [1, 1]


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_other_versions_of_python(box, version):
    found = shutil.which(f"python{version}")
    if found is None or box.finish(box.start([found, "-c", ""])).code:
        pytest.skip(f"there is no Python {version} here")
    box.python = found
    box.write("train.py", WORKERS)
    for how in ("fork", "spawn"):
        box.records = box.records.with_name(how)
        assert box.same("train.py", how, "train").code == 0
        assert len(box.parts) == 2
    box.write("bad.py", "import torch\nint('x')")
    box.records = box.records.with_name("bad")
    box.same("bad.py")
    assert box.manifest["child"]["exception"] == "ValueError"
