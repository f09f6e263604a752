"""Run a program as Python would, and record how its training goes."""
