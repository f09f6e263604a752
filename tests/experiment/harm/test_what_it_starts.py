"""Nothing of a branch runs on, and nothing of it reaches anybody else."""

from __future__ import annotations

import os
import socket

import pytest

pytestmark = pytest.mark.slow


def test_workers_and_a_logging_thread(harmless):
    branch = harmless("""
        import logging, logging.handlers, queue, threading
        from torch.utils.data import DataLoader, TensorDataset
        records = queue.Queue()
        listener = logging.handlers.QueueListener(records, logging.FileHandler("train.log"))
        logging.getLogger().addHandler(logging.handlers.QueueHandler(records))
        listener.start()
        threading.Thread(target=threading.Event().wait, name="never ends").start()
        if __name__ == "__main__":
            loader = DataLoader(TensorDataset(inputs, targets), 4, num_workers=1, persistent_workers=True)
            for epoch in range(3):
                for batch, wanted in loader:
                    optimizer.zero_grad()
                    nn.functional.mse_loss(model(batch), wanted).backward()
                    optimizer.step()
                    logging.warning("epoch %d", epoch)
            print("trained")
    """, steps=4)  # fmt: skip
    assert branch.ended == "steps", harmless.told(branch)


def test_processes_and_a_daemon(harmless):
    branch = harmless("""
        import os, subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", "while True: open('beat', 'a').write('.')"], start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        subprocess.run(["echo", "hello"], check=True)
        train()
    """)
    assert branch.ended == "finished", harmless.told(branch)
    assert "hello" in harmless.told(branch)


def test_a_child_that_runs_to_the_end_of_the_script(harmless):
    branch = harmless("""
        import os
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            train()
            raise ValueError("only the parent")
    """)
    assert (branch.ended, branch.why) == ("exception", "ValueError: only the parent")


def test_signals_to_its_whole_group_reach_nobody_else(harmless):
    branch = harmless("""
        import os, signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)
        train()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    """)
    assert (branch.ended, branch.why) == ("killed", "it crashed"), harmless.told(branch)
    assert harmless("train()").ended == "finished"


def test_the_network_is_its_own(harmless):
    with socket.create_server(("127.0.0.1", 0)) as ours:
        ours.settimeout(0)
        branch = harmless(f"""
            import socket, threading
            try:
                socket.create_connection(("127.0.0.1", {ours.getsockname()[1]}), timeout=5)
            except OSError as error:
                print("outside:", error.strerror)
            with socket.create_server(("127.0.0.1", 0)) as server:
                threading.Thread(target=lambda: server.accept()[0].send(b"inside")).start()
                with socket.create_connection(server.getsockname()) as client:
                    print(client.recv(9))
            train()
        """)
    assert branch.ended == "finished", harmless.told(branch)
    assert "outside: Connection refused" in harmless.told(branch)
    assert "b'inside'" in harmless.told(branch)


def test_the_sockets_of_others_are_not_reached(harmless):
    path = harmless.folder / "d.sock"
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        named.bind(str(path))
        abstract.bind("\0" + path.name + str(os.getpid()))
        for one in (named, abstract):
            one.listen()
            one.settimeout(0)
        branch = harmless(f"""
            import os, socket
            for address in ({str(path)!r}, {chr(0) + path.name + str(os.getpid())!r}):
                try:
                    socket.socket(socket.AF_UNIX).connect(address)
                    print("reached")
                except OSError as error:
                    print("refused", error)
            os.unlink("d.sock")
            socket.socket(socket.AF_UNIX).bind("d.sock")
            train()
        """)
    assert branch.ended == "finished", harmless.told(branch)
    assert harmless.told(branch).count("refused [Errno") == 2


def test_standard_input_is_empty(harmless):
    branch = harmless("""
        import sys
        assert sys.stdin.read() == ""
        train()
        input("name? ")
    """)
    assert (branch.ended, branch.why) == ("exception", "EOFError: EOF when reading a line")
