"""Figures and what draws them: a diagnosis as text, JSON and HTML."""
