"""A rule's page without Markdown's marks."""

from __future__ import annotations

import io

from unstuck.cli import page
from unstuck.cli.markup import plain

PAGE = """\
# LOS101 name

Give `loss` the **scores**, *as they are*; 2 * 3 * 4.

## Example

```python
x = `y`  # kept
```

| threshold | unit |
|---|---|
| `a` | share |
| longer | |
"""


def test_marks_go_and_code_stays():
    assert plain(PAGE) == (
        "LOS101 name\n===========\n\nGive loss the scores, as they are; 2 * 3 * 4.\n\nExample\n-------\n\n"
        "    x = `y`  # kept\n\nthreshold   unit\na           share\nlonger\n"
    )


def test_a_terminal_gets_the_page_set(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = Terminal()
    monkeypatch.setattr("sys.stdout", shown)
    page.print_page("LOS101")
    assert "How it decides" in shown.getvalue()
    assert "## " not in shown.getvalue()
    assert "```" not in shown.getvalue()
