"""Names and places: which module is it, what does the user call it, and on which line was it made?"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch

from unstuck.record.events import Model, ModuleFacts, ParameterFacts
from unstuck.watch.source import Frames, Location, where
from unstuck.watch.torch.identity import Identities
from unstuck.watch.torch.summary import readable, summarise

Module = torch.nn.Module
SETTINGS = (
    "in_features", "out_features", "in_channels", "out_channels", "kernel_size", "stride", "padding", "groups",
    "dilation", "num_embeddings", "embedding_dim", "padding_idx", "num_features", "normalized_shape", "num_heads",
    "embed_dim", "hidden_size", "input_size", "num_layers", "bidirectional", "batch_first", "p", "eps", "momentum",
    "affine", "track_running_stats", "negative_slope", "alpha", "dim", "reduction", "ignore_index", "inplace",
    "dropout",
)
"""constructor arguments worth keeping, where the module has them as plain attributes"""
DISTINCT_ELEMENTS = 1024
MAX_LISTED = 4000
"""modules or parameters told of one model; the event says when there were more"""


@dataclass(slots=True)
class Owner:
    """To whom a parameter belongs."""

    root: Module
    layer: str
    name: str


@dataclass(slots=True)
class _Known:
    """What is known of one module, for as long as it lives."""

    module: weakref.ref[Module]
    location: Location | None
    constructed: bool
    loaded: bool = False


class Registry:
    """Every module made while we watch, and what is found out about names."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self.made = 0
        self.loads = 0
        """states that were loaded"""
        self._known: dict[int, _Known] = {}
        self.identities = Identities()
        self.number = self.identities.of
        self._owners: dict[int, Owner] = {}
        self._module_names: dict[int, str] = {}
        self._roots_of: dict[int, int] = {}
        self._class_names: dict[int, str] = {}
        self._root_names: dict[int, str] = {}
        self.prefixes: dict[int, str] = {}
        self._resolved_at = -1

    def _entry(self, module: Module) -> _Known | None:
        known = self._known.get(id(module))
        return known if known is not None and known.module() is module else None

    def add(self, module: Module, frame: FrameType | None) -> None:
        """A module has begun its ``__init__``."""
        if self._entry(module) is not None:
            return
        self.made += 1
        place = self.frames.location(self.frames.maker_frame(frame, module))
        self._known[id(module)] = _Known(weakref.ref(module), place, constructed=True)

    def know(self, module: Module) -> None:
        """A module whose constructor was not seen: made before we watched, or copied."""
        if self._entry(module) is None:
            self.made += 1
            self._known[id(module)] = _Known(weakref.ref(module), None, constructed=False)

    def loaded(self, module: Module) -> None:
        """A state was loaded into the module and all below it."""
        self.loads += 1
        for part in module.modules():
            self.know(part)
            self._known[id(part)].loaded = True

    def is_loaded(self, module: Module) -> bool:
        """Whether its parameters came from a checkpoint, or by a copy (never made by a constructor)."""
        known = self._entry(module)
        return known is None or known.loaded or not known.constructed

    def location(self, module: Module) -> Location | None:
        """Where it was made, if its constructor was seen."""
        known = self._entry(module)
        return known.location if known else None

    def live(self) -> list[Module]:
        """The modules that still exist."""
        found = []
        for key, known in list(self._known.items()):
            module = known.module()
            if module is None:
                del self._known[key]
            else:
                found.append(module)
        return found

    def roots(self) -> list[Module]:
        """Modules with parameters that are no other module's part."""
        live = self.live()
        children = {id(child) for module in live for child in module._modules.values() if child is not None}
        return [
            module for module in live
            if id(module) not in children and next(module.parameters(), None) is not None
        ]

    def is_root(self, module: Module) -> bool:
        """Whether a module is a whole network."""
        self.resolve()
        return self._roots_of.get(id(module)) == self.number(module)

    def resolve(self) -> None:
        """Find anew who owns which parameter; cheap when no module was made since."""
        if self._resolved_at == self.made:
            return
        self._resolved_at = self.made
        self._owners.clear()
        for root in self.roots():
            for path, module in root.named_modules():
                self._module_names[id(module)] = path
                self._roots_of[id(module)] = self.number(root)
                self._class_names[id(module)] = type(module).__name__
                for name, parameter in module._parameters.items():
                    if parameter is not None:
                        full = f"{path}.{name}" if path else name
                        self._owners.setdefault(self.number(parameter), Owner(root, path, full))

    def refresh(self) -> None:
        """Forget what was resolved: layers may have been exchanged without a constructor."""
        self._resolved_at = -1
        self.resolve()

    def owner(self, parameter: torch.Tensor) -> Owner | None:
        """To whom a leaf of the graph belongs; None for raw tensors."""
        self.resolve()
        return self._owners.get(self.number(parameter))

    def prefix(self, root: Module) -> str:
        """What stands before a name where a run has several models: the model's own name and a dot."""
        return self.prefixes.get(self.number(root), "")

    def full_name(self, module: int) -> str | None:
        """The name of the module with this id, with its model's prefix."""
        self.resolve()
        path = self._module_names.get(module)
        if path is None:
            return None
        root = self._roots_of.get(module)
        prefix = self.prefixes.get(root, "") if root is not None else ""
        return prefix + path if path else prefix.rstrip(".") or self._class_names.get(module)

    def name_roots(self, roots: Iterable[Module], frame: FrameType | None) -> None:
        """Learn what the user calls his models, from the variables of the frames above."""
        for root in roots:
            if self.number(root) not in self._root_names:
                name = variable_name(root, frame, self.frames)
                if name is not None:
                    self._root_names[self.number(root)] = name

    def root_name(self, root: Module) -> str:
        """The user's variable, else the class name."""
        return self._root_names.get(self.number(root)) or type(root).__name__


