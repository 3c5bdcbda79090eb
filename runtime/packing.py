"""Nested state as JSON and tensors apart, so that nothing ever needs pickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

Tensors = dict[str, Tensor]
_TENSOR, _PAIRS, _TUPLE = "__tensor__", "__pairs__", "__tuple__"


def pack(value: Any, name: str, tensors: Tensors) -> Any:
    """`value` as JSON; its tensors go into `tensors` under names that begin with `name`."""
    if isinstance(value, Tensor):
        tensors[name] = value.detach()
        return {_TENSOR: name}
    if isinstance(value, Mapping):
        pairs = [(k, pack(v, f"{name}/{k}", tensors)) for k, v in value.items()]
        if all(isinstance(k, str) for k, _ in pairs):
            return dict(pairs)
        return {_PAIRS: [[k, v] for k, v in pairs]}
    if isinstance(value, (list, tuple)):
        items = [pack(v, f"{name}/{i}", tensors) for i, v in enumerate(value)]
        return {_TUPLE: items} if isinstance(value, tuple) else items
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{name} holds a {type(value).__name__}, which no checkpoint can hold")


def unpack(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """What `pack` was given."""
    if isinstance(value, list):
        return [unpack(v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    if _TENSOR in value:
        return tensors[value[_TENSOR]]
    if _PAIRS in value:
        return {k: unpack(v, tensors) for k, v in value[_PAIRS]}
    if _TUPLE in value:
        return tuple(unpack(v, tensors) for v in value[_TUPLE])
    return {k: unpack(v, tensors) for k, v in value.items()}


def apart(tensors: Mapping[str, Tensor]) -> Tensors:
    """Contiguous tensors on the CPU, none sharing memory with another: what a file can hold."""
    seen: set[int] = set()
    made: Tensors = {}
    for name, tensor in tensors.items():
        flat = tensor.detach().to("cpu").contiguous()
        key = flat.untyped_storage().data_ptr()
        partial = flat.untyped_storage().nbytes() != flat.numel() * flat.element_size()
        made[name] = flat.clone() if key in seen or partial else flat
        seen.add(key)
    return made


def no_tensor() -> Tensor:
    """The one tensor that a safetensors file needs at least."""
    return torch.zeros(1)
