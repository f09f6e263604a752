"""The vocabulary: canonical names and families of operations, layers and losses, in one place.

Every recorder maps its framework's names to these when it writes; everything else reads these only. A canonical name is
the common name in snake case: ``log_softmax``, ``cross_entropy``, ``batch_norm``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

# ---- operations of an autograd graph -----------------------------------------------------------------

LEAF = "leaf"
"""a parameter: where a gradient is accumulated"""

DATA_INPUT: Mapping[str, int] = MappingProxyType(
    {"addmm": 1, "mm": 0, "convolution": 0, "linear": 0, "bmm": 0, "baddbmm": 1}
)
"""product with weights → position of the input that is the data"""

LAYER_PRODUCTS = frozenset({"addmm", "mm", "linear", "convolution"})
"""of these, the ones that linear and convolutional layers make"""

RECURRENT = frozenset({"rnn"})

WEIGHTED = frozenset({*DATA_INPUT, *RECURRENT, "mv", "addmv"})
"""operations that multiply by weights"""

DENSE = frozenset({"addmm", "mm", "linear"})
"""of these, the ones of a fully connected layer"""

MIXING = ("bmm", "baddbmm", "scaled_dot_product", *sorted(RECURRENT), "thnn_fused")
"""beginnings of the names of operations inside attention and recurrent cells"""

AVERAGES = frozenset({"avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "mean", "sum"})
"""linear operations that sum or average their input"""

NORMALISATIONS = frozenset({"batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"})

PARAMETRIC = WEIGHTED | NORMALISATIONS | frozenset({"embedding", "dot"})
"""operations that read parameters"""

PASS_THROUGH = frozenset(
    {
        "view", "reshape", "unsqueeze", "squeeze", "transpose", "permute", "clone", "to", "expand", "select", "slice",
        "index", "contiguous", "alias", "copy", "cat", "stack", "split_with_sizes", "split", "unbind", "narrow",
        "detach", "as_strided", "movedim", "swapaxes", "flatten", "gather", "index_select", "masked_select", "repeat",
        "flip", "roll", "diagonal", "unflatten",
    }
)  # fmt: skip
"""operations that move values and leave them as they are"""

JOINING = frozenset({"add", "sub", "mul", "cat", "stack"})
"""operations that combine several inputs"""

ERROR_ARITHMETIC = frozenset({"mean", "sum", "pow", "abs", "sqrt", "square"})
"""operations that make a loss of a difference, where the loss is written by hand"""

CLAMPS = frozenset({"clamp", "clamp_min", "clamp_max"})

RECTIFIERS = frozenset({"relu", "threshold"})

BOUNDED: Mapping[str, tuple[float, float]] = MappingProxyType({"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)})
"""activation → its range"""

ACTIVATIONS = (
    RECTIFIERS | CLAMPS | frozenset(BOUNDED)
    | {
        "leaky_relu", "prelu", "rrelu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign",
        "hardtanh", "hardswish", "hardsigmoid", "log_sigmoid", "sin", "cos",
    }
)  # fmt: skip
"""operations that are an activation function between layers"""

POOLING = frozenset(
    {
        "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
        "max_pool2d_with_indices",
    }
)  # fmt: skip

OUTPUT_RANGE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **BOUNDED, "softmax": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "sin": (-1.0, 1.0), "cos": (-1.0, 1.0),
        "relu": (0.0, math.inf), "threshold": (0.0, math.inf), "softplus": (0.0, math.inf), "exp": (0.0, math.inf),
        "log_softmax": (-math.inf, 0.0), "log_sigmoid": (-math.inf, 0.0),
    }
)  # fmt: skip
"""operation → the values that it can give"""

CLIPPING = CLAMPS | frozenset({"hardtanh"})
"""operations whose range is set by their ``min`` and ``max``"""

UNBOUNDED_ACTIVATIONS = RECTIFIERS | frozenset({"leaky_relu", "elu", "gelu", "silu"})
"""activations with no upper bound"""

LOGARITHMS = frozenset({"log", "log1p", "log2", "log10", "log_softmax", "log_sigmoid"})

SUMMARISED_ACTIVATIONS = RECTIFIERS | frozenset(BOUNDED)
"""activations whose units are counted"""

CLASS_ACTIVATIONS = frozenset({"softmax", "log_softmax", "sigmoid", "log_sigmoid"})
"""operations at the end of a network that predicts classes"""

UNBOUNDED_SCALING = frozenset({"exp", "expm1", "pow", "sinh"})
"""operations by which a network reaches values of any size"""

INFINITE_DERIVATIVE = (
    "sqrt", "linalg_vector_norm", "norm", "cdist", "acos", "asin", "atan2", "std", "std_mean", "pow", "log", "div",
)  # fmt: skip
"""operations with an infinite derivative at an edge of their domain, the most likely first"""

OPERATION_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "div": "division", "log": "logarithm", "sqrt": "square root", "pow": "power", "exp": "exponential",
        "mul": "multiplication", "add": "addition", "sub": "subtraction", "mm": "matrix product",
        "addmm": "matrix product", "bmm": "matrix product", "relu": "ReLU", "threshold": "ReLU",
        "log_softmax": "log-softmax", "log_sigmoid": "log-sigmoid", "hardtanh": "a hard tanh or ReLU6",
        "hardsigmoid": "a hard sigmoid", "clamp_min": "clamp", "clamp_max": "clamp",
    }
)  # fmt: skip
"""operation → its name in a sentence, where that is not the canonical name"""

LOSS_OPERATIONS = frozenset(
    {
        "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
        "binary_cross_entropy_with_logits", "kl_div", "soft_margin_loss", "multi_margin_loss",
        "multilabel_margin_loss", "ctc_loss",
    }
)  # fmt: skip
"""operations that are loss functions; a cross-entropy is ``nll_loss`` over ``log_softmax``"""

REGRESSION_OPERATIONS = frozenset({"mse_loss", "smooth_l1_loss", "huber_loss"})
"""of these, the ones of regression losses; an ``l1_loss`` is ``abs`` over ``sub``"""

# ---- classes of layers and optimisers ----------------------------------------------------------------

WEIGHT_LAYERS = frozenset(
    {
        "Linear", "NonDynamicallyQuantizableLinear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d",
        "ConvTranspose2d", "ConvTranspose3d", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell",
        "MultiheadAttention",
    }
)  # fmt: skip
"""dense, convolutional, recurrent and attention layers"""
MODE_DEPENDENT = frozenset({
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "BatchNorm1d",
    "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d",
})  # fmt: skip
"""layers that behave otherwise in training than in evaluation"""

SELF_COPYING_LAYERS = frozenset({"TransformerEncoder", "TransformerDecoder"})
"""layers that fill themselves with copies of one new layer: those values are their own, not another network's"""
ADAPTIVE_OPTIMIZERS = ("ada", "prop", "lion")
"""parts of the names of optimisers that divide by the size of past gradients: Adam, Adagrad, RMSprop, Lion"""

