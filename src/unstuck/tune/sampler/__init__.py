"""Bayesian optimisation with a Gaussian process whose own hyper-parameters are integrated out.

After Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning Algorithms", NeurIPS 2012.
`gp_sampler.GPSampler` is an Optuna sampler; every other file is one piece of it, pure, in NumPy and SciPy.

Shapes: n observations, d columns of the unit cube, q points that are asked about, s samples of the hyper-parameters.
"""
