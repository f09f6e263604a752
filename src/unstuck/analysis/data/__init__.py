"""Facts about data sets."""
