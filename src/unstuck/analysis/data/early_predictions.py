"""What a small network predicts for each training example before it has memorised the labels.

A network learns what most examples agree on first, and wrong labels later (Arpit et al., 2017): the probability of the
given label, averaged over the first epochs, is low where the label is wrong.

Shapes: *n* examples, *d* features, *K* classes, *h* hidden units, *b* examples of a batch.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.sample import Array

HIDDEN = 96
EPOCHS = 24
FEWEST = 3
"""epochs, however fast the network learns"""
LARGEST = 4.0
"""standardised features are cut off there, so that outliers do not lead"""
RATE = 2e-3
STEPS = 6_000
"""updates of the whole training, about: of large data fewer epochs"""


class _Network:
    """One hidden layer of ReLU units, softmax, Adam."""

    def __init__(self, width: int, classes: int, random: np.random.Generator) -> None:
        self.weights = [
            (random.standard_normal((width, HIDDEN)) * np.sqrt(2.0 / max(1, width))).astype(np.float32),
            np.zeros(HIDDEN, np.float32),
            (random.standard_normal((HIDDEN, classes)) * np.sqrt(1.0 / HIDDEN)).astype(np.float32),
            np.zeros(classes, np.float32),
        ]
        self.first = [np.zeros_like(one) for one in self.weights]
        self.second = [np.zeros_like(one) for one in self.weights]
        self.steps = 0

    def probabilities(self, x: Array) -> tuple[Array, Array]:
        """Of the classes (b, K), and the hidden units (b, h)."""
        hidden = np.maximum(x @ self.weights[0] + self.weights[1], 0)
        logits = hidden @ self.weights[2] + self.weights[3]
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits, hidden

    def update(self, x: Array, y: Array) -> None:
        """One step of Adam on a batch."""
        delta, hidden = self.probabilities(x)
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        back = (delta @ self.weights[2].T) * (hidden > 0)
        gradients = (x.T @ back, back.sum(axis=0), hidden.T @ delta, delta.sum(axis=0))
        self.steps += 1
        rate = RATE * np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for weight, gradient, first, second in zip(self.weights, gradients, self.first, self.second, strict=True):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient * gradient - second)
            weight -= (rate * first / (np.sqrt(second) + 1e-7)).astype(np.float32)


def early_probabilities(
    standardised: Array, codes: Array, classes: int, *, enough: float = 1.0, seed: int = 0
) -> Array:
    """The mean probability of each class over the first epochs of one training. (n, K)

    Args:
        standardised: (n, d) features.
        codes: (n,) the labels as given.
        classes: their number.
        enough: share of the neighbours that share the label; once the training accuracy exceeds it, labels begin to
            be memorised, and the training ends.
        seed: of weights and batches.
    """
    random = np.random.default_rng(seed)
    x = np.clip(standardised, -LARGEST, LARGEST).astype(np.float32)
    n = len(x)
    batch = 32 if n <= 8_000 else 64 if n <= 16_000 else 256
    epochs = int(np.clip(STEPS * batch // max(1, n), FEWEST, EPOCHS))
    network = _Network(x.shape[1], classes, random)
    total = np.zeros((n, classes))
    done = 0
    while done < epochs:
        order = random.permutation(n)
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            network.update(x[rows], codes[rows])
        now = _all_probabilities(network, x)
        total += now
        done += 1
        if done >= FEWEST and np.mean(now.argmax(axis=1) == codes) > enough:
            break
    return total / done


def _all_probabilities(network: _Network, x: Array) -> Array:
    return np.concatenate([network.probabilities(x[at : at + 8_192])[0] for at in range(0, len(x), 8_192)])
