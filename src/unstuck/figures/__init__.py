"""Facts → figures as values: series, marks, units; no pixels."""
