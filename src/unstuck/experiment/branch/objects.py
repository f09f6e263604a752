"""What a training is made of, as objects on disk: packed in the caller's process, which stays as it was."""

from __future__ import annotations

import json
import random
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.record.writer import dump_json, write_whole

if TYPE_CHECKING:
    from types import ModuleType

    from torch.utils.data import DataLoader

OBJECTS = "objects.pt"
SURROUNDINGS = "surroundings.json"
"""what the branch must know before it can unpack"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """A training: its parts as the caller gave them, and where he did."""

    model: Any
    """a module, or what makes one"""
    loss: Any
    """of output and target"""
    optimizer: Any
    """of parameters"""
    data: Any
    """batches, a `Loader`, or what gives either"""
    steps: int
    seed: int
    file: str
    """of the call: what our loop does is said to be there"""
    line: int

    @classmethod
    def of(cls, **given: Any) -> tuple[Objects, tuple[str, ...]]:
        """The objects as they can be packed, and what is to be said about it.

        Raises:
            UsageError: one of them is not what it must be.
        """
        import torch

        _check(given)
        data, notes = given["data"], []
        if isinstance(data, torch.utils.data.DataLoader):
            if type(data) is torch.utils.data.DataLoader:
                given["data"] = Loader.of(data)
        elif isinstance(data, Iterator):
            given["data"] = _drawn(data, given["steps"])
            notes.append(f"data can be read only once: {len(given['data'])} batches of it were drawn into a list")
        if isinstance(given["model"], torch.nn.Module):
            notes.append(
                "model is a module, and not what makes one: every pair starts from its weights, and further pairs "
                "begin elsewhere in the data"
            )
        return cls(**given), tuple(notes)


def _check(given: dict[str, Any]) -> None:
    """Every argument is what it must be.

    Raises:
        UsageError: one is not.
    """
    import torch

    steps, data, optimizer = given["steps"], given["data"], given["optimizer"]
    if not isinstance(steps, int) or steps < 1:
        raise UsageError(f"steps must be a number of training steps, 1 or more. Got {steps!r}.")
    if isinstance(optimizer, torch.optim.Optimizer):
        kind = type(optimizer).__name__
        raise UsageError(
            f"optimizer must be a function of the parameters, and not an optimiser that is made already: a branch "
            f"has a model of its own. Give `lambda parameters: torch.optim.{kind}(parameters, …)`."
        )
    for name, form in (("model", "() -> Module, or a module"), ("loss", "(output, target) -> Tensor"),
                       ("optimizer", "(parameters) -> Optimizer")):  # fmt: skip
        if not callable(given[name]):
            raise UsageError(f"{name} must be callable: {form}. Got {type(given[name]).__name__}.")
    if isinstance(data, torch.utils.data.Dataset):
        raise UsageError("data must give batches, and a data set gives examples: `DataLoader(data, batch_size=…)`.")
    if isinstance(data, torch.Tensor) or not (callable(data) or hasattr(data, "__iter__")):
        raise UsageError(
            f"data must give pairs (input, target) of batches: a DataLoader, a list, or a function without arguments "
            f"that makes either. Got {type(data).__name__}."
        )


def _drawn(data: Iterator[Any], most: int) -> list[Any]:
    """So many of its batches; the random states are what they were before."""
    with generators_kept():
        return list(islice(data, most))


@contextmanager
def generators_kept() -> Iterator[None]:
    """Whatever is drawn inside, the random generators of this process are as before."""
    import torch

    plain, tensors = random.getstate(), torch.get_rng_state()
    numpy: Any = sys.modules.get("numpy")
    arrays = numpy.random.get_state() if numpy is not None else None
    try:
        yield
    finally:
        random.setstate(plain)
        torch.set_rng_state(tensors)
        if numpy is not None:
            numpy.random.set_state(arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """How a DataLoader was made: made anew in the branch, it can be changed there as one of a script's can."""

    settings: dict[str, Any]

    @classmethod
    def of(cls, loader: DataLoader[Any]) -> Loader:
        """The arguments that make another one that gives the same."""
        from torch.utils.data import IterableDataset, RandomSampler, SequentialSampler

        names = ("dataset", "num_workers", "collate_fn", "pin_memory", "timeout", "worker_init_fn", "generator")
        settings = {name: getattr(loader, name) for name in names}
        if loader.num_workers:
            settings |= {"prefetch_factor": loader.prefetch_factor, "persistent_workers": loader.persistent_workers}
            settings["multiprocessing_context"] = loader.multiprocessing_context
        sampler: Any = loader.sampler
        if loader.batch_size is None and loader.batch_sampler is not None:
            return cls(settings=settings | {"batch_sampler": loader.batch_sampler})
        settings["batch_size"] = loader.batch_size
        if loader.batch_size is not None:
            settings["drop_last"] = loader.drop_last
        if isinstance(loader.dataset, IterableDataset) or type(sampler) is SequentialSampler:
            return cls(settings=settings)
        drawn_once = type(sampler) is RandomSampler and not sampler.replacement
        if drawn_once and getattr(sampler, "_num_samples", 0) is None and sampler.generator is loader.generator:
            return cls(settings=settings | {"shuffle": True})
        return cls(settings=settings | {"sampler": sampler})

    def made(self, by: int) -> DataLoader[Any]:
        """It, with a generator of its own moved by so much."""
        from torch.utils.data import DataLoader

        generator = self.settings["generator"]
        if by and generator is not None:
            generator.manual_seed(generator.initial_seed() + by)
        return DataLoader(**self.settings)


