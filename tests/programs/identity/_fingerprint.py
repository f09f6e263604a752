"""One line for everything that a training run may leave behind: parameters, buffers, optimiser state, random states."""
import hashlib
import random

import numpy
import torch


def seed(number):
    """Seed the generators of torch, NumPy and random."""
    torch.manual_seed(number)
    numpy.random.seed(number)
    random.seed(number)


def _feed(digest, value):
    if isinstance(value, torch.Tensor):
        flat = value.detach().cpu().contiguous().reshape(-1)
        digest.update(f"{value.dtype}{tuple(value.shape)}".encode() + flat.view(torch.uint8).numpy().tobytes())
    elif isinstance(value, dict):
        for key in value:
            digest.update(repr(key).encode())
            _feed(digest, value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            _feed(digest, item)
    else:
        digest.update(repr(value).encode())


def fingerprint(*objects):
    """Print the sha1 of the state of `objects` (modules, optimisers, tensors, plain values) and of the generators."""
    state, chance = hashlib.sha1(), hashlib.sha1()
    for thing in objects:
        _feed(state, thing.state_dict() if hasattr(thing, "state_dict") else thing)
    _feed(chance, [torch.get_rng_state(), random.getstate(), [repr(part) for part in numpy.random.get_state()]])
    chance.update(numpy.random.get_state()[1].tobytes())
    print("state", state.hexdigest(), "random", chance.hexdigest())
