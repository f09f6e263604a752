"""Generalisation and behaviour."""
