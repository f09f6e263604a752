"""Real and generated data, what is known to be sick in it, and defects planted into it."""
