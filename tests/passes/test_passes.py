"""Each pass by what it makes of a small graph: see the Markdown files beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.graph import objective_graph, parse, text, verify
from fmdsl.passes import DEFAULT, PASSES, run
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read
from tests.markdown import Case, cases

SPECS = ("flow_matching", "meanflow", "tvm", "dmd2")


def after(name: str, given: str) -> str:
    """The graph of a Markdown block after one pass."""
    return text(verify(PASSES[name](verify(parse(given))), name))


@pytest.mark.parametrize("case", cases(Path(__file__).parent), ids=str)
def test_before_and_after(case: Case) -> None:
    """A file is a pass; a block is a graph before it, the next one the graph after it."""
    case.check(lambda given: after(case.file.stem, given))


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("name", PASSES)
def test_a_pass_finds_nothing_left_to_do(spec: str, name: str) -> None:
    """Twice is once."""
    elaborated = elaborate_spec(read(spec))
    for objective in elaborated.objectives:
        once = PASSES[name](objective_graph(elaborated, objective))
        assert text(PASSES[name](once)) == text(verify(once, name))


def test_passes_run_in_their_own_order() -> None:
    elaborated = elaborate_spec(read("meanflow"))
    graph = objective_graph(elaborated, elaborated.objectives[0])
    assert run(graph, DEFAULT[::-1]) == run(graph, DEFAULT, debug=True)
    assert run(graph, ()) == graph


def test_a_law_without_equal_rows_is_not_split() -> None:
    """TVM's gap is never zero: no row may skip its derivative."""
    elaborated = elaborate_spec(read("tvm"))
    graph = objective_graph(elaborated, elaborated.objectives[0])
    assert run(graph, ("diagonal",)) == graph


def test_a_derivative_that_is_asked_for_is_taken_on_every_row() -> None:
    elaborated = elaborate_spec(read("meanflow"))
    graph = objective_graph(elaborated, elaborated.objectives[0], ("target",))
    assert "tail" in {n.op for n in run(graph).nodes}, "the target is right without it"
    shown = graph.replaced(graph.nodes, outputs=(*graph.outputs, ("du", "du")))
    assert "tail" not in {n.op for n in run(shown).nodes}
