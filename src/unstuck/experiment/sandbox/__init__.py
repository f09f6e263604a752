"""A confined process: nothing that a branch writes, sends or starts outlives it."""
