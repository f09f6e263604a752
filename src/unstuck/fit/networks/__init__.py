"""The simplest network for each structure of data, in the size that a recipe says."""
