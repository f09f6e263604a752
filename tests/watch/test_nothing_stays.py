"""Nothing of ours stays in torch, however it ends; and what breaks in us does not break the training."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from unstuck.record import events

torch = pytest.importorskip("torch")

from torch.optim import optimizer as torch_optimizer  # noqa: E402

import unstuck  # noqa: E402
from unstuck.record.schema import Kind  # noqa: E402
from unstuck.record.writer import PartWriter, Timeline  # noqa: E402
from unstuck.rules.engine import not_seen  # noqa: E402
from unstuck.watch.options import WatchOptions  # noqa: E402
from unstuck.watch.torch import session  # noqa: E402
from unstuck.watch.torch import step_recorder as recorder  # noqa: E402
from unstuck.watch.torch import step_sampler as sampler  # noqa: E402
from unstuck.watch.torch.description import Description  # noqa: E402
from unstuck.watch.torch.evaluations import EvaluationWatch  # noqa: E402
from unstuck.watch.torch.handlers import Handlers  # noqa: E402
from unstuck.watch.torch.held_graphs import HeldGraphs  # noqa: E402
from unstuck.watch.torch.hook_table import taps  # noqa: E402
from unstuck.watch.torch.measurement import Measurement  # noqa: E402
from unstuck.watch.torch.modes import Modes  # noqa: E402
from unstuck.watch.torch.optimizers import OptimizerBook  # noqa: E402
from unstuck.watch.torch.step_hooks import StepHooks  # noqa: E402


class Stub:
    recorder = None


def tapped() -> list[Any]:
    """Every function of torch that we would graft."""
    found = []
    for tap in taps(Handlers(Stub()), StepHooks(None), [False]):  # type: ignore[arg-type]
        function = getattr(tap.owner, tap.name) if tap.name else tap.owner
        found.append(getattr(function, "__wrapped__", function))
    return found


FUNCTIONS = tapped()
GLOBALS = list({id(function.__globals__): function.__globals__ for function in FUNCTIONS}.values())
ORIGINAL: list[CodeType] = [function.__code__ for function in FUNCTIONS]


def traces() -> list[str]:
    """What of ours is to be found in torch."""
    found = [f.__qualname__ for f, code in zip(FUNCTIONS, ORIGINAL, strict=True) if f.__code__ is not code]
    found += [name for names in GLOBALS for name in names if name.startswith("_unstuck")]

    found += [repr(hook) for hook in torch_optimizer._global_optimizer_pre_hooks.values()]
    found += [repr(hook) for hook in torch_optimizer._global_optimizer_post_hooks.values()]
    if torch.is_anomaly_enabled():
        found.append("anomaly mode")
    return found


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    assert traces() == []
    yield
    assert traces() == []


class Rows(torch.utils.data.Dataset):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 24

    def __getitem__(self, i: int) -> Any:
        return torch.full((4,), i / 24), i % 3


def train(steps: int = 12, *, workers: int = 0, at: Callable[[int], object] = int) -> tuple[list[float], Any]:
    """Losses and final weights of a small training with everything in it that we listen to."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 5)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    loader = torch.utils.data.DataLoader(Rows(), batch_size=6, shuffle=True, num_workers=workers)
    losses: list[float] = []
    while len(losses) < steps:
        model.train()
        for inputs, labels in loader:
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = torch.nn.functional.cross_entropy(model(inputs), labels)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
            losses.append(loss.item())
            at(len(losses))
        schedule.step()
        model.eval()
        with torch.no_grad():
            losses.append(torch.nn.functional.cross_entropy(model(torch.ones(2, 4)), torch.zeros(2).long()).item())
    return losses, [p.detach().clone() for p in model.parameters()] + [torch.get_rng_state()]


@pytest.fixture(scope="module")
def bare() -> tuple[list[float], Any]:
    return train()


def same(found: tuple[list[float], Any], wanted: tuple[list[float], Any]) -> None:
    assert found[0] == wanted[0]
    assert all(map(torch.equal, found[1], wanted[1]))


# ---- however it ends ---------------------------------------------------------------------------------


