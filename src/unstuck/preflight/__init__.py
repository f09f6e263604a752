"""Checks before training: probes measure a network, its loss, its optimiser and its first batches; rules judge."""
