"""The run on disk: schema, crash-proof writer, read-only reader."""
