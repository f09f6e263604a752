"""Facts about the trainings of a run."""
