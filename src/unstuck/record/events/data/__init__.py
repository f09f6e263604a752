"""The events of a data record, one file for each subject. A new kind is a new class here; nothing registers it."""
