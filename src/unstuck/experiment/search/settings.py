"""Every setting of the search in one place: how long branches are, what is tried, and when something is enough.

The thresholds of a verdict (`MATERIAL`, `EXPECTED`, `MATERIAL_SHARE`, `PAIRS`, `MOST_PAIRS`, `FEWEST_TELLING_STEPS`)
stand in `unstuck.core.experiment`, because a stored trial is judged by them without a search.

Shares of "the reference" are shares of the baseline loss; see `unstuck.experiment.score`.
"""

from __future__ import annotations

from unstuck.core.diagnosis import Verdict
from unstuck.core.experiment import PAIRS

# ---- the budget ----------------------------------------------------------------------------------------

LONGEST_BUDGET = 120.0
"""seconds; the default budget is the run's own duration, at most this"""
SHORTEST_BUDGET = 10.0
"""seconds; the default budget is at least this, because a short run is mostly set-up"""
LEAST_TIME_LEFT = 0.5
"""a branch starts only if this share of the longest branch's duration is left"""
LONGER_BRANCH_SHARE = 0.3
"""share of the time left that one longer branch of the verified changes may take"""
LONGER_PAIRS_SHARE = 0.7
"""share of the time left that longer pairs of an undecided change may take"""
SHARE_BESIDE_EXAMPLES = 0.4
"""share of the budget for all other changes where some are judged by single examples, in whole runs"""
WHOLE_RUN_SLACK = 1.5
"""whole runs side by side may take this many times as long as shorter branches suggest"""

# ---- how long a branch is --------------------------------------------------------------------------------

OF_UNKNOWN_LENGTH = 2000
"""backward calls that a program is taken to make, of which only the first steps were seen"""
FEWEST_STEPS = 100
"""backward calls below which a branch says little; a shorter run is branched whole"""
LEAST_STEPS = 8
"""backward calls of every branch, however long one step takes"""
LEAST_TRIED = 4
"""branches beside the controls that must fit, or steps are so slow that branches are shorter than `FEWEST_STEPS`"""
CONTROL_BRANCHES = 2 + PAIRS - 1
"""the control twice with the first seed, and once with each further seed"""
PROMPT_STEPS = 64
"""backward calls within which most changes take effect if they do; gradients may be accumulated over many"""
PROBE_STEPS = 60
"""backward calls of the probe that measures how fast this machine is now"""
LEAST_STEP_SHARE = 0.5
"""a branch takes at least this share of the watched run's time for each step; short probes may show less"""
MAX_SETUP_STEPS = 400
"""backward calls up to which a long set-up makes a branch longer"""
GROUP_BRANCHES = 16
"""branches that are kept for trying all low-risk changes together and taking out what is not needed"""
EARLY_END_COST = 0.5
"""share of a branch that a change of the panel counts for if it may end after `PROMPT_STEPS`"""
BRANCH_SLACK = 1.2
"""branches may take this many times as long as those that were measured"""
WORTHWHILE_FACTOR = 1.5
"""times as many steps from which a longer branch is worth its time"""
SECOND_LOOK_FACTOR = 4
"""times as many steps, at most, of a second look at all low-risk changes together"""
SECOND_LOOK_BRANCHES = 16
"""branches of a second look: all changes, fewer and fewer of them, and three pairs of what remains"""

# ---- what is tried ---------------------------------------------------------------------------------------

HARDLY_LEARNED = 0.5
"""share of the reference; beside an alarm, a run that took away less is given the whole panel"""
NOT_LEARNED = (Verdict.STUCK, Verdict.DIVERGED, Verdict.TOO_SHORT)
"""verdicts of a run that is given the whole panel"""
LIKELIEST = (
    "zero-grad", "standardise-input", "learning-rate", "remove-output-activation", "optimise-all-parameters", "thaw",
    "standardise-target", "initialisation", "optimiser", "training-mode", "shuffle", "no-clipping", "weight-decay",
    "no-dropout", "schedule", "hidden-activation", "batch-norm",
)  # fmt: skip
"""the head of the panel: what scripts that do not learn lack most often, cheap mistakes before network changes"""
LOW_RISK = (
    "zero-grad", "standardise-input", "remove-output-activation", "optimise-all-parameters", "thaw",
    "standardise-target", "initialisation", "training-mode", "shuffle", "no-clipping", "weight-decay", "no-dropout",
    "schedule", "optimiser",
)  # fmt: skip
"""changes that do nothing where nothing is wrong, or are a usual choice: these are applied all together"""
EXCLUSIVE = (
    ("learning-rate", "learning-rate-range", "set-learning-rate", "optimiser"), ("clip-gradients", "no-clipping"),
    ("remove-output-activation", "sigmoid-and-binary-loss", "cross-entropy-for-classes"),
)  # fmt: skip
"""groups of which only one change at a time makes sense"""
NETWORK_CHANGES = ("hidden-activation", "batch-norm")
"""changes to the network itself, put on top of the low-risk changes one at a time"""
ACT_ON_MOST_SCRIPTS = (
    ("standardise-input", "initialisation"), ("no-dropout", "shuffle", "training-mode", "schedule"),
)  # fmt: skip
"""changes that act on most scripts, faulty or not, so they are taken out first: how training starts, how it goes on"""
MAX_CHANGES = 3
"""changes in one set: real scripts have one, two or three faults at once"""
MAX_TOGETHER = 6
"""remedies of findings that are applied together"""
MAX_FURTHER_SETTINGS = 2
"""settings that are tried beyond those of the findings"""

# ---- when something is enough ----------------------------------------------------------------------------

ENOUGH = 0.9
"""share of the reference from which no large gain is left"""
LOOKS_AT_UNDECIDED = 3
"""at an undecided remedy: shorter pairs, longer pairs, more pairs; its interval is widened for them"""
MAX_CONFIRMED = 2
"""changes of the panel that get further seeds in one round; remedies of findings all do"""
MAX_CONFIRMED_SETS = 2
"""sets with one more change of the panel that are examined closely"""
LEAD_SHARE = 0.6
"""share of a set's lead over the control from which a shorter branch tells as much"""
LEAST_LEAD = 0.4
"""lead over the control below which a shorter branch proves nothing in three pairs"""
MAX_LEAD_LOST = 0.2
"""share of a lead that may be lost where a change is taken out as not needed"""
CURVE_POINTS = 200
"""points of a loss curve that is kept for drawing"""
