"""The user's configuration: ``[tool.unstuck]``, plug-ins, and comments that allow a finding."""
