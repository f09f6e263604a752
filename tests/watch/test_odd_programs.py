"""Programs that once confused the recorder: loaders made anew, leaves made anew, threads, meta tensors, a trainer."""

from __future__ import annotations

import importlib.util
import textwrap
from pathlib import Path

import pytest

from unstuck.record import events
from unstuck.record.reader import Part
from unstuck.record.schema import Kind
from unstuck.testing.warm import Warm

torch = pytest.importorskip("torch")

from unstuck.watch.torch.identity import Identities  # noqa: E402


def record(warm: Warm, folder: Path, program: str, *, library: str | None = None) -> Part:
    """The record of a program, and of a library beside it where it has one."""
    folder.mkdir(exist_ok=True)
    script = folder / "train.py"
    script.write_text("import torch\nF = torch.nn.functional\ntorch.manual_seed(0)\n" + textwrap.dedent(program))
    if library is not None:
        packages = folder / "site-packages"
        packages.mkdir()
        (packages / "trainer.py").write_text(textwrap.dedent(library))
        script.write_text(f"import sys\nsys.path.insert(0, {str(packages)!r})\n" + script.read_text())
    ran = warm.run(script, folder / "record")
    assert ran.returncode == 0, ran.stderr
    part = ran.record.main
    assert part is not None
    assert not [*part.of(events.Failure), *part.of(events.SamplingFailure)]
    return part


LOADERS = """
from torch.utils.data import DataLoader, TensorDataset
X, y = torch.randn(24, 4), torch.randint(0, 3, (24,))
train, held_out = TensorDataset(X[:16], y[:16]), TensorDataset(X[16:], y[16:])
model = torch.nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def loader(data, shuffle):
    return DataLoader(data, batch_size=8, shuffle=shuffle)

for epoch in range(5):
    for inputs, labels in loader({train}, True):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0 + epoch)
        optimizer.step()
    with torch.no_grad():
        for inputs, labels in loader(held_out, False):
            F.cross_entropy(model(inputs), labels)
"""


@pytest.mark.parametrize("train", ["train", "TensorDataset(X[:16], y[:16])"])
def test_loaders_made_anew_in_every_epoch_are_one(train: str, warm: Warm, tmp_path: Path) -> None:
    """By the data set; where that is made anew of slices, each is its own, and none is taken for the held-out one."""
    part = record(warm, tmp_path, LOADERS.replace("{train}", train))
    loaders = part.of(events.Loader)
    sources = part.rows(Kind.EPOCH)["source"].tolist()
    held_out = {loader.id for loader in loaders if loader.sampler == "SequentialSampler"}
    assert [source in held_out for source in sources] == [False, True] * 5
    assert len(held_out) == 1
    assert len(loaders) == (2 if train == "train" else 6)
    assert len({clip.id for clip in part.of(events.Clip)}) == 5  # one line, five thresholds
    assert len(part.of(events.Clip)) == 5


def test_a_new_data_set_around_the_same_tensors_is_the_same(warm: Warm, tmp_path: Path) -> None:
    program = LOADERS.replace("{train}", "TensorDataset(images, labels_)").replace(
        "model =", "images, labels_ = X[:16], y[:16]\nmodel ="
    )
    assert len(record(warm, tmp_path, program).of(events.Loader)) == 2


def test_numbers_of_dead_objects_are_forgotten() -> None:
    numbers = Identities()
    given = {numbers.of(torch.zeros(1)) for _ in range(1000)}
    assert len(given) == 1000
    assert len(numbers) == 0


PENALTY = """
import gc, sys
critic, encoder = torch.nn.Linear(8, 1, bias=False), torch.nn.Linear(4, 8, bias=False)
optimizers = [torch.optim.Adam(part.parameters()) for part in (critic, encoder)]
for step in range({steps}):
    inputs = torch.randn(16, 4, requires_grad=True)
    outputs = critic(torch.tanh(encoder(inputs)))
    (slope,) = torch.autograd.grad(outputs.sum(), inputs, create_graph=True)
    loss = (inputs * slope).sum(1).mean() ** 2 + ((slope.norm(dim=1) - 1) ** 2).mean()
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
from unstuck.watch.torch import step_recorder as recorder
[ours] = [thing for thing in gc.get_objects() if type(thing) is recorder.{recorder}]
with open("sizes", "w") as file:
    print(len(ours.registry.identities), len(ours.by_leaf), len(ours.series), ours.walks, file=file)
"""


