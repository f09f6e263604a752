"""Examine a data set before a network is trained: sources, measurements, and the producer of data records."""
