"""What is trivial and what is possible on a data set: simple models, and the number that a network must beat."""
