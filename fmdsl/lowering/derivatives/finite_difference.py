"""Finite differences, central or one-sided, with a step that can be calibrated."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives.derivative import (
    Derivative,
    Net,
    Tangents,
    check,
    cut,
    first_tensor,
    mapped,
    zero,
)
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.tape import Draws, beside, draws, off_tape

Side = Literal["central", "forward", "backward"]


@final
@dataclass(frozen=True, slots=True)
class FiniteDifference(Derivative):
    """Differentiate by evaluating the net beside the point.

    step: how far to go, in units of the tangent; the right one grows with the rounding of
        the net and shrinks with the frequency of its time embedding: see `calibrate`.
    side: central costs two more forwards (error step²); forward and backward cost one,
        sharing the value (error step).
    dtype: run the shifted evaluations in this precision, weights and all; None runs them
        as the net runs. The shifted arguments are float32 or better in any case.
    """

    name: ClassVar[str] = "finite_difference"
    step: float = 2.5e-3
    side: Side = "central"
    dtype: torch.dtype | None = None

    def __call__(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        *,
        record: bool,
        primal: bool = True,
    ) -> tuple[Any, Any]:
        check(self.name, net, primals, tangents)
        if all(tangent is None for tangent in tangents):
            out = net(*primals)
            return (out if primal else None), zero(out)
        replay = _replay(self.name, net, primals)
        if self.side != "central" and self.dtype is None:
            out = net(*primals)
            base = out if record else cut(out)
            low, high = self._ends(net, primals, tangents, record, replay, base)
        else:
            # The derivative first: its memory is given back before the value's tape is made.
            low, high = self._ends(net, primals, tangents, record, replay, None)
            out = net(*primals) if primal else low
        return (out if primal else None), mapped(self._quotient, low, high, out)

    def _ends(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        record: bool,
        replay: Draws | None,
        base: Any,
    ) -> tuple[Any, Any]:
        """The net at the lower and at the upper end of the quotient."""
        ends = {"central": (-0.5, 0.5), "forward": (0.0, 1.0), "backward": (-1.0, 0.0)}[self.side]
        twin = beside(net)
        found: list[Any] = []
        for end in ends:
            if base is not None and end == 0.0:
                found.append(base)
                continue
            again = replay.again() if replay is not None else contextlib.nullcontext()
            with again, _quiet(record), _precision(self.dtype, primals):
                found.append(_at(self.dtype, net, twin, self._moved(primals, tangents, end)))
        return found[0], found[1]

    def _moved(self, primals: Sequence[Any], tangents: Tangents, end: float) -> tuple[Any, ...]:
        reach = end * self.span
        return tuple(
            p if v is None else _fine(p, self.dtype) + reach * _fine(v, self.dtype)
            for p, v in zip(primals, tangents, strict=True)
        )

    @property
    def span(self) -> float:
        """The distance between the two ends."""
        return 2 * self.step if self.side == "central" else self.step

    def _quotient(self, low: Tensor, high: Tensor, like: Tensor) -> Tensor:
        difference = (_fine(high, None) - _fine(low, None)) / self.span
        return difference.to(like.dtype)


def _fine(value: Tensor, dtype: torch.dtype | None) -> Tensor:
    """In float32 or better: a time of 1000 t rounded to bfloat16 loses the derivative."""
    return value.to(torch.promote_types(dtype or value.dtype, torch.float32))


def _quiet(record: bool) -> contextlib.AbstractContextManager[None]:
    if record:
        return contextlib.nullcontext()
    return torch.no_grad() if torch.compiler.is_compiling() else off_tape()


def _precision(
    dtype: torch.dtype | None, primals: Sequence[Any]
) -> contextlib.AbstractContextManager[Any]:
    """Autocast off where a precision is asked for."""
    if dtype is None:
        return contextlib.nullcontext()
    device = first_tensor(primals).device.type
    return torch.autocast(device, enabled=False)


def _at(dtype: torch.dtype | None, net: Net, twin: Net, place: tuple[Any, ...]) -> Any:
    """The net at a place, with its weights in `dtype`."""
    if dtype is None or not isinstance(net, nn.Module):
        return twin(*place)
    held = {
        name: value.to(dtype) if value.is_floating_point() else value.clone()
        for name, value in (*net.named_parameters(), *net.named_buffers())
    }
    cast = tuple(
        p.to(dtype) if isinstance(p, Tensor) and p.is_floating_point() else p for p in place
    )
    return torch.func.functional_call(net, held, cast)


def _replay(strategy: str, net: Net, primals: Sequence[Any]) -> Draws | None:
    """What makes an evaluation draw the same dropout masks as the one before it."""
    if not torch.compiler.is_compiling():
        return Draws(primals)
    if draws(net):
        raise DerivativeError(
            strategy,
            "the net draws random numbers, and a compiled program cannot draw them again",
            "choose exact, which shares them, or set dropout to 0",
        )
    return None
