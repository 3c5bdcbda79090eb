"""The objectives that follow from a law, as specs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objective:
    """A point of the table law × variable × net × stops.

    `own_velocity` says what stands for v: the conditional velocity, or the net's own diagonal.
    """

    name: str
    law: str
    by: str
    net: str
    stop: str
    words: str
    body: str
    own_velocity: str = "conditional"

    @property
    def text(self) -> str:
        return f"spec: {self.name}\n{self.body}"


_AVERAGE = """
nets:
  u: student(point@t, r, t) -> tangent
draw:
  x: data
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)
"""
_STEP = """
identity: meanflow(u)
sample:
  step(z, t, r): z - (t - r) * u(z, r, t)
  times: 1, 0
"""
_OWN = """
nets:
  u: student(point@t, r, t) -> tangent
draw:
  x: data
  e: noise
  r, t: ordered(uniform(0, 1))
  s: uniform(0, 1)
"""

OBJECTIVES: tuple[Objective, ...] = (
    Objective(
        "average_by_t", "average", "t", "u", "target",
        "Solve for u, put the conditional velocity for v, and stop the other side.",
        _AVERAGE + """
let:
  z: path(x, e, t)
  target: D(z, t) - (t - r) * D(u(z, r, t), t)
minimize:
  u: sse(u(z, r, t), sg(target))
""" + _STEP,
    ),
    Objective(
        "velocity_by_t", "average", "t", "u", "derivative",
        "Solve for v, regress on the conditional velocity, and stop the derivative alone.",
        _AVERAGE + """
let:
  z: path(x, e, t)
  V: u(z, r, t) + (t - r) * sg(D(u(z, r, t), t))
minimize:
  u: sse(V, D(z, t))
""" + _STEP,
    ),
    Objective(
        "eulerian", "average", "t", "u", "space",
        "Put the net's own diagonal for v, stop it and the derivative in space, and tie the "
        "diagonal to the data.",
        _OWN + """
let:
  z: path(x, e, t)
  z': path(x, e, s)
  v: u(z, t, t)
  in_time: D(u(z, r, t), t, z=0)
  in_space: D(u(z, r, t), t, z=v) - D(u(z, r, t), t, z=0)
  eulerian: sse(u(z, r, t) + (t - r) * (in_time + sg(in_space)), sg(v))
  diagonal: sse(u(z', s, s), D(z', s))
minimize:
  u: eulerian + diagonal
""" + _STEP,
        "diagonal",
    ),
    Objective(
        "lagrangian", "average", "r", "u", "velocity",
        "Stop the velocity at the mapped point, and tie the diagonal to the data.",
        _OWN + """
let:
  z: path(x, e, t)
  z': path(x, e, s)
  X(z, r, t): z - (t - r) * u(z, r, t)
  lagrangian: sse(D(X(z, r, t), r), sg(u(X(z, r, t), r, r)))
  diagonal: sse(u(z', s, s), D(z', s))
minimize:
  u: lagrangian + diagonal
""" + _STEP,
        "diagonal",
    ),
    Objective(
        "terminal_velocity", "map", "s", "F", "velocity",
        "Stop the velocity at the mapped point, and tie the diagonal to the data.",
        """
nets:
  F: student(point@t, t, s) -> tangent
draw:
  x: data
  e: noise
  s, t: ordered(uniform(0, 1))
  s': uniform(0, 1)
let:
  z: path(x, e, t)
  z': path(x, e, s')
  f(z, t, s): z + (s - t) * F(z, t, s)
  terminal: sse(D(f(z, t, s), s), sg(F(f(z, t, s), s, s)))
  flow_matching: sse(F(z', s', s'), D(z', s'))
minimize:
  F: terminal + flow_matching
identity: terminal_velocity(f)
sample:
  step(z, t, s): f(z, t, s)
  times: 1, 0
""",
        "diagonal",
    ),
    Objective(
        "continuous_consistency", "consistency", "t", "F", "derivative",
        "Descend along the derivative, which is the gradient of an inner product with it stopped.",
        """
nets:
  F: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
  f(z, t): z - t * F(z, t)
minimize:
  F: dot(f(z, t), sg(D(f(z, t), t)))
identity: consistency(f)
sample:
  step(z, t, s): path(f(z, t), fresh, s)
  times: 1, 0
""",
    ),
)  # fmt: skip
