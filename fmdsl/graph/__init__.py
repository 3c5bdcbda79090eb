"""One objective as a graph: built, printed, parsed, verified, interpreted."""

from __future__ import annotations

from fmdsl.graph.build import NotComputable, objective_graph, sampler_graph
from fmdsl.graph.interpret import interpret
from fmdsl.graph.node import Diagonal, Graph, Node
from fmdsl.graph.text import parse, text
from fmdsl.graph.verify import BrokenGraph, verify

__all__ = [
    "BrokenGraph",
    "Diagonal",
    "Graph",
    "Node",
    "NotComputable",
    "interpret",
    "objective_graph",
    "parse",
    "sampler_graph",
    "text",
    "verify",
]
