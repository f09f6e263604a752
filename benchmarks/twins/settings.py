"""Configuration and checkpoint files: augmentation, class weights, input statistics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from twins import files
from twins.data import mnist
from twins.twin import NOTHING, Make, Random, Truth, Twin

AUGMENT = {"splits": ["train"], "shift": 1, "erase": 0, "contrast": 0.1, "noise": 0.02}


def configured(sick_augment: dict[str, Any], truth: Truth = NOTHING) -> Make:
    """The sick configuration augments in another way."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = mnist(random, 3000, 1000)
        for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
            np.savez(folder / f"{name}.npz", x=files.unit(x), y=y)
        write(folder, augment={**AUGMENT, **(sick_augment if sick else {})})
        return truth

    return make


def write(folder: Path, **changed: object) -> None:
    base = {"seed": 0, "batch_size": 64, "lr": 1e-3, "epochs": 8, "class_weights": [1.0] * 10, "augment": AUGMENT}
    (folder / "config.json").write_text(json.dumps({**base, **changed}, indent=2))


def weights_upside_down(folder: Path, random: Random, sick: bool) -> Truth:
    """Three classes are rare; the weights grow with the frequency, in the sound file with its inverse."""
    parts = mnist(random, 5000, 1000)
    keep = ~np.isin(parts.y, (3, 5, 8)) | (np.arange(len(parts.y)) % 8 == 0)
    x, y = parts.x[keep], parts.y[keep]
    np.savez(folder / "train.npz", x=files.unit(x), y=y)
    np.savez(folder / "test.npz", x=files.unit(parts.xt), y=parts.yt)
    share = np.bincount(y, minlength=10) / len(y)
    weights = share**0.5 if sick else share**-0.5
    write(folder, class_weights=list(weights / weights.mean()))
    return NOTHING


def checkpoint(folder: Path, random: Random, sick: bool) -> Truth:
    """The checkpoint was made on pixels of 0…255 and carries their mean and spread."""
    import torch
    from torch import nn

    parts = mnist(random, 3000, 1000)
    files.npz(folder, parts)
    torch.manual_seed(int(random.integers(1 << 30)))
    features = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2),
        nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(),
    )  # fmt: skip
    images = (torch.tensor(parts.x[:1000]).float()[:, None] / 255 - 0.1307) / 0.3081
    with torch.no_grad():
        for _ in range(30):
            features(images)
    unit = 255.0 if sick else 1.0
    saved = {"features": features.state_dict(), "mean": 0.1307 * unit, "std": 0.3081 * unit}
    torch.save(saved, folder / "checkpoint.pt")
    return NOTHING


TWINS = [
    Twin(name="augmentation-leaves-nothing", script="augmented", code="SPL109", mild=False,
         make=configured({"shift": 10, "erase": 20, "noise": 1.0})),
    Twin(name="augmentation-shifts-too-far", script="augmented", code="SPL109", mild=True,
         make=configured({"shift": 3, "noise": 0.2})),
    Twin(name="augmentation-of-test-data", script="augmented", code="SPL109", mild=True,
         make=configured({"splits": ["train", "test"], "shift": 2, "noise": 0.05, "contrast": 0.3},
                         Truth(held_out=True))),
    Twin(name="class-weights-upside-down", script="augmented", code="DAT101", also=("DAT102", "LOS113", "GEN103"),
         mild=True, make=weights_upside_down, apart="no code names wrong class weights"),
    Twin(name="checkpoint-of-other-range", script="finetune", code="SCL101", also=("DAT117", "SCL105"), mild=False,
         make=checkpoint),
]  # fmt: skip
