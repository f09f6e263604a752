"""Every dropout that acts in training: as a module, inside of a recurrent or attention layer, or as a function."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Training
from unstuck.core.finding import Place

RECURRENT = ("LSTM", "GRU", "RNN")
FUNCTIONS = ("dropout", "feature_dropout", "alpha_dropout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout:
    """One dropout and the share that it sets to zero."""

    p: float
    place: Place
    what: str
    """``nn.Dropout``, ``dropout``…"""


@fact
def dropouts(training: Training) -> tuple[Dropout, ...]:
    """The strongest first; those in evaluation mode are left out."""
    found = []
    for module in training.modules.values():
        if module.class_name in RECURRENT and module.settings.get("num_layers") == 1:
            continue  # it would act between layers
        inner = module.settings.get("dropout") if module.class_name in (*RECURRENT, "MultiheadAttention") else None
        p = module.settings.get("p") if "Dropout" in module.class_name else inner
        if module.training and isinstance(p, int | float) and p > 0:
            place = Place(layer=module.name, file=module.file, line=module.line)
            found.append(Dropout(p=float(p), place=place, what=f"nn.{module.class_name}"))
    known = {one.place.layer for one in found}
    for graph in training.graphs:
        for node in graph.nodes:
            function = node.via in FUNCTIONS or node.op == "dropout"
            p = (node.settings or {}).get("p")
            if function and p is not None and node.layer not in known:
                place = Place(layer=node.layer, file=node.file, line=node.line)
                found.append(Dropout(p=float(p), place=place, what=node.via or "dropout"))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: -one.p))
