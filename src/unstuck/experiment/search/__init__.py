"""The search strategy: what to try next, and the runner that tries it."""
