"""The first line about a trained model on data."""

from __future__ import annotations

from unstuck.analysis.model.metrics import METRICS
from unstuck.analysis.model.view import ModelView
from unstuck.core.words import count, number
from unstuck.record.events.model.numbers import Compared


def model_answer(view: ModelView) -> str:
    """``accuracy 0.965 [0.947, 0.977] on 597 examples; best constant 0.102, best simple model 0.983 (SVM)``."""
    about = view.about
    score = view.score(about.metric)
    scored = count(about.examples, "example")
    if about.scored != about.examples:
        scored = f"{count(about.scored, about.unit)} of {scored}"
    if score is None:
        return f"{about.metric} cannot be worked out on {scored}"
    interval = "" if score.low is None or score.high is None else f" [{number(score.low)}, {number(score.high)}]"
    beside = []
    if score.constant is not None:
        beside.append(f"best constant {number(score.constant)}")
    simple = [one for one in view.of(Compared) if one.sort == "simple" and not one.skipped]
    if simple:
        sign = 1 if METRICS[simple[0].metric].higher_is_better else -1
        best = max(simple, key=lambda one: sign * one.other)
        beside.append(f"best simple model {number(best.other)} ({best.against})")
    tail = f"; {', '.join(beside)}" if beside else ""
    return f"{METRICS[score.metric].title} {number(score.value)}{interval} on {scored}{tail}"
