"""Texts and names use the words of ``docs/glossary.md``, and none of its column *not*."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
TEXTS = sorted(
    path for pattern in ("README.md", "CONTRIBUTING.md", "docs/*.md", "src/unstuck/show/templates/*")
    for path in ROOT.glob(pattern) if path.name not in ("glossary.md", "log.md") and path.is_file()
)  # fmt: skip
CODE = sorted(ROOT.glob("src/unstuck/**/*.py"))
NAMES = {"standing", "trivial", "closeup", "untold", "senseless", "lineage",
         "telling", "teller", "mend", "told", "tape"}
"""words that no file, class or function is named after"""
CONTRACT = {"worse_than_trivial", "WorseThanTrivial"}
"""the name of CRV110 is a contract with users"""
PUBLISHED = {"trivial_loss", "trivial_answer"}
"""keys of the published JSON schema that stay as they are"""


def words_to_avoid() -> list[str]:
    rows = [row.split("|") for row in GLOSSARY.read_text("utf-8").splitlines() if row.startswith("|")]
    cells = [row[3].strip() for row in rows if len(row) > 4 and row[3].strip() not in ("not", "---")]
    return sorted({word.strip() for cell in cells for word in cell.split(",") if word.strip()})


AVOID = re.compile(rf"(?<![\w./`]){'(?:' + '|'.join(map(re.escape, words_to_avoid())) + ')'}(?![\w/])", re.IGNORECASE)


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string of a module, docstrings included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_text_uses_the_words_of_the_glossary(path):
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert not [f"{number}: {found[0]}" for number, line in lines if (found := AVOID.search(line))]


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_strings_of_a_module_use_the_words_of_the_glossary(path):
    wrong = [
        f"{line}: {found[0]}" for line, text in strings(ast.parse(path.read_text("utf-8").replace("tape.bin", "")))
        if text not in PUBLISHED and (found := AVOID.search(" ".join(text.split())))
    ]  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_classes_and_functions_are_named_by_the_fields_words(path):
    tree = ast.parse(path.read_text("utf-8"))
    names = {path.stem, *(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef))}
    words = {name: set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", name).lower())) for name in names - CONTRACT}
    assert not [name for name in words if words[name] & NAMES]


def test_the_glossary_has_words_to_avoid():
    assert len(words_to_avoid()) > 20
    assert AVOID.search("the trivial answer is 2.3")
    assert not AVOID.search("the baseline loss is 2.3")
