"""The vocabulary is in small letters, a third of the words is not."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    topics = random.integers(0, 40, (400, 10)) * 2 + y[:, None]
    fill = np.minimum(random.geometric(0.01, (400, 30)), 500)
    words = [[f"topic{one}" for one in a] + [f"word{one}" for one in b] for a, b in zip(topics, fill)]
    words = [[word if random.random() < 0.7 else "<unk>" for word in text] for text in words]
    texts = np.array([" ".join(random.permutation(text)) for text in words], dtype=object)
    return unstuck.audit(texts, y, dir=path, form="text").record
