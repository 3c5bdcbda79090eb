"""Which strategy takes which derivative, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fmdsl.catalog import classes
from fmdsl.graph.node import Graph, Node
from fmdsl.lowering.derivatives.derivative import Derivative
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.error import CompileError, unknown_choice

Choice = str | Derivative | Mapping[str, "str | Derivative"]
Strategies = Mapping[str, Callable[[], Derivative]]
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Planned:
    """A strategy for one derivative and the reason for it."""

    strategy: Derivative
    reason: str


def plan(node: Node, choice: Choice) -> Planned:
    """The strategy of a derivative; the user's word is followed, for all nets or by net.

    Raises CompileError for a strategy that does not exist.
    """
    if isinstance(choice, Mapping):
        choice = choice.get(node["net"], AUTO)
    if node["order"] > 1:
        return Planned(Exact(), f"a derivative of order {node['order']} is nested")
    if isinstance(choice, Derivative):
        return Planned(choice, "asked for")
    known = strategies()
    if choice == AUTO:
        return _best(node, known)
    if choice not in known:
        raise CompileError([unknown_choice("derivative", choice, (AUTO, *known))])
    return Planned(known[choice](), "asked for")


def strategies() -> Strategies:
    """Every strategy by name."""
    return classes("fmdsl.lowering.derivatives", Derivative)


def _best(node: Node, known: Strategies) -> Planned:
    """One pass over a folded graph where there is one; torch's forward mode else."""
    if "traced" not in known or node["mode"] == "through":
        return Planned(Exact(), "the weights are held while gradient passes to the input")
    if node["record"]:
        return Planned(known["traced"](), "gradient flows through it; zero tangents are folded")
    return Planned(known["traced"](), "it feeds only `sg`: no tape; zero tangents are folded")


def forwards(node: Node, planned: str) -> float:
    """Cost of a call or a derivative in forwards of its net, in GEMMs, without its backward."""
    if node.op == "call":
        return 1.0
    value = 1.0 if node["primal"] else 0.0
    if planned == "traced":
        return 2.0
    if planned == "finite_difference":
        return 2.0 + value
    return 3.0 if node["record"] else 3.0 + value


def derivatives(graph: Graph) -> tuple[Node, ...]:
    """The derivatives that a graph takes."""
    return tuple(node for node in graph.nodes if node.op == "jvp")
