"""Reproducibility and cost."""
