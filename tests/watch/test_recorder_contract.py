"""The recorder for torch keeps the contract of every recorder."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch.optim import optimizer as torch_optimizer  # noqa: E402

from unstuck.testing.contracts.recorder import Each, RecorderContract  # noqa: E402
from unstuck.watch.torch.session import Session  # noqa: E402


class TestTorch(RecorderContract):
    make = Session

    def train(self, steps: int, each: Each) -> list[float]:
        torch.manual_seed(0)
        layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(8, 3)
        model = torch.nn.Sequential(*layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        self.parameters = list(model.parameters())
        losses: list[float] = []
        while len(losses) < steps:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(torch.randn(6, 4)), torch.randint(0, 3, (6,)))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            each(len(losses))
        return losses

    def weights(self) -> list[bytes]:
        return [p.detach().numpy().tobytes() for p in self.parameters] + [torch.get_rng_state().numpy().tobytes()]

    def hooks(self) -> list[str]:
        functions = (
            torch.autograd.backward, torch.nn.Module.__init__, torch.nn.Module._call_impl,
            torch.optim.Optimizer.__init__, torch.nn.functional.cross_entropy, torch.utils.data.DataLoader.__init__,
        )  # fmt: skip
        found = [f"{function.__qualname__} {id(function.__code__)}" for function in functions]
        found += map(repr, torch_optimizer._global_optimizer_pre_hooks.values())
        found += map(repr, torch_optimizer._global_optimizer_post_hooks.values())
        return [*found, f"anomaly mode {torch.is_anomaly_enabled()}"]
