"""Broken examples of every kind, planted one by one among ordinary ones."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from unstuck.analysis.data.broken_examples import below_the_rest, broken_examples, text_problem
from unstuck.analysis.data.image_files import image_files
from unstuck.analysis.data.image_summary import image_summary
from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Column, Sample, Target
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.record.events.data.images import Problem


def pictures(count=60, shape=(24, 24, 1), seed=0):
    """Smooth shapes with noise, of different brightness."""
    random = np.random.default_rng(seed)
    smooth = gaussian_filter(random.normal(size=(count, *shape)), (0, 2, 2, 0)) * 150
    level = random.normal(120, 15, (count, 1, 1, 1))
    return np.clip(level + smooth + random.normal(0, 8, (count, *shape)), 2, 250).astype(np.uint8)


def of_images(arrays, **fields):
    images = arrays if isinstance(arrays, Images) else Images(count=len(arrays), load=lambda at: arrays[at])
    rows = np.arange(len(images)) * 10  # positions in the split differ from numbers in the sample
    return broken_examples(Sample(split=0, name="train", form=Form.IMAGE, rows=rows, images=images, **fields))


PLANTS = {
    Problem.ZERO: lambda image: image * 0,
    Problem.CONSTANT: lambda image: image * 0 + 7,
    Problem.BLANK: lambda image: 200 + image % 2,
    Problem.CUT: lambda image: np.concatenate([image[:14], np.full_like(image[14:], 128)]),
    Problem.DARK: lambda image: image // 8,
    Problem.BRIGHT: lambda image: 255 - (255 - image) // 8,
    Problem.BLURRED: lambda image: gaussian_filter(image.astype(float), (1.5, 1.5, 0)).astype(np.uint8),
}


def test_ordinary_images_have_no_problem_that_matters():
    event = of_images(pictures(300))
    assert {problem for problem, _ in event.counts} <= {Problem.DARK, Problem.BRIGHT, Problem.BLURRED}
    assert max(event.degrees, default=0.0) < 5


@pytest.mark.parametrize("problem", PLANTS)
def test_each_planted_image_is_found(problem):
    arrays = pictures()
    for at in (5, 40):
        arrays[at] = PLANTS[problem](arrays[at])
    event = of_images(arrays)
    found = [row for row, kind, degree in zip(event.rows, event.problems, event.degrees, strict=True)
             if kind is problem and (degree == 0 or degree > 5)]  # fmt: skip
    assert sorted(found) == [50, 400]


def test_an_image_that_does_not_end_in_its_own_white_is_cut_and_a_white_ground_is_not():
    arrays = pictures()
    arrays[3, 10:] = 255
    assert Problem.CUT not in of_images(arrays).problems


def test_signs_on_a_black_ground_are_not_cut():
    arrays = np.where(pictures() > 140, pictures(), 0)
    arrays[:, :2] = 0
    arrays[:, 16:] = 0
    arrays[7, 0, 5] = 200  # one touches the first row
    assert Problem.CUT not in of_images(arrays).problems


def test_files_are_named_with_what_is_wrong(tmp_path):
    arrays = pictures(40, (24, 24, 3))
    paths = [tmp_path / f"{at:02}.png" for at in range(40)]
    for path, array in zip(paths, arrays, strict=True):
        Image.fromarray(array).save(path)
    paths[3].write_bytes(paths[3].read_bytes()[:600])
    paths[7].write_bytes(b"")
    paths[9].unlink()
    paths[11].write_text("<html>not found</html>")
    Image.fromarray(arrays[20, :20]).save(paths[20])
    Image.fromarray(arrays[21, ..., 0]).save(paths[21])
    event = of_images(image_files(paths), names=tuple(path.name for path in paths), unlabelled_files=("x.png",))
    named = {name: problem for name, problem, degree in zip(event.names, event.problems, event.degrees, strict=True)
             if degree == 0}  # fmt: skip
    assert named == {
        "03.png": Problem.TRUNCATED, "07.png": Problem.EMPTY, "09.png": Problem.ABSENT, "11.png": Problem.UNREADABLE,
        "20.png": Problem.OTHER_SIZE, "21.png": Problem.OTHER_MODE,
    }  # fmt: skip
    assert event.problems[0] is Problem.UNREADABLE
    assert (event.unlabelled_files, event.unlabelled_count) == (("x.png",), 1)
    summary = image_summary(0, image_files(paths))
    assert (summary.looked_at, summary.readable) == (40, 36)
    assert summary.sizes[0] == (24, 24, 35)
    assert dict(summary.modes) == {"RGB": 35, "L": 1}
    assert summary.formats == (("PNG", 36),)
    whole = [at for at in range(40) if at not in (3, 7, 9, 11)]
    assert summary.means == pytest.approx(arrays[whole].mean(axis=(0, 1, 2)), abs=3)


def labelled(arrays, codes, **fields):
    target = Target(names=("label",), task=Task.MULTI_CLASS, classes=("a", "b"), codes=np.asarray(codes))
    return dict(of_images(arrays, target=target, **fields).counts)


@pytest.mark.parametrize("problem", [Problem.CUT, Problem.BLURRED])
def test_many_broken_images_of_all_classes_are_found_in_any_scale(problem):
    arrays = pictures(200).astype(np.float32)
    for at in range(50):
        arrays[at] = PLANTS[problem](arrays[at])
    order = np.argsort(np.arange(200) % 2, kind="stable")  # the file is sorted by class
    arrays = arrays[order]
    broken = {int(at) * 10 for at in np.flatnonzero(order < 50)}
    for some in (arrays, (arrays - 128) / 37):
        event = of_images(some, target=Target(names=("label",), task=Task.MULTI_CLASS, classes=("a", "b"),
                                              codes=order % 2))  # fmt: skip
        found = {row for row, kind, degree in zip(event.rows, event.problems, event.degrees, strict=True)
                 if kind is problem and (degree == 0 or degree > 5)}  # fmt: skip
        assert found == broken


@pytest.mark.parametrize("problem", [Problem.CUT, Problem.BLURRED])
def test_what_one_class_looks_like_is_not_broken(problem):
    arrays = pictures(200).astype(np.float32)
    for at in range(50):
        arrays[at] = PLANTS[problem](arrays[at])
    assert labelled(arrays, np.arange(200) < 50).get(problem, 0) < 5


def test_what_a_random_transform_may_have_done_is_not_judged():
    arrays = pictures(200)
    for at in range(8):
        arrays[at] = PLANTS[Problem.BLURRED](arrays[at])
    assert Problem.BLURRED in labelled(arrays, np.arange(200) % 2)
    assert Problem.BLURRED not in labelled(arrays, np.arange(200) % 2, augmented=True)


def test_rows_of_each_problem_are_listed(monkeypatch):
    monkeypatch.setattr("unstuck.analysis.data.broken_examples.MOST_ROWS", 60)
    arrays = pictures(200)
    arrays[:100] = 7
    arrays[150] = PLANTS[Problem.BLURRED](arrays[150])
    event = of_images(arrays)
    assert len(event.rows) == 60
    assert (1500, Problem.BLURRED) in zip(event.rows, event.problems, strict=True)


def test_images_of_many_sizes_are_all_usual(tmp_path):
    arrays = [picture[: 16 + at % 8] for at, picture in enumerate(pictures())]
    assert Problem.OTHER_SIZE not in of_images(arrays).problems


def test_nothing_readable_is_no_crash():
    event = of_images([np.full((4, 4, 1), np.nan, np.float32)] * 3)
    assert event.counts == ((Problem.NOT_FINITE, 3),)
    assert image_summary(0, Images(count=0, load=lambda at: None)).means == ()


def test_degrees_are_standard_deviations_of_the_lower_half():
    values = np.random.default_rng(0).normal(10, 2, 20_000)
    values[7] = 0
    assert below_the_rest(values, 0.1)[7] == pytest.approx(5, rel=0.05)
    assert np.isnan(below_the_rest(values[:19], 0.1)).all()
    assert below_the_rest(np.r_[np.ones(99), 0.5], 0.1)[-1] == pytest.approx(5)


def table(*columns, types=None):
    named = tuple(
        Column(name=f"x{at}", type=(types or {}).get(at, ColumnType.NUMBER), values=np.asarray(values))
        for at, values in enumerate(columns)
    )
    return broken_examples(
        Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(len(columns[0])), columns=named)
    )


def test_rows_of_zeros_and_rows_without_any_value():
    random = np.random.default_rng(0)
    columns = random.normal(size=(4, 100))
    columns[:, 3] = 0
    columns[:, 8] = np.nan
    columns[1:, 9] = 0
    event = table(*columns)
    assert dict(zip(event.rows, event.problems, strict=True)) == {3: Problem.ZERO, 8: Problem.MISSING}


def test_a_row_that_has_only_its_key_is_without_any_value():
    key = np.array([str(at) for at in range(50)], dtype=object)
    words = np.array(["a"] * 50, dtype=object)
    words[4] = None
    numbers = np.arange(50.0)
    numbers[4] = np.nan
    event = table(key, words, numbers, types={0: ColumnType.IDENTIFIER, 1: ColumnType.CATEGORY})
    assert (event.rows, event.problems) == ((4,), (Problem.MISSING,))


def test_zeros_in_a_sparse_table_are_values():
    random = np.random.default_rng(0)
    columns = random.poisson(0.6, (4, 400)).astype(float)
    assert (columns == 0).all(axis=0).any()
    assert table(*columns).rows == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a good film", None), ("", Problem.EMPTY), (" \n\t", Problem.EMPTY),
        ("\ufffd\ufffd\ufffd film", Problem.GARBLED),
        ("\x00\x01\x02", Problem.GARBLED), ("cafÃ© dÃ©jÃ\xa0", Problem.GARBLED),
        ("naïve café, 10/10", None), ("一部好电影", None),
    ],
)  # fmt: skip
def test_texts(text, problem):
    assert text_problem(text) is problem


def test_sequences_of_padding_only():
    tokens = np.array([[4, 5, 0, 0], [0, 0, 0, 0], [7, 7, 7, 7], [1, 2, 3, 0]])
    event = broken_examples(Sample(split=0, name="train", form=Form.TOKENS, rows=np.arange(4), tokens=tokens))
    assert (event.rows, event.problems) == ((1,), (Problem.EMPTY,))
