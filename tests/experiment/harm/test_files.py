"""What a script writes is there for the script, and for nobody else."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import sqlite3

import pytest


def test_checkpoints_at_every_step(harmless):
    (harmless.folder / "best.pt").write_bytes(b"mine")
    branch = harmless("""
        from pathlib import Path
        def save(step):
            torch.save(model.state_dict(), f"step{step}.pt")
            torch.save(model.state_dict(), "best.pt")
            Path("checkpoints").mkdir(exist_ok=True)
            Path("checkpoints/last").unlink(missing_ok=True)
            Path("checkpoints/last").symlink_to("../best.pt")
        train(each=save)
        assert set(torch.load("checkpoints/last")) == {"weight", "bias"}
        print("read back", sorted(path.name for path in Path().glob("*.pt")))
    """)
    assert branch.ended == "finished", harmless.told(branch)
    assert "read back ['best.pt', 'step0.pt'" in harmless.told(branch)


@pytest.mark.slow
def test_a_deleted_file_and_a_renamed_folder(harmless):
    (harmless.folder / "data").mkdir()
    (harmless.folder / "data" / "old.csv").write_text("1,2\n")
    branch = harmless("""
        import os, shutil
        os.rename("data/old.csv", "data/new.csv")
        train(each=lambda step: step == 2 and os.remove("data/new.csv"))
        assert os.listdir("data") == []
        shutil.rmtree("data")
        os.chmod("train.py", 0o600)
        os.utime("train.py", (0, 0))
        assert not os.path.exists("data")
    """)
    assert branch.ended == "finished", harmless.told(branch)


@pytest.mark.slow
def test_a_log_that_was_opened_before_the_training(harmless):
    log = harmless.folder / "log.txt"
    log.write_text("first\n")
    branch = harmless("""
        log = open("log.txt", "a", buffering=1)
        train(each=lambda step: print("step", step, file=log))
        assert open("log.txt").read().startswith("first\\nstep 0\\n")
    """)
    assert branch.ended == "finished", harmless.told(branch)


@pytest.mark.slow
def test_sqlite(harmless):
    with sqlite3.connect(harmless.folder / "runs.db") as database:
        database.execute("create table losses (step, loss)")
        database.execute("insert into losses values (0, 1.0)")
    database.close()
    branch = harmless("""
        import sqlite3
        database = sqlite3.connect("runs.db")
        database.execute("pragma journal_mode=wal")
        def note(step):
            with database:
                database.execute("insert into losses values (?, ?)", (step, 0.5))
        train(each=note)
        print(database.execute("select count(*) from losses").fetchone())
    """)
    assert branch.ended == "finished", harmless.told(branch)
    assert "(7,)" in harmless.told(branch)


@pytest.mark.slow
def test_parquet(harmless):
    for library in ("pandas", "pyarrow"):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    branch = harmless("""
        import pandas
        train()
        pandas.DataFrame({"loss": [1.0, 0.5]}).to_parquet("losses.parquet")
        assert len(pandas.read_parquet("losses.parquet")) == 2
    """)
    assert branch.ended == "finished", harmless.told(branch)


@pytest.mark.slow
def test_a_lock_that_somebody_holds(harmless):
    path = harmless.folder / "run.lock"
    path.touch()
    with path.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        branch = harmless("""
            import fcntl
            lock = open("run.lock", "r+")
            fcntl.flock(lock, fcntl.LOCK_EX)
            fcntl.lockf(lock, fcntl.LOCK_EX)
            train()
        """)
        assert branch.ended == "finished", harmless.told(branch)
    with path.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.slow
def test_files_elsewhere(harmless, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "kept").write_text("kept")
    branch = harmless(f"""
        import os, tempfile
        from pathlib import Path
        train()
        Path({str(other)!r}, "kept").write_text("gone")
        Path("/dev/shm/unstuck-test").write_text("shared")
        Path("/var/tmp/unstuck-test").write_text("temporary")
        if os.access("/home", os.W_OK):
            Path("/home/unstuck-test").write_text("home")
        tempfile.NamedTemporaryFile(delete=False).write(b"temporary")
    """)
    assert branch.ended == "finished", harmless.told(branch)
    assert (other / "kept").read_text() == "kept"


@pytest.mark.slow
def test_the_memory_that_may_be_written_to_is_bounded(harmless):
    branch = harmless("""
        import os
        train()
        free = os.statvfs(".")
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        print("share", round(free.f_blocks * free.f_frsize / total, 2))
        file = open("large", "wb")
        os.posix_fallocate(file.fileno(), 0, total)
    """)
    assert "share 0.25" in harmless.told(branch)
    assert (branch.ended, branch.why) == ("exception", "OSError: [Errno 28] No space left on device")


@pytest.mark.skipif(os.getuid() != 0, reason="only root may write to files of others")
@pytest.mark.slow
def test_root_writes_to_files_of_others(harmless):
    inner = harmless.folder / "volume" / "of another user"
    inner.mkdir(parents=True)
    (inner / "log").write_text("a")
    for path in (inner.parent, inner, inner / "log"):
        os.chown(path, 1234, 1234)
    branch = harmless("""
        train(each=lambda step: open("volume/of another user/log", "a").write("b"))
        print(open("volume/of another user/log").read())
    """)
    assert branch.ended == "finished", harmless.told(branch)
    assert "abbbbbb" in harmless.told(branch)
