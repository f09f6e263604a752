"""The events of a record: one frozen dataclass for each kind, with units, shapes and the schema that brought it.

This is all that the author of a recorder needs: make these values and give them to `writer.PartWriter.write`. A reader
gets the same values back. A field that is added later has a default and says ``since schema N`` in its docstring; what
an older record calls otherwise is put right by `upgrade`.

Conventions: *step* counts backward calls made before the event. ``file`` and ``line`` are the user's own line. A number
that could not be measured is None; NaN and infinity are measured values. Standard library only: the user's process
imports this file. The events of data sets are in `data`, a file for each subject; `kinds` knows all.
"""

from __future__ import annotations

from unstuck.record.events.base import Event
from unstuck.record.events.facts import (
    ActiveLayer,
    FeatureFacts,
    GradientFacts,
    GraphNode,
    ModuleFacts,
    ParameterFacts,
    ParamGroup,
    PositiveFacts,
    SequenceFacts,
    TensorFacts,
    UnreachableFacts,
)
from unstuck.record.events.losses import IGNORED_LABEL, Detached, LossCall, Nonfinite, Series
from unstuck.record.events.program import (
    Autocast,
    AutogradGrad,
    Clip,
    Evaluation,
    LayerModes,
    Loader,
    Model,
    Optimizer,
    Packed,
    Scheduler,
    Seed,
)
from unstuck.record.events.recorder import End, Failure, Note, SamplingFailure
from unstuck.record.events.sampling import (
    RAW_LEAVES,
    BlindStep,
    GraphSeen,
    InputSeen,
    SampledStep,
    TensorPlace,
)

__all__ = [
    "IGNORED_LABEL",
    "RAW_LEAVES",
    "ActiveLayer",
    "Autocast",
    "AutogradGrad",
    "BlindStep",
    "Clip",
    "Detached",
    "End",
    "Evaluation",
    "Event",
    "Failure",
    "FeatureFacts",
    "GradientFacts",
    "GraphNode",
    "GraphSeen",
    "InputSeen",
    "LayerModes",
    "Loader",
    "LossCall",
    "Model",
    "ModuleFacts",
    "Nonfinite",
    "Note",
    "Optimizer",
    "Packed",
    "ParamGroup",
    "ParameterFacts",
    "PositiveFacts",
    "SampledStep",
    "SamplingFailure",
    "Scheduler",
    "Seed",
    "SequenceFacts",
    "Series",
    "TensorFacts",
    "TensorPlace",
    "UnreachableFacts",
]
