"""Every kind of source gives the same examples."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

import numpy as np
import pandas
import polars
import pytest
from PIL import Image
from sklearn import datasets as bunches

from unstuck.analysis.data.measure import silent
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.core.data_types import ColumnType, Form, Task

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y = np.arange(60) % 3
FRAME = polars.DataFrame({"a": X[:, 0], "b": X[:, 1], "kind": [f"k{at % 4}" for at in range(60)], "y": Y})
PIXELS = RANDOM.integers(0, 255, (24, 12, 10, 3), dtype=np.uint8)


def loaded(source, **options):
    return read({"train": source}, AuditSettings(**options), silent)


def only(source, **options):
    (one,) = loaded(source, **options)
    return one


WRITERS = {
    "a.csv": FRAME.write_csv,
    "a.tsv": lambda path: FRAME.write_csv(path, separator="\t"),
    "a.parquet": FRAME.write_parquet,
    "a.feather": FRAME.write_ipc,
    "a.arrow": FRAME.write_ipc,
    "a.jsonl": FRAME.write_ndjson,
    "a.json": lambda path: path.write_text(json.dumps(FRAME.to_dicts())),
    "b.json": lambda path: path.write_text(json.dumps(FRAME.to_dict(as_series=False))),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_is_read_from_every_format(tmp_path, name):
    WRITERS[name](tmp_path / name)
    the_same(only(str(tmp_path / name), target=("y",)))


def the_same(one):
    assert [column.name for column in one.sample.columns] == ["a", "b", "kind"]
    assert [column.type for column in one.sample.columns] == [ColumnType.NUMBER, ColumnType.NUMBER, ColumnType.CATEGORY]
    np.testing.assert_allclose(one.sample.columns[0].values, X[:, 0])
    assert one.sample.columns[2].values[5] == "k1"
    assert one.split.classes == ("0", "1", "2")
    np.testing.assert_array_equal(one.sample.target.codes, Y)
    assert one.split.rows == 60
    assert {profile.name for profile in one.profiles} == {"a", "b", "kind", "y"}


@pytest.mark.parametrize(
    "frame",
    [FRAME, FRAME.lazy(), FRAME.to_pandas(), FRAME.to_arrow(),
     FRAME.with_columns(polars.col("kind").cast(polars.Categorical)),
     {name: FRAME[name].to_list() for name in FRAME.columns}],
    ids=["polars", "lazy", "pandas", "arrow", "categories", "dict"],
)  # fmt: skip
def test_a_frame_is_read(frame):
    the_same(only(frame, target=("y",)))


@pytest.mark.parametrize("kind", ["pandas", "polars", "series", "list"])
def test_labels_may_stand_beside_a_frame(kind):
    inputs = {"pandas": FRAME.to_pandas()[["a", "b"]], "polars": FRAME[["a", "b"]]}.get(kind, FRAME.to_pandas()[["a"]])
    labels = {"series": pandas.Series(Y, name="grade"), "list": Y.tolist()}.get(kind, Y)
    one = only((inputs, labels))
    assert one.split.classes == ("0", "1", "2")
    assert one.split.target == ("grade" if kind == "series" else "target")
    np.testing.assert_array_equal(one.sample.target.codes, Y)


def test_types_of_pandas_are_read():
    frame = pandas.DataFrame({
        "when": pandas.to_datetime(["2024-01-01", None, "2024-01-03"] * 10),
        "flag": [True, False, None] * 10,
        "count": pandas.array([1, None, 3] * 10, dtype="Int64"),
        "kind": pandas.Categorical(["u", "v", None] * 10),
        "y": [0.5, 1.5, 2.5] * 10,
    })  # fmt: skip
    one = only(frame, target=("y",))
    assert [str(column.type) for column in one.sample.columns] == ["time", "category", "number", "category"]
    assert [int(column.missing.sum()) for column in one.sample.columns] == [10] * 4
    assert one.sample.columns[0].values[2] - one.sample.columns[0].values[0] == 2 * 86400
    assert one.split.task is Task.REGRESSION


def test_arrays_in_memory_are_read():
    one = only((X, Y))
    assert [column.name for column in one.sample.columns] == ["x0", "x1", "x2"]
    assert one.split.shape == ()


def test_npz_keys_are_splits(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=PIXELS[:16], y_train=Y[:16], x_test=PIXELS[16:], y_test=Y[16:24])
    train, test = loaded(str(tmp_path / "a.npz"))
    assert (train.split.name, test.split.name) == ("train", "test")
    assert train.split.form is Form.IMAGE
    assert train.split.shape == (12, 10, 3)
    np.testing.assert_array_equal(test.sample.images.load(0), PIXELS[16])


def test_npz_holds_one_split_and_npy_a_table(tmp_path):
    np.savez(tmp_path / "a.npz", X=X, y=Y)
    assert only(str(tmp_path / "a.npz")).split.classes == ("0", "1", "2")
    np.save(tmp_path / "a.npy", np.column_stack([X, Y]))
    assert only(str(tmp_path / "a.npy"), target=("-1",)).split.target == "column_4"
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    assert only(str(tmp_path / "x.npy"), target=(str(tmp_path / "y.npy"),)).split.classes == ("0", "1", "2")


def image_folder(folder, at=range(24)):
    for number in at:
        place = folder / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PIXELS[number]).save(place / f"{number:03}.png")


def test_an_image_folder_has_a_class_for_each_folder(tmp_path):
    image_folder(tmp_path)
    (tmp_path / "loose.png").write_bytes((tmp_path / "a" / "000.png").read_bytes())
    one = only(str(tmp_path))
    assert one.split.classes == ("a", "b")
    assert one.sample.names[0] == "a/000.png"
    assert one.sample.unlabelled_files == ("loose.png",)
    np.testing.assert_array_equal(one.sample.images.load(1), PIXELS[2])


def test_folders_called_after_splits_are_splits(tmp_path):
    image_folder(tmp_path / "train", range(16))
    image_folder(tmp_path / "test", range(16, 24))
    train, test = loaded(str(tmp_path))
    assert (train.split.name, train.split.rows, test.split.name, test.split.rows) == ("train", 16, "test", 8)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in sorted(tmp_path.rglob("*.png")):
            archive.write(file, file.relative_to(tmp_path))
    zipped = loaded(str(tmp_path / "all.zip"))
    assert [one.split.rows for one in zipped] == [16, 8]
    np.testing.assert_array_equal(zipped[1].sample.images.load(0), test.sample.images.load(0))


def test_a_table_may_name_images(tmp_path):
    image_folder(tmp_path / "images")
    rows = "".join(f"images/{'ab'[at % 2]}/{at:03}.png,{at / 7:.4},{at % 3}\n" for at in range(24))
    (tmp_path / "a.csv").write_text("file,age,y\n" + rows)
    one = only(str(tmp_path / "a.csv"), target=("y",))
    assert one.split.form is Form.IMAGE
    assert [column.name for column in one.sample.columns] == ["age"]
    np.testing.assert_array_equal(one.sample.images.load(3), PIXELS[3])


@pytest.mark.parametrize(("named", "unlabelled"), [(24, 0), (22, 2), (12, 0)], ids=["all", "most", "half"])
def test_images_that_no_row_names_have_no_label(tmp_path, named, unlabelled):
    image_folder(tmp_path / "images")
    files = [f"images/{'ab'[at % 2]}/{at:03}.png" for at in range(24)]
    (tmp_path / "a.csv").write_text("file,y\n" + "".join(f"{file},{at % 3}\n" for at, file in enumerate(files[:named])))
    assert only(str(tmp_path / "a.csv"), target=("y",)).sample.unlabelled_files == tuple(files[named:][:unlabelled])


def test_images_that_another_split_names_have_a_label(tmp_path):
    image_folder(tmp_path / "images")
    files = [f"images/{'ab'[at % 2]}/{at:03}.png" for at in range(24)]
    for name, some in (("train", range(22)), ("test", range(22, 23))):
        (tmp_path / f"{name}.csv").write_text("file,y\n" + "".join(f"{files[at]},{at % 3}\n" for at in some))
    splits = {name: str(tmp_path / f"{name}.csv") for name in ("train", "test")}
    train, test = read(splits, AuditSettings(target=("y",)), silent)
    assert (train.sample.unlabelled_files, test.sample.unlabelled_files) == ((files[23],), ())


@pytest.mark.parametrize("packed", [False, True])
def test_texts_lie_in_a_folder_for_each_class(tmp_path, packed):
    for number in range(10):
        place = tmp_path / "reviews" / ("neg" if number % 2 else "pos")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").write_text(f"this is review {number}")
    path = tmp_path / "reviews"
    if packed:
        with tarfile.open(tmp_path / "r.tar.gz", "w:gz") as archive:
            archive.add(path, "reviews")
        path = tmp_path / "r.tar.gz"
    one = only(str(path))
    assert one.split.form is Form.TEXT
    assert one.split.classes == ("neg", "pos")
    assert one.sample.texts[0] == "this is review 1"


def test_a_text_file_holds_one_text_in_each_line(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"a sentence, which is number {at}\n" for at in range(30)))
    (tmp_path / "b.txt").write_text("".join(f"{'pos' if at % 2 else 'neg'}\n" for at in range(30)))
    one = only(str(tmp_path / "a.txt"), target=(str(tmp_path / "b.txt"),))
    assert one.split.form is Form.TEXT
    assert one.split.classes == ("neg", "pos")
    assert one.sample.texts[29] == "a sentence, which is number 29"


def test_a_table_of_texts_is_texts(tmp_path):
    rows = [(f"a sentence, which has the number {at}", at % 2) for at in range(40)]
    polars.DataFrame(rows, schema=["text", "label"], orient="row").write_csv(tmp_path / "a.csv")
    one = only(str(tmp_path / "a.csv"))
    assert one.split.form is Form.TEXT
    assert one.sample.texts[3] == rows[3][0]


def test_tables_called_after_splits_are_splits(tmp_path):
    FRAME[:40].write_csv(tmp_path / "train.csv")
    FRAME[40:].write_csv(tmp_path / "test.csv")
    assert [one.split.rows for one in loaded(str(tmp_path), target=("y",))] == [40, 20]


@pytest.mark.parametrize(
    ("name", "form", "task"),
    [("digits", Form.IMAGE, Task.MULTI_CLASS), ("iris", Form.TABLE, Task.MULTI_CLASS),
     ("breast_cancer", Form.TABLE, Task.BINARY), ("diabetes", Form.TABLE, Task.REGRESSION)],
)  # fmt: skip
def test_bunches_are_read(name, form, task):
    bunch = getattr(bunches, f"load_{name}")()
    one = only(bunch)
    assert (one.split.form, one.split.task) == (form, task)
    assert one.split.rows == len(bunch.data)
    if name == "iris":
        assert one.split.classes == ("setosa", "versicolor", "virginica")
        assert one.sample.columns[0].name == "sepal length (cm)"
        np.testing.assert_array_equal(one.sample.target.codes, bunch.target)


def test_a_module_names_a_function_of_a_bunch():
    assert only("sklearn.datasets:load_wine").split.rows == 178


def test_sequences_of_different_lengths_are_padded():
    items = [(np.arange(100, 100 + at % 9 + 8), at % 2) for at in range(40)]
    one = only(iter(items), form=Form.TOKENS)
    assert one.sample.tokens.shape == (40, 16)
    assert one.sample.tokens[0].tolist() == [*range(100, 108), *[0] * 8]


def test_padded_whole_numbers_are_tokens():
    lengths = RANDOM.integers(5, 12, 50)
    tokens = np.where(np.arange(12) < lengths[:, None], RANDOM.integers(1, 500, (50, 12)), 0)
    assert only((tokens, Y[:50])).split.form is Form.TOKENS
    assert only((tokens, Y[:50]), form=Form.TABLE).split.form is Form.TABLE
    assert only((RANDOM.integers(0, 500, (50, 12)), Y[:50])).split.form is Form.TABLE


@pytest.mark.parametrize(
    ("shape", "form", "stored"),
    [((12, 10), Form.IMAGE, (12, 10, 1)), ((12, 10, 3), Form.IMAGE, (12, 10, 3)),
     ((3, 12, 10), Form.IMAGE, (12, 10, 3)),
     ((1, 28, 28), Form.IMAGE, (28, 28, 1)), ((3, 224, 3), Form.IMAGE, None), ((50, 2), Form.TABLE, None)],
)  # fmt: skip
def test_the_axis_of_the_channels_is_found(shape, form, stored):
    one = only((RANDOM.random((30, *shape)), Y[:30]))
    assert one.split.form is form
    if form is Form.IMAGE:
        assert one.split.shape == shape
    if stored:
        assert one.sample.images.load(0).shape == stored


def test_one_hot_labels_are_classes_and_stay_as_given():
    one = only((X, np.eye(3)[Y]))
    assert one.split.task is Task.MULTI_CLASS
    np.testing.assert_array_equal(one.sample.target.codes, Y)
    assert one.sample.target.as_given.shape == (60, 3)


def test_several_labels_are_read():
    labels = (RANDOM.random((60, 4)) < 0.4).astype(int)
    one = only((X, labels))
    assert one.split.task is Task.MULTI_LABEL
    assert len(one.split.classes) == 4
    np.testing.assert_array_equal(one.sample.target.values, labels)


def test_pairs_of_pairs_are_training_and_test():
    train, test = loaded(((X[:40], Y[:40]), (X[40:], Y[40:])))
    assert (train.split.rows, test.split.rows, test.split.name) == (40, 20, "test")


def test_a_module_beside_the_working_folder_is_found(tmp_path, monkeypatch):
    script = "import numpy as np\ndef make():\n    return np.eye(5), [0, 1, 0, 1, 0]\n"
    (tmp_path / "own_data_of_test.py").write_text(script)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", __import__("sys").path[:])
    assert only("own_data_of_test:make").split.rows == 5


def test_image_bytes_are_not_read_before_they_are_asked_for(tmp_path):
    image_folder(tmp_path)
    (tmp_path / "a" / "002.png").write_bytes(b"nothing")
    one = only(str(tmp_path))
    broken = [type(image).__name__ == "UnreadableImage" for image in one.sample.images]
    assert broken.count(True) == 1


def test_pictures_of_pillow_in_a_list_of_pairs():
    buffer = io.BytesIO()
    Image.fromarray(PIXELS[0]).save(buffer, "PNG")
    items = [(Image.fromarray(PIXELS[at][: 8 + at % 3]), "cat" if at % 2 else "dog") for at in range(24)]
    one = only(iter(items))
    assert one.split.form is Form.IMAGE
    assert one.split.classes == ("cat", "dog")
    assert one.sample.images.load(1).shape == (9, 10, 3)
