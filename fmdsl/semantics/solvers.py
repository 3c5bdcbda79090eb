"""ODE solvers as expressions: a few unrolled steps inside an objective."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.terms.build import add, constant, divide, multiply, subtract
from fmdsl.terms.term import Term

Velocity = Callable[[Term, Term], Term]


def _moved(z: Term, h: Term, v: Term) -> Term:
    return add(z, multiply(h, v))


def _euler(v: Velocity, z: Term, t: Term, s: Term) -> Term:
    return _moved(z, subtract(s, t), v(z, t))


def _midpoint(v: Velocity, z: Term, t: Term, s: Term) -> Term:
    half = divide(subtract(s, t), constant(2))
    middle = _moved(z, half, v(z, t))
    return _moved(z, subtract(s, t), v(middle, add(t, half)))


def _heun(v: Velocity, z: Term, t: Term, s: Term) -> Term:
    """Trapezoidal; Karras et al. 2022, Algorithm 1."""
    first = v(z, t)
    second = v(_moved(z, subtract(s, t), first), s)
    return _moved(z, divide(subtract(s, t), constant(2)), add(first, second))


def _stepped(one: Callable[[Velocity, Term, Term, Term], Term]) -> Callable[..., Term]:
    def solve(v: Velocity, z: Term, start: Term, end: Term, steps: int) -> Term:
        span = divide(subtract(end, start), constant(steps))
        clocks = [add(start, multiply(constant(i), span)) for i in range(steps)] + [end]
        for t, s in zip(clocks, clocks[1:], strict=False):
            z = one(v, z, t, s)
        return z

    return solve


#: Method to `solve(velocity, z, from, to, steps)`.
SOLVERS: dict[str, Callable[..., Term]] = {
    "euler": _stepped(_euler),
    "midpoint": _stepped(_midpoint),
    "heun": _stepped(_heun),
}
