"""LAPACK's routines for Cholesky factors, taken once: the calls are many and small."""

from __future__ import annotations

import numpy as np
from scipy.linalg import get_lapack_funcs

factorise, solve_triangle, invert_triangle = get_lapack_funcs(("potrf", "trtrs", "trtri"), dtype=np.float64)
