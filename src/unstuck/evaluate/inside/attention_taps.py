"""See attention where it is computed: of several heads, scaled products, and a softmax whose weights are applied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from unstuck.evaluate.inside.attention_weights import product_weights
from unstuck.evaluate.inside.seen import Layers

Tensor = torch.Tensor
MULTI_HEAD, PRODUCT, SOFTMAX = "multi-head attention", "scaled dot products", "softmax of scores"
SOFTMAXES = {functional.softmax, torch.softmax, Tensor.softmax}
PASSED_ON = {
    functional.dropout, torch.dropout, Tensor.unsqueeze, torch.unsqueeze, Tensor.squeeze, torch.squeeze,
    Tensor.transpose, torch.transpose, Tensor.permute, torch.permute, Tensor.reshape, torch.reshape, Tensor.view,
    Tensor.to, Tensor.type_as, Tensor.float, Tensor.half, Tensor.bfloat16, Tensor.contiguous, Tensor.flatten,
    torch.flatten, Tensor.expand, torch.nan_to_num, Tensor.nan_to_num, Tensor.masked_fill, torch.masked_fill,
    Tensor.swapaxes, torch.swapaxes, Tensor.__getitem__,
}  # fmt: skip
"""after which weights are still weights"""
APPLIED = {
    torch.matmul, Tensor.matmul, Tensor.__matmul__, torch.bmm, Tensor.bmm, torch.baddbmm, torch.einsum, torch.mul,
    Tensor.mul, Tensor.__mul__, Tensor.__rmul__, torch.tensordot,
}  # fmt: skip
"""what applies weights to values"""


@dataclass(frozen=True, eq=False)
class Noted:
    """One operation of attention."""

    layer: str
    kind: str
    weights: Tensor  # (B, H, L, S)


class Taps(TorchFunctionMode):
    """Notes the weights of every attention that is computed inside."""

    def __init__(self, layers: Layers) -> None:
        super().__init__()
        self.layers = layers
        self.noted: list[Noted] = []
        self._weights: dict[int, tuple[Tensor, Noted]] = {}
        """id of a tensor that holds weights → itself, which keeps its id its own, and what to note of it"""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is functional.multi_head_attention_forward:
            return self._multi_head(func, args, kwargs)
        if func is functional.scaled_dot_product_attention:
            self._product(*args, **kwargs)
        made = func(*args, **kwargs)
        if func in SOFTMAXES and isinstance(made, Tensor):
            self._softmax(made, args, kwargs)
        elif self._weights:
            self._follow(func, args, kwargs, made)
        return made

    def _multi_head(self, func: Any, args: Any, kwargs: Any) -> Any:
        """The same with weights of each head, whether or not the caller wants some."""
        given = dict(zip(_NAMES, args, strict=False)) | kwargs
        wanted, averaged = given.get("need_weights", True), given.get("average_attn_weights", True)
        made, weights = func(**given | {"need_weights": True, "average_attn_weights": False})
        batched = weights if weights.dim() == 4 else weights[None]
        self.noted.append(Noted(self.layers.here, MULTI_HEAD, batched.detach().float().cpu()))
        if not wanted:
            return made, None
        return made, weights.mean(dim=-3) if averaged else weights

    def _product(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
        is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
    ) -> None:  # fmt: skip
        weights = product_weights(query, key, attn_mask, causal=is_causal, scale=scale)
        while weights.dim() < 4:
            weights = weights.unsqueeze(-3 if weights.dim() == 3 else 0)
        self.noted.append(Noted(self.layers.here, PRODUCT, weights.flatten(0, -4).cpu()))

    def _softmax(self, made: Tensor, args: Any, kwargs: Any) -> None:
        dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
        if not isinstance(dim, int) or made.dim() < 2 or made.dim() > 4 or made.shape[dim] < 2:
            return
        weights = made.detach().float().cpu().movedim(dim, -1)
        if weights.dim() == 2:  # of one query: (B, S)
            weights = weights[:, None, None]
        elif weights.dim() == 3:
            weights = weights[:, None]
        self._weights[id(made)] = made, Noted(self.layers.here, SOFTMAX, weights)

    def _follow(self, func: Any, args: Any, kwargs: Any, made: Any) -> None:
        """Weights that are applied to something are those of attention; others are left alone."""
        for one in _tensors((*args, *kwargs.values())):
            known = self._weights.get(id(one))
            if known is None or known[0] is not one:
                continue
            if func in PASSED_ON and isinstance(made, Tensor):
                self._weights[id(made)] = made, known[1]
            elif func in APPLIED and not any(other is known[1] for other in self.noted):
                self.noted.append(known[1])


_NAMES = (
    "query", "key", "value", "embed_dim_to_check", "num_heads", "in_proj_weight", "in_proj_bias", "bias_k", "bias_v",
    "add_zero_attn", "dropout_p", "out_proj_weight", "out_proj_bias", "training", "key_padding_mask", "need_weights",
    "attn_mask", "use_separate_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "static_k", "static_v",
    "average_attn_weights", "is_causal",
)  # fmt: skip


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


@contextmanager
def slow_path() -> Iterator[None]:
    """Without the fused layers of `nn.TransformerEncoder`, which show no weights."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
