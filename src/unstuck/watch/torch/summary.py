"""Summaries of tensors: every number of a layer in one pass, on its device, moved to the host once.

Composed of the few reductions that are fast (norm, sum, extremes, count of non-zeros), because ``var_mean``
or ``histc`` cost a hundred times more; the slow, obvious reference stands in ``tests/watch/test_summary.py``.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from unstuck.record import schema
from unstuck.record.events import TensorFacts

Tensor = torch.Tensor
COLUMNS = len(schema.SUMMARY)
MAX_ELEMENTS = 1 << 20
"""a larger tensor is summarised from an evenly strided part, and its norm scaled up"""
HISTOGRAM_ELEMENTS = 1 << 14


def strided(tensor: Tensor, limit: int = MAX_ELEMENTS) -> tuple[Tensor, float]:
    """A flat view (or copy) of at most ``limit`` elements, and how many each of them stands for."""
    flat = tensor.detach().reshape(-1)
    stride = math.ceil(flat.numel() / limit) if flat.numel() else 1
    if stride <= 1:
        return flat, 1.0
    part = flat[::stride]
    return part, flat.numel() / part.numel()


def has_values(tensor: Tensor) -> bool:
    """Whether a tensor holds values that can be fetched; those on the meta device have a shape only."""
    return not tensor.is_meta and type(tensor).__name__ != "FakeTensor"


def readable(tensor: object) -> bool:
    """A plain dense floating-point tensor with elements, which may be read without side effect."""
    return (
        type(tensor) in (Tensor, torch.nn.Parameter)
        and tensor.is_floating_point()  # type: ignore[attr-defined]
        and tensor.layout is torch.strided  # type: ignore[attr-defined]
        and tensor.numel() > 0  # type: ignore[attr-defined]
        and has_values(tensor)  # type: ignore[arg-type]
        and not torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # type: ignore[arg-type]
    )


def measure(tensor: Tensor) -> Tensor:
    """``[count, sum, norm, min, max, nonzeros]`` of a readable tensor as a float64 vector on its device."""
    flat, weight = strided(tensor)
    if flat.dtype in (torch.float16, torch.bfloat16):
        flat = flat.float()
    low, high = torch.aminmax(flat)
    # float64 accumulation: std is found from sum and norm, whose difference cancels.
    total = flat.sum(dtype=torch.float64)
    norm = torch.linalg.vector_norm(flat, dtype=torch.float64)
    nonzero = torch.count_nonzero(flat)
    return torch.stack(
        [
            torch.full_like(total, float(flat.numel())),
            total,
            norm,
            low.double(),
            high.double(),
            nonzero.double(),
            torch.full_like(total, weight),
        ]
    )


def finish(measured: list[float]) -> list[float]:
    """The columns of `schema.SUMMARY` from one measured vector; NaN where one does not apply."""
    count, total, norm, low, high, nonzero, weight = measured
    mean = total / count
    variance = max(0.0, norm * norm / count - mean * mean) if math.isfinite(norm) else math.nan
    nan = math.nan
    return [
        count * weight,
        mean,
        math.sqrt(variance) if variance == variance else nan,
        low,
        high,
        1.0 - nonzero / count,
        norm * math.sqrt(weight),
        0.0 if math.isfinite(norm) and math.isfinite(total) else nan,
        nan,
        nan,
        nan,
        nan,
    ]


def summarise(tensors: list[Tensor]) -> list[list[float]]:
    """The summary of each readable tensor: one row of `schema.SUMMARY` each."""
    by_device: dict[torch.device, list[int]] = {}
    for position, tensor in enumerate(tensors):
        by_device.setdefault(tensor.device, []).append(position)
    rows: list[list[float]] = [[] for _ in tensors]
    for positions in by_device.values():
        table = torch.stack([measure(tensors[position]) for position in positions]).tolist()
        for position, measured in zip(positions, table, strict=True):
            rows[position] = finish(measured)
            if rows[position][7] != rows[position][7]:
                rows[position][7] = float((~torch.isfinite(tensors[position].detach())).sum())
    return rows


def histogram(tensor: Tensor) -> list[float]:
    """Lowest, highest and the counts of equal bins between them, of at most 16,384 elements."""
    flat, _ = strided(tensor, HISTOGRAM_ELEMENTS)
    flat = flat.float()
    flat = flat[torch.isfinite(flat)]
    if not flat.numel():
        return [math.nan, math.nan] + [0.0] * schema.HISTOGRAM_BINS
    low, high = (float(value) for value in torch.aminmax(flat))
    counts = torch.histc(flat.cpu(), schema.HISTOGRAM_BINS, low, high)
    return [low, high, *counts.tolist()]


def describe(tensor: Any) -> TensorFacts:
    """A tensor in few numbers, for events: shape, type, and a summary where it is readable."""
    if not isinstance(tensor, Tensor):
        return TensorFacts(type=type(tensor).__name__)
    shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
    if readable(tensor):
        mean, std, least, most, zeros, norm, nonfinite = summarise([tensor])[0][1:8]
        return TensorFacts(
            shape=shape, dtype=dtype, mean=mean, std=std, min=least, max=most, zeros=zeros, norm=norm,
            nonfinite=nonfinite,
        )
    if tensor.numel() and has_values(tensor) and not tensor.is_complex():
        low, high = torch.aminmax(tensor.detach().reshape(-1).long())
        return TensorFacts(shape=shape, dtype=dtype, min=int(low), max=int(high))
    return TensorFacts(shape=shape, dtype=dtype)
