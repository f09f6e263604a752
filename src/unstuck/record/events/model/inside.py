"""What is seen inside a network: maps with names, images, shares of columns, what classes respond to, embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.model.base import ModelEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideMap(ModelEvent):
    """A matrix with named rows and columns, such as the attention of a layer."""

    kind: ClassVar[str] = "inside_map"
    since: ClassVar[int] = 2
    row: int
    """position in the split of the example that was looked at"""
    what: str
    """``attention``"""
    layer: str = ""
    method: str = ""
    heads: int = 1
    """of which the cells are the mean"""
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[float, ...], ...] = ()
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideImages(ModelEvent):
    """Images of what is inside, such as feature maps."""

    kind: ClassVar[str] = "inside_images"
    since: ClassVar[int] = 2
    row: Number = None
    """None: of the network, and no example"""
    what: str
    """``feature maps``, ``filters``, ``attention``, ``attribution``"""
    title: str = ""
    layer: str = ""
    description: str = ""
    captions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    """PNG in base64"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideShares(ModelEvent):
    """What each column or token of an example adds to an output."""

    kind: ClassVar[str] = "inside_shares"
    since: ClassVar[int] = 2
    row: int
    method: str
    output: str = ""
    """name of the output that is explained"""
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPreference(ModelEvent):
    """The examples to which an output responds most."""

    kind: ClassVar[str] = "class_preference"
    since: ClassVar[int] = 2
    label: str
    rows: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    truth: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedExamples(ModelEvent):
    """The last hidden layer in two dimensions."""

    kind: ClassVar[str] = "embedded_examples"
    since: ClassVar[int] = 2
    layer: str
    method: str
    explained: Number = None
    """share of the variance; None of t-SNE"""
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LossLandscape(ModelEvent):
    """The loss around the weights in random directions that are normalised filter by filter."""

    kind: ClassVar[str] = "loss_landscape"
    since: ClassVar[int] = 2
    examples: int = 0
    x: tuple[float, ...] = ()
    """distances; 1 is as far as the weights are from zero"""
    line: tuple[Number, ...] = ()
    """losses along one direction"""
    square_x: tuple[float, ...] = ()
    square: tuple[tuple[Number, ...], ...] = ()
    """losses in two directions, a row for each step of the second one"""
