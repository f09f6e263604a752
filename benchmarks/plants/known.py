"""What is known to be sick in the real data, and why: no false alarm if it is reported, and some of it must be."""

from __future__ import annotations

from dataclasses import dataclass

from plants.judge import Found

ALWAYS = ("split", "subsample", "file", "official")


@dataclass(frozen=True)
class Known:
    """A true fault of a data set as it is."""

    data: str
    code: str
    why: str
    required: bool = False
    """a miss if it is not reported"""
    severity: str = "warning"
    """that is required"""
    ways: tuple[str, ...] = ALWAYS
    """of drawing the rows, see `audit_clean`"""
    columns: tuple[str, ...] = ()
    """in which it is true; () for any, or for none"""


SORTED = "the file is sorted by class"
UNITS = "columns in raw units, their spreads differ by a factor of more than 100"
FILE = ("file",)
WHOLE = ("split", "file", "official")

KNOWN = (
    # named by the issue: they must be reported
    Known("earthquakes", "DAT101", "about four to one", required=True, severity="info", ways=WHOLE),
    Known("earthquakes", "DAT112", "published classifiers hardly beat the majority class",
          required=True, ways=("file", "official")),
    Known("earthquakes", "DAT112", "the same, by the rows that are drawn"),
    Known("mammography", "DAT101", "2.3 % positive", required=True),
    Known("oil-spill", "DAT101", "4.4 % positive", required=True),
    Known("oil-spill", "DAT109", "c22 is 0 in every row", required=True, severity="info"),
    Known("oil-spill", "SCL101", "spreads from 0.01 to 10⁷", required=True),
    Known("pima", "DAT107", "0 stands for missing: nobody alive has a glucose or blood pressure of 0",
          required=True, columns=("glucose", "pressure", "skin", "insulin", "bmi", "extra")),  # extra is one of them
    Known("adult", "DAT107", "'?' stands for missing",
          required=True, columns=("workclass", "occupation", "country")),
    Known("adult", "SCL103", "capital_gain, capital_loss and fnlwgt have a long tail", required=True, severity="info"),
    Known("adult", "DAT114", "labels of the test file end in a dot",
          required=True, severity="error", ways=("official",)),
    Known("adult", "SPL102", "a consequence of the dots", ways=("official",)),
    Known("adult", "SPL106", "a consequence of the dots", ways=("official",)),
    Known("abalone", "SCL103", "height, weights", required=True, severity="info"),
    Known("adult", "DAT107", "capital_gain of 99,999 is a top code; the next largest amount is 41,310",
          columns=("capital_gain", "extra")),
    Known("oil-spill", "DAT107", "c30, c31 and c33 are 0 in the same seven rows", columns=("c30", "c31", "c33")),
    # true, and no miss if a rule sees it otherwise
    Known("adult", "DAT101", "three to one"),
    *(Known(name, "DAT111", "few rows for as many columns, or few rows of a class") for name in (
        "earthquakes", "sonar", "oil-spill", "mammography", "ionosphere")),
    *(Known(name, "SPL106", "fewer than 100 held-out rows") for name in (
        "iris", "wine", "sonar", "wheat-seeds", "earthquakes")),
    *(Known(name, "SCL101", UNITS) for name in (
        "adult", "german", "housing", "pima", "breast_cancer", "wine", "wheat-seeds")),
    *(Known(name, "SPL103", SORTED, required=True, ways=FILE) for name in (
        "sonar", "iris", "wine", "banknote", "wheat-seeds", "cifar10", "review_polarity")),
    Known("mammography", "SPL103", "each tenth of the file ends with its positives", ways=FILE),
    Known("earthquakes", "SPL106", "52 validation rows", ways=("official",)),
)  # fmt: skip


def known(data: str, way: str, found: Found) -> Known | None:
    """The entry that this finding reports."""
    for one in KNOWN:
        fits = one.data == data and one.code == found.code and way in one.ways
        if fits and (not one.columns or found.column is None or found.column in one.columns):
            return one
    return None
