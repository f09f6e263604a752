"""The libraries that a search needs: looked for before anything that imports them."""

from __future__ import annotations

import warnings

from unstuck.core.errors import UsageError


def check_installed() -> None:
    """Say what to install where Optuna is missing.

    Raises:
        UsageError: it is.
    """
    try:
        import optuna
        import scipy  # noqa: F401 - of the sampler
    except ModuleNotFoundError as error:
        raise UsageError(
            f"unstuck tune needs Optuna and SciPy ({error}). Install them: pip install 'unstuck[tune]'."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
