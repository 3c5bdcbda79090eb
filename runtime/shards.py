"""Sharded tensors and whole ones: what a checkpoint holds is whole, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn


def whole(value: Any, keep: bool = True) -> Any:
    """A tree with its sharded tensors whole, on the CPU, one gathered after another.

    All processes call it together; only those that `keep` what is gathered hold it.
    """
    if is_part(value):
        gathered = value.full_tensor().detach()
        return gathered.cpu() if keep else gathered.new_empty(0)
    if isinstance(value, Mapping):
        return {key: whole(item, keep) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(whole(item, keep) for item in value)
    return value


def laid(value: Any, like: Tensor) -> Any:
    """A whole tensor as `like` of its shape lies: this process's part of it, where sharded."""
    if not is_part(like) or getattr(value, "shape", None) != like.shape:
        return value
    from torch.distributed.tensor import distribute_tensor

    mesh, placements = like.device_mesh, like.placements  # pyright: ignore
    return distribute_tensor(value.to(like.device), mesh, placements, src_data_rank=None)


def load(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """`module.load_state_dict` of whole tensors into whole or sharded ones."""
    own = module.state_dict()
    module.load_state_dict({n: laid(w, own[n]) if n in own else w for n, w in weights.items()})


def local(values: Iterable[Tensor]) -> list[Tensor]:
    """What of each tensor lies here; without a tape."""
    return [v.to_local() if is_part(v) else v for v in values]  # pyright: ignore


def is_part(value: Any) -> bool:
    """Whether a tensor lies over several processes."""
    return type(value).__name__ == "DTensor"
