"""What a net allows: tried once on two rows of its batch, not guessed from its class."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives.calibrate import relative_error
from fmdsl.lowering.derivatives.derivative import Derivative, Net, Tangents, sharded
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.failure import diagnosis, title
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.forward_ad import ForwardAD
from fmdsl.lowering.derivatives.launches import work_of
from fmdsl.lowering.derivatives.tape import Draws, draws

#: A derivative this far off, relatively, is not rounding: in float64, and in less.
WRONG, WRONG_IN_LESS = 0.05, 0.3
#: The differences that derivatives are compared with: their steps. One is close enough for a net
#: that turns fast, one far enough for a net that rounds inside (`out.float()`, its own autocast).
STEPS, STEPS_IN_LESS = (1e-5, 3e-3), (3e-3, 3e-2)
_REFUSALS = (DerivativeError, RuntimeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found about a net.

    forward_mode, recorded: None if forward mode works, and gradient passes through it; else
        what stands in the way. A derivative that torch gives without complaint and that is
        wrong (`scatter_reduce('prod')` has a zero one) stands in the way too.
    dual: the same of dual tensors, which some nets allow that functional transforms refuse.
    draws: it draws random numbers. sharded: its weights are sharded, so it has no one graph.
    error: the relative error of forward mode against a finite difference.
    work: floating-point operations of a forward, for one example, in one operator (the mean).
    """

    forward_mode: DerivativeError | None = None
    recorded: DerivativeError | None = None
    dual: DerivativeError | None = None
    draws: bool = False
    sharded: bool = False
    error: float = 0.0
    work: float = 0.0


#: Nothing is known to stand in the way: before the first call.
UNSEEN = Facts()

_known: weakref.WeakKeyDictionary[nn.Module, dict[Any, Facts]] = weakref.WeakKeyDictionary()


def probe(net: nn.Module, primals: Sequence[Any], tangents: Tangents, record: bool = True) -> Facts:
    """The facts about `net`, found at its first call and remembered for its mode.

    It is run on the first two rows, in float64 where it can be, with its weights a little
    displaced: a last layer that starts at zero would hide every fault behind it. Without
    `record` the gradient through the derivative is not tried. Of a net whose weights have
    been sharded, what it allowed before is what it allows; nothing new can be tried.
    """
    modes = _known.setdefault(net, {})
    key = (net.training, record, tuple(v is None for v in tangents))
    if sharded(net):
        return replace(modes.get(key, Facts(draws=draws(net))), sharded=True)
    if key not in modes:
        with Draws(primals).again(), torch.enable_grad():
            modes[key] = _probe(net, primals, tangents, record)
    return modes[key]


def _probe(net: nn.Module, primals: Sequence[Any], tangents: Tangents, record: bool) -> Facts:
    dtype = _precision(net, primals)
    weights, few, along = _displaced(net, dtype), _few(primals, dtype), _few(tangents, dtype)
    call = _with(net, weights)
    refused, error = _tried(Exact(), net, call, few, along)
    recorded, dual, work = refused, None, work_of(call, few)
    if refused is not None:
        dual, _ = _tried(ForwardAD(), net, call, few, along)
    elif record:
        recorded = _recorded(net, weights, few, along)
    return Facts(refused, recorded, dual, draws(net), error=error, work=work)


def _precision(net: nn.Module, primals: Sequence[Any]) -> torch.dtype:
    """Float64 where the net runs in it; else float32, or what its weights are in."""
    few = _few(primals, torch.float64)
    try:
        with torch.no_grad():
            _with(net, _displaced(net, torch.float64))(*few)
    except (RuntimeError, TypeError):
        return torch.float32
    return torch.float64


def _tried(
    strategy: Derivative, net: nn.Module, call: Net, few: Sequence[Any], along: Sequence[Any]
) -> tuple[DerivativeError | None, float]:
    """What stands in a strategy's way, and its error."""
    try:
        error = _tangent_error(strategy, call, few, along)
    except _REFUSALS as fault:
        return _told(net, fault), 0.0
    bound = WRONG if _fine(few) else WRONG_IN_LESS
    wrong = _silent(net, "its forward-mode derivative", error) if error > bound else None
    return wrong, error


def _fine(values: Sequence[Any]) -> bool:
    return any(isinstance(v, Tensor) and v.dtype == torch.float64 for v in values)


def _displaced(net: nn.Module, dtype: torch.dtype) -> dict[str, Tensor]:
    named = (*net.named_parameters(), *net.named_buffers())
    found: dict[str, Tensor] = {}
    for name, value in named:
        real = value.is_floating_point()
        fine = value.detach().to(dtype, copy=True) if real else value.detach().clone()
        moves = isinstance(value, nn.Parameter) and real
        found[name] = fine + 0.02 * torch.randn_like(fine) if moves else fine
    return found


