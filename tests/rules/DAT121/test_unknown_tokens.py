"""DAT121 of a run, which sees numbers instead of words."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.data_types import Form
from unstuck.record.events import Model, ModuleFacts
from unstuck.record.events.data.sequences import UnknownTokens as Measured
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.unknown_tokens import UnknownTokens
from unstuck.testing import synthetic


@pytest.mark.parametrize(("share", "training", "fires"), [(0.1, None, 1), (0.1, 0, 0), (0.3, 0, 1)])
def test_a_run_needs_more(tmp_path, share, training, fires):
    split = Split(id=0, name="train", rows=400, form=Form.TOKENS, shape=(24,), training=training)
    event = Measured(split=0, token="1", share=share, looked_at=5000, rows=(3,))
    view = datasets(synthetic.data_record(tmp_path, [split], [event]))[0]
    assert len(list(UnknownTokens().check(view))) == fires


@pytest.mark.parametrize(("used", "words", "fires"), [(4, 40, 1), (20, 40, 0), (4, None, 0), (60, None, 1)])
def test_of_few_tokens_the_embedding_must_have_many_more(tmp_path, used, words, fires):
    split = Split(id=0, name="train", rows=400, form=Form.TOKENS, shape=(24,), training=0)
    event = Measured(split=0, token="1", share=0.8, looked_at=5000, used=used, largest=used - 1)
    embedding = ModuleFacts(name="embed", class_name="Embedding", settings={"num_embeddings": words})
    record = synthetic.data_record(tmp_path, [split], [event, Model(id=1, modules=(embedding,) if words else ())])
    assert len(list(UnknownTokens().check(datasets(record)[0]))) == fires


@pytest.mark.parametrize(("empty", "fires"), [(0.3, 0), (0.97, 1), (None, 0)])
def test_words_of_a_frozen_embedding_without_a_vector(tmp_path, empty, fires):
    facts = {"id": 7, "name": "embed.weight", "layer": "embed", "shape": (802, 32), "requires_grad": False}
    record = synthetic.record(tmp_path, loss=[1.0] * 50, model={"parameters": [{**facts, "empty_rows": empty}]})
    found = list(UnknownTokens().check(TrainingView(record, trainings(record)[0])))
    assert len(found) == fires
    assert len(found) == 0 or "97 % of the 802 words of the frozen embedding `embed`" in found[0].message


@pytest.mark.parametrize(("known", "fires"), [(0.7, 1), (1.0, 0)])
def test_texts_of_an_audit(tmp_path, known, fires):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    words = [[f"topic{2 * one + kind}" for one in random.integers(0, 40, 10)] for kind in y]
    words = [[*some, *(f"word{min(one, 500)}" for one in random.geometric(0.01, 30))] for some in words]
    words = [[word if random.random() < known else "<unk>" for word in some] for some in words]
    texts = np.array([" ".join(random.permutation(some)) for some in words], dtype=object)
    found = unstuck.audit(texts, y, dir=tmp_path, form="text").diagnose().findings
    told = [one.finding.message for one in found if one.finding.code == "DAT121"]
    assert len(told) == fires
    assert all("30 % of the words are unknown (`<unk>`, 16,000 words)" in one for one in told)
