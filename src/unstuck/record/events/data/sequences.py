"""Texts and sequences of tokens: padding, unknown words, and whether the order carries anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding(DataEvent):
    """The padding of sequences."""

    kind: ClassVar[str] = "padding"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.TOKENS,)
    token: int
    """that fills the ends"""
    share: float = 0.0
    """of all positions"""
    length: int = 0
    """of every padded sequence"""
    typical_length: float = 0.0
    """median of the sequences without their padding"""
    long_length: float = 0.0
    """95 % of the sequences are no longer"""
    longest_length: float = 0.0
    """99 % of the sequences are no longer; 0 in older records"""
    at_the_start: bool = False
    looked_at: int = 0
    """sequences"""
    rows: tuple[int, ...] = ()
    """the most padded first"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownTokens(DataEvent):
    """The share of unknown words or tokens."""

    kind: ClassVar[str] = "unknown_tokens"
    since: ClassVar[int] = 2
    token: str = ""
    """the sign that stands for an unknown word; "" where there is none"""
    share: float = 0.0
    """of the words that are this sign"""
    unseen_share: float | None = None
    """of a held-out split: share of its words that the training split does not have"""
    unseen_expected: float | None = None
    """the same share for one half of the training split against the other"""
    used: int = 0
    """different tokens; 0 in texts and older records"""
    largest: int = 0
    """number of a token"""
    looked_at: int = 0
    """words"""
    rows: tuple[int, ...] = ()
    """the examples with the largest share first"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure(DataEvent):
    """Whether the places of the inputs carry something that dense layers cannot use."""

    kind: ClassVar[str] = "structure"
    since: ClassVar[int] = 2
    what: str
    """``image``, ``grid`` (columns that are pixels), ``series`` (columns that are a sequence) or ``text``"""
    shape: tuple[int, ...] = ()
    """of one example"""
    correlation: float = 0.0
    """mean absolute correlation of neighbours"""
    far_correlation: float = 0.0
    """the same for places drawn at random"""
    score: float = 0.0
    """out of fold, of a linear model on what neighbouring places show together"""
    permuted_score: float = 0.0
    """the same after one fixed permutation of the places"""
    plain_score: float = 0.0
    """of a linear model on the places themselves, or on single words"""
    shifted_score: float | None = None
    """the same model on examples that are shifted by one place"""
    gain_low: float = 0.0
    """lower end of the 95 % interval of score − permuted_score"""
    majority: float = 0.0
    """accuracy of a constant prediction"""
    looked_at: int = 0
