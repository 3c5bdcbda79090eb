"""Which strategy takes a derivative: from facts, a cost in forwards, and the user's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from fmdsl.lowering.derivatives.derivative import Derivative
from fmdsl.lowering.derivatives.double_backward import DoubleBackward
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.forward_ad import ForwardAD
from fmdsl.lowering.derivatives.memory import Memory
from fmdsl.lowering.derivatives.probe import UNSEEN, Facts
from fmdsl.lowering.derivatives.traced import Traced

#: The user's word: `auto`, a strategy's name, a strategy, or one of these by net.
Choice = str | Derivative | Mapping[str, "str | Derivative"]
AUTO = "auto"
#: In the order in which they are preferred.
STRATEGIES: dict[str, type[Derivative]] = {
    kind.name: kind for kind in (Traced, Exact, ForwardAD, DoubleBackward, FiniteDifference)
}
#: Whether FSDP2 gathers weights outside of functional transforms: from torch 2.13 on.
GATHERS = tuple(map(int, torch.__version__.split(".")[:2])) >= (2, 13)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a derivative, known when the program is made.

    record: gradient flows through it. primal: its value is wanted too. order: above one it
    is nested. held: gradient passes to its arguments while its weights are held.
    wish: the user's word.
    """

    record: bool
    primal: bool = True
    order: int = 1
    held: bool = False
    wish: str | Derivative = AUTO


@dataclass(frozen=True, slots=True)
class Conditions:
    """Where it is taken. compiled: by `torch.compile`. half: in half precision.

    memory: what a tape of a forward takes, and what is free; None where unknown.
    """

    compiled: bool = False
    half: bool = False
    memory: Memory | None = None


#: Eager, in whole precision, with memory enough.
HERE = Conditions()


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
    ("forward_ad", True): Cost(3, 9, 2.7),
    ("finite_difference", False): Cost(3, 5, 1),
    ("finite_difference", True): Cost(3, 9, 3),
    ("double_backward", False): Cost(5, 7, 1.2),
    ("double_backward", True): Cost(5, 13, 4),
}
#: A difference with one shifted call, which shares the value: cheaper, and less exact.
ONE_SIDED = Cost(2, 6, 2)
#: These need a call more where the value is wanted and no tape is kept.
APART = ("exact", "forward_ad", "finite_difference")


@dataclass(frozen=True, slots=True)
class Planned:
    """A strategy, why it, what it costs, what would change the choice, and in what memory."""

    strategy: Derivative
    reason: str
    cost: Cost
    otherwise: str
    memory: Memory | None = None


def plan(asked: Asked, facts: Facts = UNSEEN, where: Conditions = HERE) -> Planned:
    """The cheapest strategy that is right for this net; the user's word if it can be done.

    A strategy given as an object is taken as it is. Raises DerivativeError with its remedy
    where what is asked for, or every strategy, is impossible.
    """
    if asked.order > 1:
        reason = f"a derivative of order {asked.order} is nested"
        return Planned(Exact(), reason, _scaled(asked), "a derivative of order one (traced)")
    if isinstance(asked.wish, Derivative):
        return _by_word(asked.wish, asked)
    against = {name: _against(name, asked, facts, where) for name in STRATEGIES}
    if asked.wish != AUTO:
        if (fault := against[asked.wish]) is not None:
            raise fault
        return _by_word(_made(asked.wish, where), asked)
    return _best([n for n, fault in against.items() if fault is None], asked, facts, where)


def wish(choice: Choice, net: str) -> str | Derivative:
    """The user's word for one net."""
    return choice.get(net, AUTO) if isinstance(choice, Mapping) else choice


def _by_word(strategy: Derivative, asked: Asked) -> Planned:
    return Planned(strategy, "asked for", cost(strategy, asked), "`auto`")


def _best(able: list[str], asked: Asked, facts: Facts, where: Conditions) -> Planned:
    costs = {name: COSTS[name, asked.record] for name in able}
    room = where.memory.tapes if where.memory else float("inf")
    fits = [n for n in able if costs[n].memory <= room]
    name = (fits or able)[0]
    if not fits and asked.record and "finite_difference" in able:
        strategy = replace(_difference(where), side="forward")
        why = f"{costs[name].memory:g} tapes for `{name}` do not fit in memory ({where.memory})"
        return Planned(strategy, why, ONE_SIDED, f"more memory, or fewer rows ({name})")
    strategy, why = _made(name, where), _reason(name, asked, facts)
    return Planned(strategy, why, cost(strategy, asked), _otherwise(name, asked, facts))


