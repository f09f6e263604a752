"""Pairs of programs with the same script: in one a data, configuration or checkpoint file is sick."""
