"""Two workers on PostgreSQL, as Debian packages it."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from test_tune_command import folder, opened, share, tune  # noqa: F401 - `folder` is a fixture

pytestmark = pytest.mark.slow


@pytest.fixture
def postgresql():
    """A server of its own on a free port; its address."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'psycopg[binary]'")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    programs = found[-1].parent
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 and shutil.which("runuser") else []
    # Not below pytest's folder: another pytest that starts closes that one to every other user.
    home = Path(tempfile.mkdtemp(prefix="unstuck-postgresql-"))
    if as_user:
        shutil.chown(home, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = home / "data"
    run = {"check": True, "capture_output": True, "cwd": "/"}
    subprocess.run([*as_user, str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "tuner"], **run)
    control = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
    subprocess.run([*control, "-o", f"-p {port} -k {home} -h 127.0.0.1", "start"], check=True, cwd="/",
                   stdout=subprocess.DEVNULL)  # fmt: skip
    address = f"postgresql://tuner@127.0.0.1:{port}/postgres"
    try:
        yield address
    finally:
        opened(address).remove_session()
        opened(address).engine.dispose()
        subprocess.run([*control, "-m", "immediate", "stop"], **{**run, "check": False})
        shutil.rmtree(home)


def test_two_workers_share_a_database_and_one_that_is_killed_loses_nothing(folder, postgresql):  # noqa: F811
    share(folder, postgresql)


def test_a_database_that_does_not_answer_is_named_without_its_password(folder):  # noqa: F811
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'psycopg[binary]'")
    ran = tune(folder, "models:slow", "--storage", "postgresql://me:secret@127.0.0.1:1/db")
    assert ran.returncode == 2
    assert "cannot be reached" in ran.stderr
    assert "secret" not in ran.stderr
