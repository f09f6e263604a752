"""Numbers and plurals as a reader wants them; the exact values are in the JSON."""

from __future__ import annotations

import math

from unstuck.core.finding import Confidence

_SHARES = ("fraction", "share")
LEAST_PERCENT = 0.01
MOST_PERCENT = 10_000
"""bounds of what is said as per cent in numbers"""

CONFIDENCE = {
    Confidence.VERIFIED: "verified: the remedy was tried against an untouched control",
    Confidence.MEASURED: "measured in this run; not yet proved by an experiment",
    Confidence.SUSPECTED: "suspected from what was seen; not measured directly",
    Confidence.REFUTED: "refuted: an experiment showed that this is not the reason",
}
CONFIDENCE_IN_DATA = {
    **CONFIDENCE,
    Confidence.MEASURED: "measured on this data",
    Confidence.SUSPECTED: "suspected from this data; a look at the examples decides",
}
"""of findings about data, which no experiment proves"""


def number(value: float) -> str:
    """Three significant digits, fewer where they are exact; whole numbers below ten million in full."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if value == round(value) and size < 1e7:
        text = f"{int(value):,}" if size >= 1e4 else str(int(value))
        return text.replace("-", "−")
    if size >= 1e5 or size < 1e-3:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", "−")
    decimals = max(0, 2 - math.floor(math.log10(size)))
    text = f"{value:.{decimals}f}"
    if float(text) == value and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def measure(value: float, unit: str = "") -> str:
    """A number with its unit; shares as per cent."""
    if unit in _SHARES:
        return share(value)
    if unit.startswith("share of "):
        return f"{share(value)} of {unit.removeprefix('share of ')}"
    return f"{number(value)} {unit}".rstrip()


def share(value: float, *, signed: bool = False) -> str:
    """A share as per cent, never with an exponent: ``94 %``, ``0.3 %``, ``−61 %``; ``+94 %`` where the sign matters.

    What is not all is never called 100 %, what is not nothing never 0 %. A loss can rise without end: below
    −100 % and above `MOST_PERCENT` only the bound is said.
    """
    if math.isnan(value):
        return "NaN %"
    percent = 100 * value
    if percent < -100:
        return "< −100 %"
    if percent > MOST_PERCENT:
        return f"> {MOST_PERCENT:,} %"
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{_percent(abs(percent))} %" if abs(percent) >= LEAST_PERCENT or not value else (
        f"{'> −' if value < 0 else '< '}{LEAST_PERCENT} %"
    )


def _percent(size: float) -> str:
    if 99.5 <= size < 100:
        return f"{min(size, 99.99):.2f}"
    return f"{size:,.0f}" if size >= 9.95 or size == round(size) else f"{size:.2g}"


def count(how_many: int, noun: str, plural: str = "") -> str:
    """``1 step``, ``2 steps``."""
    return f"{number(how_many)} {noun if how_many == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A length of time in the units that fit."""
    if seconds < 120:
        return f"{number(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def clean(text: str) -> str:
    """The text without characters that would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text.expandtabs(4))
