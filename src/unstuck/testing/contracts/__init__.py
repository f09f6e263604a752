"""Contracts that a plug-in keeps: test classes to subclass."""
