"""Writes tensors into the ledger, without a copy in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from unstuck.record.ledger import Entry, LedgerWriter, Slot

Tensor = torch.Tensor
KEPT = {
    torch.float64: torch.float32, torch.float32: torch.float32, torch.float16: torch.float16,
    torch.bfloat16: torch.float32, torch.int64: torch.int64, torch.int32: torch.int32, torch.int16: torch.int16,
    torch.int8: torch.int16, torch.uint8: torch.uint8, torch.bool: torch.bool,
}  # fmt: skip
"""type of a tensor → type that it is kept as; others are not kept"""


@dataclass(slots=True)
class TensorWriter:
    """A `LedgerWriter` for tensors."""

    writer: LedgerWriter

    def write(self, entry: Entry, tensors: Mapping[str, Tensor | None]) -> bool:
        """Append an entry; False where there is no room."""
        given = {name: tensor for name, tensor in tensors.items() if tensor is not None and tensor.dtype in KEPT}
        slots = {
            name: Slot(str(KEPT[tensor.dtype]).removeprefix("torch."), tuple(tensor.shape))
            for name, tensor in given.items()
        }
        places = self.writer.begin(entry, slots)
        if places is None:
            return False
        for name, tensor in given.items():
            if tensor.numel():
                memory = torch.frombuffer(
                    self.writer.memory, dtype=KEPT[tensor.dtype], count=tensor.numel(), offset=places[name]
                )
                memory.view(tensor.shape).copy_(tensor.detach())
        self.writer.commit()
        return True


def size_of_example(tensor: Tensor) -> int:
    """Bytes that one example takes."""
    kept = KEPT.get(tensor.dtype)
    return 0 if kept is None or not len(tensor) else kept.itemsize * tensor.numel() // len(tensor)
