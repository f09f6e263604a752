"""Huge pages: memory keeps its content, and takes fewer entries of the page table where the system can."""

import subprocess
import sys

import pytest

PROGRAM = """
import hashlib, os
from pathlib import Path
from unstuck.experiment.sandbox.huge_pages import collapse

def huge():
    told = Path("/proc/self/smaps_rollup").read_text().split("AnonHugePages:")[1]
    return int(told.split()[0])

kept = bytearray(os.urandom(1 << 16) * 512)  # 32 MB, larger than what the allocator takes from its heap
before, was = hashlib.sha256(kept).hexdigest(), huge()
collapse()
print(before == hashlib.sha256(kept).hexdigest(), was, huge())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="huge pages are asked for on Linux only")
def test_memory_keeps_its_content_and_moves_to_huge_pages():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    same, before, after = told.split()
    assert same == "True"
    if after == before:
        pytest.skip("this system gives no huge pages")
    assert int(after) > int(before)
