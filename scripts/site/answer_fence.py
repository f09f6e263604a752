"""Answers of unstuck with the colours that a terminal gives them: the formatter of the fence ```` ``` answer ````."""

from __future__ import annotations

import html
import re
from typing import Any

_MARKS = (
    ("verdict", r"^(?:stuck|diverged|faulty)(?=: )"),
    ("good", r"^(?:learned|learning|clean)(?=: )"),
    ("short", r"^(?:too-short|no-training)(?=: )"),
    ("verdict", r"^error\[\w+\]"),
    ("short", r"^warning\[\w+\]"),
    ("edge", r"^info\[\w+\]"),
    ("good", r"(?<== )(?:fix|proved):"),
    ("short", r"(?<== )refuted:"),
    ("edge", r"^ *(?:-->|:::)|^ *\d* \|| = (?=\w)"),
    ("bold", r"(?<== )[a-z][a-z ]*:"),
    ("verdict", r"\^+"),
    ("edge", r"(?<=\| ) *-{3,}"),
    ("curve", r"[▁▂▃▄▅▆▇█×]{3,}"),
    ("good", r"^ {9,10}\+.*"),
    ("verdict", r"^ {9,10}-(?!-).*"),
    ("dim", r"^\d+ rules?:? .*|^not recorded: .*|^recording took .*|^report: .*"),
)
MARK = re.compile("|".join(f"(?P<m{at}>{pattern})" for at, (_, pattern) in enumerate(_MARKS)))


def coloured(text: str) -> str:
    """The answer as HTML, a span for every part that has a colour."""
    return "\n".join(_line(line) for line in text.splitlines())


def _line(line: str) -> str:
    parts, at = [], 0
    for found in MARK.finditer(line):
        name = _MARKS[int(str(found.lastgroup)[1:])][0]
        parts += [html.escape(line[at : found.start()]), f'<span class="{name}">{html.escape(found[0])}</span>']
        at = found.end()
    return "".join([*parts, html.escape(line[at:])])


def fence(source: str, _name: str, _class: str, options: dict[str, Any], _md: Any, **more: Any) -> str:
    """The formatter that `pymdownx.superfences` calls."""
    title = (more.get("attrs") or {}).get("title") or options.get("title") or ""
    head = f'<span class="filename">{html.escape(title)}</span>' if title else ""
    return f'<div class="answer highlight">{head}<pre><code>{coloured(source)}</code></pre></div>'
