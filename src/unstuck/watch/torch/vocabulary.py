"""Torch's private names of operations, mapped to the vocabulary (`unstuck.core.vocabulary`) as a record is written."""

from __future__ import annotations

import re
from functools import cache

from unstuck.core.vocabulary import LEAF

SUFFIX = re.compile(r"Backward\d*$")
"""what autograd appends to the name of an operation; functions of the user's own have no digit"""

PRIVATE = {
    "AccumulateGrad": LEAF,
    "MkldnnRnnLayer": "rnn", "CudnnRnn": "rnn", "MiopenRnn": "rnn",
    "MkldnnConvolution": "convolution", "MkldnnLinear": "linear",
    "NativeBatchNorm": "batch_norm", "CudnnBatchNorm": "batch_norm", "MiopenBatchNorm": "batch_norm",
    "NativeLayerNorm": "layer_norm", "NativeGroupNorm": "group_norm", "FusedRmsNorm": "rms_norm",
    "NativeDropout": "dropout", "FusedDropout": "dropout",
    "NllLoss2D": "nll_loss",
    "UnsafeView": "view", "ReshapeAlias": "reshape", "T": "transpose", "ToCopy": "to", "CopyBackwards": "copy",
    "Log1P": "log1p",
    "PreluKernel": "prelu", "RreluWithNoise": "rrelu",
}  # fmt: skip
"""operations whose canonical name is not their own in snake case"""


@cache
def canonical(name: str) -> str:
    """``NllLossBackward0`` → ``nll_loss``; a function of the user's own keeps its name."""
    name = name.rpartition("::")[2]  # torch::autograd::AccumulateGrad
    bare = SUFFIX.sub("", name)
    if name.endswith("Backward") and bare not in PRIVATE and name not in PRIVATE:
        return bare
    known = PRIVATE.get(name) or PRIVATE.get(bare)
    if known is not None:
        return known
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"(?<=\d)D", "d", bare)).lower()
