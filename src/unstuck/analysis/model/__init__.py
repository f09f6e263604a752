"""Facts about a trained model on data: pure functions of its predictions and the truth."""
