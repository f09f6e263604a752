"""Images, texts and series as inputs; networks of every structure; the export gives the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Column, Sample
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.fit.pixels import pixels_of, size_of
from unstuck.fit.preparation import Preparation, from_json
from unstuck.fit.recipe import Recipe
from unstuck.fit.series import is_series
from unstuck.fit.tables import CategoryColumn, NumberColumn
from unstuck.fit.words import codes_of, length_of, vocabulary_of

NUMBER = NumberColumn(name="a", how="standard", why="", mean=0, spread=1, fill=0, range=(0, 1), flag_missing=True)
CATEGORY = CategoryColumn(name="b", values=("x", "y"), width=3)


def images(*arrays: np.ndarray) -> Images:
    return Images(count=len(arrays), load=lambda at: arrays[at])


def test_images_get_one_size_and_colours_first():
    grey, coloured = np.full((8, 8, 1), 200, np.uint8), np.zeros((16, 16, 3), np.uint8)
    coloured[..., 0] = 255
    made = pixels_of(images(grey, coloured), (3, 8, 8))
    assert made.shape == (2, 3, 8, 8)
    assert (made[0] == 200).all()
    assert (made[1, 0] == 255).all()
    assert (made[1, 1:] == 0).all()
    assert (pixels_of(images(coloured), (1, 8, 8)) == 76).all()  # 0.299 × 255
    assert (pixels_of(images(np.ones((8, 8, 1), np.float32)), (1, 8, 8)) == 255).all()


def test_large_images_are_made_smaller_by_the_same_factor():
    assert size_of(images(*[np.zeros((128, 256, 3), np.uint8)] * 3)) == (3, 32, 64)
    assert size_of(images(np.zeros((28, 28, 1), np.uint8))) == (1, 28, 28)


def test_texts_become_numbers_of_words():
    texts = ["A good film, a good one", "a bad film", "Unseen"]
    vocabulary = vocabulary_of(texts)
    assert vocabulary == ("a", "film")
    assert codes_of(texts, vocabulary, 4).tolist() == [[2, 1, 3, 2], [2, 1, 3, 0], [1, 0, 0, 0]]
    assert length_of(["a b c"] * 20) == 3


def table(values: np.ndarray) -> Sample:
    columns = tuple(Column(name=str(at), type=ColumnType.NUMBER, values=values[:, at]) for at in range(values.shape[1]))
    return Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(len(values)), columns=columns)


def test_a_series_has_alike_neighbours_and_unlike_distant_columns():
    random = np.random.default_rng(0)
    walk = np.cumsum(random.normal(size=(200, 130)), axis=1)
    smooth = walk[:, 10:] - walk[:, :-10]
    assert is_series(table(smooth))
    assert not is_series(table(random.normal(size=(200, 120))))
    assert not is_series(table(smooth[:, :60]))
    assert not is_series(table(np.repeat(random.normal(size=(200, 1)), 120, axis=1)))


def test_a_preparation_comes_back_as_it_was_kept():
    made = Preparation(task=Task.BINARY, form=Form.TABLE, classes=("n", "y"), targets=("t",), numbers=(NUMBER,),
                       categories=(CATEGORY,), left_out=(("id", "why"),), all_columns=("a", "b", "t"),
                       types={"a": "number"}, size=(1, 2, 3), vocabulary=("w",), length=4)  # fmt: skip
    assert from_json(made.to_json()) == made


PREPARATIONS = {
    "dense": Preparation(task=Task.BINARY, form=Form.TABLE, classes=("n", "y"), numbers=(NUMBER,),
                         categories=(CATEGORY,)),
    "images": Preparation(task=Task.MULTI_CLASS, form=Form.IMAGE, classes=("a", "b", "c"), size=(3, 9, 12),
                          pixel_mean=(1.0, 2.0, 3.0), pixel_spread=(1.0, 1.0, 2.0)),
    "words": Preparation(task=Task.BINARY, form=Form.TEXT, classes=("n", "y"), vocabulary=("a", "b"), length=5),
    "convolution": Preparation(task=Task.REGRESSION, form=Form.TABLE, targets=("t",), target_mean=(0.0,),
                               target_spread=(1.0,), numbers=(NUMBER,) * 20),
    "recurrent": Preparation(task=Task.REGRESSION, form=Form.TABLE, targets=("t",), target_mean=(0.0,),
                             target_spread=(1.0,), numbers=(NUMBER,) * 50),
}  # fmt: skip


def example(structure: str, n: int):
    import torch

    shapes = {"dense": (n, 3), "images": (n, 3, 9, 12), "words": (n, 5), "convolution": (n, 40), "recurrent": (n, 100)}
    if structure == "words":
        return torch.randint(0, 4, shapes[structure])
    made = torch.rand(shapes[structure])
    return (made * 255).to(torch.uint8) if structure == "images" else made


@pytest.mark.programs
@pytest.mark.parametrize("structure", PREPARATIONS)
def test_a_network_says_the_shares_of_the_classes_first_and_is_the_same_for_the_same_seed(structure):
    import torch

    from unstuck.fit.networks.build import build

    preparation = PREPARATIONS[structure]
    recipe = Recipe(structure=structure, width=16, depth=2, rate=1e-3, batch_size=8, steps=10)
    prior = np.array([0.9, 0.05, 0.05][: len(preparation.classes)])
    prior = prior / prior.sum() if len(prior) else prior
    network = build(recipe, preparation, prior, 0).eval()
    output = network(example(structure, 7)).detach()
    assert output.shape == (7, preparation.outputs)
    if len(prior):
        assert torch.softmax(output, 1).mean(0).numpy() == pytest.approx(prior, abs=0.1)
    again = build(recipe, preparation, prior, 0)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))


@pytest.mark.programs
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The tensor attributes")  # of a GRU: torch's own
@pytest.mark.parametrize("structure", PREPARATIONS)
def test_the_exported_program_gives_the_same_numbers(structure, tmp_path):
    import torch

    from unstuck.fit.networks.build import build
    from unstuck.fit.networks.ensemble import Ensemble

    recipe = Recipe(structure=structure, width=16, depth=1, rate=1e-3, batch_size=8, steps=10)
    members = [build(recipe, PREPARATIONS[structure], np.zeros(0), seed) for seed in range(2)]
    ensemble = Ensemble(members, classes=structure != "convolution").eval()
    program = torch.export.export(
        ensemble, (example(structure, 4),), dynamic_shapes={"x": {0: torch.export.Dim("examples", min=1)}}
    )
    new = example(structure, 9)
    assert torch.allclose(program.module()(new), ensemble(new), atol=1e-5)
