"""The writer of TensorBoard event files."""
