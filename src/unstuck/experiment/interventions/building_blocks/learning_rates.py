"""The learning rates of a step, changed for that step alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

Rate = Callable[[dict[str, Any], float], float]
"""a group and the rate that it would have; the rate that it gets"""


class Rates:
    """Sets the rates before each step and puts the script's own back, so that its schedule counts on undisturbed."""

    def __init__(self) -> None:
        self.changes: list[Rate] = []
        self._own: dict[int, Any] = {}
        """rates of the groups that are being stepped; an optimiser within another may hold the same ones"""
        register_optimizer_step_pre_hook(self._before)
        register_optimizer_step_post_hook(self._after)

    def _before(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            if "lr" not in group or id(group) in self._own:
                continue
            self._own[id(group)] = group["lr"]
            rate = before = float(group["lr"])
            for change in self.changes:
                rate = change(group, rate)
            if rate != before:
                group["lr"] = rate

    def _after(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            if id(group) in self._own:
                group["lr"] = self._own.pop(id(group))
