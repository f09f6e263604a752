"""A finding about data is at a file that may be larger than memory: it is not read for an excerpt."""

from __future__ import annotations

from unstuck.show.source import LARGEST_SOURCE, Sources


def test_a_file_as_large_as_data_is_not_read_as_source(tmp_path):
    (tmp_path / "train.py").write_text("loss.backward()\n")
    with (tmp_path / "train.csv").open("wb") as file:
        file.truncate(LARGEST_SOURCE + 1)
    sources = Sources(tmp_path, None)
    assert sources.text("train.py") == "loss.backward()\n"
    assert sources.text("train.csv") is None
