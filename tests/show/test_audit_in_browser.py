"""The page of an audit as a browser shows it: readable, nothing cut, and the form for labels works by keyboard."""

from __future__ import annotations

import csv

import pytest
from data_runs import diagnosis_of, finding, image_record, rows, table_record
from test_in_browser import LARGE, SMALL, Visitor, _look, _sized, browser, light  # noqa: F401

from unstuck.core.finding import Severity
from unstuck.record.events.data.copies import Duplicates, Sameness
from unstuck.record.events.data.shown import ShownExample, Why
from unstuck.report.page import page

COPIES = Duplicates(split=0, sameness=Sameness.NEAR, looked_at=99, count=2, rows=(9, 3), other_rows=(4, 1))
LONG = "a long value that some person typed into a cell " * 3


def kept(row, **fields):
    cells = (("age", str(row)), ("city", LONG), *((f"c{at}", "1.5") for at in range(12)))
    return ShownExample(split=0, row=row, why=Why.CONCERNED, label="no", cells=cells, **fields)


def tables(folder):
    shown = [kept(row) for row in (9, 3, 4, 1)] + [ShownExample(split=0, row=7, label="no", cells=kept(7).cells)]
    record = table_record(folder, events=[COPIES, *shown])
    return record, (
        finding(column="age", columns=5, figures=("data_columns.values",)),
        finding(column="city", figures=("data_columns.values",)),
        finding("DAT105", None, examples=rows(9, 3), figures=("data_examples.worst",), severity=Severity.INFO),
    )


RECORDS = {
    "tables": tables,
    "images": lambda folder: (image_record(folder, count=14), ()),
    "form": lambda folder: (image_record(folder, why=Why.ANNOTATE, count=3), ()),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    made = {}
    for name, make in RECORDS.items():
        folder = tmp_path_factory.mktemp(name)
        record, findings = make(folder)
        made[name] = folder / f"{name}.html"
        made[name].write_text(page(diagnosis_of(record, *findings), record))
    return made


@pytest.fixture(scope="module", params=RECORDS)
def told(request, browser, files):  # noqa: F811
    return _look(browser, files[request.param])


def test_nothing_is_fetched_and_nothing_goes_wrong(told):
    assert told["wrong"] == []


@pytest.mark.parametrize("size", ["small", "large", "paper"])
def test_nothing_overflows_and_every_drawing_has_marks(told, size):
    seen = told[size]
    assert seen["overflow"] <= 0
    assert seen["wider"] == []
    assert seen["empty"] == []
    assert all(drawing["marks"] > 0 and drawing["outside"] == [] for drawing in seen["drawings"])


def test_dark_and_light_have_their_grounds(told):
    assert not light(told["small"]["ground"])
    assert light(told["large"]["ground"])


@pytest.mark.parametrize("size", ["small", "large"])
def test_axe_finds_nothing_serious(told, size):
    assert [
        (one["id"], [(node["target"], node["failureSummary"]) for node in one["nodes"]][:3])
        for one in told[size]["axe"]["violations"] if one["impact"] in ("serious", "critical")
    ] == []  # fmt: skip


def test_labels_are_chosen_by_keyboard_and_saved(browser, files, tmp_path):  # noqa: F811
    shown = Visitor(browser).open(files["form"])
    shown.set_viewport_size(_sized(LARGE))
    first, second, _ = (f"[name=row-{row}]" for row in (10, 11, 12))
    shown.locator(first).first.focus()
    shown.keyboard.press("Space")
    shown.locator(second).first.focus()
    shown.keyboard.press("ArrowRight")
    with shown.expect_download() as download:
        shown.locator("#annotate-save").focus()
        shown.keyboard.press("Enter")
    download.value.save_as(tmp_path / "labels.csv")
    saved = list(csv.DictReader((tmp_path / "labels.csv").read_text().splitlines()))
    assert saved == [{"row": "10", "label": "0"}, {"row": "11", "label": "1"}]
    assert shown.locator("#annotate-said").text_content().startswith("2 labels saved as annotations-")
    shown.context.close()


def test_the_form_fits_a_phone(browser, files):  # noqa: F811
    shown = Visitor(browser).open(files["form"])
    shown.set_viewport_size(_sized(SMALL))
    button = shown.locator("#annotate-save").bounding_box()
    assert button["x"] >= 0
    assert button["x"] + button["width"] <= SMALL[0]
    shown.context.close()
