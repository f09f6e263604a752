"""The probes, one file each: ``TITLE``, ``MEASURES`` and ``probe(context)``, which yields events."""
