"""Two test files of one name stop pytest where both of their folders are collected."""

from collections import Counter
from pathlib import Path


def test_each_test_file_has_a_name_of_its_own():
    names = Counter(path.name for path in Path(__file__).parents[1].rglob("test_*.py"))
    assert [name for name, number in names.items() if number > 1] == []
