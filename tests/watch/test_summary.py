"""Summaries of tensors against their definitions in NumPy and float64, over shapes, types and values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from unstuck.record import schema  # noqa: E402
from unstuck.record.events import TensorFacts  # noqa: E402
from unstuck.watch.torch import summary  # noqa: E402
from unstuck.watch.torch.sampled_step import gradient_norm, has_moved, snapshot, update_row  # noqa: E402
from unstuck.watch.torch.summary import describe, histogram, readable, strided, summarise  # noqa: E402

EXACT = 1e-12
"""relative: everything is summed in float64"""
TYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def reference(tensor: Any) -> dict[str, float]:
    """Each column by its definition, slowly."""
    flat = tensor.detach().to(torch.float64).numpy().reshape(-1)
    told = {"count": float(flat.size), "zeros": sum(v == 0 for v in flat) / flat.size}
    told["nonfinite"] = float(sum(not math.isfinite(v) for v in flat))
    if told["nonfinite"]:
        return told
    mean = math.fsum(flat) / flat.size
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in flat) / flat.size)
    return {**told, "mean": mean, "std": spread, "min": min(flat), "max": max(flat),
            "norm": math.sqrt(math.fsum(v * v for v in flat))}  # fmt: skip


def agree(row: list[float], wanted: dict[str, float]) -> None:
    found = dict(zip(schema.SUMMARY_NAMES, row, strict=True))
    for name in ("count", "zeros", "nonfinite"):
        assert found[name] == pytest.approx(wanted[name], abs=1e-15), name
    if "norm" not in wanted:
        return
    assert found["min"] == wanted["min"]
    assert found["max"] == wanted["max"]
    size = wanted["norm"] / math.sqrt(wanted["count"])
    assert found["norm"] == pytest.approx(wanted["norm"], rel=EXACT, abs=0)
    assert found["mean"] == pytest.approx(wanted["mean"], rel=EXACT, abs=EXACT * size)
    # The spread is the root of a difference: its square is exact to the square of the size.
    assert abs(found["std"] ** 2 - wanted["std"] ** 2) <= EXACT * size**2
    for name in ("units", "silent", "dead", "saturated"):
        assert math.isnan(found[name])


def bits(width: int) -> st.SearchStrategy[float]:
    return st.floats(width=width, allow_nan=True, allow_infinity=True)


SHAPES = st.lists(st.integers(1, 4), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TYPES), SHAPES, st.data())
def test_all_values_shapes_and_types(kind: Any, shape: list[int], data: st.DataObject) -> None:
    count = math.prod(shape)
    moderate = st.floats(-1e6, 1e6, width=32)
    values = data.draw(st.lists(st.one_of(moderate, st.just(0.0), st.just(-0.0)), min_size=count, max_size=count))
    tensor = torch.tensor(values, dtype=torch.float64).reshape(shape).to(kind)
    agree(summarise([tensor])[0], reference(tensor))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([torch.float32, torch.float16]), st.data())
def test_any_bit_pattern_is_survived(kind: Any, data: st.DataObject) -> None:
    """NaN, infinities, denormals, the largest numbers: counted rightly, extremes and norm where all are finite."""
    values = data.draw(st.lists(bits(32 if kind is torch.float32 else 16), min_size=1, max_size=9))
    tensor = torch.tensor(values, dtype=torch.float64).to(kind)
    agree(summarise([tensor])[0], reference(tensor))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=9))
def test_float64_is_never_an_error(values: list[float]) -> None:
    tensor = torch.tensor(values, dtype=torch.float64)
    row = dict(zip(schema.SUMMARY_NAMES, summarise([tensor])[0], strict=True))
    assert row["nonfinite"] == sum(not math.isfinite(v) for v in values)
    assert row["count"] == len(values)
    if row["nonfinite"] == 0:
        assert (row["min"], row["max"]) == (min(values), max(values))
        top = max(map(abs, values))
        if 1e-140 < top < 1e140:
            agree(summarise([tensor])[0], reference(tensor))


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_one_element(kind: Any) -> None:
    row = dict(zip(schema.SUMMARY_NAMES, summarise([torch.tensor(-1.5, dtype=kind)])[0], strict=True))
    assert [row[name] for name in schema.SUMMARY_NAMES[:8]] == [1, -1.5, 0, -1.5, -1.5, 0, 1.5, 0]


def test_a_small_spread_far_from_zero() -> None:
    torch.manual_seed(0)
    tensor = 1000 + 0.01 * torch.randn(5000)
    row = summarise([tensor])[0]
    wanted = reference(tensor)
    assert row[2] == pytest.approx(wanted["std"], rel=1e-4)


def test_many_tensors_of_one_call_stay_apart() -> None:
    tensors = [torch.full((n,), float(n)) for n in range(1, 30)]
    for tensor, row in zip(tensors, summarise(tensors), strict=True):
        agree(row, reference(tensor))


def test_views_transposed_and_expanded() -> None:
    base = torch.arange(24.0).reshape(4, 6)
    for tensor in (base.T, base[::2, ::3], base[:1].expand(5, 6), base[:, 2]):
        agree(summarise([tensor])[0], reference(tensor))


def test_nothing_is_changed_and_no_graph_is_made() -> None:
    tensor = torch.randn(7, requires_grad=True)
    before = tensor.detach().clone()
    summarise([tensor])
    histogram(tensor)
    describe(tensor)
    assert torch.equal(tensor.detach(), before)
    assert tensor.grad is None
    assert tensor.grad_fn is None


# ---- larger than is looked at ------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 400))
def test_strided_parts(count: int, limit: int) -> None:
    part, weight = strided(torch.arange(float(count)), limit)
    assert len(part) <= limit
    assert len(part) * weight == pytest.approx(count)
    steps = np.diff(part.numpy())
    assert len(set(steps.tolist())) <= 1  # evenly
    assert part[0] == 0


def test_a_large_tensor_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    tensor = torch.randn(300, 401) * 3 + 1
    wanted = reference(tensor)
    monkeypatch.setattr(strided, "__defaults__", (1 << 14,))
    found = dict(zip(schema.SUMMARY_NAMES, summarise([tensor])[0], strict=True))
    assert found["count"] == pytest.approx(wanted["count"], rel=1e-12)
    error = 5 / math.sqrt((1 << 14) / 2)  # five standard errors of a sample of at least half the limit
    assert found["mean"] == pytest.approx(wanted["mean"], abs=3 * error)
    assert found["std"] == pytest.approx(wanted["std"], rel=error)
    assert found["norm"] == pytest.approx(wanted["norm"], rel=error)


def test_beyond_the_real_limit_the_norm_is_scaled() -> None:
    tensor = torch.ones(summary.MAX_ELEMENTS + 3)
    row = dict(zip(schema.SUMMARY_NAMES, summarise([tensor])[0], strict=True))
    assert row["count"] == tensor.numel()
    assert row["norm"] == pytest.approx(math.sqrt(tensor.numel()), rel=1e-9)
    assert (row["mean"], row["std"]) == (1, 0)


# ---- histograms, words -------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=60))
def test_histograms(values: list[float]) -> None:
    low, high, *counts = histogram(torch.tensor(values))
    assert len(counts) == schema.HISTOGRAM_BINS
    assert (low, high) == (min(values), max(values))
    assert sum(counts) == len(values)
    if high > low:
        edges = np.linspace(low, high, schema.HISTOGRAM_BINS + 1)
        room = 1e-5 * (high - low)
        for at in range(schema.HISTOGRAM_BINS):
            # A value on an edge may be counted on either side of it.
            inside = sum(edges[at] + room < v < edges[at + 1] - room for v in values)
            near = sum(edges[at] - room <= v <= edges[at + 1] + room for v in values)
            assert inside <= counts[at] <= near


def test_histograms_leave_out_what_is_not_finite() -> None:
    low, high, *counts = histogram(torch.tensor([math.nan, math.inf, -math.inf, 1.0, 2.0]))
    assert (low, high, sum(counts)) == (1, 2, 2)
    low, high, *counts = histogram(torch.tensor([math.nan]))
    assert math.isnan(low)
    assert sum(counts) == 0


def test_what_may_be_read() -> None:
    assert readable(torch.randn(2))
    assert readable(torch.nn.Parameter(torch.randn(2)))
    assert not readable(torch.zeros(0))
    assert not readable(torch.arange(3))
    assert not readable(torch.zeros(2, dtype=torch.complex64))
    assert not readable(torch.zeros(2, device="meta"))
    assert not readable(torch.eye(3).to_sparse())
    assert not readable([1.0])
    assert not readable(None)

    class Mine(torch.Tensor):
        pass

    assert not readable(torch.zeros(2).as_subclass(Mine))
    seen = []
    torch.func.vmap(lambda row: (seen.append(readable(row)), row)[1])(torch.ones(2, 2))
    assert seen == [False]


def test_in_words() -> None:
    told = describe(torch.tensor([[1, 5], [-2, 0]]))
    assert told == TensorFacts(shape=(2, 2), dtype="int64", min=-2, max=5)
    assert describe(torch.tensor([True, False])).max == 1
    assert describe(torch.zeros(0)).shape == (0,)
    assert describe(3) == TensorFacts(type="int")
    told = describe(torch.tensor([0.0, 3.0, 4.0]))
    assert (told.norm, told.zeros, told.dtype) == (5, pytest.approx(1 / 3), "float32")


# ---- updates and joint norms -------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(TYPES), st.lists(st.floats(-50, 50, width=16), min_size=1, max_size=20), st.floats(-2, 2, width=16)
)
def test_updates(kind: Any, values: list[float], moved: float) -> None:
    parameter = torch.nn.Parameter(torch.tensor(values).to(kind))
    kept = snapshot([parameter])
    assert not has_moved(parameter, kept[0][1])
    with torch.no_grad():
        parameter.mul_(1.01).add_(moved)
    row = update_row(*kept[0])
    difference = parameter.detach().to(torch.float64) - kept[0][1].to(torch.float64)
    wanted = reference(difference)
    rounded = 2.0**-22  # the difference is taken in float32
    assert row[6] == pytest.approx(wanted["norm"], rel=rounded, abs=1e-30)
    assert has_moved(parameter, kept[0][1]) == (wanted["norm"] > 0)


def test_updates_of_large_models_are_estimated_from_the_same_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unstuck.watch.torch.sampled_step.MAX_SNAPSHOT", 1000)
    parameters = [torch.nn.Parameter(torch.randn(n)) for n in (70, 1003, 20_000)]
    kept = snapshot(parameters)
    assert sum(before.numel() for _, before, _ in kept) < 1200
    with torch.no_grad():
        for parameter in parameters:
            parameter += 0.5
    for parameter, before, weight in kept:
        row = update_row(parameter, before, weight)
        assert row[6] == pytest.approx(0.5 * math.sqrt(parameter.numel()), rel=1e-5)
        assert has_moved(parameter, before)


def with_gradients(*gradients: Any) -> list[Any]:
    parameters = []
    for gradient in gradients:
        parameter = torch.nn.Parameter(torch.zeros(3, dtype=gradient.dtype if gradient is not None else None))
        parameter.grad = gradient
        parameters.append(parameter)
    return parameters


def test_joint_norms() -> None:
    given = with_gradients(torch.tensor([3.0, 0, 0]), None, torch.zeros(3), torch.full((3,), 4 / 3**0.5))
    norm, none, zero = gradient_norm(given)
    assert (norm, none, zero) == (pytest.approx(5, rel=1e-6), 1, 1)
    assert gradient_norm(with_gradients(None)) == (0.0, 1, 0)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16], ids=str)
def test_joint_norms_of_half_types_keep_their_digits(kind: Any) -> None:
    gradients = [torch.tensor([500.0, 301.0, 77.0], dtype=kind) for _ in range(300)]
    wanted = math.sqrt(math.fsum(v * v for g in gradients for v in g.double().tolist()))
    assert gradient_norm(with_gradients(*gradients))[0] == pytest.approx(wanted, rel=1e-6)
    huge = torch.full((3,), 60_000.0, dtype=kind)
    assert gradient_norm(with_gradients(huge))[0] == pytest.approx(float(huge[0]) * math.sqrt(3), rel=1e-6)


def test_joint_norms_of_exploded_gradients_are_numbers() -> None:
    exploded = torch.full((3,), 1e30)
    assert gradient_norm(with_gradients(exploded))[0] == pytest.approx(1e30 * math.sqrt(3), rel=1e-6)
    assert math.isinf(gradient_norm(with_gradients(torch.tensor([math.inf, 0, 0])))[0])
    assert math.isnan(gradient_norm(with_gradients(torch.tensor([math.nan, 0, 0])))[0])
