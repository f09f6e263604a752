"""What an evaluation in a branch leaves in the branch's folder, and what it is called."""

GUEST = "unstuck.evaluate.in_branch"
"""the module whose ``install`` a branch calls"""
SETTINGS = "evaluation"
"""key of the options in an order"""
FOLDER = "evaluated"
"""that holds the record"""
FAILURE = "evaluation.txt"
