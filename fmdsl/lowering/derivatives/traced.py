"""The traced dual: value and derivative in one pass over a folded ATen graph."""

# torch has no public name for these.
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, final

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives.derivative import (
    Derivative,
    Net,
    Tangents,
    apart,
    check,
    first_tensor,
    is_partial,
    last_rows,
    sharded,
    zero,
)
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.failure import diagnosis, title
from fmdsl.lowering.derivatives.rows import trace_rows
from fmdsl.lowering.derivatives.trace import Dual, Trace, flat, trace
from fmdsl.lowering.derivatives.weights import State, modes_of, state_of


@final
class Traced(Derivative):
    """Differentiate exactly, by a graph traced once per kind of call.

    Error: rounding of the net's precision. Cost: the value is shared, structurally zero
    tangents are not computed (2 forwards in GEMMs), and without `record` the tangent keeps
    no tape, in the same pass.

    Python that a net runs is run once, at the trace: a branch on a tensor's value cannot be
    traced, and such a net is differentiated by Exact, with a warning. After changing what a
    net computes (not its weights or mode), call `forget`. Under `torch.compile` and inside
    another transform the call is Exact's: the compiler traces and folds there.
    """

    name: ClassVar[str] = "traced"

    def __init__(self, folded: bool = True) -> None:
        self.folded = folded
        self.fallen: dict[str, str] = {}
        self._traces: weakref.WeakKeyDictionary[nn.Module, dict[Hashable, Trace | None]]
        self._traces = weakref.WeakKeyDictionary()

    def __call__(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        *,
        record: bool,
        primal: bool = True,
    ) -> tuple[Any, Any]:
        exact = Exact()
        if torch.compiler.is_compiling() or not isinstance(net, nn.Module) or _transformed():
            return exact(net, primals, tangents, record=record, primal=primal)
        check(self.name, net, primals, tangents)
        if all(tangent is None for tangent in tangents):
            out = net(*primals)
            return (out if primal else None), zero(out)
        state = state_of(net)
        found = self.traced(net, primals, tangents, record, primal, state)
        if found is None:
            return exact(net, primals, tangents, record=record, primal=primal)
        return run(found, state, primals, tangents, record=record, primal=primal)

    def split(self, net: Net, primals: Sequence[Any], tangents: Tangents) -> tuple[Any, Any]:
        """In one call of the net, where its rows do not know of each other."""
        if torch.compiler.is_compiling() or not isinstance(net, nn.Module) or _transformed():
            return apart(self, net, primals, tangents)
        check(self.name, net, primals, tangents)
        state = state_of(net)
        found = self._rows(net, primals, tangents, state)
        if found is None:
            return apart(self, net, primals, tangents)
        return run(found, state, primals, tangents, record=False, primal=True)

    def forget(self, net: nn.Module) -> None:
        """Trace `net` anew at its next call."""
        self._traces.pop(net, None)

    def traced(
        self,
        net: nn.Module,
        primals: Sequence[Any],
        tangents: Tangents,
        record: bool,
        primal: bool,
        state: State,
    ) -> Trace | None:
        """The trace of this kind of call, made when it is first asked for; None without one."""
        if is_partial(primals, tangents):
            return self._rows(net, primals, tangents, state)
        traces = self._traces.setdefault(net, {})
        key = (record, primal, _key(net, state, primals, tangents))
        if key not in traces:
            traces[key] = self._made(net, state, primals, tangents, record, primal)
        return traces[key]

    def _rows(
        self, net: nn.Module, primals: Sequence[Any], tangents: Tangents, state: State
    ) -> Trace | None:
        """That of a `split`; None where two calls are needed, which tell what is wrong."""
        rows = next(len(v) for v in tangents if v is not None)
        traces = self._traces.setdefault(net, {})
        key = (rows, _key(net, state, primals, tangents))
        if key not in traces:
            along = _along(primals, tangents)
            traces[key] = None
            with contextlib.suppress(Exception):
                if not sharded(net):
                    traces[key] = trace_rows(net, state, primals, along, folded=self.folded)
        return traces[key]

    def _made(
        self,
        net: nn.Module,
        state: State,
        primals: Sequence[Any],
        tangents: Tangents,
        record: bool,
        primal: bool,
    ) -> Trace | None:
        """A new trace, or None with a word where the net cannot be traced."""
        if sharded(net):
            return self._fall(net, "its weights are sharded (DTensor)")
        along = _along(primals, tangents)
        try:
            with torch.set_grad_enabled(torch.is_grad_enabled() and (record or primal)):
                return trace(Dual(net, state, primals, along, record, primal, self.folded))
        except Exception as error:
            told = diagnosis(self.name, net, error)
            if told is not None:
                raise told from error
            return self._fall(net, str(error).strip().splitlines()[0])

    def _fall(self, net: nn.Module, reason: str) -> None:
        self.fallen[title(net)] = reason
        warnings.warn(
            f"{title(net)} cannot be traced, so its derivative is taken by `exact`: {reason}",
            stacklevel=2,
        )


def run(
    found: Trace,
    state: State,
    primals: Sequence[Any],
    tangents: Tangents,
    *,
    record: bool,
    primal: bool,
) -> tuple[Any, Any]:
    """A trace on these numbers, with the weights that its net has now: as `Derivative`'s call."""
    given = flat(state, primals, _along(primals, tangents))
    taped = torch.is_grad_enabled() and (record or primal)
    values = _ran(found, given, taped, first_tensor(primals).device.type)
    split = len(values) - found.outputs
    dout = _packed(values[split:], found)
    return (_packed(values[:split], found) if primal else None), dout


def _ran(found: Trace, given: Sequence[Tensor], taped: bool, device: str) -> Sequence[Tensor]:
    if taped == torch.is_grad_enabled() and not torch.is_autocast_enabled(device):
        return found.run.forward(*given)
    # Autocast's casts are in the graph already.
    with torch.set_grad_enabled(taped), torch.autocast(device, enabled=False):
        return found.run.forward(*given)


def _along(primals: Sequence[Any], tangents: Tangents) -> tuple[Tensor | None, ...]:
    """Tangents in their primals' type and shape, of as many rows as they are given for."""
    rows = last_rows(primals, tangents)
    return tuple(None if v is None else _fit(v, p, rows) for p, v in zip(primals, tangents))


def _fit(tangent: Tensor, primal: Tensor, rows: int | None) -> Tensor:
    shape = primal.shape if rows is None else (rows, *primal.shape[1:])
    if tangent.shape == shape and tangent.dtype == primal.dtype and tangent.is_contiguous():
        return tangent
    return tangent.to(primal.dtype).expand(shape).contiguous()


def _packed(parts: Sequence[Tensor], found: Trace) -> Any:
    return parts[0] if found.single else tuple(parts)


def _key(net: nn.Module, state: State, primals: Sequence[Any], tangents: Tangents) -> Hashable:
    """What a trace depends on beside the numbers."""
    device = first_tensor(primals).device.type
    cast = torch.is_autocast_enabled(device)
    return (
        torch.is_grad_enabled(),
        modes_of(net),
        cast and torch.get_autocast_dtype(device),
        tuple([tangent is None for tangent in tangents]),
        tuple([_kind(p) if isinstance(p, Tensor) else p for p in primals]),
        tuple([_kind(p) for p in state.values()]),
    )


def _kind(value: Tensor) -> Hashable:
    return type(value), value.shape, value.stride(), value.dtype, value.device


def _transformed() -> bool:
    return torch._C._functorch.peek_interpreter_stack() is not None
