"""ARC115: a fit that still falls is not one that fails."""

from __future__ import annotations

import math

from unstuck.analysis.probe.fits import fall, falls
from unstuck.record.events.probe.loss import Fit


def test_the_fall_is_that_of_the_last_quarter_against_the_one_before():
    losses = (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0)
    assert fall(Fit(name="own", losses=losses)) == 4.5 - 2.5
    assert fall(Fit(name="own", losses=(5.0,) * 8)) == 0.0
    assert falls(Fit(name="own", losses=losses), whole=9.0)
    assert not falls(Fit(name="own", losses=losses), whole=101.0)


def test_too_few_steps_may_still_fall():
    assert fall(Fit(name="own", losses=(1.0, 0.9, 0.8))) == math.inf
