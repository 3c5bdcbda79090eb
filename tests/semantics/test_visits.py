"""Clocks of the calls that training and the sampler make."""

from __future__ import annotations

import pytest

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.visits import sampler_visits, training_visits, uncovered
from fmdsl.syntax.reader import read, read_text


def _told(spec: Elaborated, net: str) -> tuple[set[str], set[str]]:
    """The orders of training's calls and of the sampler's."""
    trained = training_visits(spec, spec.outputs[net])
    return (
        {v.says(o) for v in trained for o in v.orders},
        {v.says(o) for v in sampler_visits(spec) for o in v.orders},
    )


@pytest.mark.parametrize(
    ("name", "net", "trained", "sampled"),
    [
        ("meanflow", "u", {"r < t", "r = t"}, {"r < t"}),
        ("tvm", "F", {"t > s", "t = s"}, {"t > s"}),
        ("flow_matching", "v", {""}, {""}),
    ],
)
def test_the_orders_of_shipped_specs(
    name: str, net: str, trained: set[str], sampled: set[str]
) -> None:
    assert _told(elaborate_spec(read(name)), net) == (trained, sampled)


SPEC = """\
spec: a
nets:
  u: student(point@t, t, h) -> tangent
draw:
  x: data
  e: noise
  r, t: ordered(uniform(LOW, 1))
let:
  z: path(x, e, t)
minimize:
  u: mse(u(z, t, t - r), sg(u(z, t, 0)))
sample:
  step(z, t, r): z - (t - r) * u(z, t, t - r)
  times: TIMES
"""


def _spec(low: str = "0", times: str = "1, 0") -> Elaborated:
    return elaborate_spec(read_text(SPEC.replace("LOW", low).replace("TIMES", times)))


def test_what_is_equal_only_at_the_end_of_time_is_not_another_order() -> None:
    """In the last step r = 0 and the gap equals t; in training it is only near it."""
    assert _told(_spec(), "u") == ({"t > h"}, {"t > h"})


def test_a_call_without_gradient_is_no_training() -> None:
    spec = _spec()
    (visit,) = training_visits(spec, spec.outputs["u"])
    assert visit.call.span is not None
    assert visit.call.span.text == "u(z, t, t - r)"


@pytest.mark.parametrize(
    ("low", "times", "clock"),
    [("0", "1, 0", None), ("0.04", "1, 0", None), ("0.3", "1, 0", 1), ("0.3", "1, 0.2, 0", 0)],
)
def test_a_clock_beyond_the_draws_is_found(low: str, times: str, clock: int | None) -> None:
    """h = t - r is at most 1 - low in training, and 1 in a single step."""
    spec = _spec(low, times)
    (visit,) = sampler_visits(spec)
    beyond = uncovered(visit, training_visits(spec, spec.outputs["u"]), 1.0)
    assert (beyond and beyond[0]) == clock
