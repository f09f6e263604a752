"""Search for hyper-parameters: every trial is a watched run (`unstuck tune`)."""
