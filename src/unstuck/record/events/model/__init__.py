"""Events about a trained model on data: what it was given, how well it does, where it fails."""
