"""Prove it: a remedy is tried in a controlled experiment on the user's own run."""
