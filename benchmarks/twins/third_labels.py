"""Third half of the twins: labels that are wrong, out of step, contradicting, or coded in another way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twins import third_data as of
from twins.data import Parts
from twins.second_data import pair
from twins.second_labels import confused, contradicting, mixed, slid, wrong
from twins.twin import NOTHING, Random, Truth, Twin, singles, some

Held = Truth(held_out=True)


def tags_of_next(parts: dict[str, of.Sentences], _: Random) -> tuple[dict[str, of.Sentences], Truth]:
    """The file of tags lacks a line."""
    words, capitals = parts["train"]
    return {**parts, "train": (words, [*capitals[1:], capitals[0]])}, Truth(key="lag", value=1.0, either_way=True)


def shapes_recoded(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """Another annotation tool numbers the shapes by their names in another language."""
    return parts._replace(yt=np.array([0, 2, 3, 1], np.uint8)[parts.yt]), Held


def counted_from_one(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    return parts._replace(yt=parts.yt + 1), Held


def never_set(digit: int) -> Callable[[Parts, Random], tuple[Parts, Truth]]:
    """The annotators had no button for this digit when the training strips were labelled."""

    def spoil(parts: Parts, _: Random) -> tuple[Parts, Truth]:
        y = parts.y.copy()
        y[:, digit] = 0
        return parts._replace(y=y), NOTHING

    return spoil


def not_read(share: float) -> Callable[[Parts, Random], tuple[Parts, Truth]]:
    """Where the angle could not be measured, stands 0."""

    def spoil(parts: Parts, random: Random) -> tuple[Parts, Truth]:
        at = some(random, len(parts.y), share)
        y = parts.y.copy()
        y[at] = 0.0
        return parts._replace(y=y), Truth(key="missing_share|noise_share", value=share, rows=singles(at))

    return spoil


def in_degrees(parts: Parts, _: Random) -> tuple[Parts, Truth]:
    """Held-out angles in degrees, those for training in radians."""
    truth = Truth(key="scale_factor", value=180 / np.pi, either_way=True, held_out=True)
    return parts._replace(yt=np.degrees(parts.yt).round(2)), truth


TWINS = [
    Twin(name="3-lines-half-flipped", script="rows_lstm", code="DAT103", mild=False, half=3,
         make=pair(of.mnist_14, of.line_files, wrong(0.5))),
    Twin(name="3-lines-tenth-flipped", script="rows_lstm", code="DAT103", mild=True, half=3,
         make=pair(of.mnist_14, of.line_files, wrong(0.10))),
    Twin(name="3-lines-three-five-confused", script="rows_lstm", code="DAT103", also=("GEN102",), mild=True, half=3,
         make=pair(of.mnist_14, of.line_files, confused(3, 5, 0.35))),
    Twin(name="3-lines-contradicting", script="rows_lstm", code="DAT104", also=("DAT103",), mild=True, half=3,
         make=pair(of.mnist_14, of.line_files, contradicting(0.2))),
    Twin(name="3-tags-of-next-sentence", script="truecase", code="DAT115", also=("DAT112",), mild=False, half=3,
         make=pair(of.sentences, of.sentence_files, tags_of_next)),
    Twin(name="3-shapes-block-of-masks-slid", script="shapes_unet", code="DAT115", also=("SCL108",), mild=True,
         half=3, make=pair(of.shapes, of.shape_files, slid(1, 0.5, 0.6))),
    Twin(name="3-shapes-held-out-recoded", script="shapes_unet", code="DAT114", mild=False, half=3,
         make=pair(of.shapes, of.shape_files, shapes_recoded)),
    Twin(name="3-seeds-test-from-one", script="seeds_minmax", code="DAT114", mild=False, half=3,
         make=pair(of.seeds, of.seed_files, counted_from_one)),
    Twin(name="3-strips-tag-never-set", script="strips_tags", code="DAT114", also=("SPL102",), mild=True, half=3,
         make=pair(of.strips, of.strip_files, never_set(7))),
    Twin(name="3-angles-pictures-mixed", script="angle_huber", code="DAT115", also=("DAT112",), mild=False, half=3,
         make=pair(of.turned, of.angle_files, mixed)),
    Twin(name="3-angles-not-read", script="angle_huber", code="DAT107", also=("DAT103",), mild=True, half=3,
         make=pair(of.turned, of.angle_files, not_read(0.15))),
    Twin(name="3-angles-test-in-degrees", script="angle_huber", code="SCL104", also=("DAT114", "SPL102"), mild=False,
         half=3, make=pair(of.turned, of.angle_files, in_degrees)),
]  # fmt: skip
