"""The events of a probe record, one file for each subject. A new kind is a new class here; nothing registers it."""
