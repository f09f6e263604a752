"""Backticks in texts about data become code on the page, and nothing else becomes HTML."""

from __future__ import annotations

import pytest

from unstuck.show.html import ticks


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("column `a<b` is & stays", "column <code>a&lt;b</code> is &amp; stays"),
        ("one ` alone", "one ` alone"),
        ("<b>`x`</b>", "&lt;b&gt;<code>x</code>&lt;/b&gt;"),
        ("", ""),
    ],
)
def test_what_stands_between_backticks_is_code(text, html):
    assert str(ticks(text)) == html
