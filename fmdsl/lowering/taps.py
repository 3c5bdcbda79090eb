"""What a layer of a net gives, kept while the net is called."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, final

from torch import nn

from fmdsl.lowering.bank import inner


class _Enough(Exception):
    """Every layer that was asked for has been kept."""


@final
class Tap:
    """Keeps what one layer of a net gives, while it is open.

    Its hook is set once and stays: a compiler follows it, where it would not a passing one.
    """

    def __init__(self, module: nn.Module, layer: str) -> None:
        self.open = False
        self.value: Any = None
        #: The taps of a call that ends when they are full; none where it goes on.
        self.last: Sequence[Tap] = ()
        place_of(module, layer).register_forward_hook(self.keep)

    def keep(self, _module: nn.Module, _given: Any, out: Any) -> None:
        if self.open:
            self.value = out[0] if isinstance(out, tuple) else out
            if self.last and all(tap.value is not None for tap in self.last):
                raise _Enough


def tapped(taps: Sequence[Tap], call: Callable[[], Any], *, whole: bool = True) -> tuple[Any, ...]:
    """What a call gives, then what each of the tapped layers gave in it.

    Without `whole` the net runs no further than its deepest tap, and `None` is its value.
    """
    for tap in taps:
        tap.open, tap.last = True, () if whole else taps
    out = call() if whole else _until_enough(call)
    found: list[Any] = []
    for tap in taps:
        found.append(tap.value)
        tap.open, tap.value = False, None
    return (out, *found)


def carried(taps: Sequence[Tap], module: nn.Module, call: Callable[[], Any]) -> Any:
    """The same net's call, whose answer to FSDP2 holds the layers' values as well.

    Sharded weights are gathered again for the backward of what their module answered: that
    of a layer alone would find those outside of its block gone.
    """

    def carry(_module: nn.Module, _given: Any, out: Any) -> Any:
        return (out, *(tap.value for tap in taps))

    hook = module.register_forward_hook(carry, prepend=True)
    try:
        return call()[0]
    finally:
        hook.remove()


def _until_enough(call: Callable[[], Any]) -> None:
    with contextlib.suppress(_Enough):
        call()


def place_of(module: nn.Module, layer: str) -> nn.Module:
    """The submodule of a layer: by the net's own names for them, else by its path."""
    net = inner(module)
    named = getattr(net, "layer", None)
    path = named(layer) if callable(named) else layer
    return path if isinstance(path, nn.Module) else net.get_submodule(str(path))