def variable_name(value: object, frame: FrameType | None, frames: Frames) -> str | None:
    """The variable, attribute or list element of the user's frames that holds ``value``."""
    for user in itertools.islice(user_frames(frame, frames), 8):
        for name, one in held(user):
            if one is value and not name.startswith("_unstuck"):
                return name
    return None


def user_frames(frame: FrameType | None, frames: Frames) -> Iterator[FrameType]:
    """The user's frames from the innermost outwards."""
    while frame is not None:
        if frames.is_user(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def held(frame: FrameType) -> Iterator[tuple[str, object]]:
    """Everything that a frame's variables hold, one level into ``self``, lists and dictionaries."""
    for name, value in list(frame.f_locals.items()):
        yield name, value
        yield from _inside(name, value)


def _inside(name: str, value: Any) -> Iterator[tuple[str, object]]:
    if type(value) in (list, tuple):
        for at, item in enumerate(value[:64]):
            yield f"{name}[{at}]", item
    elif type(value) is dict:
        for key, item in itertools.islice(list(value.items()), 64):
            yield f"{name}[{key!r}]", item
    elif name == "self" and not isinstance(value, torch.Tensor):
        for key, item in list(getattr(value, "__dict__", {}).items())[:128]:
            yield key, item


def settings(module: Module) -> dict[str, object]:
    """The constructor arguments that matter, as plain values."""
    told: dict[str, object] = {}
    for key in SETTINGS:
        value = module.__dict__.get(key)
        if isinstance(value, bool | int | float | str):
            told[key] = value
        elif isinstance(value, tuple) and all(isinstance(item, int) for item in value):
            told[key] = list(value)
    return told


def model_event(registry: Registry, root: Module, prefix: str, *, step: int, training: int | None) -> Model:
    """Modules with place and settings, parameters with shape and owner."""
    whole = prefix.rstrip(".") or type(root).__name__
    modules, parameters = [], []
    above: dict[str, Location | None] = {}
    named: dict[str, Module] = {}
    for path, module in itertools.islice(root.named_modules(), MAX_LISTED):
        parent = path.rpartition(".")[0]
        place = registry.location(module) or (above.get(parent) if path else None)
        above[path] = place
        named[path] = module
        modules.append(
            ModuleFacts(
                name=prefix + path if path else whole, class_name=type(module).__name__, **where(place),
                leaf=not module._modules, training=module.training, loaded=registry.is_loaded(module),
                settings=settings(module),
            )
        )
    for path, parameter in itertools.islice(root.named_parameters(), MAX_LISTED):
        layer = path.rpartition(".")[0]
        parameters.append(
            ParameterFacts(
                id=registry.number(parameter), name=prefix + path, layer=prefix + layer if layer else whole,
                shape=tuple(parameter.shape), requires_grad=parameter.requires_grad,
                loaded=layer in named and registry.is_loaded(named[layer]), values=frozen_values(parameter),
                empty_rows=empty_rows(named.get(layer), parameter),
            )
        )
    return Model(
        step=step, training=training, id=registry.number(root), name=prefix.rstrip(".") or registry.root_name(root),
        class_name=type(root).__name__, modules=tuple(modules), parameters=tuple(parameters),
    )


EMBEDDINGS = (torch.nn.Embedding, torch.nn.EmbeddingBag)


def frozen_values(parameter: torch.nn.Parameter) -> tuple[float, float, float, float, float] | None:
    """Mean, spread, least, greatest and share of distinct values of what does not learn: random, or set by somebody?"""
    if parameter.requires_grad or not readable(parameter):
        return None
    some = parameter.detach().reshape(-1)[:DISTINCT_ELEMENTS]
    mean, std, low, high = summarise([parameter])[0][1:5]
    return mean, std, low, high, torch.unique(some).numel() / some.numel()


def empty_rows(owner: Module | None, parameter: torch.nn.Parameter) -> float | None:
    """Share of the words of a frozen embedding whose vector is zero; one zero vector is that of the padding."""
    if not isinstance(owner, EMBEDDINGS) or parameter.requires_grad or parameter.dim() != 2 or not readable(parameter):
        return None
    with torch.no_grad():
        empty = int((parameter == 0).all(dim=1).sum())
    return max(0, empty - 1) / max(1, len(parameter) - 1)
