"""A recorded run for TensorBoard: curves, histograms, figures, hyper-parameters and findings, out of the record."""
