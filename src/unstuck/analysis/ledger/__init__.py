"""What passed through a training loop, examined: entries of a ledger → examples → a data set → facts about it."""
