"""A net's weights and buffers by name, and its modes, read without walking it at every call."""

# torch has no public name for a module's own tensors.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import weakref
from typing import final

from torch import Tensor, nn

State = dict[str, Tensor]


def state_of(net: nn.Module) -> State:
    """Weights and buffers by name: inputs of a graph, so it follows whoever changes them."""
    known = _known.get(net)
    found = None if known is None else known.now()
    if found is None:
        found = walked(net)
        _known[net] = _Places(net, found)
    return found


def modes_of(net: nn.Module) -> tuple[bool, ...]:
    """Which of its modules are in training mode; after a `state_of` of the same net."""
    known = _known.get(net)
    if known is None:
        return tuple(module.training for module in net.modules())
    return (net.training, *[module.training for module in known.parts])


def walked(net: nn.Module) -> State:
    """The same by walking the net: what a compiler can follow."""
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


@final
class _Places:
    """Where a net keeps its tensors. It holds the net's parts and not the net, which may go."""

    def __init__(self, net: nn.Module, state: State) -> None:
        modules = dict(net.named_modules())
        stores = [(p, s) for p, m in modules.items() for s in (m._parameters, m._buffers)]
        where = {
            f"{path}.{key}".lstrip("."): (store, key)
            for path, store in stores
            for key, value in store.items()
            if value is not None
        }
        first = {id(value): name for name, value in state.items()}
        #: Where each tensor stands; a net that names its own in another way is walked every time.
        self.places = [(name, *where.get(name, ({}, ""))) for name in state]
        #: Where a tensor stands once more.
        self.ties = [
            (store, key, first[id(store[key])])
            for name, (store, key) in where.items()
            if name not in state and id(store[key]) in first
        ]
        self.sizes = [(store, len(store)) for _, store in stores]
        self.empty = [(s, key) for _, s in stores for key, value in s.items() if value is None]
        self.children = [(m._modules, tuple(m._modules.values())) for m in modules.values()]
        self.parts = tuple(m for m in modules.values() if m is not net)

    def now(self) -> State | None:
        """The tensors that stand there; None where these are no longer the net's places."""
        for children, was in self.children:
            if tuple(children.values()) != was:
                return None
        for store, size in self.sizes:
            if len(store) != size:
                return None
        for store, key in self.empty:
            if store.get(key) is not None:
                return None
        state: State = {}
        for name, store, key in self.places:
            value = store.get(key)
            if value is None:
                return None
            state[name] = value
        for store, key, name in self.ties:
            if store.get(key) is not state[name]:
                return None
        return state


_known: weakref.WeakKeyDictionary[nn.Module, _Places] = weakref.WeakKeyDictionary()