def test_after_a_block_and_another_one(tmp_path: Path, bare: Any) -> None:
    for _ in range(2):
        with unstuck.watch(dir=tmp_path) as run:  # type: ignore[operator]
            assert traces()
            same(train(), bare)
        assert traces() == []
        main = run.record.main
        assert len(main.rows(Kind.BACKWARD)) == 12
        assert not [*main.of(events.Failure), *main.of(events.SamplingFailure)]
        same(train(), bare)
        assert len(run.record.main.rows(Kind.BACKWARD)) == 12
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_exception_in_the_block(kind: type[BaseException], step: int, tmp_path: Path, bare: Any) -> None:
    def at(number: int) -> None:
        if number == step:
            raise kind("on purpose")

    with pytest.raises(kind), unstuck.watch(dir=tmp_path) as run:  # type: ignore[operator]
        train(at=at)
    assert traces() == []
    assert len(run.record.main.rows(Kind.BACKWARD)) == step
    assert run.record.main.of(events.End)[0].exception == kind.__name__
    same(train(), bare)


def test_after_an_exception_in_forward_and_backward(tmp_path: Path) -> None:
    weight = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="element 0"), unstuck.watch(dir=tmp_path):  # type: ignore[operator]
        weight.sum().detach().backward()
    assert traces() == []
    with pytest.raises(ValueError, match="batch_size"), unstuck.watch(dir=tmp_path):  # type: ignore[operator]
        torch.nn.functional.cross_entropy(torch.zeros(2, 3, requires_grad=True), torch.zeros(4).long())


def test_before_any_step(tmp_path: Path) -> None:
    with unstuck.watch(dir=tmp_path):  # type: ignore[operator]
        pass


def test_a_loader_with_workers_afterwards(tmp_path: Path) -> None:
    """Its functions are followed all the time: they, too, are as they were."""
    loader = torch.utils.data.DataLoader(Rows(), batch_size=6, num_workers=1)
    with unstuck.watch(dir=tmp_path):  # type: ignore[operator]
        train(4, workers=1)
        assert len(list(loader)) == 4
    assert traces() == []
    assert len(list(loader)) == 4


def test_sessions_closed_twice(tmp_path: Path) -> None:
    one = session.Session(tmp_path / "part", WatchOptions())
    one.open()
    one.close()
    one.close()
    assert traces() == []


def test_a_session_on_first_backward(tmp_path: Path, bare: Any) -> None:
    one = session.Session(tmp_path / "part", WatchOptions(on_first_backward=True))
    one.open()
    assert not (tmp_path / "part").exists()
    same(train(), bare)
    one.close()
    assert (tmp_path / "part").exists()
    two = session.Session(tmp_path / "never", WatchOptions(on_first_backward=True))
    two.open()
    two.close()
    assert not (tmp_path / "never").exists()


# ---- the user's own search for NaN -------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Anomaly Detection", "ignore:Error detected")
def test_the_users_anomaly_mode_is_his_own(tmp_path: Path) -> None:
    def spoiled() -> None:
        weight = torch.zeros(2, requires_grad=True)
        (torch.sqrt(weight) * 0).sum().backward()

    with unstuck.watch(dir=tmp_path):  # type: ignore[operator]
        with torch.autograd.detect_anomaly(), pytest.raises(RuntimeError, match="nan values"):
            spoiled()
        assert not torch.is_anomaly_enabled()
        train(3)
    with unstuck.watch(dir=tmp_path):  # type: ignore[operator]
        torch.autograd.set_detect_anomaly(True)
        try:
            train(3)
            assert torch.is_anomaly_enabled()
            with pytest.raises(RuntimeError, match="nan values"):
                spoiled()
        finally:
            torch.autograd.set_detect_anomaly(False)


# ---- what breaks in us -------------------------------------------------------------------------------

