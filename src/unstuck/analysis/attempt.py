"""A measurement that fails is told, and the others go on."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from unstuck.core.outcome import TooLittle

T = TypeVar("T")


class Attempt(Generic[T]):
    """What a measurement yields, as far as it comes; afterwards why it came no further."""

    def __init__(self, measure: Callable[[], Iterable[T]], lacking: Callable[[ModuleNotFoundError], str]) -> None:
        self.measure = measure
        self.lacking = lacking
        """says which library is not installed"""
        self.why = ""
        self.broke = False
        """it raised: a defect of unstuck"""

    def __iter__(self) -> Iterator[T]:
        try:
            events = iter(self.measure())
            while True:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    event = next(events)
                yield event
        except StopIteration:
            return
        except TooLittle as reason:
            self.why = str(reason)
        except ModuleNotFoundError as error:
            self.why = self.lacking(error)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.why, self.broke = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})", True
