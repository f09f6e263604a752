"""Text tables: headers, separators, types, targets, marks of missing values."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from unstuck.analysis.data.measure import silent
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.core.data_types import ColumnType, Task
from unstuck.core.errors import UsageError
from unstuck.record.events.data.marks import Marks


def loaded(path, text=None, **options):
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    options.setdefault("target", ("-1",))
    return read({"train": str(path)}, AuditSettings(**options), silent)[0]


ROWS = "\n".join(f"{at % 7 / 2},{at % 5},{'yes' if at % 2 else 'no'}" for at in range(40))


def test_a_table_without_header_has_columns_named_by_position(tmp_path):
    one = loaded(tmp_path / "a.csv", ROWS)
    assert [column.name for column in one.sample.columns] == ["column_1", "column_2"]
    assert one.split.target == "column_3"
    assert one.split.classes == ("no", "yes")
    assert one.split.task is Task.BINARY
    assert any("no header row" in note for note in one.split.notes)
    assert one.split.rows == 40
    assert one.sample.whole


def test_a_header_is_seen(tmp_path):
    one = loaded(tmp_path / "a.csv", "height,width,grown\n" + ROWS)
    assert [column.name for column in one.sample.columns] == ["height", "width"]
    assert one.split.target == "grown"
    assert one.split.rows == 40


@pytest.mark.parametrize(("header", "rows", "names"), [(True, 39, ["0.0", "0"]), (None, 40, ["column_1", "column_2"])])
def test_the_user_overrides_the_header(tmp_path, header, rows, names):
    one = loaded(tmp_path / "a.csv", ROWS, header=header)
    assert one.split.rows == rows
    assert [column.name for column in one.sample.columns] == names


def test_a_header_above_texts_is_seen_where_its_cells_stand_nowhere_below(tmp_path):
    one = loaded(tmp_path / "a.csv", "colour,kind\n" + "red,a\nblue,b\n" * 20)
    assert one.split.rows == 40
    assert one.split.target == "kind"


def test_rows_of_texts_have_no_header_where_the_first_is_repeated(tmp_path):
    assert loaded(tmp_path / "a.csv", "red,a\nblue,b\n" * 20).split.rows == 40


@pytest.mark.parametrize("sign", [",", "\t", ";", "|", "  "])
def test_separators_are_inferred(tmp_path, sign):
    text = "\n".join(sign.join((str(at), str(at * 0.5 % 3), str(at % 2))) for at in range(30))
    one = loaded(tmp_path / "a.data", text)
    assert len(one.sample.columns) == 2
    assert one.split.classes == ("0", "1")


@pytest.mark.parametrize("wanted", ["grown", "3", "-1"])
def test_a_target_is_a_name_or_a_position(tmp_path, wanted):
    assert loaded(tmp_path / "a.csv", "height,width,grown\n" + ROWS, target=(wanted,)).split.target == "grown"


def test_without_header_the_message_asks_for_a_target_and_lists_the_columns(tmp_path):
    with pytest.raises(UsageError, match=r"no header row.*column_1, column_2, column_3.*--target -1"):
        loaded(tmp_path / "a.csv", ROWS, target=())


def test_a_usual_name_is_taken_for_the_target_and_said(tmp_path):
    one = loaded(tmp_path / "a.csv", "height,width,label\n" + ROWS, target=())
    assert one.split.target == "label"
    assert any("label" in note for note in one.split.notes)


def test_marks_in_a_column_of_numbers_are_missing_and_counted(tmp_path):
    text = "a,b,y\n" + "".join(f"{'?' if at % 10 == 3 else at / 7:.5},{at % 3},{at % 2}\n" for at in range(60))
    one = loaded(tmp_path / "a.csv", text)
    column = one.sample.columns[0]
    (marks,) = one.events
    assert isinstance(marks, Marks)
    assert column.type is ColumnType.NUMBER
    assert int(column.missing.sum()) == 6
    assert marks.marks == (("?", 6),)
    assert marks.rows == (3, 13, 23, 33, 43, 53)
    assert next(profile for profile in one.profiles if profile.name == "a").missing == 6


def test_words_in_a_column_of_numbers_are_counted_apart(tmp_path):
    text = "a,y\n" + "".join(f"{'broken' if at == 5 else at / 7},{at % 2}\n" for at in range(60))
    (marks,) = loaded(tmp_path / "a.csv", text).events
    assert marks.unreadable == (("broken", 1),)
    assert marks.not_numbers == 1
    assert marks.marked == 0


def test_numbers_are_read_from_texts(tmp_path):
    text = "a;b;c;y\n" + "".join(f"\"1,{at // 2 * 2:03}\"; {at / 2} ;'-{at}';{at % 2}\n" for at in range(100, 160))
    one = loaded(tmp_path / "a.csv", text)
    first = [float(column.values[0]) for column in one.sample.columns[:2]]
    assert first == [1100.0, 50.0]


def test_decimal_commas_are_read(tmp_path):
    text = "a;y\n" + "".join(f"{at},5;{at % 2}\n" for at in range(60))
    assert loaded(tmp_path / "a.csv", text).sample.columns[0].values[3] == 3.5


def test_quoted_labels_keep_what_was_given(tmp_path):
    one = loaded(tmp_path / "a.csv", "".join(f"{at / 3},'{-1 if at % 3 else 1}'\n" for at in range(60)))
    assert one.split.classes == ("-1", "1")
    assert one.sample.target.as_given[0] == "'1'"


def test_labels_of_splits_are_united_and_not_repaired(tmp_path):
    (tmp_path / "train.csv").write_text("".join(f"{at / 3}, {'>50K' if at % 3 else '<=50K'}\n" for at in range(60)))
    (tmp_path / "test.csv").write_text("".join(f"{at / 3}, {'>50K.' if at % 3 else '<=50K.'}\n" for at in range(30)))
    both = read(
        {"train": str(tmp_path / "train.csv"), "test": str(tmp_path / "test.csv")},
        AuditSettings(target=("-1",)), silent,
    )  # fmt: skip
    assert both[0].split.classes == both[1].split.classes == ("<=50K", ">50K", "<=50K.", ">50K.")
    assert set(both[1].sample.target.codes) == {2, 3}


def test_groups_and_times_are_no_features(tmp_path):
    text = "t,patient,x,y\n" + "".join(f"2024-01-{at % 28 + 1:02},p{at % 4},{at / 7},{at % 2}\n" for at in range(60))
    one = loaded(tmp_path / "a.csv", text, group="patient", time="t")
    assert [column.name for column in one.sample.columns] == ["x"]
    assert one.sample.groups[1] == "p1"
    assert one.sample.times[1] - one.sample.times[0] == 86400
    assert (one.split.group_column, one.split.time_column) == ("patient", "t")


def test_types_can_be_given(tmp_path):
    text = "zone,x,y\n" + "".join(f"{at % 4},{at / 7},{at % 2}\n" for at in range(60))
    one = loaded(tmp_path / "a.csv", text, types={"zone": ColumnType.CATEGORY})
    assert one.sample.columns[0].type is ColumnType.CATEGORY
    assert one.sample.columns[0].values[3] == "3"
    assert next(profile for profile in one.profiles if profile.name == "zone").type_given


def test_blank_lines_are_no_rows(tmp_path):
    assert loaded(tmp_path / "a.csv", "a,y\n\n1,0\n\n2,1\n\n\n" + "3,1\n" * 9).split.rows == 11


def test_a_compressed_table_is_read(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    assert loaded(tmp_path / "a.csv.gz").split.rows == 40


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_seen(tmp_path, encoding):
    text = "grün,y\n" + "".join(f"{'süß' if at % 2 else 'salzig'},{at % 2}\n" for at in range(30))
    one = loaded(tmp_path / "a.csv", text.encode(encoding))
    assert one.sample.columns[0].name == "grün"
    assert one.sample.columns[0].values[1] == "süß"


def test_a_header_that_another_tool_mangled_is_said(tmp_path):
    first = "1\t-0.5\t-0.5.1\t2.5\t-0.5.2\n"
    text = first + "".join(f"{at % 2}\t{at}\t{at / 2}\t{at / 3}\t{at / 4}\n" for at in range(30))
    one = loaded(tmp_path / "a.tsv", text, target=("1",))
    assert one.split.rows == 31
    assert one.sample.columns[1].values[0] == -0.5
    assert any("another tool" in note for note in one.split.notes)


def test_a_large_file_is_profiled_whole_and_sampled(tmp_path):
    random = np.random.default_rng(0)
    values = random.normal(size=120_000).round(4)
    text = "x,y\n" + "\n".join(f"{value},{at % 3}" for at, value in enumerate(values))
    one = loaded(tmp_path / "a.csv", text, rows=5_000)
    profile = next(profile for profile in one.profiles if profile.name == "x")
    assert one.split.rows == 120_000
    assert one.split.looked_at == 5_000 == len(one.sample)
    assert not one.sample.whole
    assert (np.diff(one.sample.rows) > 0).all()
    np.testing.assert_array_equal(one.sample.columns[0].values, values[one.sample.rows])
    np.testing.assert_array_equal(one.sample.target.codes, one.sample.rows % 3)
    assert profile.count == 120_000
    assert profile.mean == pytest.approx(values.mean(), abs=1e-9)
    assert profile.max == values.max()
    assert 0.45 < np.mean(one.sample.rows < 60_000) < 0.55


def test_a_type_that_only_later_rows_show_is_found(tmp_path):
    text = "x,y\n" + "".join(f"{at % 9},{at % 2}\n" for at in range(60_000)) + "".join(
        f"word{at % 9},{at % 2}\n" for at in range(60_000)
    )  # fmt: skip
    one = loaded(tmp_path / "a.csv", text, rows=10_000)
    profile = next(profile for profile in one.profiles if profile.name == "x")
    assert profile.type is one.sample.columns[0].type is ColumnType.CATEGORY
    assert profile.count == 120_000
    assert profile.distinct == 18


def test_a_class_outside_the_sample_is_known(tmp_path):
    text = "x,y\n" + "".join(f"{at % 9},{'rare' if at == 7 else 'ab'[at % 2]}\n" for at in range(60_000))
    one = loaded(tmp_path / "a.csv", text, rows=100)
    assert one.split.classes == ("a", "b", "rare")


@pytest.mark.parametrize(
    ("labels", "kind"), [(("0", "1"), np.int64), (("0", ""), object), (("0.5", "1.5"), np.float64)]
)
def test_whole_numbers_of_a_target_are_given_as_such(tmp_path, labels, kind):
    one = loaded(tmp_path / "a.csv", "x,y\n" + "".join(f"{at / 7},{labels[at % 2]}\n" for at in range(40)))
    assert one.sample.target.as_given.dtype == kind
