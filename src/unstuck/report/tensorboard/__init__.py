"""TensorBoard files of a run: curves, histograms, figures, hyper-parameters and findings, from its record."""