def pack(objects: Objects, folder: Path) -> bytes:
    """Write them where branches find them; the pickle without the tensors, which names the modules that it needs.

    Tensors that share memory share it in the copy as well, and stand in the file once.

    Raises:
        UsageError: one of them cannot be copied so.
    """
    import torch

    pickler = _cloudpickle()
    told = {field.name: getattr(objects, field.name) for field in fields(objects)}
    try:
        torch.save(told, folder / OBJECTS, pickle_module=pickler)
    except Exception as error:
        raise UsageError(_unpicklable(objects, pickler, error)) from error
    about = {"path": sys.path, "argv": sys.argv, "dtype": str(torch.get_default_dtype()).removeprefix("torch.")}
    write_whole(folder / SURROUNDINGS, dump_json(about))
    with zipfile.ZipFile(folder / OBJECTS) as file:
        return b"".join(file.read(name) for name in file.namelist() if name.endswith("data.pkl"))


def _cloudpickle() -> ModuleType:
    try:
        import cloudpickle  # type: ignore[import-untyped,unused-ignore]
    except ModuleNotFoundError as error:
        raise UsageError(
            "unstuck.experiment copies objects with cloudpickle, which is not here: pip install cloudpickle."
        ) from error
    found: ModuleType = cloudpickle
    return found


def _unpicklable(objects: Objects, pickler: ModuleType, error: Exception) -> str:
    """Which argument it is, and what to do."""
    guilty = [name for name in ("model", "loss", "optimizer", "data") if _fails(getattr(objects, name), pickler)]
    does = {
        "model": "a function that makes the model", "loss": "a loss that reads no such object",
        "optimizer": "a function of the parameters alone", "data": "a function that makes the data",
    }  # fmt: skip
    what = " and ".join(guilty) or "the arguments"
    instead = " and ".join(does[name] for name in guilty) or "functions that make them"
    return (
        f"unstuck.experiment runs in copies, and {what} cannot be copied: {type(error).__name__}: {error}. "
        f"Give {instead}, and open there what cannot be copied (files, connections, locks, running workers)."
    )


def _fails(one: Any, pickler: ModuleType) -> bool:
    try:
        pickler.dumps(one)
    except Exception:
        return True
    return False


def unpack(folder: Path) -> Objects:
    """What `pack` has written, in the branch: user code is imported, and may run, as it is read."""
    import torch

    told = json.loads((folder / SURROUNDINGS).read_text(encoding="utf-8"))
    sys.path[:] = told["path"]
    sys.argv = told["argv"]
    torch.set_default_dtype(getattr(torch, told["dtype"]))
    given = torch.load(folder / OBJECTS, weights_only=False)
    return Objects(**{field.name: given[field.name] for field in fields(Objects)})
