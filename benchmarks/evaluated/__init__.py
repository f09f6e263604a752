"""Trained models with a planted failure, and their clean twins, for `evaluate_plants.py`."""
