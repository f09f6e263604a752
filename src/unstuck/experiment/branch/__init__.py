"""Branches: the user's training once more, from the same start, with one thing changed."""
