"""Pictures of an arrow; no picture is moved at random."""

import numpy as np

import unstuck


class Pictures:
    def __init__(self, seed, count, *, moved):
        random = self.random = np.random.default_rng(seed)
        self.y = random.integers(0, 2, count)
        shapes = np.zeros((2, 16, 16))
        shapes[0, 5:11, 5:8], shapes[0, 5:11, 8:11] = 1, -1
        shapes[1] = shapes[0].T
        images = 128 + 40 * shapes[self.y] + 30 * random.normal(size=(count, 16, 16))
        self.images, self.moved = np.clip(images, 1, 255).astype(np.uint8), moved

    def __len__(self):
        return len(self.y)

    def __getitem__(self, at):
        if at >= len(self.y):
            raise IndexError(at)
        move = self.random.integers(-1, 2, 2) if self.moved else (0, 0)
        return np.roll(self.images[at], move, (0, 1)), int(self.y[at])


def record(path):
    train, test = Pictures(0, 400, moved=False), Pictures(1, 200, moved=False)
    return unstuck.audit(train, test=test, dir=path / "record").record
