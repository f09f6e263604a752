"""The rungs of the ladder, one a file; each takes the work and says what it found."""
