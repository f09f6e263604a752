"""From schema 1 to 2: torch's private names of operations become canonical, and fields are called what they are."""

from __future__ import annotations

import re
from typing import Any

Plain = dict[str, Any]

KINDS = {"window": "sampled_step", "closeup_failure": "sampling_failure"}
OPERATIONS = {
    "AccumulateGrad": "leaf",
    "MkldnnRnnLayer": "rnn", "CudnnRnn": "rnn",
    "NativeBatchNorm": "batch_norm", "CudnnBatchNorm": "batch_norm",
    "NativeLayerNorm": "layer_norm", "NativeGroupNorm": "group_norm", "FusedRmsNorm": "rms_norm",
    "NativeDropout": "dropout", "NllLoss2D": "nll_loss",
    "UnsafeView": "view", "ReshapeAlias": "reshape", "T": "transpose", "ToCopy": "to", "CopyBackwards": "copy",
    "Log1P": "log1p",
}  # fmt: skip
"""names that schema 1 stored as torch has them"""
TENSOR = ("shape", "dtype", "mean", "std", "min", "max", "zeros", "norm", "nonfinite", "type")
"""what an ``input`` event of schema 1 held beside its other fields"""


def manifest(plain: Plain) -> Plain:
    """Schema 1 knew runs only."""
    return {"kind": "run", **plain, "schema": 2}


def event(plain: Plain) -> Plain:
    """One event."""
    plain = dict(plain)
    kind = plain["kind"] = KINDS.get(plain["kind"], plain["kind"])
    if "t" in plain:
        plain["time"] = plain.pop("t")
    if "class" in plain:
        plain["class_name"] = plain.pop("class")
    if isinstance(plain.get("op"), str):
        plain["op"] = operation(plain["op"])
    if kind == "model":
        plain["modules"] = [_renamed(module, "class", "class_name") for module in plain.get("modules") or ()]
    elif kind == "graph":
        plain["nodes"] = [_node(node) for node in plain.get("nodes") or ()]
    elif kind == "sampled_step":
        plain["backward_calls"] = plain.pop("backwards", 0)
    elif kind == "input":
        plain["values"] = {name: plain.pop(name) for name in TENSOR if name in plain}
    return plain


def operation(name: str) -> str:
    """The canonical name of an operation; activations were stored in lower case already."""
    if name in OPERATIONS:
        return OPERATIONS[name]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"(?<=\d)D", "d", name)).lower()


def _node(node: Plain) -> Plain:
    return {**_renamed(node, "in", "inputs"), "op": operation(node["op"])}


def _renamed(plain: Plain, old: str, new: str) -> Plain:
    return {new if key == old else key: value for key, value in plain.items()}
