"""Scale and preprocessing."""
