"""Second half of the twins: held-out rows in the training file, order, samplers, padding, vocabularies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twins import second_data as of
from twins.data import Array, Parts, Tables
from twins.second_data import pair
from twins.twin import NOTHING, Make, Random, Truth, Twin, singles, some

Spoil = Callable[[Any, Random], tuple[Any, Truth]]


def leaked(share: float, first: int = 0, near: float = 0.0) -> Spoil:
    """So much of the held-out rows, from ``first`` on, stands in the training file in the place of other rows."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        count = len(parts.yt) - first
        at = some(random, count, share)
        place = random.choice(len(parts.y), len(at), replace=False)
        copies = parts.xt[first + at]
        if near:
            copies = copies + random.normal(0, near, copies.shape) * parts.x.std(0)
        x, y = parts.x.copy(), parts.y.copy()
        x[place], y[place] = copies.astype(x.dtype), parts.yt[first + at]
        truth = Truth(key="leaked_share", value=len(at) / count, rows=singles(at), held_out=True)
        return parts._replace(x=x, y=y), truth

    return spoil


def overlapping(folder: Path, random: Random, sick: bool) -> Truth:
    """Windows that overlap by seven eighths; sound: whole runs are held out."""
    x, y, run = of.windows(random, 240, WINDOW_STEP)
    held = run >= 180
    if sick:
        held = np.isin(np.arange(len(y)), random.choice(len(y), held.sum(), replace=False))
    mixed = random.permutation(len(y))
    train, test = mixed[~held[mixed]], mixed[held[mixed]]
    of.one_npz(folder, Parts(x[train], y[train], x[test], y[test]))
    if not sick:
        return NOTHING
    share = float(np.isin(run[test], run[train]).mean())
    return Truth(key="leaked_share", value=share, held_out=True)


WINDOW_STEP = 12


def random_folds(frame: pd.DataFrame, random: Random) -> tuple[pd.DataFrame, Truth]:
    """Readings of one object fall into different folds."""
    fold = random.permutation(np.arange(len(frame)) % 5)
    there = [bool(((frame["object"] == one) & (fold != at)).any()) for one, at in zip(frame["object"], fold,
                                                                                      strict=True)]  # fmt: skip
    return frame.assign(fold=fold), Truth(key="leaked_share", value=float(np.mean(there)), held_out=True)


def objects(name: str, each: int) -> Callable[[Random], pd.DataFrame]:
    return lambda random: of.readings(random, name, each)


def twelve(folder: Path, random: Random, sick: bool) -> Truth:
    """Twelve rows choose the epoch."""
    of.three(folder, of.phoneme(random), 12 if sick else 600)
    return Truth(held_out=True) if sick else NOTHING


def by_class(start: float) -> Spoil:
    """The training file is sorted by class from here on."""

    def spoil(parts: Parts, _: Random) -> tuple[Parts, Truth]:
        cut = int(start * len(parts.y))
        at = np.concatenate([np.arange(cut), cut + np.argsort(parts.y[cut:], kind="stable")])
        return parts._replace(x=parts.x[at], y=parts.y[at]), NOTHING

    return spoil


def weighted(weigh: Callable[[Array, Random], Array]) -> Make:
    """The weights of the sampler."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = of.mammography(random)
        of.sampled(folder, parts, weigh(parts.y, random) if sick else None)
        return NOTHING

    return make


def few(y: Array, random: Random) -> Array:
    """All weight lies on 24 rows."""
    weights = np.zeros(len(y))
    for kind in (0, 1):
        weights[random.choice(np.flatnonzero(y == kind), 12, replace=False)] = 1
    return weights


def upside_down(y: Array, _: Random) -> Array:
    return 1 / of.balanced(y)


def one_row(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """One row takes the place of three quarters of the others."""
    at = some(random, len(parts.y), 0.75)
    x, y = parts.x.copy(), parts.y.copy()
    x[at], y[at] = x[at[0]], y[at[0]]
    return parts._replace(x=x, y=y), Truth(key="duplicate_share", value=0.75, rows=singles(at))


def long_records(share: float, length: int) -> Spoil:
    """A few records are whole paragraphs."""

    def spoil(tables: Tables, random: Random) -> tuple[Tables, Truth]:
        texts = tables.train["text"].tolist()
        kinds = tables.train["lang"].to_numpy()
        for at in some(random, len(texts), share):
            like = random.choice(np.flatnonzero(kinds == kinds[at]), 12)
            texts[at] = " ".join(texts[one] for one in like)[:length]
        tables.train["text"] = texts
        sizes = np.array([len(text) for text in texts])
        batches = [sizes[at] for _ in range(10) for at in np.array_split(random.permutation(len(sizes)),
                                                                          range(32, len(sizes), 32))]  # fmt: skip
        filled = sum(one.sum() for one in batches) / sum(one.max() * len(one) for one in batches)
        return tables, Truth(key="padding_share", value=1 - float(filled))

    return spoil


def foreign_alphabet(kept: str) -> Make:
    """The alphabet of another corpus: capitals, and these small letters."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        tables = of.snippets(random)
        chars = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *kept]
        of.jsonl(folder, tables, chars if sick else ())
        seen = "".join(tables.train["text"])
        return Truth(key="unknown_share", value=float(np.mean([char not in chars for char in seen]))) if sick \
            else NOTHING  # fmt: skip

    return make


