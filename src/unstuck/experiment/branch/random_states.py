"""The random generators of a branch: as in the watched run, and moved for further seeds."""

from __future__ import annotations

import base64
import pickle
import random
import sys
from collections.abc import Callable
from typing import Any


def start_generators(states: dict[str, Any], seed: int) -> None:
    """The generators' states of the watched run, fixed ones where there are none; a further seed moves all."""
    import torch

    numpy = sys.modules.get("numpy")
    if states:
        random.setstate(pickle.loads(base64.b64decode(states["random"])))  # noqa: S301 - written by ourselves
        torch.set_rng_state(torch.tensor(list(base64.b64decode(states["torch"])), dtype=torch.uint8))
        if numpy is not None and "numpy" in states:
            numpy.random.set_state(pickle.loads(base64.b64decode(states["numpy"])))  # noqa: S301
    else:
        random.seed(0)
        torch.manual_seed(0)
        if numpy is not None:
            numpy.random.seed(0)
    if seed:
        move_seeds(seed, numpy)


def move_seeds_with_first_parameter(by: int) -> None:
    """The same from the moment on when the first network gets its first parameter.

    By then most scripts have their data. Further seeds draw other first weights, orders and masks, and divide the data
    as the watched run did.
    """
    import torch

    module: Any = torch.nn.Module
    original = module.register_parameter

    def register(this: Any, name: str, param: Any) -> None:
        if param is not None:
            module.register_parameter = original
            move_seeds(by, sys.modules.get("numpy"))
        original(this, name, param)

    module.register_parameter = register


def move_seeds(by: int, numpy: Any) -> None:
    """Every seed that the script sets is another; those that it does not set are set."""
    import torch

    def moved(original: Callable[..., Any]) -> Callable[..., Any]:
        def seeded(*given: Any, **options: Any) -> Any:
            plain = {name: value + by if name in ("seed", "a") and isinstance(value, int) else value
                     for name, value in options.items()}  # fmt: skip
            first = given[:1] if not given or not isinstance(given[0], int) else (given[0] + by,)
            return original(*first, *given[1:], **plain)

        return seeded

    owners: list[tuple[Any, str]] = [
        (random, "seed"), (torch, "manual_seed"), (torch.random, "manual_seed"), (torch.cuda, "manual_seed_all"),
    ]  # fmt: skip
    if numpy is not None:
        owners += [(numpy.random, "seed"), (numpy.random, "default_rng")]
    for owner, name in owners:
        setattr(owner, name, moved(getattr(owner, name)))
    random.seed(by)
    torch.manual_seed(by)
    if numpy is not None:
        numpy.random.seed(by)
