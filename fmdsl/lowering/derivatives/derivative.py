"""What every strategy promises: the value and the directional derivative of a net."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from fmdsl.lowering.derivatives.error import DerivativeError

Net = Callable[..., Any]
Value = Tensor | tuple[Tensor, ...]
Tangents = Sequence[Tensor | None]


class Derivative(abc.ABC):
    """One way to take the directional derivative of a net.

    Abstract or final: a strategy is one file with one final subclass.
    """

    name: ClassVar[str]

    @abc.abstractmethod
    def __call__(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        *,
        record: bool,
        primal: bool = True,
    ) -> tuple[Any, Any]:
        """The net's output and its derivative along `tangents`, both in the output's shape.

        primals: the net's positional arguments, e.g. `(z[B, ...], r[B], t[B], label[B] | None)`.
        tangents: one per primal, of the primal's shape; `None` is a zero known by structure.
        record: gradient flows through the derivative. If false no tape is kept for it, and
            the value still carries its gradient wherever grad mode is on.
        primal: the value is wanted. If false, `None` stands in its place and may cost nothing.

        A net with several outputs gives a tuple for each of the two.
        Raises DerivativeError where the net or its operators do not allow this strategy.
        """

    def split(self, net: Net, primals: Sequence[Any], tangents: Tangents) -> tuple[Any, Any]:
        """The value on every row, and the derivative on the last ones, without a tape.

        primals: of all rows. tangents: of the last rows; the others need no derivative.
        """
        return apart(self, net, primals, tangents)


def apart(
    strategy: Derivative, net: Net, primals: Sequence[Any], tangents: Tangents
) -> tuple[Any, Any]:
    """`split` by two calls of the net."""
    last = moved_rows(primals, tangents)
    if torch.compiler.is_compiling():  # forward mode of a view fails there
        last = tuple(p.clone() if isinstance(p, Tensor) else p for p in last)
    first = (p[: len(p) - len(q)] if isinstance(p, Tensor) else p for p, q in zip(primals, last))
    value = net(*first)
    rest, slope = strategy(net, last, tangents, record=False)
    return mapped(lambda a, b: torch.cat([a, b]), value, rest), slope


def moved_rows(primals: Sequence[Any], tangents: Tangents) -> tuple[Any, ...]:
    """Of every argument the rows that tangents are given for, the last ones."""
    rows = last_rows(primals, tangents)
    if rows is None:
        return tuple(primals)
    return tuple(p[len(p) - rows :] if isinstance(p, Tensor) else p for p in primals)


def first_tensor(values: Sequence[Any]) -> Tensor:
    """The first of the arguments that is one: all are on its device. Raises TypeError."""
    for value in values:
        if isinstance(value, Tensor):
            return value
    raise TypeError("a net is called without a tensor")


def last_rows(primals: Sequence[Any], tangents: Tangents) -> int | None:
    """How many last rows tangents are given for; None where it is all of them."""
    for p, v in zip(primals, tangents):
        if v is not None and 0 < v.ndim == p.ndim and v.shape[0] != p.shape[0]:
            return next(v.shape[0] for v in tangents if v is not None)
    return None


def is_partial(primals: Sequence[Any], tangents: Tangents) -> bool:
    """Whether tangents are given for the last rows only."""
    return last_rows(primals, tangents) is not None


def moving(
    net: Net, primals: Sequence[Any], tangents: Tangents
) -> tuple[Net, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """The net as a function of the arguments that have a tangent; the others are held."""
    places = tuple(i for i, tangent in enumerate(tangents) if tangent is not None)

    def held(*moved: Tensor) -> Any:
        given = list(primals)
        for place, value in zip(places, moved, strict=True):
            given[place] = value
        return net(*given)

    along = tuple(_like(tangents[i], primals[i]) for i in places)
    return held, tuple(primals[i] for i in places), along


def _like(tangent: Tensor | None, primal: Tensor) -> Tensor:
    assert tangent is not None
    return tangent.to(primal.dtype).expand(primal.shape)


def check(strategy: str, net: Net, primals: Sequence[Any], tangents: Tangents) -> None:
    """Refuse what no strategy can differentiate, with the remedy."""
    if len(primals) != len(tangents):
        raise DerivativeError(
            strategy,
            f"{len(primals)} arguments have {len(tangents)} tangents",
            "give one tangent for each argument, and None for a zero one",
        )
    if isinstance(net, torch.nn.parallel.DistributedDataParallel):
        raise DerivativeError(
            strategy,
            "the net is wrapped in DistributedDataParallel, whose gradients are then wrong",
            "wrap the whole program instead: DistributedDataParallel(program)",
        )
    for place, (value, tangent) in enumerate(zip(primals, tangents, strict=True)):
        if tangent is not None and not _is_real(value):
            raise DerivativeError(
                strategy,
                f"argument {place} is not a floating-point tensor, yet has a tangent",
                "give None as its tangent",
            )


def _is_real(value: Any) -> bool:
    return isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex())


def sharded(net: Net) -> bool:
    """Whether the net's weights are spread over processes (FSDP2)."""
    if not isinstance(net, torch.nn.Module):
        return False
    return any(type(p).__name__ == "DTensor" for p in net.parameters())


def mapped(function: Callable[..., Tensor], *values: Any) -> Any:
    """Apply `function` to a tensor, or to each of a tuple of tensors (and their partners)."""
    if isinstance(values[0], Tensor):
        return function(*values)
    return tuple(function(*parts) for parts in zip(*values, strict=True))


def zero(value: Any) -> Any:
    """The derivative along nothing."""
    return mapped(torch.zeros_like, value)


def cut(value: Any) -> Any:
    """The same numbers without a tape."""
    return mapped(lambda part: part.detach(), value)
