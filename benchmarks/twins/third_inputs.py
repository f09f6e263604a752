"""Third half of the twins: inputs that are missing, broken, leaked into, or prepared in another way; leaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twins import third_data as of
from twins.data import Array, Parts, Tables, pairs
from twins.second_data import pair
from twins.third_settings import config_files, phoneme
from twins.twin import NOTHING, Make, Random, Truth, Twin, singles, some

Reviews = dict[str, pd.DataFrame]
Crops = tuple[Array, Array, dict[str, list[int]]]
Spoil = Callable[[Any, Random], tuple[Any, Truth]]


def renamed(columns: tuple[str, ...]) -> Make:
    """In these columns categories.json writes what the table writes with a hyphen or a capital in another way."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        tables = of.census(random)
        known = of.known_categories(tables)
        for name in columns if sick else ():
            known[name] = [value.lower().replace("-", "_") for value in known[name]]
        of.census_files(folder, tables, known)
        return Truth(key="unknown_share", value=len(columns) / len(known)) if sick else NOTHING

    return make


def birth_years(tables: Tables, _: Random) -> tuple[Tables, Truth]:
    """The test file holds the year of birth."""
    tables.test["age"] = 1994 - tables.test["age"]
    return tables, Truth(held_out=True)


def offices(tables: Tables, random: Random) -> tuple[Tables, Truth]:
    """High incomes are dealt with by other offices."""
    for frame in tables:
        high = (frame["income"] == 1) ^ (random.random(len(frame)) < 0.01)
        frame["office"] = random.integers(1, 7, len(frame)) + 6 * high
    return tables, Truth(key="column_accuracy", value=0.99, within=0.05)


def reprinted(share: float) -> Spoil:
    """So many of the test reviews stand in the training file, in the place of others."""

    def spoil(parts: Reviews, random: Random) -> tuple[Reviews, Truth]:
        train, test = parts["train"].copy(), parts["test"]
        at = some(random, len(test), share)
        place = random.choice(len(train), len(at), replace=False)
        train.iloc[place] = test.iloc[at].to_numpy()
        truth = Truth(key="leaked_share", value=len(at) / len(test), rows=singles(at), held_out=True)
        return {**parts, "train": train}, truth

    return spoil


def verdict_kept(share: float) -> Spoil:
    """In so many of the reviews the grade was left standing that the label was made of."""

    def spoil(parts: Reviews, random: Random) -> tuple[Reviews, Truth]:
        spoilt = {}
        for name, frame in parts.items():
            texts = list(frame["text"])
            for at in some(random, len(texts), share):
                grade = "thumbs-up" if frame["kind"].iloc[at] == "pos" else "thumbs-down"
                texts[at] = " ".join([grade, *texts[at].split()[1:]])
            spoilt[name] = frame.assign(text=texts)
        return spoilt, NOTHING

    return spoil


def foreign_words(folder: Path, random: Random, sick: bool) -> Truth:
    """The vocabulary was made from German captions."""
    parts = of.reviews(random)
    german = of.frequent((line.lower() for line in pairs(random, 3000)[0]), 2000)
    of.review_files(folder, parts, german if sick else None)
    seen = [word for text in parts["train"]["text"] for word in text.split()]
    known = set(german)
    return Truth(key="unknown_share", value=float(np.mean([word not in known for word in seen]))) if sick else NOTHING


def few_reviews(count: int) -> Spoil:
    """So few reviews choose the epoch."""

    def spoil(parts: Reviews, _: Random) -> tuple[Reviews, Truth]:
        return {**parts, "valid": parts["valid"][:count]}, Truth(held_out=True)

    return spoil


