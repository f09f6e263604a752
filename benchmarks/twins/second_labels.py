"""Second half of the twins: labels that are wrong, out of step, contradicting, or coded in another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from plants.labels import flipped

from twins import second_data as of
from twins.data import Parts
from twins.second_data import pair
from twins.twin import NOTHING, Random, Truth, Twin, noise, singles, some

Spoil = Callable[[Any, Random], tuple[Any, Truth]]


def wrong(share: float) -> Spoil:
    """Training labels flipped at random."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        at = some(random, len(parts.y), share)
        return parts._replace(y=flipped(parts.y, at, random)), noise(at, len(parts.y))

    return spoil


def confused(first: int, second: int, share: float) -> Spoil:
    """So much of either class is called the other one."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        y, rows = parts.y.copy(), []
        for kind, other in ((first, second), (second, first)):
            at = np.flatnonzero(parts.y == kind)
            at = random.choice(at, round(share * len(at)), replace=False)
            y[at] = other
            rows.extend(at)
        return parts._replace(y=y), noise(rows, len(y))

    return spoil


def slid(lag: int, start: float = 0.0, stop: float = 1.0) -> Spoil:
    """The labels of these training rows have slid down."""

    def spoil(parts: Parts, _: Random) -> tuple[Parts, Truth]:
        a, b = int(start * len(parts.y)), int(stop * len(parts.y))
        y = parts.y.copy()
        y[a:b] = np.roll(y[a:b], lag, axis=0)
        whole = b - a == len(y)
        return parts._replace(y=y), Truth(key="lag", value=float(lag), either_way=True,
                                          rows=None if whole else singles(range(a, b)))  # fmt: skip

    return spoil


def mixed(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """The training inputs were shuffled before saving, the labels not."""
    return parts._replace(x=parts.x[random.permutation(len(parts.x))]), NOTHING


def contradicting(share: float) -> Spoil:
    """Copies of rows, under another label, in the place of others."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        count = round(share * len(parts.y))
        at = random.permutation(len(parts.y))[: 2 * count]
        kept, lost = at[:count], at[count:]
        x, y = parts.x.copy(), parts.y.copy()
        x[lost] = x[kept]
        y[lost] = flipped(y[kept], np.arange(count), random)
        groups = tuple(frozenset([int(a)]) for a in np.sort(at))
        return parts._replace(x=x, y=y), Truth(key="conflicting_share", value=2 * count / len(y), rows=groups)

    return spoil


