"""Words and pure numerics that every other part speaks; imports nothing of ours."""
