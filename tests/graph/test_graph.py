"""Specs as graphs: what is written, that it prints and parses, that a broken one is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmdsl.graph import (
    BrokenGraph,
    Graph,
    Node,
    NotComputable,
    interpret,
    objective_graph,
    parse,
    sampler_graph,
    text,
    verify,
)
from fmdsl.graph.text import GraphSyntax
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.reader import read, read_text

SPECS = ("flow_matching", "meanflow", "tvm", "dmd2")
HEAD = """spec: small
nets:
  u: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
"""


def spec(name: str) -> Elaborated:
    return elaborate_spec(read(name))


def small(lets: str, loss: str) -> Graph:
    """The graph of a loss over one net and one state."""
    written = "".join(f"  {line}\n" for line in lets.splitlines())
    elaborated = elaborate_spec(read_text(f"{HEAD}{written}minimize:\n  u: {loss}\n"))
    return verify(objective_graph(elaborated, elaborated.objectives[0]))


def graphs(name: str) -> list[Graph]:
    one = spec(name)
    return [*(objective_graph(one, o) for o in one.objectives), sampler_graph(one)]


@pytest.mark.parametrize("name", SPECS)
def test_what_is_printed_parses_to_the_same(name: str) -> None:
    for graph in graphs(name):
        assert parse(text(graph)) == verify(graph)


def test_flow_matching_as_text() -> None:
    graph = graphs("flow_matching")[0]
    assert (
        text(graph)
        == """graph v
  t: scalar = input
  sub: scalar = - 1 t
  x: point@0 = input
  sub_wide: expanded = expand sub x
  mul: vector = * sub_wide x
  e: noise = input
  t_wide: expanded = expand t x
  mul_1: vector = * t_wide e
  z: point@t = + mul mul_1
  c: label = input
  v: tangent = call z t c {"copy": "live", "mode": "train", "net": "v", "outputs": 1}
  sub_1: tangent = - e x
  mse: scalar = mse v sub_1
loss v = mse
"""
    )


def test_lets_name_their_nodes() -> None:
    graph = graphs("meanflow")[0]
    assert {"z", "target", "error"} <= set(graph.by_name)
    assert graph.by_name["z"].type == "point@t"


def test_nothing_is_written_twice() -> None:
    """`u` at one place is one node, wherever the spec writes it."""
    for name in SPECS:
        for graph in graphs(name):
            said = [(n.op, n.inputs, n.attrs) for n in graph.nodes if n.op != "input"]
            assert len(said) == len(set(said))


def test_roles_and_groups_say_where_gradient_goes() -> None:
    generator, critic, _ = graphs("dmd2")
    modes = {n["net"]: n["mode"] for n in generator.nodes if n.op == "call"}
    assert modes == {"G": "train", "T": "off", "f": "through", "disc": "through"}
    modes = {n["net"]: n["mode"] for n in critic.nodes if n.op == "call"}
    assert modes == {"G": "through", "f": "train", "disc": "train"}


def test_a_number_in_the_place_of_a_clock_is_one_per_example() -> None:
    generator = graphs("dmd2")[0]
    assert generator.by_name["ones"].op == "full"
    assert generator.by_name["G"].inputs == ("ε", "ones", "c")


@pytest.mark.parametrize(("alpha", "op"), [("0", "sse"), ("0.5", "mse")])
def test_where_on_a_setting_is_a_branch(alpha: str, op: str) -> None:
    graph = small(f"a: {alpha}", "where(a > 0, mse(u(z, t), e - x), sse(u(z, t), e - x))")
    assert {n.op for n in graph.nodes} & {"mse", "sse", "where"} == {op}


def test_a_branch_that_is_not_taken_may_be_senseless() -> None:
    graph = small("a: 0", "where(a > 0, mse(u(z, t), (e - x) / a), mse(u(z, t), e - x))")
    assert "/" not in {n.op for n in graph.nodes}


def test_what_exists_in_proofs_only_has_no_graph() -> None:
    with pytest.raises(NotComputable, match="velocity"):
        small("", "mse(u(z, t), velocity(z, t))")


def test_a_second_derivative() -> None:
    """`D(D(u))` by nested central differences against a net that is quadratic in t."""
    graph = small("", "mse(D(D(u(z, t), t, z=0), t, z=0), sg(0 * e))")
    x = np.random.default_rng(0).normal(size=(4, 2))

    def net(z: np.ndarray, t: np.ndarray) -> np.ndarray:
        return 3 * (t**2)[:, None] + 0 * z

    found = interpret(graph, {"x": x, "e": x, "t": np.linspace(0, 1, 4)}, {"u": net})
    np.testing.assert_allclose(found["u"], 36.0, rtol=1e-4)


BROKEN = {
    "does not come before it": lambda g: replace(g, nodes=g.nodes[::-1]),
    "written twice": lambda g: replace(g, nodes=(*g.nodes, g.nodes[-1])),
    "no operation": lambda g: _with(g, Node("q", "quux", ("x",))),
    "other than 1 input": lambda g: _with(g, Node("q", "*", ("x",))),
    "none is expanded": lambda g: _with(g, Node("q", "*", ("t", "x"))),
    "lacks `index`": lambda g: _with(g, Node("q", "getitem", ("x",))),
    "not several": lambda g: _with(g, Node("q", "getitem", ("x",), (("index", 0),))),
    "no mode": lambda g: replace(g, nodes=tuple(_moded(n) for n in g.nodes)),
    "does not exist": lambda g: replace(g, outputs=(("u", "nothing"),)),
    "is no output": lambda g: replace(g, loss="w"),
}


def _with(graph: Graph, node: Node) -> Graph:
    return replace(graph, nodes=(*graph.nodes, node))


def _moded(node: Node) -> Node:
    return node.with_attrs(mode="sideways") if node.op == "call" else node


@pytest.mark.parametrize(("told", "broken"), BROKEN.items(), ids=BROKEN)
def test_a_broken_graph_is_told(told: str, broken) -> None:
    graph = graphs("meanflow")[0]
    with pytest.raises(BrokenGraph, match=told):
        verify(broken(graph))


def test_a_line_that_is_no_node_is_told() -> None:
    with pytest.raises(GraphSyntax, match="line 2"):
        parse("graph u\n  nonsense\n")
