"""Numbers per token and per sequence equal a hand computation, torchmetrics and sacrebleu."""

import numpy as np
import pytest

from unstuck.core.errors import UsageError
from unstuck.evaluate.sequences import sequence_scores


def test_numbers_per_token_and_per_sequence_are_those_of_a_hand_computation():
    logs = [np.log([[0.5, 0.5 - 1e-9], [0.25, 0.75]]), np.log([[0.2, 0.8]])]
    found = sequence_scores(logs, [np.array([0, 0]), np.array([1])])
    assert (found.tokens, found.token_accuracy, found.sequence_accuracy) == (3, pytest.approx(2 / 3), 0.5)
    assert found.log_loss == pytest.approx(-(np.log(0.5) + np.log(0.25) + np.log(0.8)) / 3)
    assert found.perplexity == pytest.approx((1 / (0.5 * 0.25 * 0.8)) ** (1 / 3))


def test_bleu_and_chrf_are_those_of_sacrebleu_in_each_bin_of_lengths():
    sacrebleu = pytest.importorskip("sacrebleu")
    made = ["a man walks on the long road ."] * 10 + ["two dogs play in the snow with a ball ."] * 10
    wanted = ["a man walks on the road ."] * 10 + ["two dogs are playing in the snow with a ball ."] * 10
    logs, labels = [np.log(np.full((2, 2), 0.5))] * 20, [np.array([0, 1])] * 20
    found = sequence_scores(logs, labels, translations=made, references=wanted, lengths=[7] * 10 + [11] * 10)
    assert found.bleu == sacrebleu.corpus_bleu(made, [wanted], tokenize="none", force=True).score
    assert [(one.low, one.high, one.sentences) for one in found.by_length] == [(7, 7, 10), (11, 11, 10)]
    assert found.by_length[1].chrf == sacrebleu.corpus_chrf(made[10:], [wanted[10:]]).score
    assert found.figure().y.label == "BLEU"


def test_other_numbers_of_sequences_or_positions_are_refused():
    with pytest.raises(UsageError, match="2 sequences, and labels of 1"):
        sequence_scores([np.zeros((1, 2))] * 2, [np.array([0])])
    with pytest.raises(UsageError, match="Sequence 0 has scores of 1 positions, and 2 labels"):
        sequence_scores([np.zeros((1, 2))], [np.array([0, 1])])


@pytest.mark.slow
def test_perplexity_and_metrics_of_classes_are_those_of_torchmetrics():
    torchmetrics = pytest.importorskip("torchmetrics")
    import torch

    from unstuck.analysis.model.metrics import Scorer
    from unstuck.analysis.model.outputs import Given, predictions_of

    random = np.random.default_rng(0)
    logits, truth = random.normal(size=(300, 4)), random.integers(0, 4, 300)
    logs = torch.log_softmax(torch.tensor(logits), dim=1)
    found = sequence_scores([logs[:200].numpy(), logs[200:].numpy()], [truth[:200], truth[200:]])
    from torchmetrics.functional.text import perplexity

    assert found.perplexity == pytest.approx(float(perplexity(logs[None], torch.tensor(truth)[None])), rel=1e-6)
    given = predictions_of(logits, Given(truth=truth, classes=None, task=None, scale="logits", seed=0))
    metrics, ones = Scorer(given, 1).metrics, np.ones(300)
    functional, labels, scores = torchmetrics.functional, torch.tensor(truth), logs.exp()
    macro = {"num_classes": 4, "average": "macro"}
    expected = {
        "accuracy": functional.classification.multiclass_accuracy(scores, labels, num_classes=4, average="micro"),
        "balanced_accuracy": functional.classification.multiclass_recall(scores, labels, **macro),
        "precision": functional.classification.multiclass_precision(scores, labels, **macro),
        "f1": functional.classification.multiclass_f1_score(scores, labels, **macro),
        "auroc": functional.classification.multiclass_auroc(scores, labels, **macro),
        "average_precision": functional.classification.multiclass_average_precision(scores, labels, **macro),
    }
    for name, value in expected.items():
        assert metrics[name](ones) == pytest.approx(float(value), abs=1e-6), name
