"""Shallow models and bounds: what is trivial, what is possible."""
