"""Third half of the twins: only a configuration or a checkpoint file differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from twins import third_data as of
from twins.data import Tables, mnist, pictures, table
from twins.files import unit
from twins.twin import NOTHING, Make, Random, Truth, Twin

CONFIG = """\
seed = 12
epochs = {epochs}
batch_size = {batch_size}

[data]
train = "train.csv"
test = "test.csv"

[model]
hidden = [48, 32]
dropout = {dropout}
norm_momentum = {norm_momentum}

[optimizer]
lr = {lr}
momentum = 0.9
weight_decay = {weight_decay}
step = {step}
gamma = {gamma}
clip = {clip}
"""
SETTINGS = {"epochs": 16, "batch_size": 50, "dropout": 0.1, "norm_momentum": 0.1, "lr": 0.05, "weight_decay": 1e-4,
            "step": 10, "gamma": 0.3, "clip": 5.0}  # fmt: skip


def phoneme(random: Random) -> Tables:
    """Sounds of speech, nasal or oral."""
    tables = table("phoneme", random, 4000, 0.65)
    return Tables(*(frame.rename(columns={"target": "nasal"}) for frame in tables))


def config_files(folder: Path, tables: Tables, **changed: float) -> None:
    """For `config_mlp`."""
    tables.train.to_csv(folder / "train.csv", index=False)
    tables.test.to_csv(folder / "test.csv", index=False)
    (folder / "config.toml").write_text(CONFIG.format(**{**SETTINGS, **changed}))


def configured(**changed: float) -> Make:
    """The sick config.toml has another setting."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        config_files(folder, phoneme(random), **(changed if sick else {}))
        return NOTHING

    return make


def resumed(spoil: Callable[[dict[str, Any]], None]) -> Make:
    """A checkpoint of a network that has seen a few hundred digits."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = mnist(random, 2500, 800)
        np.savez(folder / "digits.npz", train_x=parts.x, train_y=parts.y, test_x=parts.xt, test_y=parts.yt)
        torch.manual_seed(int(random.integers(1 << 30)))
        model = nn.Sequential(nn.Linear(784, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 10))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        x, y = torch.from_numpy(unit(parts.x[:400])).flatten(1), torch.from_numpy(parts.y[:400])
        for at in torch.arange(400).split(40):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[at]), y[at]).backward()
            optimizer.step()
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 0}
        if sick:
            spoil(state)
        torch.save(state, folder / "checkpoint.pt")
        return NOTHING

    return make


def rate_spent(state: dict[str, Any]) -> None:
    """The optimiser was saved when its schedule had come to its end."""
    for group in state["optimizer"]["param_groups"]:
        group["lr"] = 1e-9


def one_number(state: dict[str, Any]) -> None:
    """The layers behind the first were written before they were initialised: one number everywhere."""
    for name in ("2.weight", "4.weight"):
        state["model"][name] = torch.full_like(state["model"][name], 0.05)
    for name in ("2.bias", "4.bias"):
        state["model"][name] = torch.zeros_like(state["model"][name])
    state["optimizer"]["state"] = {}


JOINT = {"seed": 15, "code": 16, "epochs": 12, "batch": 50, "lr": 0.03, "label_weight": 1.0, "picture_weight": 4.0}


def weighed(**changed: float) -> Make:
    """The sick config.json weighs the losses in another way."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = of.mnist_14(random, 2500, 800)
        flat = [one.reshape(len(one), -1) for one in (parts.x, parts.xt)]
        np.savez(folder / "pictures.npz", x=flat[0], y=parts.y, xv=flat[1], yv=parts.yt)
        (folder / "config.json").write_text(json.dumps({**JOINT, **(changed if sick else {})}))
        return NOTHING

    return make


AUGMENT = {"turn": 8, "smallest": 0.85, "largest": 1.0, "mirror": True}


def augmented(**changed: float) -> Make:
    """The sick augment.json changes the training photos in another way."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        of.photo_files(folder, pictures(random, 1200, 500))
        (folder / "augment.json").write_text(json.dumps({**AUGMENT, **(changed if sick else {})}))
        return NOTHING

    return make


def padded(folder: Path, random: Random, sick: bool) -> Truth:
    """Places behind the sentence are given a tag that counts, and the sentences are padded further."""
    parts = of.sentences(random)
    of.sentence_files(folder, parts, **({"pad_tag": 0} if sick else {}))
    words = np.mean([min(len(line), of.TAGGER["length"]) for line in parts["train"][0]])
    return Truth(key="padding_share", value=float(1 - words / of.TAGGER["length"])) if sick else NOTHING


TWINS = [
    Twin(name="3-config-rate-too-high", script="config_mlp", code="OPT102", mild=False, half=3,
         make=configured(lr=50.0)),
    Twin(name="3-config-dropout", script="config_mlp", code="ARC112", also=("ARC117",), mild=True, half=3,
         make=configured(dropout=0.7)),
    Twin(name="3-config-gamma-every-epoch", script="config_mlp", code="OPT106", also=("OPT101", "LOP111"), mild=True,
         half=3, make=configured(step=1, gamma=0.2)),
    Twin(name="3-checkpoint-rate-spent", script="resume", code="OPT101", also=("OPT106", "LOP102"), mild=False,
         half=3, make=resumed(rate_spent)),
    Twin(name="3-checkpoint-of-one-number", script="resume", code="INI103", mild=False, half=3,
         make=resumed(one_number)),
    Twin(name="3-joint-pictures-only", script="joint_recon", code="LOS113", mild=False, half=3,
         make=weighed(picture_weight=1e5)),
    Twin(name="3-photos-cut-to-nothing", script="photo_aug", code="SPL109", mild=False, half=3,
         make=augmented(smallest=0.03, largest=0.06)),
    Twin(name="3-photos-turned-round", script="photo_aug", code="SPL109", mild=True, half=3,
         make=augmented(turn=180)),
    Twin(name="3-tags-padding-counts", script="truecase", code="DAT120", mild=True, half=3, make=padded),
]  # fmt: skip
