"""Batches of which only the keys are known: passes, sets, widths."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.ledger.passed import passed
from unstuck.analysis.ledger.unknown_sources import comes_back, sets_of
from unstuck.analysis.ledger.visits import Ledger, visits_of
from unstuck.analysis.ledger.widths import of_one_width
from unstuck.record.ledger import Batch, Phase, Source
from unstuck.watch.torch.ledger.rounds import Rounds

UNKNOWN = Source(id=0, what="batches")


def batch(keys, turn=0, phase=Phase.TRAINING, labels=None):
    keys = np.array(keys)
    labels = keys % 2 if labels is None else np.array(labels)
    return Batch(source=0, phase=phase, round=turn, size=len(keys), keys=keys, labels=labels)


def trained(*batches):
    ledger = Ledger.of([UNKNOWN, *batches])
    return passed(ledger, visits_of(ledger, ledger.batches), 0, Phase.TRAINING)


def epochs(*parts):
    return [batch(part, turn) for turn, part in enumerate(parts)]


def test_a_pass_ends_where_half_of_a_batch_was_seen():
    rounds = Rounds()
    assert [rounds.of(0, keys) for keys in ([1, 2], [3, 4], [3, 1], [2, 4], [5, 6], [5, 2])] == [0, 0, 1, 1, 1, 2]


def test_a_batch_that_is_used_again_at_once_begins_no_pass():
    rounds = Rounds()
    assert [rounds.of(0, keys) for keys in ([1, 2], [2, 1], [3, 4], [1, 2])] == [0, 0, 0, 1]
    assert rounds.of(1, [1, 2]) == 0


def test_after_a_pause_another_pass_begins():
    rounds = Rounds()
    assert rounds.of(0, [1, 2]) == 0
    rounds.after_pause()
    assert [rounds.of(0, [3, 4]), rounds.of(0, [1, 3])] == [1, 2]


@pytest.mark.parametrize(("parts", "back"), [
    pytest.param([range(10), range(10), range(10)], True, id="a data set"),
    pytest.param([range(10), range(10, 20), range(20, 30)], False, id="a stream"),
    pytest.param([range(10), range(10), range(10, 20), range(10, 20)], False, id="a store that is filled anew"),
    pytest.param([[*range(5), *range(5 + 5 * at, 10 + 5 * at)] for at in range(6)], False, id="half of it made anew"),
])  # fmt: skip
def test_a_data_set_comes_back(parts, back):
    assert comes_back(trained(*epochs(*parts))) is back


def test_labels_that_change_at_each_visit_are_none_of_a_data_set():
    changing = [batch(range(10), turn, labels=np.arange(10) + turn) for turn in range(3)]
    once = [Batch(source=0, phase=one.phase, round=one.round, size=10, keys=one.keys) for one in changing]
    assert comes_back(trained(*once))
    assert not comes_back(trained(*changing))


def test_a_batch_that_is_used_twice_holds_no_copies():
    twice = [one for turn in range(3) for part in (range(4), range(4, 8)) for one in [batch(part, turn)] * 2]
    assert len(trained(*twice)) == 8


def held_out(*evaluations):
    return visits_of(
        Ledger.of([UNKNOWN]), [batch(part, turn, Phase.EVALUATION) for turn, one in enumerate(evaluations)
                               for part in one],
    )  # fmt: skip


def sizes(*evaluations):
    return [len(np.unique(one.key)) for one in sets_of(held_out(*evaluations))]


def test_a_test_after_all_of_the_validation_set_is_a_set_of_its_own():
    valid, test = [range(5), range(5, 10)], [range(20, 25), range(25, 28)]
    assert sizes(valid, valid, [*valid, *test]) == [10, 8]
    assert sizes(valid, valid, test) == [10, 8]
    assert sizes([*valid, *test], [*valid, *test]) == [18]


def test_parts_that_are_drawn_anew_are_one_set():
    assert sizes(*([range(5 * at, 5 * at + 5)] for at in range(8))) == [40]
    assert sizes([range(10), range(10, 20)], [range(10), range(20, 30)]) == [30]


def tokens(*rows, labels=None):
    return Batch(source=0, phase=Phase.TRAINING, size=len(rows), inputs=np.array(rows), labels=labels)


def test_tokens_are_padded_to_the_longest_of_all_with_what_pads_them():
    short = tokens([1, 2, 9, 9], [3, 9, 9, 9], [4, 5, 6, 7], [5, 6, 7, 9])
    wide = tokens([1, 2, 3, 4, 5, 6], [1, 2, 3, 9, 9, 9])
    found = of_one_width([short, wide])
    assert found[0].inputs.tolist()[0] == [1, 2, 9, 9, 9, 9]
    assert found[1].inputs is wide.inputs or (found[1].inputs == wide.inputs).all()


def test_tags_are_padded_beside_their_tokens_and_one_width_stays():
    short = tokens([1, 2], [3, 4], labels=np.array([[0, 1], [1, 1]]))
    found = of_one_width([short, tokens([1, 2, 3])])
    assert found[0].inputs.tolist() == [[1, 2, 0], [3, 4, 0]]
    assert found[0].labels.tolist() == [[0, 1, -100], [1, 1, -100]]
    assert of_one_width([short]) == (short,)
