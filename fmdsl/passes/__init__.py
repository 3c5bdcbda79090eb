"""Graph to graph: each pass one file and one function, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Collection

from fmdsl.graph.node import Graph
from fmdsl.graph.verify import verify
from fmdsl.passes.batch_calls import batch_calls
from fmdsl.passes.dead import dead
from fmdsl.passes.diagonal import diagonal
from fmdsl.passes.fold import fold
from fmdsl.passes.narrow import narrow
from fmdsl.passes.no_grad import no_grad
from fmdsl.passes.share_primal import share_primal

Pass = Callable[[Graph], Graph]

PASSES: dict[str, Pass] = {
    p.__name__: p for p in (fold, share_primal, diagonal, narrow, batch_calls, no_grad, dead)
}
#: What runs unless told otherwise.
DEFAULT: tuple[str, ...] = tuple(name for name in PASSES if name != "batch_calls")


def run(graph: Graph, names: Collection[str] = DEFAULT, *, debug: bool = False) -> Graph:
    """The graph after the named passes, in their own order.

    With `debug` it is verified before and after each, else once at the end.
    """
    if debug:
        verify(graph)
    for name, step in PASSES.items():
        if name in names:
            graph = step(graph)
            if debug:
                verify(graph, name)
    return graph if debug else verify(graph, "all passes")