def test_leaves_that_are_new_at_every_step_do_not_pile_up(warm: Warm, tmp_path: Path) -> None:
    sizes = []
    for steps in (50, 400):
        folder = tmp_path / str(steps)
        part = record(warm, folder, PENALTY.replace("{steps}", str(steps)).replace("{recorder}", "Recorder"))
        assert len(part.of(events.Series)) == 1
        assert len(part.rows(Kind.BACKWARD)) == steps
        sizes.append([int(word) for word in (folder / "record" / "scratch" / "sizes").read_text().split()])
    assert sizes[1][0] <= sizes[0][0] + 8  # living objects, as the collector leaves them
    assert sizes[0][1:3] == sizes[1][1:3]
    assert sizes[1][3] <= 2  # walks outside of sampled steps


THREADS = """
import threading
def train(rate):
    model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    inputs = torch.randn(128, 8)
    for step in range(400):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), inputs[:, :3].argmax(1)).backward()
        optimizer.step()
threads = [threading.Thread(target=train, args=(rate,)) for rate in (0.5, 0.25)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_trainings_of_two_threads_are_not_merged(warm: Warm, tmp_path: Path) -> None:
    part = record(warm, tmp_path, THREADS)
    assert len(part.rows(Kind.BACKWARD)) == len(part.rows(Kind.STEP)) == 400
    assert len(set(part.rows(Kind.STEP)["value"].tolist())) == 1  # of one of the two rates
    assert len(part.of(events.Series)) == 1
    assert len(part.rows(Kind.EVAL_LOSS)) == 0
    assert len(part.of(events.SampledStep)) >= 4
    if not any("another thread" in note.text for note in part.of(events.Note)):
        pytest.fail("nothing says that another thread's training was not recorded")


META = """
with torch.device("meta"):
    shadow = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    F.cross_entropy(shadow(torch.empty(6, 4)), torch.empty(6, dtype=torch.long)).backward()
    with torch.no_grad():
        F.mse_loss(shadow(torch.empty(6, 4)), torch.empty(6, 3))
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.SGD([*model.parameters(), *shadow.parameters()], lr=0.1)
inputs, labels = torch.randn(12, 4), torch.randint(0, 3, (12,))
for step in range(20):
    optimizer.zero_grad()
    F.cross_entropy(shadow(inputs.to("meta")), labels.to("meta"))
    F.cross_entropy(model(inputs), labels).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
"""


def test_meta_tensors_are_passed_over(warm: Warm, tmp_path: Path) -> None:
    part = record(warm, tmp_path, META)
    assert len(part.rows(Kind.BACKWARD)) == 20
    assert len(part.of(events.SampledStep)) >= 4
    assert all(row.items() for row in (step.optimizers for step in part.of(events.SampledStep)))


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="keras is not installed")
def test_keras_on_torch(warm: Warm, tmp_path: Path) -> None:
    part = record(warm, tmp_path, """
        import os
        os.environ["KERAS_BACKEND"] = "torch"
        import keras
        layers = [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(2)]
        model = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=loss)
        inputs = torch.randn(96, 8).numpy()
        model.fit(inputs, (inputs.sum(1) > 0).astype("int64"), epochs=3, batch_size=32, verbose=0)
    """)
    assert len(part.rows(Kind.BACKWARD)) == 9
    assert len(part.of(events.SampledStep)) >= 4


TRAINER = """
    def fit(model, batches, rate):
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        for batch in batches:
            optimizer.zero_grad()
            model.training_step(batch).backward()
            optimizer.step()
"""
OWN_STEP = """
import trainer
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)

    def training_step(self, batch):
        inputs, labels = batch
        return {loss}  # HERE

trainer.fit(Model(), [(torch.randn(8, 4), torch.randint(0, 3, (8,))) for _ in range(12)], 0.1)
"""


@pytest.mark.parametrize("loss", ["F.cross_entropy(self.layer(inputs), labels)", "(self.layer(inputs) ** 2).mean()"])
def test_the_line_of_a_loss_that_a_trainer_derives(loss: str, warm: Warm, tmp_path: Path) -> None:
    part = record(warm, tmp_path, OWN_STEP.replace("{loss}", loss), library=TRAINER)
    (series,) = part.of(events.Series)
    lines = (tmp_path / "train.py").read_text().splitlines()
    assert series.line == 1 + next(at for at, line in enumerate(lines) if line.endswith("# HERE"))
