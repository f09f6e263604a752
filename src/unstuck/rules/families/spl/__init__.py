"""Splits and loading."""
