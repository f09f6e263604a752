"""For each finding the figure that shows what it was decided on: a file for each kind of evidence."""
