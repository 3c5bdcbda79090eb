"""A comparison of things that are not alike

`sse`, `mse` and `huber` compare two sides, and both must be the same thing: two velocities, two
differences of velocities, two states at one level. Every vector of a spec is a weighted sum of
states and velocities; what the weights of states sum to, and where the sum lives, says what it
is. t = 0 is data and t = 1 is noise: the velocity of a straight path is noise minus data.

Wrong:

    let:
      loss: sse(v(z, t), x - e)

Right:

    let:
      loss: sse(v(z, t), e - x)

A derivative of a velocity is a difference of velocities, so that a regression target for a
velocity has exactly one velocity besides: `D(z, t) - (t - r) * D(u(z, r, t), t)`. A displacement
is a velocity times the time it takes: `(z - x) / t`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, Found, findings
from fmdsl.checks.words import inside, level_words, phrase, quoted, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.level import ONE, ZERO, Poly
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "operator_types"):
        complaint = f.facts["complaint"]
        yield _unlike(spec, f) if complaint.startswith("compares") else _refused(spec, f, complaint)


def _unlike(spec: Elaborated, f: Found) -> Diagnostic:
    a, b = f.facts["args"][:2]
    first, second = phrase(spec, a.type), phrase(spec, b.type)
    labels = (Label(t.span, f"this is {w}") for t, w in ((b, second), (a, first)) if t.span)
    return Diagnostic(
        "E0211",
        f"`{f.facts['name']}` compares {first} with {second}",
        (*labels, *inside(spec, b), *inside(spec, a), *trail(f)),
        helps=tuple(_remedy(spec, a, b)),
    )


def _refused(spec: Elaborated, f: Found, complaint: str) -> Diagnostic:
    labels = [Label(t.span, phrase(spec, t.type)) for t in f.facts["args"] if t.span]
    message = f"`{f.facts['name']}` cannot be taken of this: {complaint}"
    return Diagnostic("E0211", message, (*labels, *trail(f)) or (Label(f.span),))


def _remedy(spec: Elaborated, a: Term, b: Term) -> Iterator[str]:
    (m, p), (n, q) = (a.type.mass, a.type.moment), (b.type.mass, b.type.moment)
    assert m is not None and n is not None and p is not None and q is not None
    level = level_words(spec)
    if m == n == ZERO:
        yield from _displacements(a, b, p, q, level)
    elif m == n == ONE:
        yield "two states are compared at one level: move one of them to the level of the other"
    elif {m, n} == {ZERO, ONE}:
        yield "a state and a velocity: `z - t * v` is a state, `(z - x) / t` is a velocity"
    else:
        yield "weights of states sum to one in a state and to zero in a velocity"


def _displacements(a: Term, b: Term, p: Poly, q: Poly, level: object) -> Iterator[str]:
    assert callable(level)
    if p == -q:
        wrong = a if p == -ONE else b
        yield from _reversed(wrong)
    elif ZERO in (p, q) and ONE in (p, q):
        yield (
            "weights of velocities sum to one; derivatives and differences of velocities are added "
            "to one velocity, such as `D(z, t)`"
        )
    elif p == ONE or q == ONE:
        other = level(q if p == ONE else p)
        yield f"a velocity times {other} is such a displacement: divide by `{other}`"
    else:
        yield "both sides cover the same span of time, or the weights of their velocities differ"


def _reversed(wrong: Term) -> Iterator[str]:
    bare = wrong.bare
    while bare.op == "sg":
        bare = bare.args[0].bare
    if bare.op == "-":
        first, second = bare.args
        yield (
            f"t = 0 is data and t = 1 is noise: write `{quoted(second).strip('`')} - "
            f"{quoted(first).strip('`')}`, or `D(z, t)`"
        )
    else:
        yield "one of the two has the wrong sign"


CHECK = Check("E0211", _run)
