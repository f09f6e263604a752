"""Memory: what autograd keeps for a backward, and what there is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import torch

from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context

Tensor = torch.Tensor


def saved_bytes(context: Context, batch: Batch) -> int:
    """What autograd keeps for the backward of a batch, shared memory once, parameters left out."""
    own = {one.data_ptr() for network in context.networks for one in network.parameters()}
    found: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if tensor.data_ptr() not in own:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        kept = batch.loss()  # as long as it lives, no memory is used twice
    del kept
    return sum(found.values())


def available() -> int | None:
    """Bytes that can be used, of the device where there is one."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return int(torch.cuda.mem_get_info()[0])
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None
