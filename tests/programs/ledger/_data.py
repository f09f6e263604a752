"""The data of these programs, and the truth that their test compares with."""
import numpy as np
from sklearn.datasets import load_digits


def split(images=False):
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    inputs = (digits.images[:, None] if images else digits.data)[order].astype(np.float32) / 16
    labels = digits.target[order]
    parts = inputs[:600], labels[:600], inputs[600:800], labels[600:800]
    np.savez("truth.npz", **dict(zip(("train", "train_labels", "test", "test_labels"), parts, strict=True)))
    return parts


def repeated():
    """The same, with every tenth training row a copy of the one before it."""
    train, train_labels, test, test_labels = split()
    train[1::10], train_labels[1::10] = train[::10], train_labels[::10]
    np.savez("truth.npz", train=train, train_labels=train_labels, test=test, test_labels=test_labels)
    return train, train_labels, test, test_labels
