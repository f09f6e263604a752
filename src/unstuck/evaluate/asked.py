"""Everything that one evaluation is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unstuck.audit.settings import AuditSettings
from unstuck.core.errors import UsageError
from unstuck.evaluate.model import Predictor
from unstuck.evaluate.settings import EvaluateSettings


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Everything that one evaluation is given."""

    data: object
    """None where a file of predictions holds the labels"""
    train: object = None
    model: Predictor | None = None
    """None: predictions come from a file"""
    predictions: Path | None = None
    against: Predictor | Path | None = None
    prepare: Callable[[Any], Any] | None = None
    settings: EvaluateSettings
    reading: AuditSettings

    @property
    def file(self) -> Path:
        """Of predictions.

        Raises:
            UsageError: there is none.
        """
        if self.predictions is None:
            raise UsageError("Give a model, or a file of its predictions with --predictions.")
        return self.predictions
