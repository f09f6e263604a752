"""Trains in forked children, each watched, and kills them at random moments: ``killed.py FOLDER TIMES SEED``.

Prints, for each, the number of steps that it had completed for certain.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from unstuck.record.writer import write_whole
from unstuck.watch.options import WatchOptions
from unstuck.watch.torch.session import Session


def train(directory, completed):
    torch.set_num_threads(1)
    Session(directory / "parts" / "0", WatchOptions()).open()
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    inputs, labels = torch.randn(16, 4), torch.randint(0, 3, (16,))
    while True:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
        os.write(completed, b"x")


folder, times, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
moments = random.Random(seed)
for number in range(times):
    directory = folder / str(number)
    (directory / "parts").mkdir(parents=True)
    write_whole(directory / "manifest.json", '{"schema": 2, "kind": "run", "ended": "killed"}')
    read, completed = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        train(directory, completed)
    os.close(completed)
    os.set_blocking(read, True)
    steps = len(os.read(read, 1))  # it has begun
    until = time.monotonic() + moments.uniform(0.0, 0.6)
    while time.monotonic() < until:
        steps += len(os.read(read, 1 << 16))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while rest := os.read(read, 1 << 16):
        steps += len(rest)
    os.close(read)
    print(steps, flush=True)