def _with(net: nn.Module, weights: dict[str, Tensor]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        device = next((a.device.type for a in args if isinstance(a, Tensor)), "cpu")
        with torch.autocast(device, enabled=False):
            return torch.func.functional_call(net, dict(weights), args)

    call.__name__ = title(net)  # as a refusal calls it
    return call


def _few(values: Sequence[Any], dtype: torch.dtype) -> tuple[Any, ...]:
    def one(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        rows = value.detach()[:2] if value.ndim else value.detach()
        return rows.to(dtype) if rows.is_floating_point() else rows

    return tuple(one(value) for value in values)


def _tangent_error(
    strategy: Derivative, net: Net, primals: Sequence[Any], tangents: Tangents
) -> float:
    """Relative, where there is a derivative beside what a difference rounds away; at best."""
    again = Draws(primals)
    with again.again():
        out, found = strategy(net, primals, tangents, record=False)
    truths = dict[float, Any]()
    for step in _steps(primals):
        with again.again():
            near = FiniteDifference(step=step)
            _, truths[step] = near(net, primals, tangents, record=False, primal=False)
    seen = {h: _floor(primals, out, h) * _size(out) for h in truths}
    there = [t for h, t in truths.items() if _size(t) + _size(found) > seen[h]]
    return _certain([relative_error(found, t) for t in there], relative_error(*truths.values()))


def _floor(primals: Sequence[Any], out: Any, step: float) -> float:
    """What a difference of that step cannot see, relative to what it is of."""
    parts = [out] if isinstance(out, Tensor) else list(out)
    rounding = max(torch.finfo(part.dtype).eps for part in parts)
    return max(1e-6 if _fine(primals) else 1e-2, 10 * rounding / step)


def _certain(errors: Sequence[float], doubt: float) -> float:
    """The least of the errors; none where the differences are no nearer to each other."""
    best = min(errors, default=0.0)
    return best if best < WRONG or doubt < best else 0.0


def _steps(primals: Sequence[Any]) -> tuple[float, ...]:
    return STEPS if _fine(primals) else STEPS_IN_LESS


def _size(value: Any) -> float:
    parts = [value] if isinstance(value, Tensor) else list(value)
    return float(torch.stack([part.detach().double().norm() for part in parts]).norm())


def _recorded(
    net: nn.Module, weights: dict[str, Tensor], primals: Sequence[Any], tangents: Tangents
) -> DerivativeError | None:
    """Whether the gradient through the derivative is the slope of the derivative."""
    names = [n for n, _ in net.named_parameters() if weights[n].is_floating_point()]
    again = Draws(primals)
    if not names:
        return None

    def slopes(moved: dict[str, Tensor]) -> Any:
        call = _with(net, {**weights, **moved})
        with again.again():
            return Exact()(call, primals, tangents, record=True, primal=False)[1]

    def value(dout: Any) -> Tensor:
        parts = [dout] if isinstance(dout, Tensor) else list(dout)
        return torch.stack([part.sin().sum() for part in parts]).sum()

    leaves = {n: weights[n].clone().requires_grad_() for n in names}
    try:
        dout = slopes(leaves)
        back = torch.autograd.grad(value(dout), list(leaves.values()), allow_unused=True)
        grads = cast("tuple[Tensor | None, ...]", back)
    except _REFUSALS as fault:
        return _told(net, fault)
    across = {n: torch.randn_like(weights[n]) for n in names}
    slope = sum((g * across[n]).sum() for n, g in zip(names, grads) if g is not None)

    @torch.no_grad()
    def at(h: float) -> Tensor:
        moved = [{n: weights[n] + s * h * across[n] for n in names} for s in (1.0, -1.0)]
        return (value(slopes(moved[0])) - value(slopes(moved[1]))) / (2 * h)

    def off(a: Any, b: Tensor, h: float) -> float:
        return float(abs(a - b) / b.abs().clamp_min(_floor(primals, dout, h) * (1 + _size(dout))))

    truths = {h: at(h) for h in _steps(primals)}
    near, far = truths.values()
    doubt = off(near, far, max(truths))
    error = _certain([off(slope, t, h) for h, t in truths.items()], doubt)
    bound = WRONG if _fine(primals) else WRONG_IN_LESS
    return _silent(net, "the gradient through its derivative", error) if error > bound else None


def _silent(net: nn.Module, what: str, error: float) -> DerivativeError:
    return DerivativeError(
        "exact",
        f"{title(net)}: {what} is silently wrong in torch (off by {error:.0%}), as that of "
        "scatter_reduce('prod') and of det is",
        "write the operator in others (prod as exp of a sum of logs), or choose finite_difference",
    )


def _told(net: nn.Module, fault: Exception) -> DerivativeError:
    if isinstance(fault, DerivativeError):
        return fault
    first = str(fault).strip().splitlines()[0]
    return diagnosis("exact", net, fault) or DerivativeError(
        "exact", f"{title(net)}: {first}", "choose finite_difference"
    )
