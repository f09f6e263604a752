"""What a page shows of a data set: examples, classes, columns."""
