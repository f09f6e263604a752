"""GEN110: what the latent code says about its input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.latent_code import latent_code_of
from unstuck.core.figure import Curve, Figure, Level
from unstuck.core.words import number
from unstuck.figures.evidence.calls import looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, numbers

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding


def nats(finding: Finding, training: Training) -> EvidenceFigure | None:
    """The KL term of one example over the sampled steps."""
    code, limit = latent_code_of(training), limit_of(finding, "nats")
    if code is None or limit is None:
        return None
    end = code.at_end
    curve = Curve(name="KL term of one example", group=0, x=numbers(positions(training, code.step)),
                  y=numbers(code.nats), dots=True, marked=True)  # fmt: skip
    return EvidenceFigure(
        figure=Figure(
            title="What the code says about its input",
            description=f"{number(end)} nats at the end.",
            x=looks_axis(training),
            y=axis("nats", [*code.nats.tolist(), limit], wide=np.inf),
            curves=(curve,),
            levels=(Level(y=limit, label=f"reported below {number(limit)}"),),
        ),
        sentence=f"In the last third of the run the KL term of one example is {number(end)} nats, the median.",
        decided=(("nats", end),),
    )
