"""A rule's page as text: for a pipe without Markdown's marks, for a terminal set by rich, for every rule."""

from __future__ import annotations

import io
import re
from dataclasses import fields

import pytest

from unstuck.cli import page
from unstuck.cli.plain_text import plain
from unstuck.core.markdown import sections
from unstuck.rules.pages import pages
from unstuck.rules.registry import load
from unstuck.show.html_rule import rule_for_page

PAGE = """\
# LOS101 name

Give `loss` the **scores**, *as they are*; 2 * 3 * 4.

## Example

```python
x = `y`  # kept
## kept too
```

- one `a`
  goes on
- two

1. first

| threshold | unit |
|---|---|
| `a` | \\|update\\| / \\|weight\\| |
| longer | |
"""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def explained(code: str, monkeypatch: pytest.MonkeyPatch, out: io.StringIO) -> str:
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        patch.setenv("COLUMNS", "100")
        page.print_page(code)
    return re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())


def test_marks_go_and_code_stays():
    assert plain(PAGE) == (
        "LOS101 name\n===========\n\nGive loss the scores, as they are; 2 * 3 * 4.\n\nExample\n-------\n\n"
        "    x = `y`  # kept\n    ## kept too\n\n- one a\n  goes on\n- two\n\n1. first\n\n"
        "threshold   unit\na           |update| / |weight|\nlonger\n"
    )


def test_a_page_without_headings_is_all_lead():
    assert sections("Only this.\n") == ("Only this.", {})


def test_a_heading_inside_of_code_cuts_nothing():
    lead, named = sections(PAGE)
    assert lead.endswith("2 * 3 * 4.")
    assert list(named) == ["Example"]
    assert named["Example"].startswith("```python\n")


@pytest.mark.parametrize("code", load())
@pytest.mark.parametrize("out", [io.StringIO, Terminal], ids=["pipe", "terminal"])
def test_every_rule_is_explained(code, out, monkeypatch):
    """Title, headings, code and every threshold with its unit and source are there, marks are not."""
    rule = load()[code]
    shown = explained(code, monkeypatch, out())
    words = " ".join(re.sub(r"[│┃━─╇╈┏┓└┘┡┩┼╷╵╴╶]", " ", shown).split())
    assert f"{code} {rule.name}" in words
    for title in sections(rule.page()).named:
        assert title in words
    for line in re.findall(r"```python\n(.*?)\n```", rule.page(), re.DOTALL)[0].splitlines():
        assert " ".join(line.split()) in words
    assert not re.search(r"^ *(##|```|\|--)", shown, re.MULTILINE)
    for one in fields(rule):
        row = next(line for line in shown.splitlines() if line.split()[:2] == [one.name, repr(one.default)])
        if out is not Terminal:  # whose columns are wrapped
            assert one.metadata["unit"] in row
            assert one.metadata["source"] in row
        else:
            assert all(word in row for word in one.metadata["unit"].split()[:1])


@pytest.mark.parametrize("shown", pages(), ids=lambda shown: shown.code)
def test_every_rule_has_its_page_in_the_report(shown):
    html = str(rule_for_page(shown))
    rule = load()[shown.code]
    assert "<h1>" not in html
    assert "<h2>" not in html
    assert html.count("<h3>") == 7
    assert html.count("<tr>") == (len(fields(rule)) + 1 if fields(rule) else 0)
    assert html.count("<td>") == 4 * len(fields(rule))
    assert shown.summary
    assert shown.why


def test_a_unit_with_bars_stays_one_cell():
    shown = next(one for one in pages() if one.code == "OPT102")
    assert "<td>|update| / |weight|</td>" in str(rule_for_page(shown))
