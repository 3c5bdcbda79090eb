"""Faults inside one expression."""

from __future__ import annotations

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def e0130_unexpected_token(
    place: Span,
    found: str,
    wanted: str,
    helps: tuple[str, ...] = (),
    opened: Span | None = None,
) -> Diagnostic:
    """The expression cannot go on like this

    Something is missing before this place, or this does not belong here. Usual causes: a
    product without `*`, a parenthesis that is not closed, a power written `**`.

    Wrong:

        z: (1 - t) x + t * e

    Right:

        z: (1 - t) * x + t * e
    """
    labels = [Label(place, f"expected {wanted}")]
    if opened:
        labels.append(Label(opened, "this parenthesis is not closed"))
    return Diagnostic("E0130", f"unexpected {found}", tuple(labels), helps=helps)


def e0131_unexpected_character(place: Span, helps: tuple[str, ...] = ()) -> Diagnostic:
    """A character that no expression has

    Expressions have names, numbers, parentheses, commas and `+ - * / ^ @ = < <= > >= ->`.
    Names are in any script and may end in primes: `σ`, `x'`, `v_φ`.
    """
    message = f"unexpected character `{place.text}`"
    return Diagnostic("E0131", message, (Label(place),), helps=helps)


def e0132_number_out_of_bounds(place: Span, reason: str) -> Diagnostic:
    """A number that is too long, too large or too small

    Literals are kept exactly, as fractions, so that proofs are exact. Their length and their
    magnitude are bounded.
    """
    return Diagnostic("E0132", "the number is out of bounds", (Label(place, reason),))


def e0133_expression_too_long(place: Span, limit: int) -> Diagnostic:
    """The expression is too long

    An expression is something a person reads. Name its parts with `let`.
    """
    size = place.end - place.start
    return Diagnostic(
        "E0133",
        f"the expression is too long: {size:,} characters",
        (Label(Span(place.source, place.start, place.start + 1), "it begins here"),),
        (f"the limit is {limit:,} characters",),
        ("name its parts in `let`",),
    )


def e0134_too_deep(place: Span, limit: int) -> Diagnostic:
    """The expression is nested too deeply

    Each call and each operator is one level; a sum of n terms has n levels.
    """
    return Diagnostic(
        "E0134",
        "the expression is nested too deeply",
        (Label(place, f"this is deeper than {limit} levels"),),
        helps=("name its parts in `let`",),
    )


def e0135_power_out_of_bounds(place: Span, reason: str) -> Diagnostic:
    """A power that is too large

    `^` groups to the right, so `9^9^9` is `9^(9^9)`, a number of 369 million digits. Constants
    are kept exactly; a power that could not be written down is refused, not computed.
    """
    return Diagnostic("E0135", "the power is out of bounds", (Label(place, reason),))


def e0136_positional_after_keyword(place: Span) -> Diagnostic:
    """A positional argument after a keyword argument

    Positional arguments stand first.

    Wrong:

        f(z', F=ema(F, 0.95), s)

    Right:

        f(z', s, F=ema(F, 0.95))
    """
    return Diagnostic(
        "E0136",
        "a positional argument stands after a keyword argument",
        (Label(place),),
        helps=("put it before the first `name=value`",),
    )


def e0137_repeated_keyword(place: Span, first: Span, key: str) -> Diagnostic:
    """A keyword argument is given twice

    Which of the two is meant cannot be known.

    Wrong:

        D(u(z, r, t), t, z=w, z=0)

    Right:

        D(u(z, r, t), t, z=w)
    """
    return Diagnostic(
        "E0137",
        f"the keyword `{key}` is given twice",
        (Label(place, "given again here"), Label(first, "first given here")),
        helps=("remove one of them",),
    )
