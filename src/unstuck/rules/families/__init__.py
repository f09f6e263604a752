"""The families of the catalogue, a folder each."""
