"""Figures computed from a training: numbers only."""
