"""Where data comes from: each source is read into a `Loaded` split."""