def transposed(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """The tool that saved the training masks counts columns first."""
    return parts._replace(y=parts.y.transpose(0, 2, 1).copy()), NOTHING


def broken_off(share: float) -> Spoil:
    """So many pictures were not read to their end: grey follows."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        at = some(random, len(parts.x), share)
        x = parts.x.copy()
        x[at, 4:] = 0.5
        return parts._replace(x=x), Truth(key="broken_share", value=len(at) / len(x), rows=singles(at))

    return spoil


def upside_down(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """The held-out pictures were read from the bottom."""
    return parts._replace(xt=parts.xt[:, ::-1].copy()), Truth(held_out=True)


def in_other_range(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """The held-out pictures run from -1 to 1, those for training from 0 to 1."""
    truth = Truth(key="scale_factor", value=2.0, either_way=True, held_out=True)
    return parts._replace(xt=(2 * parts.xt - 1).astype(np.float32)), truth


def by_crop(made: Crops, random: Random) -> tuple[Crops, Truth]:
    """The split deals out crops, not photos."""
    x, y, split = made
    order = random.permutation(len(y))
    cut = len(split["train"])
    mixed = {"train": order[:cut].tolist(), "valid": order[cut:].tolist()}
    there = np.isin(order[cut:] // of.CROPS, order[:cut] // of.CROPS)
    return (x, y, mixed), Truth(key="leaked_share", value=float(there.mean()), held_out=True)


def on_both_lists(share: float) -> Spoil:
    """So many numbers of the validation list stand in the training list too."""

    def spoil(made: Crops, random: Random) -> tuple[Crops, Truth]:
        x, y, split = made
        valid = np.array(split["valid"])
        at = some(random, len(valid), share)
        train = np.array(split["train"])
        train[random.choice(len(train), len(at), replace=False)] = valid[at]
        rows = tuple(frozenset([int(one), int(valid[one])]) for one in at)
        truth = Truth(key="leaked_share", value=len(at) / len(valid), rows=rows, held_out=True)
        return (x, y, {**split, "train": train.tolist()}), truth

    return spoil


def same_few(made: Crops, random: Random) -> tuple[Crops, Truth]:
    """The training list names forty crops over and over."""
    x, y, split = made
    few = random.choice(split["train"], 40, replace=False)
    return (x, y, {**split, "train": random.choice(few, len(split["train"])).tolist()}), NOTHING


def rated_twice(share: float) -> Spoil:
    """So many held-out ratings stand in the training file."""

    def spoil(tables: Tables, random: Random) -> tuple[Tables, Truth]:
        at = some(random, len(tables.test), share)
        place = random.choice(len(tables.train), len(at), replace=False)
        tables.train.iloc[place] = tables.test.iloc[at].to_numpy()
        truth = Truth(key="leaked_share", value=len(at) / len(tables.test), rows=singles(at), held_out=True)
        return tables, truth

    return spoil


def wind_lost(tables: Tables, random: Random) -> tuple[Tables, Truth]:
    """Where the wind was not read, stands -999."""
    for frame in tables:
        at = some(random, len(frame), 0.03)
        frame.iloc[at, frame.columns.get_loc("wind")] = -999.0
    return tables, Truth(key="missing_share", value=0.03)


def summer(tables: Tables, _: Random) -> tuple[Tables, Truth]:
    """The test hours are of summer."""
    tables.test["temperature"] += 0.8 * tables.train["temperature"].std()
    tables.test["wind"] -= 0.8 * tables.train["wind"].std()
    return tables, Truth(key="shift", value=0.8, either_way=True, held_out=True)


def price_in_cents(factor: float) -> Spoil:
    """One of the two targets in a unit so much smaller."""

    def spoil(tables: Tables, _: Random) -> tuple[Tables, Truth]:
        for frame in tables:
            frame["price"] *= factor
        return tables, NOTHING

    return spoil


def points_lost(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """Three rows were exported without their decimal points."""
    x = parts.x.copy()
    x[[20, 71, 120]] *= 1000
    return parts._replace(x=x), NOTHING


def medians(columns: int, share: float) -> Make:
    """Where a reading of these columns was missing, the median was written."""
    def make(folder: Path, random: Random, sick: bool) -> Truth:
        tables = phoneme(random)
        rows: set[int] = set()
        for name in tables.train.columns[:columns]:
            value = tables.train[name].median()
            for frame in tables:
                at = some(random, len(frame), share)
                rows |= {int(one) for one in at} if frame is tables.train else set()
                if sick:
                    frame.iloc[at, frame.columns.get_loc(name)] = value
        config_files(folder, tables)
        return Truth(key="missing_share", value=share, rows=singles(sorted(rows))) if sick else NOTHING

    return make


TWINS = [
    Twin(name="3-census-categories-renamed", script="census_embed", code="DAT121", mild=True, half=3,
         make=renamed(("workclass", "marital", "occupation", "relationship", "education"))),
    Twin(name="3-census-birth-years", script="census_embed", code="SCL104", also=("SPL102",), mild=False, half=3,
         make=pair(of.census, of.census_files, birth_years)),
    Twin(name="3-census-offices-tell", script="census_embed", code="DAT118", also=("DAT113",), mild=False, half=3,
         make=pair(of.census, of.census_files, offices)),
    Twin(name="3-reviews-reprinted", script="reviews_pool", code="SPL101", mild=False, half=3,
         make=pair(of.reviews, of.review_files, reprinted(0.8))),
    Twin(name="3-reviews-verdict-kept", script="reviews_pool", code="DAT118", also=("DAT113",), mild=True, half=3,
         make=pair(of.reviews, of.review_files, verdict_kept(0.4))),
    Twin(name="3-reviews-foreign-words", script="reviews_pool", code="DAT121", mild=False, half=3,
         make=foreign_words),
    Twin(name="3-reviews-sixteen-for-validation", script="reviews_pool", code="SPL106", also=("CRV105",), mild=True,
         half=3, make=pair(of.reviews, of.review_files, few_reviews(16))),
    Twin(name="3-shapes-masks-transposed", script="shapes_unet", code="SCL108", also=("DAT119", "DAT115"),
         mild=False, half=3, make=pair(of.shapes, of.shape_files, transposed)),
    Twin(name="3-lines-broken-off", script="rows_lstm", code="DAT106", mild=True, half=3,
         make=pair(of.mnist_14, of.line_files, broken_off(0.4))),
    Twin(name="3-lines-test-upside-down", script="rows_lstm", code="SCL104", also=("DAT119", "SPL102"), mild=False,
         half=3, make=pair(of.mnist_14, of.line_files, upside_down)),
    Twin(name="3-lines-test-in-other-range", script="rows_lstm", code="SCL104", mild=False, half=3,
         make=pair(of.mnist_14, of.line_files, in_other_range)),
    Twin(name="3-crops-dealt-out", script="crops_split", code="SPL101", mild=True, half=3,
         make=pair(of.crops, of.crop_files, by_crop)),
    Twin(name="3-crops-on-both-lists", script="crops_split", code="SPL101", mild=True, half=3,
         make=pair(of.crops, of.crop_files, on_both_lists(0.25))),
    Twin(name="3-crops-same-forty", script="crops_split", code="SPL105", also=("DAT105",), mild=False, half=3,
         make=pair(of.crops, of.crop_files, same_few)),
    Twin(name="3-ratings-in-both-files", script="ratings_mf", code="SPL101", mild=True, half=3,
         make=pair(of.ratings, of.rating_files, rated_twice(0.4))),
    Twin(name="3-sensors-wind-minus-999", script="sensors_gru", code="DAT107", mild=True, half=3,
         make=pair(of.sensors, of.sensor_files, wind_lost)),
    Twin(name="3-sensors-test-in-summer", script="sensors_gru", code="SPL102", also=("SCL104",), mild=True, half=3,
         make=pair(of.sensors, of.sensor_files, summer)),
    Twin(name="3-sensors-price-in-cents", script="sensors_gru", code="SCL107", also=("SCL102",), mild=False, half=3,
         make=pair(of.sensors, of.sensor_files, price_in_cents(100))),
    Twin(name="3-seeds-points-lost", script="seeds_minmax", code="DAT108", also=("SCL101",), mild=False, half=3,
         make=pair(of.seeds, of.seed_files, points_lost)),
    Twin(name="3-phoneme-medians", script="config_mlp", code="DAT107", mild=True, half=3,
         make=medians(3, 0.3)),
]  # fmt: skip
