"""What a run record holds: its files, its rows, its quantities, and the history of their shape.

A run is a directory::

    manifest.json            written by the launcher: command, environment, times, how it ended
    parts/<pid>-<n>/         one for each process that trained
        part.json            process, versions, rank
        events.jsonl         one JSON object a line; a torn last line is ignored
        tape.bin             the timeline: fixed rows of `ROW`, memory-mapped; survives ``kill -9``
        layers.bin           frames of layer summaries; a torn last frame is ignored
        rng.json             state of every random generator at the start
    derived/                 diagnosis and report: may be deleted, is made again to the same bytes

This file imports the standard library only, because the user's process imports it too.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

SCHEMA_VERSION = 2
HISTORY = {1: "first", 2: "canonical names of operations; `manifest.kind`; splits and columns of data sets"}

MANIFEST = "manifest.json"
PARTS = "parts"
PART = "part.json"
EVENTS = "events.jsonl"
TIMELINE_FILE = "tape.bin"
LAYERS_FILE = "layers.bin"
RNG_FILE = "rng.json"
DERIVED = "derived"

ROW = struct.Struct("<ddIHBB")
"""time (s since the part began), value, index (backward calls so far), source, kind, flags."""

TIMELINE_DTYPE = [
    ("time", "<f8"),
    ("value", "<f8"),
    ("index", "<u4"),
    ("source", "<u2"),
    ("kind", "u1"),
    ("flags", "u1"),
]

NO_SOURCE = 0xFFFF


class Kind(IntEnum):
    """What a row of the timeline says; 0 means: not written yet."""

    BACKWARD = 1
    """value = the loss handed to backward; source = series"""
    STEP = 2
    """value = learning rate of the first group; source = optimizer"""
    EVAL_LOSS = 3
    """value = a loss computed without a backward; source = series"""
    ZERO_GRAD = 4
    """source = optimizer, or NO_SOURCE for a model's own; in traced windows only"""
    CLIP = 5
    """value = total norm before clipping (NaN for clipping by value); source = clip site"""
    SCHEDULER = 6
    """value = learning rate after it; source = optimizer"""
    SCALER = 7
    """value = loss scale after an update of the gradient scaler"""
    AUTOCAST = 8
    """autocast was entered; in traced windows only"""
    GRAD = 9
    """``torch.autograd.grad`` was called; source = series"""
    EPOCH = 10
    """iteration over a loader began; source = loader"""
    MODE = 11
    """value = 1 for ``train()``, 0 for ``eval()`` of a root module; source = model"""


class Flag(IntEnum):
    """Bits of a row's flags."""

    IN_CLOSURE = 1
    RETAIN_GRAPH = 2
    EXPLICIT_GRADIENT = 4
    SAMPLED = 8
    THINNED = 16
    """rows between this one and the one before it were dropped to keep the timeline bounded"""
    PENDING = 32
    """the value still lies on a device; it is a number that was never fetched, not a NaN"""


FRAME = struct.Struct("<4sIdIHH")
"""magic, step, time, rows, columns, what; then rows × u32 place numbers, then rows × columns float32."""
FRAME_MAGIC = b"UNF1"
SUMMARY_FRAME = 1
HISTOGRAM_FRAME = 2
HISTOGRAM_BINS = 24
MAX_HISTOGRAM_BYTES = 16 << 20
"""frames beyond this hold no histograms any more"""


class Quantity(NamedTuple):
    """One column of a layer summary."""

    name: str
    unit: str
    meaning: str


SUMMARY = (
    Quantity("count", "elements", "number of elements"),
    Quantity("mean", "", "arithmetic mean"),
    Quantity("std", "", "population standard deviation"),
    Quantity("min", "", "smallest element"),
    Quantity("max", "", "largest element"),
    Quantity("zeros", "fraction", "share of elements that are exactly zero"),
    Quantity("norm", "", "Euclidean norm"),
    Quantity("nonfinite", "elements", "number of NaN and infinite elements"),
    Quantity("units", "units", "output units or channels (activations only)"),
    Quantity("silent", "units", "units not above zero on any example of this batch (activations only)"),
    Quantity("dead", "units", "units not above zero on any of the last sampled batches (activations only)"),
    Quantity("saturated", "fraction", "share of elements within 1 % of an end of a bounded activation"),
)
"""The columns of a `SUMMARY_FRAME`, in their order; NaN where one does not apply."""

SUMMARY_NAMES = tuple(quantity.name for quantity in SUMMARY)