def recoded(code: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    """The held-out labels are coded in another way."""
    return lambda parts, _: (parts._replace(yt=code(parts.yt)), Truth(held_out=True))


def without(*kinds: int) -> Spoil:
    """The held-out file has none of these classes."""

    def spoil(parts: Parts, _: Random) -> tuple[Parts, Truth]:
        left = ~np.isin(parts.yt, kinds)
        return parts._replace(xt=parts.xt[left], yt=parts.yt[left]), Truth(held_out=True)

    return spoil


def rare(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """Of the positives, so few are left that 99.5 % of either file are of one class."""
    cut = []
    for x, y in ((parts.x, parts.y), (parts.xt, parts.yt)):
        zeros, ones = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
        at = random.permutation(np.concatenate([zeros, ones[: round(len(zeros) * 0.005)]]))
        cut += [x[at], y[at]]
    return Parts(*cut), Truth(key="majority_share", value=0.995, within=0.05)


def noisy_snippets(tables: Any, random: Random) -> tuple[Any, Truth]:
    at = some(random, len(tables.train), 0.2)
    tables.train.iloc[at, 1] = 1 - tables.train.iloc[at, 1]
    return tables, noise(at, len(tables.train))


def noisy_couples(both: tuple[Parts, Parts], random: Random) -> tuple[tuple[Parts, Parts], Truth]:
    spoilt, truth = wrong(0.12)(both[0], random)
    return (spoilt, both[1]), truth


def couples_mixed(start: float, stop: float) -> Spoil:
    """The right pictures of this block have slid down by one."""

    def spoil(both: tuple[Parts, Parts], _: Random) -> tuple[tuple[Parts, Parts], Truth]:
        one = both[0]
        a, b = int(start * len(one.y)), int(stop * len(one.y))
        right = one.xt.copy()
        right[a:b] = np.roll(right[a:b], 1, axis=0)
        rows = None if b - a == len(one.y) else singles(range(a, b))
        return (one._replace(xt=right), both[1]), Truth(rows=rows)

    return spoil


def forgotten_tags(parts: Parts, random: Random) -> tuple[Parts, Truth]:
    """Two of the tags are missing in half of the rows that have them."""
    y, rows = parts.y.copy(), set()
    for tag in (0, 1):
        at = np.flatnonzero(y[:, tag])
        at = random.choice(at, len(at) // 2, replace=False)
        y[at, tag] = 0
        rows.update(int(one) for one in at)
    return parts._replace(y=y), noise(sorted(rows), len(y))


def rotated(y: np.ndarray) -> np.ndarray:
    return np.roll(y, 1, axis=1)


TWINS = [
    Twin(name="2-phoneme-third-flipped", script="early_stop", code="DAT103", mild=False, half=2,
         make=pair(of.phoneme, of.three, wrong(0.33))),
    Twin(name="2-phoneme-tenth-flipped", script="early_stop", code="DAT103", mild=True, half=2,
         make=pair(of.phoneme, of.three, wrong(0.10))),
    Twin(name="2-phoneme-three-percent-flipped", script="early_stop", code="DAT103", mild=True, half=2,
         make=pair(of.phoneme, of.three, wrong(0.03)), apart="3 % noise cannot be told from hard examples"),
    Twin(name="2-png-third-flipped", script="png_index", code="DAT103", mild=False, half=2,
         make=pair(of.mnist_28, of.indexed, wrong(0.30))),
    Twin(name="2-autoencoder-tenth-flipped", script="ae_head", code="DAT103", mild=True, half=2,
         make=pair(of.mnist_14, of.npy_14, wrong(0.10))),
    Twin(name="2-autoencoder-four-nine-confused", script="ae_head", code="DAT103", mild=True, half=2,
         make=pair(of.mnist_14, of.npy_14, confused(4, 9, 0.35))),
    Twin(name="2-snippets-fifth-flipped", script="chars_gru", code="DAT103", mild=True, half=2,
         make=pair(of.snippets, of.jsonl, noisy_snippets)),
    Twin(name="2-couples-flipped", script="siamese", code="DAT103", mild=True, half=2,
         make=pair(of.siamese, of.couples_npz, noisy_couples)),
    Twin(name="2-tags-forgotten", script="tags_multi", code="DAT103", mild=False, half=2,
         make=pair(of.tagged, of.four_npy, forgotten_tags)),
    Twin(name="2-waves-two-states-confused", script="waves_conv", code="DAT103", mild=False, half=2,
         make=pair(of.waves, of.one_npz, confused(0, 4, 0.4))),
    Twin(name="2-digits-labels-slid", script="lit_like", code="DAT115", also=("DAT112",), mild=False, half=2,
         make=pair(of.digits_8, of.two_npz, slid(1))),
    Twin(name="2-digits-block-slid", script="lit_like", code="DAT115", mild=True, half=2,
         make=pair(of.digits_8, of.two_npz, slid(1, 0.4, 0.85))),
    Twin(name="2-png-block-slid", script="png_index", code="DAT115", mild=True, half=2,
         make=pair(of.mnist_28, of.indexed, slid(1, 0.1, 0.3))),
    Twin(name="2-photos-mixed", script="tensor_list", code="DAT115", also=("DAT112",), mild=False, half=2,
         make=pair(of.photos, of.saved, mixed)),
    Twin(name="2-tags-slid", script="tags_multi", code="DAT115", also=("DAT112",), mild=False, half=2,
         make=pair(of.tagged, of.four_npy, slid(1))),
    Twin(name="2-couples-out-of-step", script="siamese", code="DAT115", also=("SCL108", "DAT112"), mild=False, half=2,
         make=pair(of.siamese, of.couples_npz, couples_mixed(0, 1))),
    Twin(name="2-couples-block-out-of-step", script="siamese", code="DAT115", also=("SCL108",), mild=True, half=2,
         make=pair(of.siamese, of.couples_npz, couples_mixed(0.6, 0.9))),
    Twin(name="2-phoneme-contradicting", script="early_stop", code="DAT104", mild=True, half=2,
         make=pair(of.phoneme, of.three, contradicting(0.2))),
    Twin(name="2-digits-held-out-from-one", script="lit_like", code="DAT114", mild=False, half=2,
         make=pair(of.digits_8, of.two_npz, recoded(lambda y: y + 1))),
    Twin(name="2-census-held-out-swapped", script="accum_bn", code="DAT114", mild=False, half=2,
         make=pair(of.adult, of.semicolons, recoded(lambda y: 1 - y))),
    Twin(name="2-waves-held-out-alphabetical", script="waves_conv", code="DAT114", mild=False, half=2,
         make=pair(of.waves, of.one_npz, recoded(lambda y: np.array([3, 1, 4, 0, 2])[y]))),
    Twin(name="2-tags-held-out-rotated", script="tags_multi", code="DAT114", mild=False, half=2,
         make=pair(of.tagged, of.four_npy, recoded(rotated))),
    Twin(name="2-png-held-out-without-classes", script="png_index", code="DAT114", also=("SPL102", "SPL106"),
         mild=True, half=2, make=pair(of.mnist_28, of.indexed, without(3, 5, 8, 9))),
    Twin(name="2-census-rare", script="accum_bn", code="DAT101", also=("DAT102",), mild=False, half=2,
         make=pair(of.adult, of.semicolons, rare)),
]  # fmt: skip