def _made(name: str, where: Conditions) -> Derivative:
    return _difference(where) if name == "finite_difference" else STRATEGIES[name]()


def _difference(where: Conditions) -> FiniteDifference:
    """Half precision is off by percents at its best step: the shifted calls run in float32."""
    return FiniteDifference(dtype=torch.float32 if where.half else None)


def cost(strategy: Derivative, asked: Asked) -> Cost:
    """What a strategy costs here."""
    if isinstance(strategy, FiniteDifference) and strategy.side != "central":
        return ONE_SIDED if asked.record else Cost(2, 4, 1)
    return _scaled(asked, strategy.name)


def _scaled(asked: Asked, name: str = "exact") -> Cost:
    whole = COSTS.get((name, asked.record), Cost(3, 6, 1))
    if asked.record or asked.primal or name not in APART:
        return replace(whole, forward=whole.forward * asked.order)
    return replace(whole, forward=(whole.forward - 1) * asked.order)


def _against(name: str, asked: Asked, facts: Facts, where: Conditions) -> DerivativeError | None:
    """What forbids a strategy, or None."""
    fault = _blocked(name, asked, facts)
    if fault is not None:
        return DerivativeError(name, fault.message, fault.remedy)
    for holds, why, remedy in _rules(name, asked, facts, where):
        if holds:
            return DerivativeError(name, why, remedy)
    return None


def _blocked(name: str, asked: Asked, facts: Facts) -> DerivativeError | None:
    """What the net itself refuses."""
    if name == "forward_ad":
        return facts.dual
    if name in ("exact", "traced"):
        return facts.recorded if asked.record else facts.forward_mode
    return None


def _rules(
    name: str, asked: Asked, facts: Facts, where: Conditions
) -> tuple[tuple[bool, str, str], ...]:
    """What the circumstances refuse: whether, why, and the remedy."""
    fault = facts.recorded if asked.record else facts.forward_mode
    wrong = fault is not None and "silently wrong" in fault.message
    draws = "a compiled program cannot draw its dropout mask again"
    return {
        "traced": (
            (asked.held, "weights that are held have no trace", "choose exact"),
            (facts.sharded, "sharded weights have no one graph", "choose exact"),
        ),
        "exact": (
            (
                facts.sharded and not GATHERS,
                "sharded weights cannot be gathered in it before torch 2.13",
                "install torch 2.13, or choose finite_difference",
            ),
        ),
        "forward_ad": (
            (asked.record, "gradient cannot flow through dual tensors", "choose exact or traced"),
            (where.compiled, "dual tensors cannot be compiled", "choose exact or traced"),
        ),
        "double_backward": (
            (where.compiled, "a backward inside a program cannot be compiled", "choose exact"),
            (wrong, "an operator's own derivative is wrong in torch", "choose finite_difference"),
            (facts.sharded, "sharded weights are gone at its second backward", "choose exact"),
        ),
        "finite_difference": (
            (where.compiled and facts.draws, draws, "choose exact, or set dropout to 0"),
        ),
    }[name]


def _reason(name: str, asked: Asked, facts: Facts) -> str:
    tape = "gradient flows through it" if asked.record else "it feeds only `sg`: no tape"
    if name == "traced":
        return f"{tape}; zero tangents are folded"
    fault = facts.recorded if asked.record else facts.forward_mode
    if fault is not None:
        return fault.message
    if facts.sharded and name != "exact":
        return f"{tape}; `exact` of sharded weights needs torch 2.13"
    if name == "exact":
        held = "the weights are held while gradient passes to the input"
        return f"{tape}; {held if asked.held else 'sharded weights have no one graph'}"
    return "nothing cheaper fits"


def _otherwise(name: str, asked: Asked, facts: Facts) -> str:
    """What would change the choice."""
    fault = facts.recorded if asked.record else facts.forward_mode
    if fault is not None:
        return fault.remedy
    if name == "traced":
        return "sharded weights or a branch on values (exact)"
    if facts.sharded and name != "exact":
        return "torch 2.13 (exact)"
    return "gradient to its weights (traced)" if asked.held else "one process (traced)"
