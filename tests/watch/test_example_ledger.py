"""What the ledger says went through the network, against the program's own data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unstuck.analysis.ledger.splits import splits_of
from unstuck.analysis.ledger.visits import Ledger
from unstuck.record.ledger import Batch, Phase, Source, entries
from unstuck.testing.warm import Warm

FOLDER = Path(__file__).parents[1] / "programs" / "ledger"
NAMES = {
    "arrays": {"X", "X_test"}, "bare_tensors": {"x"}, "dictionary_batches": {"train_loader", "test_loader"},
    "equal_rows": {"X_train", "X_test"}, "loader_with_workers": {"train_loader", "val_loader"},
    "permuted_index": {"X_train", "X_test"}, "slices": {"X_train", "X_test"}, "two_losses": {"X_train", "X_test"},
}  # fmt: skip
"""program → what it calls the sources of its batches"""
NOT_EVALUATED = {"bare_tensors"}
LINES = {
    ("arrays", "X"): "self.loss(self.X[rows]", ("arrays", "X_test"): "return self.loss(self.X_test",
    ("bare_tensors", "x"): "cross_entropy(x[start : start + 60] @ weight",
    ("dictionary_batches", "train_loader"): "train_loader = DataLoader",
    ("dictionary_batches", "test_loader"): "test_loader = DataLoader",
    ("equal_rows", "X_train"): "model(X_train[order[start : start + 30]])", ("equal_rows", "X_test"): "model(X_test)",
    ("loader_with_workers", "train_loader"): "train_loader = DataLoader",
    ("loader_with_workers", "val_loader"): "val_loader = DataLoader",
    ("permuted_index", "X_train"): "model(X_train[batch])", ("permuted_index", "X_test"): "model(X_test)",
    ("slices", "X_train"): "model(X_train[start : start + 40])", ("slices", "X_test"): "evaluate(X_test, y_test)",
    ("two_losses", "X_train"): "image, scores = model(x)", ("two_losses", "X_test"): "image, scores = model(X_test)",
}
"""(program, source) → what stands in the line through which its data enter the loop"""


@pytest.fixture(scope="module", params=NAMES)
def seen(request, warm: Warm, tmp_path_factory: pytest.TempPathFactory):
    ran = warm.run(FOLDER / f"{request.param}.py", tmp_path_factory.mktemp("ledger"), keep_ledger=True)
    assert ran.returncode == 0, ran.stderr
    assert not [e for part in ran.record.parts for e in part.events if "ailure" in e.kind]
    with np.load(ran.directory / "scratch" / "truth.npz") as truth:
        return request.param, dict(truth), list(entries((ran.directory / "ledger").read_bytes()))


def batches(found, phase):
    return [entry for entry in found if isinstance(entry, Batch) and entry.phase is phase]


def test_every_example_is_there_with_its_position_label_and_input(seen):
    name, truth, found = seen
    sources = {entry.id: entry.name for entry in found if isinstance(entry, Source)}
    assert {sources[entry.source] for entry in found if isinstance(entry, Batch)} == NAMES[name]
    for phase, part in ((Phase.TRAINING, "train"), (Phase.EVALUATION, "test")):
        some = batches(found, phase)
        if phase is Phase.EVALUATION and name in NOT_EVALUATED:
            assert not some
            continue
        inputs, labels = truth[part], truth[f"{part}_labels"]
        rows = np.concatenate([entry.rows for entry in some])
        assert set(rows.tolist()) == set(range(len(labels)))
        assert np.array_equal(np.concatenate([entry.labels for entry in some]).reshape(-1), labels[rows])
        kept: list[int] = []
        for entry in some:
            if entry.inputs is not None:
                at = entry.rows if entry.kept is None else entry.rows[entry.kept]
                assert np.array_equal(entry.inputs, inputs[at])
                kept += at.tolist()
        assert set(kept) == set(range(len(labels)))  # some a second time, to see whether they come back changed


def test_a_source_has_the_line_through_which_its_data_enter_the_loop(seen):
    name, _, found = seen
    used = {entry.source for entry in found if isinstance(entry, Batch)}
    for source in (entry for entry in found if isinstance(entry, Source) and entry.id in used):
        assert Path(source.file) == FOLDER / f"{name}.py"
        assert LINES[name, source.name] in (FOLDER / f"{name}.py").read_text().splitlines()[source.line - 1]


def test_examples_of_equal_content_and_no_others_have_equal_keys(seen):
    _, truth, found = seen
    keys = {}
    for phase, part in ((Phase.TRAINING, "train"), (Phase.EVALUATION, "test")):
        for entry in batches(found, phase):
            for row, key in zip(entry.rows.tolist(), () if entry.keys is None else entry.keys.tolist(), strict=False):
                assert keys.setdefault(truth[part][row].tobytes(), key) == key
    assert len(set(keys.values())) == len(keys)


def test_outputs_are_one_row_an_example(seen):
    name, _, found = seen
    for entry in batches(found, Phase.TRAINING):
        assert entry.outputs.shape == (entry.size, 10)
        if entry.loss is not None:
            shifted = entry.outputs - entry.outputs.max(1, keepdims=True)
            log = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
            assert -log[np.arange(entry.size), entry.labels].mean() == pytest.approx(entry.loss, rel=1e-4), name


def test_a_pass_over_the_held_out_data_is_one_round(seen):
    name, truth, found = seen
    rounds: dict[int, int] = {}
    for entry in batches(found, Phase.EVALUATION):
        rounds[entry.round] = rounds.get(entry.round, 0) + entry.size
    assert set(rounds.values()) <= {len(truth["test_labels"])}, name


def test_places_in_the_batch_are_no_labels(warm: Warm, tmp_path: Path):
    ran = warm.run(FOLDER / "contrastive.py", tmp_path, keep_ledger=True)
    assert ran.returncode == 0, ran.stderr
    some = batches(list(entries((ran.directory / "ledger").read_bytes())), Phase.TRAINING)
    assert some
    assert all(entry.labels is None and entry.loss is not None for entry in some)


def splits(warm: Warm, name: str, folder: Path):
    ran = warm.run(FOLDER / f"{name}.py", folder, keep_ledger=True)
    assert ran.returncode == 0, ran.stderr
    return splits_of(Ledger.of(entries((ran.directory / "ledger").read_bytes())))


def test_sequences_padded_batch_by_batch_are_examples_of_one_width_and_held_out_sets_are_told_apart(
    warm: Warm, tmp_path: Path
):
    found = splits(warm, "padded_lists", tmp_path)
    assert [len(one) for one in (found.train, *found.held_out)] == [200, 120, 90]
    assert found.train.inputs.shape == (200, 12)
    assert all(one.has_input.all() for one in (found.train, *found.held_out))
    known = {tuple(row) for row in found.train.inputs.tolist()}
    copies = [tuple(row) in known for row in found.held_out[1].inputs.tolist()]
    assert copies == [True] * 30 + [False] * 60


def test_slices_in_a_variable_of_a_loop_are_rows_of_the_whole(warm: Warm, tmp_path: Path):
    found = splits(warm, "variable_of_slices", tmp_path)
    assert found.names == ("training data", "X_test")
    assert found.held_out[0].located
    assert len(found.held_out[0]) == found.held_out[0].size
