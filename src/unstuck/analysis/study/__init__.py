"""Facts about studies: searches for hyper-parameters."""