R, C, E, T, B, M = recorder.Recorder, sampler.Sampler, Handlers, Description, OptimizerBook, Measurement
V, L, G = EvaluationWatch, Modes, HeldGraphs
PLACES = [
    (R, "before_backward"), (R, "after_backward"), (R, "before_step"), (R, "after_step"), (R, "loss_called"),
    (R, "zero_grad"), (B, "made"), (R, "remember_scaled"), (R, "mode_set"), (R, "_append_loss"),
    (R, "_resolve"), (R, "_settle_pending"), (R, "settle_down"), (B, "describe"), (R, "finish"), (R, "flush"),
    (M, "enter"), (T, "describe"), (M, "step"), (C, "_write"), (C, "due"), (C, "open"), (C, "close"),
    (C, "traced_row"), (T, "place"), (C, "untrace"), (V, "module_called"), (V, "gradients_off"), (L, "tell"),
    (G, "plant"), (E, "_clip_site"),
    (Timeline, "append"), (PartWriter, "write"), (PartWriter, "frame"), (PartWriter, "seconds"),
]  # fmt: skip
LATER = ("before_backward", "after_step", "_append_loss", "describe", "step", "append", "write")


@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [(*place, 0) for place in PLACES] + [(*place, 5) for place in PLACES if place[1] in LATER],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_training_goes_on_to_the_last_bit(
    owner: Any, name: str, call: int, tmp_path: Path, bare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = getattr(owner, name), []

    def breaks(self: Any, *arguments: Any, **more: Any) -> Any:
        calls.append(name)
        if len(calls) == call + 1:
            raise RuntimeError("ours, on purpose")
        return real(self, *arguments, **more)

    monkeypatch.setattr(owner, name, breaks)
    with unstuck.watch(dir=tmp_path) as run:  # type: ignore[operator]
        same(train(), bare)
    assert traces() == []
    if len(calls) <= call:
        pytest.skip("not called so often")
    part = run.record.main
    told = [*(part.of(events.Failure) if part else ()), *(part.of(events.SamplingFailure) if part else ())]
    told += run.record.manifest.failures
    assert any("ours, on purpose" in event.error for event in told)
    assert "ours, on purpose" in " ".join(not_seen(run.record))  # the answer says so, too


def test_a_full_disk(tmp_path: Path, bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    calls: list[int] = []

    def at(number: int) -> None:
        calls.append(number)
        if number == 3:
            for owner, names in ((PartWriter, ("write", "frame")), (Timeline, ("append", "close"))):
                for name in names:
                    monkeypatch.setattr(owner, name, full)

    with unstuck.watch(dir=tmp_path) as run:  # type: ignore[operator]
        same(train(at=at), bare)
    assert "No space left" in run.record.manifest.failures[0].error
    assert len(run.record.main.rows(Kind.BACKWARD)) == 3


def test_a_part_that_cannot_be_made(tmp_path: Path, bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError("not allowed")

    monkeypatch.setattr(PartWriter, "__init__", denied)
    with unstuck.watch(dir=tmp_path) as run:  # type: ignore[operator]
        same(train(), bare)
    assert "not allowed" in run.record.manifest.failures[0].error
    assert run.record.main is None


class Bomb:
    """A recorder of which nothing works."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("ours, on purpose")


def test_no_handler_ever_raises(tmp_path: Path, bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[BaseException] = []
    one = session.Session(tmp_path / "part", WatchOptions())
    one.open()
    try:
        assert one.recorder is not None
        for rare in one.rare:
            rare.on()
        monkeypatch.setattr(one, "fail", caught.append)
        monkeypatch.setattr(one, "recorder", Bomb())
        same(train(), bare)
        train(4, workers=1)
        weight = torch.ones(2, requires_grad=True)
        weight.grad = torch.ones(2)
        torch.nn.utils.clip_grad_value_([weight], 1.0)
        torch.autograd.grad(weight.sum(), weight)
        with torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x), torch.inference_mode():
            torch.nn.Linear(1, 1).load_state_dict(torch.nn.Linear(1, 1).state_dict())
        with pytest.raises(ValueError, match="batch_size"):
            torch.nn.functional.cross_entropy(torch.zeros(2, 3), torch.zeros(4).long())
        torch.manual_seed(1)
        torch.jit.is_scripting()
    finally:
        monkeypatch.undo()
        one.close()
    assert len(caught) > 100
    assert {str(error) for error in caught} == {"ours, on purpose"}
