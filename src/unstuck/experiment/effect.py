"""The effect of a change with its interval: control against treated runs, in shares of the reference loss."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from unstuck.core.experiment import MATERIAL, Effect
from unstuck.experiment.score import SIGMAS, WORST, Score

LEVEL = 0.05
"""probability that the interval misses the effect, shared among the candidates that were looked at again"""


def effect_of(
    pairs: Sequence[tuple[Score, Score]], floor: float = WORST, among: int = 1, material: float = MATERIAL
) -> Effect:
    """The effect over pairs of control and treatment that share start, data and random numbers.

    Args:
        pairs: one or more.
        floor: what the whole watched run reached; a branch that is shorter than the run must do better than that too,
            or a change that only speeds training up would pass for a repair. The controls of other seeds are assumed
            to gain as much by the end of the run as that of the first.
        among: how many candidates were looked at again with further seeds; the interval is widened for them
            (Bonferroni).
        material: the least gain that counts.
    """
    come_to = _come_to([control.learned for control, _ in pairs], floor)
    # what is worse than the baseline has learned nothing: a loss that falls to it is no gain
    gains = [t.learned - max(held, min(0.0, t.learned)) for held, (_, t) in zip(come_to, pairs, strict=True)]
    gain = statistics.fmean(gains)
    noise = SIGMAS * math.sqrt(sum(c.noise**2 + t.noise**2 for c, t in pairs)) / len(pairs)
    spread = 0.0
    if len(gains) > 1:
        spread = student(1 - LEVEL / 2 / among, len(gains) - 1) * statistics.stdev(gains) / math.sqrt(len(gains))
    half = max(noise, spread)
    return Effect(
        control=statistics.fmean(come_to),
        treated=statistics.fmean(treated.learned for _, treated in pairs),
        gain=gain, low=gain - half, high=gain + half, pairs=len(pairs), material=material,
        least=min(g - SIGMAS * math.hypot(c.noise, t.noise) for g, (c, t) in zip(gains, pairs, strict=True)),
    )  # fmt: skip


def _come_to(controls: Sequence[float], floor: float) -> list[float]:
    """What the controls would come to by the end of the run, of which the first is known."""
    first, *further = controls
    yet = max(0.0, floor - max(0.0, first))
    return [max(first, floor), *(min(1.0, max(0.0, one) + yet) if yet else one for one in further)]


def student(probability: float, degrees: int) -> float:
    """Quantile of Student's distribution with one, two or four degrees of freedom, where it has a closed form.

    Hill (1970), Algorithm 396, section "exact values"; Shaw (2006), "Sampling Student's T distribution", section 3.
    """
    if degrees == 1:
        return math.tan(math.pi * (probability - 0.5))
    if degrees == 2:
        centred = 2 * probability - 1
        return centred * math.sqrt(2 / (1 - centred**2))
    if degrees == 4:
        root = math.sqrt(4 * probability * (1 - probability))
        return math.copysign(2 * math.sqrt(math.cos(math.acos(root) / 3) / root - 1), probability - 0.5)
    raise ValueError(f"one, two or four degrees of freedom, and not {degrees}")
