"""Figures of a trained model on data."""
