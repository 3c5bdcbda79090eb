"""Who receives gradient, from where, with every role respected."""

from __future__ import annotations

import pytest

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Gradient, gradient_of, gradient_to_all
from fmdsl.syntax.reader import read_text

SPEC = """\
spec: a
nets:
  u: student(point@t, t) -> tangent
  v: student(point@t, t) -> tangent
  a, b: student(point@t, t) -> tangent, tangent
  f: critic(point@t, t) -> tangent
  T: teacher(point@t, t) -> tangent
  E: frozen(point@t, t) -> tangent
  w: weight(t) -> scalar
draw:
  x: data
  e: noise
  t, s: uniform(0, 1)
let:
  z: path(x, e, t)
  y: e - u(e, 1)
  z': path(y, e, t)
  g(z): u(z, t)
minimize:
  GROUP: LOSS
"""


def spec_of(loss: str, group: str = "u") -> Elaborated:
    return elaborate_spec(read_text(SPEC.replace("GROUP", group).replace("LOSS", loss)))


def gradient(loss: str, group: str = "u") -> tuple[Gradient, Elaborated]:
    spec = spec_of(loss, group)
    assert not spec.findings
    return gradient_of(spec, spec.objectives[0]), spec


@pytest.mark.parametrize(
    ("loss", "reaches"),
    [
        ("sse(u(z, t))", True),
        ("sse(sg(u(z, t)))", False),
        ("sse(u(z, t), sg(u(z, t)))", True),
        ("sse(ema(u(z, t), 0.9))", False),
        ("sse(g(z))", True),
        ("sse(g(z, u=ema(u, 0.9)))", False),
        ("sse(T(z', t))", False),
        ("sse(E(z', t))", True),
        ("sse(f(z', t))", True),
        ("sse(v(z', t))", True),
        ("sse(v(path(sg(y), e, t), t))", False),
        ("sse(f(z, t))", False),
        ("mean(where(sum(y) > 0, z, -z))", False),
        ("mean(where(t > 0.5, y, z))", True),
        ("sum(sign(y))", False),
        ("sum(abs(y))", True),
    ],
)  # fmt: skip
def test_roles_and_stops_are_respected(loss: str, reaches: bool) -> None:
    follow, spec = gradient(loss)
    assert follow.reached(spec.objectives[0].loss) == (frozenset({"u"}) if reaches else frozenset())


def test_a_derivative_passes_gradient_to_weights_place_and_directions() -> None:
    """`D(E(z', t), t)`: the frozen net's place and its direction both hold u."""
    follow, spec = gradient("sse(D(E(z', t), t))")
    jet = next(t for t in follow.live(spec.objectives[0].loss) if t.op == "jet" and t["fn"] == "E")
    assert jet["order"] == 1
    assert follow.reached(jet.place[0]) == {"u"}
    assert follow.reached(jet.directions[0][0]) == {"u"}
    live, of = gradient("sse(D(u(z, t), t))")
    assert live.reached(of.objectives[0].loss) == {"u"}
    stopped, spec = gradient("sse(sg(D(u(z, t), t)))")
    assert not stopped.reached(spec.objectives[0].loss)


def test_outputs_of_one_net_are_one_weight_set() -> None:
    follow, spec = gradient("sse(b(z, t))", group="a")
    assert follow.reached(spec.objectives[0].loss) == {"a"}


def test_a_group_moves_only_the_nets_that_it_names() -> None:
    loss = "exp(-w(t)) * sse(f(z', t)) + w(t)"
    follow, spec = gradient(loss, group="f, w")
    assert follow.reached(spec.objectives[0].loss) == {"f", "w"}
    assert gradient_to_all(spec).reached(spec.objectives[0].loss) == {"f", "w", "u"}


def test_an_arrival_tells_its_call_and_the_way_to_it() -> None:
    follow, spec = gradient("mse(z' - x)")
    (arrival,) = follow.arrivals(spec.objectives[0].loss)
    assert arrival.net == "u"
    assert arrival.call.span is not None
    assert arrival.call.span.text == "u(e, 1)"
    assert [name for name, _ in arrival.names] == ["z'", "y"]
    assert [span.text for span in arrival.spans] == ["z'", "y", "u(e, 1)"]


def test_each_place_is_told_once() -> None:
    follow, spec = gradient("sse(u(z, t)) + sse(y - x) + sse(y)")
    texts = [a.call.span.text for a in follow.arrivals(spec.objectives[0].loss) if a.call.span]
    assert texts == ["u(z, t)", "u(e, 1)"]


def test_a_teacher_that_gradient_would_enter_is_told() -> None:
    follow, spec = gradient("sse(y - T(z', t)) + sse(T(z, t)) + sse(sg(T(z', t)))")
    (entry,) = follow.closed_calls(spec.objectives[0].loss)
    assert entry.net == "T"
    assert follow.reached(entry.call.args[0]) == {"u"}
