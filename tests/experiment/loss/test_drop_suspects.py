"""drop-suspects: from a quarter of the branch on wrong labels drive nothing; the loss that is told is that of all."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.interventions.drop_suspects import DropSuspects

NOISY = """
from sklearn.datasets import make_blobs
points, labels = make_blobs(400, centers=4, cluster_std=1.0, random_state=0)
x, true = torch.tensor(points, dtype=torch.float32), torch.tensor(labels)
y = true.clone()
y[::5] = (y[::5] + 1) % 4
turn.length = 200
layer = nn.Sequential(nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 4))
optimizer = torch.optim.Adam(layer.parameters(), 0.02)
for step in range(200):
    scores = layer(x)
    loss = F.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
logs = scores.detach().log_softmax(1)
print(loss.item(), -logs.gather(1, y[:, None]).mean().item(), F.cross_entropy(layer(x), true).item())
"""


def test_wrong_labels_drive_nothing_and_are_told(play: Any) -> None:
    plain, dropped = play(NOISY), play(NOISY, DropSuspects())
    told, of_all, on_true = dropped.numbers
    assert abs(told - of_all) < 1e-4, "the loss of all examples, as they are labelled"
    assert told > plain.numbers[0]
    assert on_true < 0.8 * plain.numbers[2]
    assert dropped.told == [["batches with suspects left out"]]


def test_evaluations_and_amounts_stay(play: Any) -> None:
    code = """
    layer, x, y = nn.Linear(4, 3), torch.randn(60, 4), torch.arange(60) % 3
    with torch.no_grad():
        print(F.cross_entropy(100 * layer(x), y).item())
    print(F.mse_loss(layer(x), torch.ones(60, 3)).item())
    """
    assert play(code, DropSuspects()).lines == play(code).lines
    assert play(code, DropSuspects()).told == [[]]