# ---- loss functions ----------------------------------------------------------------------------------

CLASS_LOSSES = ("cross_entropy", "nll_loss", "multi_margin_loss")
"""losses whose target names one class for each example"""
LIKELIHOOD_LOSSES = ("cross_entropy", "nll_loss")
"""of these, the ones whose baseline is the entropy of the class frequencies"""
CROSS_ENTROPY_BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
BINARY_LOSSES = (*CROSS_ENTROPY_BINARY, "soft_margin_loss", "multilabel_soft_margin_loss")
"""losses whose target is yes or no for each output"""
ROBUST_LOSSES = ("l1_loss", "smooth_l1_loss", "huber_loss")
"""losses whose best constant lies near the median"""
REGRESSION_LOSSES = ("mse_loss", *ROBUST_LOSSES)
"""losses whose target is an amount"""
UNIT_DEPENDENT_LOSSES = (*REGRESSION_LOSSES, "gaussian_nll_loss")
"""losses that compare predictions with targets in the unit of the target"""
ELEMENTWISE_LOSSES = (*REGRESSION_LOSSES, "poisson_nll_loss", "kl_div", "soft_margin_loss", *CROSS_ENTROPY_BINARY)
"""losses that compare each element of the predictions with one element of the targets"""

FUNCTIONS_OF_OPERATION: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "nll_loss": LIKELIHOOD_LOSSES,
        **{
            name: (name,)
            for name in (*sorted(REGRESSION_OPERATIONS), *CROSS_ENTROPY_BINARY, "soft_margin_loss", "multi_margin_loss")
        },
    }
)
"""loss operation of a graph → the loss functions that make it"""

# ---- samplers of data loaders ------------------------------------------------------------------------

RANDOM_SAMPLERS = frozenset({"RandomSampler", "WeightedRandomSampler", "SubsetRandomSampler", "DistributedSampler"})
"""samplers that draw at random"""
SEQUENTIAL_SAMPLER = "SequentialSampler"
"""the sampler that keeps the order of the data set"""
