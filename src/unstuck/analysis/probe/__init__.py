"""Facts about a network before it is trained."""
