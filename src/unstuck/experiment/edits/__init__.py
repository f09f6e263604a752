"""One change of source a file; none registers itself, `unstuck.experiment.patch` finds them."""
