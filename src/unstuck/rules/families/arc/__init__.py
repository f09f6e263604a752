"""Architecture and capacity."""
