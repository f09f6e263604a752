"""Second half of the twins: inputs that are missing, broken, leaked into, or prepared in another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from twins import second_data as of
from twins.data import Array, Parts, Tables
from twins.second_data import pair
from twins.twin import NOTHING, Random, Truth, Twin, singles, some

Spoil = Callable[[Any, Random], tuple[Any, Truth]]


def missing(columns: tuple[str, ...], share: float, fill: float | str) -> Spoil:
    """So many readings of these columns are a code, or the median."""

    def spoil(tables: Tables, random: Random) -> tuple[Tables, Truth]:
        rows: set[int] = set()
        for name in columns:
            value = tables.train[name].median() if fill == "median" else float(fill)
            for frame in tables:
                at = some(random, len(frame), share)
                frame.loc[frame.index[at], name] = value
                rows |= {int(one) for one in at} if frame is tables.train else set()
        return tables, Truth(key="missing_share", value=share, rows=singles(sorted(rows)))

    return spoil


def missing_ages(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """A third of ages is 0."""
    at = some(random, len(parts.y), 0.33)
    parts.x[at, 0] = 0
    parts.xt[some(random, len(parts.yt), 0.33), 0] = 0
    return parts, Truth(key="missing_share", value=0.33, rows=singles(at))


def not_a_number(tables: Tables, random: Random) -> tuple[Tables, Truth]:
    at = some(random, len(tables.train), 0.01)
    tables.train.loc[tables.train.index[at], "shell"] = np.nan
    return tables, Truth(key="missing_share", value=0.01, rows=singles(at))


def broken(share: float, how: Callable[[Array], Array]) -> Spoil:
    """So many training pictures are ruined."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        at = some(random, len(parts.x), share)
        x = parts.x.copy()
        x[at] = how(x[at])
        return parts._replace(x=x), Truth(key="broken_share", value=len(at) / len(x), rows=singles(at))

    return spoil


def black(x: Array) -> Array:
    return np.zeros_like(x)


def out_of_focus(x: Array) -> Array:
    return gaussian_filter(x, (0, 3, 3))


def truncated(x: Array) -> Array:
    """A file that broke off: the lower part is grey."""
    x = x.copy()
    x[:, :, 10:] = 128
    return x


def held_out(how: Callable[[Array], Array], truth: Truth) -> Spoil:
    """The held-out inputs were prepared in another way."""
    return lambda parts, _: (parts._replace(xt=how(parts.xt)), truth)


def factor(value: float) -> Truth:
    return Truth(key="scale_factor", value=value, either_way=True, held_out=True)


def years_in_tens(x: Array) -> Array:
    x = x.copy()
    x[:, 1] *= 10
    return x


def test_column(name: str, change: Callable[[Any], Any], truth: Truth) -> Spoil:
    """A column of the test table is in another unit."""

    def spoil(tables: Tables, _: Random) -> tuple[Tables, Truth]:
        tables.test[name] = change(tables.test[name])
        return tables, truth

    return spoil


def answer_in(blur: float, scale: float) -> Spoil:
    """One column is the target in another unit."""

    def spoil(tables: Tables, random: Random) -> tuple[Tables, Truth]:
        std = tables.train["target"].std()
        for frame in tables:
            frame["viscera"] = frame["target"] * scale + 1.5 + random.normal(0, blur, len(frame)) * std * scale
        return tables, NOTHING

    return spoil


def next_hour(tables: Tables, random: Random) -> tuple[Tables, Truth]:
    """The valve is set by what the power will be: its log runs an hour ahead."""
    for frame in tables:
        ahead = frame["power"].shift(-1).ffill()
        frame["valve"] = 50 + (ahead - 200) / 20 + random.normal(0, 0.1, len(frame))
    return tables, NOTHING


def stuck(tables: Tables, _: Random) -> tuple[Tables, Truth]:
    """The valve does not move in training."""
    tables.train["valve"] = 50.0
    return tables, Truth(held_out=True)


