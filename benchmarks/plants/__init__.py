"""Real and generated data, what is known to be sick in it, and defects planted into it."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported: the benchmarks use processes instead