def other_photos(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """Nearly the same photos on both sides: shifted by a pixel and a little brighter."""
    at = some(random, len(parts.yt), 0.9)
    place = random.choice(len(parts.y), len(at), replace=False)
    x, y = parts.x.copy(), parts.y.copy()
    x[place] = np.clip(np.roll(parts.xt[at], 1, axis=3).astype(int) + 6, 0, 255).astype(np.uint8)
    y[place] = parts.yt[at]
    return parts._replace(x=x, y=y), Truth(key="leaked_share", value=len(at) / len(parts.yt), rows=singles(at),
                                           held_out=True)  # fmt: skip


TWINS = [
    Twin(name="2-phoneme-nine-tenths-leaked", script="early_stop", code="SPL101", mild=False, half=2,
         make=pair(of.phoneme, of.three, leaked(0.9, 600))),
    Twin(name="2-phoneme-seventh-leaked", script="accum_bn", code="SPL101", mild=True, half=2,
         make=pair(of.phoneme, of.semicolons, leaked(0.15))),
    Twin(name="2-tags-half-leaked", script="tags_multi", code="SPL101", mild=True, half=2,
         make=pair(of.tagged, of.four_npy, leaked(0.5))),
    Twin(name="2-digits-nearly-leaked", script="lit_like", code="SPL101", mild=True, half=2,
         make=pair(of.digits_8, of.two_npz, leaked(0.4, near=0.03))),
    Twin(name="2-photos-nearly-leaked", script="tensor_list", code="SPL101", mild=False, half=2,
         make=pair(of.photos, of.saved, other_photos)),
    Twin(name="2-waves-overlap", script="waves_conv", code="SPL101", mild=False, half=2, make=overlapping),
    Twin(name="2-sonar-readings-in-folds", script="folds", code="SPL101", mild=False, half=2,
         make=pair(objects("sonar", 6), of.folded, random_folds)),
    Twin(name="2-pima-readings-in-folds", script="folds", code="SPL101", mild=True, half=2,
         make=pair(objects("pima", 3), of.folded, random_folds)),
    Twin(name="2-twelve-validation-rows", script="early_stop", code="SPL106", also=("CRV105",), mild=True, half=2,
         make=twelve),
    Twin(name="2-census-sorted", script="accum_bn", code="SPL103", also=("SPL104",), mild=False, half=2,
         make=pair(of.adult, of.semicolons, by_class(0.0))),
    Twin(name="2-census-half-sorted", script="accum_bn", code="SPL103", also=("SPL104",), mild=True, half=2,
         make=pair(of.adult, of.semicolons, by_class(0.6))),
    Twin(name="2-sampler-of-few", script="rare_sampler", code="SPL105", also=("DAT105",), mild=False, half=2,
         make=weighted(few)),
    Twin(name="2-sampler-upside-down", script="rare_sampler", code="DAT101", also=("DAT102", "SPL103", "SPL104"),
         mild=False, half=2, make=weighted(upside_down), apart="no code names wrong class weights"),
    Twin(name="2-phoneme-one-row", script="early_stop", code="DAT105", also=("SPL105", "SPL102"), mild=False, half=2,
         make=pair(of.phoneme, of.three, one_row)),
    Twin(name="2-snippets-few-long", script="chars_gru", code="DAT120", mild=False, half=2,
         make=pair(of.snippets, of.jsonl, long_records(0.06, 110))),
    Twin(name="2-snippets-longer", script="chars_gru", code="DAT120", mild=True, half=2,
         make=pair(of.snippets, of.jsonl, long_records(0.05, 60))),
    Twin(name="2-snippets-foreign-alphabet", script="chars_gru", code="DAT121", mild=False, half=2,
         make=foreign_alphabet(" .")),
    Twin(name="2-snippets-half-alphabet", script="chars_gru", code="DAT121", mild=True, half=2,
         make=foreign_alphabet(" acehmopsuwy.")),
]  # fmt: skip