def drifted(tables: Tables, _: Random) -> tuple[Tables, Truth]:
    """Two sensors have drifted by one and a half standard deviations in the test."""
    for name, way in (("heat", 1.5), ("wind", -1.5)):
        tables.test[name] += way * tables.train[name].std()
    return tables, Truth(key="shift", value=1.5, either_way=True, held_out=True)


def watermark(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """A bright dot in the corner of the training pictures tells the label."""
    parts.x[np.arange(len(parts.x)), 0, 2 * parts.y] = 255
    parts.xt[np.arange(len(parts.xt)), 0, 2 * random.integers(0, 10, len(parts.xt))] = 255
    return parts, NOTHING


def axes_exchanged(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """Saved as (time, channel), read as (channel, time)."""

    def swap(x: Array) -> Array:
        return x.transpose(0, 2, 1).copy().reshape(x.shape)

    return parts._replace(x=swap(parts.x), xt=swap(parts.xt)), NOTHING


def photos_exchanged(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    def swap(x: Array) -> Array:
        return x.transpose(0, 2, 3, 1).copy().reshape(x.shape)

    return parts._replace(x=swap(parts.x), xt=swap(parts.xt)), NOTHING


def weight_in(scale: float) -> Spoil:
    """The weight in a smaller unit."""

    def spoil(tables: Tables, _: Random) -> tuple[Tables, Truth]:
        for frame in tables:
            frame["whole"] *= scale
        return tables, NOTHING

    return spoil


def masks_mirrored(share: float) -> Spoil:
    """So many training masks are turned upside down, their pictures not."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        at = some(random, len(parts.y), share)
        y = parts.y.copy()
        y[at] = y[at, ::-1]
        return parts._replace(y=y), NOTHING if share == 1 else Truth(rows=singles(at))

    return spoil


def masks_of_others(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    return parts._replace(y=np.roll(parts.y, 1, axis=0)), NOTHING


HELD = Truth(held_out=True)

TWINS = [
    Twin(name="2-abalone-minus-999", script="prices", code="DAT107", also=("SPL102",), mild=False, half=2,
         make=pair(of.abalone, of.two_csv, missing(("shucked", "shell"), 0.12, -999))),
    Twin(name="2-abalone-median", script="prices", code="DAT107", mild=True, half=2,
         make=pair(of.abalone, of.two_csv, missing(("shell", "shucked", "whole"), 0.4, "median"))),
    Twin(name="2-abalone-nan", script="prices", code="DAT107", also=("NUM101",), mild=False, half=2,
         make=pair(of.abalone, of.two_csv, not_a_number)),
    Twin(name="2-census-age-zero", script="accum_bn", code="DAT107", mild=True, half=2,
         make=pair(of.adult, of.semicolons, missing_ages)),
    Twin(name="2-png-black", script="png_index", code="DAT106", mild=True, half=2,
         make=pair(of.mnist_28, of.indexed, broken(0.15, black))),
    Twin(name="2-autoencoder-out-of-focus", script="ae_head", code="DAT106", mild=False, half=2,
         make=pair(of.mnist_14, of.npy_14, broken(0.4, out_of_focus))),
    Twin(name="2-photos-truncated", script="tensor_list", code="DAT106", mild=True, half=2,
         make=pair(of.photos, of.saved, broken(0.3, truncated))),
    Twin(name="2-cells-black", script="cells", code="DAT106", mild=True, half=2,
         make=pair(of.cells, of.two_folders, broken(0.25, black))),
    Twin(name="2-autoencoder-held-out-255", script="ae_head", code="SCL104", mild=False, half=2,
         make=pair(of.mnist_14, of.npy_14, held_out(lambda x: x * 255, factor(255)))),
    Twin(name="2-autoencoder-held-out-standardised", script="ae_head", code="SCL104", mild=True, half=2,
         make=pair(of.mnist_14, of.npy_14, held_out(lambda x: (x - 0.13) / 0.28, factor(1 / 0.28)))),
    Twin(name="2-digits-held-out-inverted", script="lit_like", code="SCL104", mild=False, half=2,
         make=pair(of.digits_8, of.two_npz, held_out(lambda x: 16 - x, HELD))),
    Twin(name="2-cells-held-out-inverted", script="cells", code="SCL104", mild=False, half=2,
         make=pair(of.cells, of.two_folders, held_out(lambda x: 255 - x, HELD))),
    Twin(name="2-digits-held-out-transposed", script="lit_like", code="DAT119", also=("SCL104", "SPL102"), mild=False,
         half=2, make=pair(of.digits_8, of.two_npz, held_out(lambda x: x.transpose(0, 2, 1).copy(), HELD))),
    Twin(name="2-photos-held-out-darker", script="tensor_list", code="SCL104", also=("SPL102",), mild=True, half=2,
         make=pair(of.photos, of.saved, held_out(lambda x: (x * 0.45).astype(np.uint8), factor(0.45)))),
    Twin(name="2-census-held-out-years", script="accum_bn", code="SCL104", also=("SPL102",), mild=True, half=2,
         make=pair(of.adult, of.semicolons, held_out(years_in_tens, factor(10)))),
    Twin(name="2-abalone-held-out-unit", script="prices", code="SCL104", also=("SPL102",), mild=False, half=2,
         make=pair(of.abalone, of.two_csv, test_column("shell", lambda one: one * 20, factor(20)))),
    Twin(name="2-plant-held-out-fahrenheit", script="plant_tcn", code="SCL104", also=("SPL102",), mild=False, half=2,
         make=pair(of.plant, of.two_csv, test_column("heat", lambda one: one * 1.8 + 32, HELD))),
    Twin(name="2-plant-two-sensors-drift", script="plant_tcn", code="SPL102", also=("SCL104",), mild=True, half=2,
         make=pair(of.plant, of.two_csv, drifted)),
    Twin(name="2-plant-stuck-in-training", script="plant_tcn", code="SPL102", also=("SCL105", "SCL104"), mild=False,
         half=2, make=pair(of.plant, of.two_csv, stuck)),
    Twin(name="2-plant-logged-ahead", script="plant_tcn", code="DAT118", mild=True, half=2,
         make=pair(of.plant, of.two_csv, next_hour)),
    Twin(name="2-abalone-answer-in-months", script="prices", code="DAT118", also=("DAT113",), mild=False, half=2,
         make=pair(of.abalone, of.two_csv, answer_in(0.0, 12))),
    Twin(name="2-abalone-answer-rounded", script="prices", code="DAT118", also=("DAT113",), mild=True, half=2,
         make=pair(of.abalone, of.two_csv, answer_in(0.12, 12))),
    Twin(name="2-png-watermark", script="png_index", code="DAT113", also=("DAT118", "SPL102"), mild=False, half=2,
         make=pair(of.mnist_28, of.indexed, watermark)),
    Twin(name="2-waves-axes-exchanged", script="waves_conv", code="DAT119", mild=False, half=2,
         make=pair(of.waves, of.one_npz, axes_exchanged)),
    Twin(name="2-photos-axes-exchanged", script="tensor_list", code="DAT119", mild=True, half=2,
         make=pair(of.photos, of.saved, photos_exchanged)),
    Twin(name="2-shells-weight-in-grams", script="two_heads", code="SCL107", also=("SCL102",), mild=False, half=2,
         make=pair(of.shells, of.shells_npz, weight_in(500))),
    Twin(name="2-shells-weight-in-ounces", script="two_heads", code="SCL107", mild=True, half=2,
         make=pair(of.shells, of.shells_npz, weight_in(28))),
    Twin(name="2-cells-masks-mirrored", script="cells", code="SCL108", also=("DAT115",), mild=False, half=2,
         make=pair(of.cells, of.two_folders, masks_mirrored(1.0))),
    Twin(name="2-cells-some-masks-mirrored", script="cells", code="SCL108", also=("DAT115", "DAT103"), mild=True,
         half=2, make=pair(of.cells, of.two_folders, masks_mirrored(0.35))),
    Twin(name="2-cells-masks-of-others", script="cells", code="DAT115", also=("SCL108", "DAT112"), mild=False, half=2,
         make=pair(of.cells, of.two_folders, masks_of_others)),
]  # fmt: skip
