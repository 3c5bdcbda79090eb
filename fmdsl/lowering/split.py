"""Where a graph's batch is split: the first rows go one way, the others another."""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl.graph.node import Graph
from fmdsl.graph.structure import leading


@dataclass(frozen=True, slots=True)
class Cut:
    """Two clocks that are equal in the first rows, and the share of these."""

    low: str
    high: str
    share: float

    def cuts(self, rows: int) -> bool:
        """Whether both parts of a batch of this size have rows."""
        return 0 < leading(rows, self.share) < rows


def splits(graph: Graph) -> tuple[Cut, ...]:
    """The cuts that a graph relies on; none where no pass made any."""
    shares = {node["share"] for node in graph.nodes if node.op == "tail"}
    return tuple(Cut(d.low, d.high, d.share) for d in graph.diagonals if d.share in shares)
