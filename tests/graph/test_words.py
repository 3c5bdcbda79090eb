"""Nodes without a name are told in the notation of the spec."""

from __future__ import annotations

import pytest

from fmdsl.graph import objective_graph
from fmdsl.graph.words import words
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read


@pytest.fixture(scope="module")
def meanflow():
    elaborated = elaborate_spec(read("meanflow"))
    return objective_graph(elaborated, elaborated.objectives[0])


def test_a_let_is_its_name(meanflow):
    assert words(meanflow, "z") == "z"


def test_a_difference_that_nobody_named_is_written_out(meanflow):
    (velocity,) = [n.name for n in meanflow.nodes if n.op == "-" and n.inputs == ("e", "x")]
    assert words(meanflow, velocity) == "e - x"


def test_a_number_is_itself(meanflow):
    assert words(meanflow, 0) == "0"
