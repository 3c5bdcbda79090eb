"""What torch's fused attention must keep for its backward, in a graph traced without a tape."""

from __future__ import annotations

from typing import Any

from torch.fx import Graph, Node

#: The argument by which an operator is told to keep its log-sum-exp.
FLAG = "compute_log_sumexp"


def keep_sums(graph: Graph) -> None:
    """Let every fused attention keep its log-sum-exp, as a call on the tape would.

    Torch asks for it where an argument requires gradient. Under forward mode none says so, and
    the backward then goes wrong: on CUDA cuDNN's gives back memory it never wrote, without a
    word, the memory-efficient one fails, and a compiler takes it for granted that it is there.
    """
    for node in graph.nodes:
        place = _place(node)
        if place is not None:
            node.update_arg(place, True)


def _place(node: Node) -> int | None:
    """Where the flag stands among the arguments of an operator that has one."""
    schema: Any = getattr(node.target, "_schema", None)
    names = [argument.name for argument in schema.arguments] if schema else []
    return names.index(FLAG) if FLAG in names else None
