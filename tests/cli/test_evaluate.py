"""`unstuck evaluate` as a stranger calls it: a torch module, tables, folders of images; the model is left as it was."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from unstuck.cli.main import main

pytestmark = pytest.mark.programs
MODELS = """
    import torch
    from torch import nn

    def network():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 2, bias=False))
        with torch.no_grad():
            model[0].weight.copy_(torch.tensor([[-2.0, 0, 0], [2.0, 0, 0]]))
        return model

    def sleepy(x):
        return nn.functional.dropout(network()(x), 0.5, training=True)

    def wide():
        return nn.Linear(7, 2)

    def picture():
        class Mean(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(1, 1, 1)
            def forward(self, x):
                light = x.mean((1, 2, 3)) - 0.5
                return torch.stack([-light, light], 1)
        return Mean()

    class Data(torch.utils.data.Dataset):
        classes = ["low", "high"]
        def __len__(self):
            return 120
        def __getitem__(self, at):
            x = torch.randn(3, generator=torch.Generator().manual_seed(at))
            return x, int(x[0] > 0)
    data = Data()
    settings = {"a": 1}
"""


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


class Shell:
    """The command in this process, for torch takes seconds to load."""

    def __init__(self, folder, capsys, monkeypatch):
        self.folder, self.capsys, self.monkeypatch = folder, capsys, monkeypatch

    def __call__(self, *words):
        self.monkeypatch.setattr(sys, "argv", ["unstuck", *words])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = self.capsys.readouterr()
        return Told(int(ended.value.code or 0), told.out, told.err)

    @property
    def runs(self):
        return sorted(path for path in (self.folder / ".unstuck").iterdir() if path.is_dir())


@pytest.fixture
def table(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    sys.modules.pop("models", None)
    Path("models.py").write_text(textwrap.dedent(MODELS))
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 3))
    lines = [f"{a:.5f},{b:.5f},{c:.5f},{'yes' if a > 0 else 'no'}" for a, b, c in x]
    Path("test.csv").write_text("\n".join(["a,b,c,bought", *lines]) + "\n")
    yield Shell(tmp_path, capsys, monkeypatch)
    sys.modules.pop("models", None)


def test_a_network_on_a_table(table):
    files = ("--json", "a.json", "--html", "a.html", "--sarif", "a.sarif", "--card", "card.md")
    told = table("evaluate", "models:network", "--data", "test.csv", "--target", "bought", *files)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("clean: accuracy 1 [")
    facts = json.loads((table.folder / "a.json").read_text())["facts"]
    assert facts["evaluated"]["classes"] == ["no", "yes"]
    assert "alphabetical order" in facts["evaluated"]["notes"][0]
    assert "## Evaluation" in (table.folder / "card.md").read_text()
    again = table("show", str(table.runs[-1]))
    assert again.out.splitlines()[0] == told.out.splitlines()[0]


def test_a_data_set_with_names_and_a_forgotten_mode(table):
    told = table("evaluate", "models:sleepy", "--data", "models:data", "--fail-on", "warning")
    assert told.code == 3
    assert "unrepeatable-prediction [GEN111]" in told.out
    assert "high" in told.out


def test_a_folder_of_images(table):
    from PIL import Image

    random = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 140)):
        (table.folder / "photos" / name).mkdir(parents=True)
        for at in range(15):
            pixels = random.integers(low, low + 110, (12, 12, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(table.folder / "photos" / name / f"{at}.png")
    told = table("evaluate", "models:picture", "--data", "photos", "--html", "a.html")
    assert told.code == 0, told.err
    assert "accuracy 1 [" in told.out


def test_modes_buffers_and_generators_are_as_before(tmp_path):
    import random

    import torch
    from torch import nn

    import unstuck

    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
    model[2].eval()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    state, numbers = torch.get_rng_state(), random.getstate()
    x, y = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)), torch.arange(200) % 2
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 32, shuffle=True)
    run = unstuck.evaluate(model, loader, dir=tmp_path)
    assert run.answer().diagnosis.answer.startswith("accuracy ")
    assert all(torch.equal(kept[name], value) for name, value in model.state_dict().items())
    assert modes == [module.training for module in model.modules()]
    assert torch.equal(state, torch.get_rng_state())
    assert numbers == random.getstate()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("models:network",), "Give the data"),
        ((), "Give a model"),
        (("models:netwrok", "--data", "test.csv", "--target", "bought"), "Did you mean network?"),
        (("models:settings", "--data", "test.csv", "--target", "bought"), "is a dict, and no model"),
        (("network", "--data", "test.csv", "--target", "bought"), "A model is named module:attribute"),
        (("models:network", "--data", "test.csv"), "the target column with --target"),
        (("models:network", "--data", "nowhere.csv", "--target", "bought"), "There is no file nowhere.csv"),
        (("models:wide", "--data", "test.csv", "--target", "bought"), "failed on a batch of shape (64, 3)"),
        (("models:network", "--data", "test.csv", "--target", "bought", "--classes", "a,b,c"), "--classes names 3"),
        (("models:network", "--data", "test.csv", "--target", "bought", "--prepare", "models:settings"), "a function"),
        (("--predictions", "nowhere.npz"), "There is no file nowhere.npz"),
        (("--predictions", "test.csv"), "no column of scores"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(table, words, said):
    told = table("evaluate", *words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert told.err.startswith("unstuck: ")
    assert len(told.err.splitlines()) == 1
    assert not (table.folder / ".unstuck").exists()
