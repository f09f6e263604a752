"""One intervention a file; none registers itself, `unstuck.experiment.registry` finds them."""
