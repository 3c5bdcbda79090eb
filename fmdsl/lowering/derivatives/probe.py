"""What a net allows: tried once on two rows of its batch, not guessed from its class."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives.calibrate import relative_error
from fmdsl.lowering.derivatives.derivative import Net, Tangents, sharded
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.failure import diagnosis, title
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.tape import draws

WRONG = 0.05  # a derivative this far off, relatively and in float64, is not rounding


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found about a net.

    forward_mode, recorded: None if forward mode works, and gradient passes through it; else
        what stands in the way. A derivative that torch gives without complaint and that is
        wrong (`scatter_reduce('prod')` has a zero one) stands in the way too.
    draws: it draws random numbers. sharded: its weights are sharded, so it has no one graph.
    error: the relative error of forward mode against a finite difference in float64.
    """

    forward_mode: DerivativeError | None
    recorded: DerivativeError | None
    draws: bool = False
    sharded: bool = False
    error: float = 0.0


_known: weakref.WeakKeyDictionary[nn.Module, dict[Any, Facts]] = weakref.WeakKeyDictionary()


def probe(net: nn.Module, primals: Sequence[Any], tangents: Tangents) -> Facts:
    """The facts about `net`, found at its first call and remembered for its mode.

    It is run in float64 on the first two rows, with its weights a little displaced: a last
    layer that starts at zero would hide every fault behind it.
    """
    modes = _known.setdefault(net, {})
    key = (net.training, tuple(v is None for v in tangents))
    if key not in modes:
        with torch.random.fork_rng(), torch.enable_grad():
            modes[key] = _probe(net, primals, tangents)
    return modes[key]


def _probe(net: nn.Module, primals: Sequence[Any], tangents: Tangents) -> Facts:
    if sharded(net):
        return Facts(None, None, draws(net), sharded=True)
    weights = _displaced(net)
    few, along = _few(primals), _few(tangents)
    error, refused = 0.0, None
    try:
        error = _tangent_error(_with(net, weights), few, along)
        if error > WRONG:
            refused = _silent(net, "its forward-mode derivative", error)
    except (DerivativeError, RuntimeError, NotImplementedError) as fault:
        refused = _told(net, fault)
    if refused is not None:
        return Facts(refused, refused, draws(net), error=error)
    return Facts(None, _recorded(net, weights, few, along), draws(net), error=error)


def _displaced(net: nn.Module) -> dict[str, Tensor]:
    named = (*net.named_parameters(), *net.named_buffers())
    found: dict[str, Tensor] = {}
    for name, value in named:
        fine = value.detach().double() if value.is_floating_point() else value.detach().clone()
        moves = isinstance(value, nn.Parameter) and value.is_floating_point()
        found[name] = fine + 0.02 * torch.randn_like(fine) if moves else fine
    return found


def _with(net: nn.Module, weights: dict[str, Tensor]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        device = next((a.device.type for a in args if isinstance(a, Tensor)), "cpu")
        with torch.autocast(device, enabled=False):
            return torch.func.functional_call(net, dict(weights), args)

    return call


def _few(values: Sequence[Any]) -> tuple[Any, ...]:
    def one(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        rows = value.detach()[:2] if value.ndim else value.detach()
        return rows.double() if rows.is_floating_point() else rows

    return tuple(one(value) for value in values)


def _tangent_error(net: Net, primals: Sequence[Any], tangents: Tangents) -> float:
    state = torch.get_rng_state()
    _, found = Exact()(net, primals, tangents, record=False, primal=False)
    torch.set_rng_state(state)
    near = FiniteDifference(step=1e-4)
    _, truth = near(net, primals, tangents, record=False, primal=False)
    return relative_error(found, truth)


def _recorded(
    net: nn.Module, weights: dict[str, Tensor], primals: Sequence[Any], tangents: Tangents
) -> DerivativeError | None:
    """Whether the gradient through the derivative is the slope of the derivative."""
    names = [n for n, _ in net.named_parameters() if weights[n].is_floating_point()]
    state = torch.get_rng_state()

    def value(moved: dict[str, Tensor]) -> Tensor:
        torch.set_rng_state(state)
        call = _with(net, {**weights, **moved})
        _, dout = Exact()(call, primals, tangents, record=True, primal=False)
        parts = [dout] if isinstance(dout, Tensor) else list(dout)
        return torch.stack([part.sin().sum() for part in parts]).sum()

    leaves = {n: weights[n].clone().requires_grad_() for n in names}
    try:
        back = torch.autograd.grad(value(leaves), list(leaves.values()), allow_unused=True)
        grads = cast("tuple[Tensor | None, ...]", back)
    except (DerivativeError, RuntimeError, NotImplementedError) as fault:
        return _told(net, fault)
    across = {n: torch.randn_like(weights[n]) for n in names}
    slope = sum((g * across[n]).sum() for n, g in zip(names, grads) if g is not None)
    h = 1e-5
    with torch.no_grad():
        ends = [value({n: weights[n] + s * h * across[n] for n in names}) for s in (1.0, -1.0)]
    truth = (ends[0] - ends[1]) / (2 * h)
    error = float(abs(slope - truth) / truth.abs().clamp_min(1e-6))
    return _silent(net, "the gradient through its derivative", error) if error > WRONG else None


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
