"""Which strategy takes a derivative: from facts and a cost in forwards, and the user's word."""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.probe import Facts


@dataclass(frozen=True, slots=True)
class Cost:
    """What a value with its derivative costs in forwards of the net, counted in GEMMs.

    forward: both, without a backward. step: with the backward that follows, of the value and,
    if gradient flows through it, of the derivative. memory: the tape, in tapes of a forward.
    """

    forward: float
    step: float
    memory: float


# Without gradient through the derivative, and with. Zero weight-tangents make a dual call of
# torch's three forwards; folded, two. A backward is two forwards for each that is taped.
COSTS: dict[tuple[str, bool], Cost] = {
    ("traced", False): Cost(2, 4, 1),
    ("traced", True): Cost(2, 6, 2.7),
    ("exact", False): Cost(4, 6, 1),
    ("exact", True): Cost(3, 9, 2.7),
    ("forward_ad", False): Cost(4, 6, 1),
    ("finite_difference", False): Cost(3, 5, 1),
    ("finite_difference", True): Cost(3, 9, 3),
    ("double_backward", False): Cost(5, 7, 1.2),
    ("double_backward", True): Cost(5, 13, 4),
}
ORDER = ("traced", "exact", "forward_ad", "double_backward", "finite_difference")


@dataclass(frozen=True, slots=True)
class Choice:
    """A strategy by name, why it, what it costs, and what would change the choice."""

    strategy: str
    reason: str
    cost: Cost
    otherwise: str


def plan(
    facts: Facts,
    flows_gradient: bool,
    *,
    order: int = 1,
    memory: float | None = None,
    compiled: bool = False,
    half: bool = False,
    wish: str | None = None,
) -> Choice:
    """The cheapest strategy that is right for this net; the user's wish if it can be done.

    order: of the derivative; above one it is nested. memory: the tapes of a forward that fit.
    compiled: the program goes through torch.compile. half: the net runs in half precision.
    Raises DerivativeError with its remedy where the wish, or every strategy, is impossible.
    """
    against = {name: _against(name, facts, flows_gradient, order, compiled) for name in ORDER}
    if wish is not None:
        if wish not in against:
            raise DerivativeError(wish, "there is no such strategy", f"one of {', '.join(ORDER)}")
        if (fault := against[wish]) is not None:
            raise fault
        return Choice(wish, "asked for", COSTS[wish, flows_gradient], "nothing: it was asked for")
    able = [name for name in ORDER if against[name] is None]
    fits = [n for n in able if memory is None or COSTS[n, flows_gradient].memory <= memory]
    best = (fits or able)[0]
    return Choice(
        best,
        _reason(best, facts, flows_gradient, compiled, half),
        COSTS[best, flows_gradient],
        _otherwise(best, facts, flows_gradient),
    )


def _against(
    name: str, facts: Facts, flows_gradient: bool, order: int, compiled: bool
) -> DerivativeError | None:
    """What forbids a strategy, or None."""
    blocked = facts.recorded if flows_gradient else facts.forward_mode
    if name in ("exact", "traced", "forward_ad") and blocked is not None:
        return DerivativeError(name, blocked.message, blocked.remedy)
    if order > 1 and name not in ("exact", "finite_difference"):
        return DerivativeError(name, f"a derivative of order {order} is nested", "choose exact")
    if name == "forward_ad" and (flows_gradient or compiled):
        return DerivativeError(
            name, "dual tensors are neither compiled nor differentiated again", "choose exact"
        )
    if name == "double_backward" and compiled:
        return DerivativeError(
            name, "a backward pass inside a program cannot be compiled", "choose exact"
        )
    if name == "double_backward" and _silently_wrong(blocked):
        return DerivativeError(
            name, "an operator's own derivative is wrong in torch", "choose finite_difference"
        )
    if name == "double_backward" and facts.sharded:
        return DerivativeError(
            name, "sharded weights are gone when its second backward runs", "choose exact"
        )
    if name == "traced" and facts.sharded:
        return DerivativeError(name, "sharded weights have no one graph", "choose exact")
    if name == "traced" and compiled:
        return DerivativeError(name, "the compiler traces and folds itself", "choose exact")
    if name == "finite_difference" and compiled and facts.draws:
        return DerivativeError(
            name,
            "a compiled program cannot draw its dropout mask again",
            "choose exact, or set dropout to 0",
        )
    return None


def _silently_wrong(fault: DerivativeError | None) -> bool:
    return fault is not None and "silently wrong" in fault.message


def _reason(name: str, facts: Facts, flows_gradient: bool, compiled: bool, half: bool) -> str:
    tape = "gradient flows through it" if flows_gradient else "it feeds only `sg`: no tape is kept"
    if name == "traced":
        return f"{tape}; the value is shared and zero weight-tangents are folded"
    if name == "exact":
        why = "the compiler shares, folds and drops" if compiled else "the net has no one graph"
        return f"{tape}; {why}"
    fault = facts.recorded if flows_gradient else facts.forward_mode
    why = fault.message if fault is not None else "nothing cheaper fits"
    rounding = "; calibrate its step: half precision" if half and "difference" in name else ""
    return f"{why}{rounding}"


def _otherwise(name: str, facts: Facts, flows_gradient: bool) -> str:
    if name == "traced":
        return "torch.compile (exact, folded by the compiler); a branch on values (exact)"
    if name == "exact":
        return "one process without sharding or compilation (traced)"
    fault = facts.recorded if flows_gradient else facts.forward_mode
    return fault.remedy if fault is not None else "more memory"
