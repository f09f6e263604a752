"""What the recorder keeps of the examples that pass through the loop, until they are examined."""
