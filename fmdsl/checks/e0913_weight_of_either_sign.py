"""The weight of a score difference may be negative

What a sample descends along may be divided by a length, so that its size is the same at every
noise level: `mean(abs(y - real))` in distribution matching. The mean of the difference itself has
either sign, and is zero in between: where it is negative, samples are driven away from the data.

Wrong:

    let:
      direction: (fake - real) / mean(y - real)
    minimize:
      G: dot(y, sg(direction))

Right:

    let:
      direction: (fake - real) / mean(abs(y - real))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.samples import prescribed, student_groups
from fmdsl.checks.words import quoted
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import calls_by_role, gradient_of
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    facts = ranges(spec)
    for group in student_groups(spec):
        for term in gradient_of(spec, group).live(group.loss):
            for sample, target, _ in prescribed(term):
                if calls_by_role(spec, target, "teacher", "frozen"):
                    yield from _weighed(sample, target, facts)


def _weighed(sample: Term, target: Term, facts: Ranges) -> Iterator[Diagnostic]:
    for t in _scaled(target, sample):
        for weight in (a for a in t.args if a.type.is_scalar and _is_of_vectors(a)):
            low, high = facts.of(weight)
            if low < 0 < high and weight.span is not None:
                yield _told(weight, t.op)


def _scaled(term: Term, apart: Term) -> Iterator[Term]:
    """The products and quotients by which a vector expression is weighed."""
    bare = term.bare
    if bare == apart or not bare.type.is_vector or bare.op in ("jet", "draw", "path"):
        return
    if bare.op in ("*", "/"):
        yield bare
    for a in bare.args:
        yield from _scaled(a, apart)


def _is_of_vectors(weight: Term) -> bool:
    return any(t.type.is_vector for t in walk(weight))


def _told(weight: Term, op: str) -> Diagnostic:
    by = "divided" if op == "/" else "multiplied"
    assert weight.span is not None
    return Diagnostic(
        "E0913",
        f"a score difference is {by} by {quoted(weight)}, which may be negative",
        (Label(weight.span, "of either sign"),),
        ("where it is negative, the sample is driven away from the data",),
        ("take a length: `mean(abs(…))`, `norm(…)`",),
    )


CHECK = Check("E0913", _run)
