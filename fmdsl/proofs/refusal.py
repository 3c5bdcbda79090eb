"""A refutation as a diagnostic: with its places in the spec, as a check has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from numbers import Rational

from fmdsl import algebra as al
from fmdsl.proofs.mend import Mend
from fmdsl.proofs.verdict import Verdict
from fmdsl.syntax.diagnostic import Diagnostic, Label

LONG = 200


def refutation(verdict: Verdict, mend: Mend | None) -> Diagnostic:
    """What is refuted, where; with the edit that mends it, where one is known."""
    message = f"{verdict.subject}: {verdict.reason}"
    helps = (mend.help,) if mend else (verdict.help,) if verdict.help else ()
    labels = tuple(_labels(verdict, mend))
    return Diagnostic(verdict.obligation, message, labels, tuple(_notes(verdict)), helps)


def with_mend(fault: Diagnostic, mend: Mend) -> Diagnostic:
    """A check's fault, and the edit that mends the spec."""
    told = tuple(label for label in _of(mend) if not _is_told(fault, label))
    helps = tuple(h for h in fault.helps if mend.new not in h)
    return replace(fault, labels=fault.labels + told, helps=(*helps, mend.help))


def _labels(verdict: Verdict, mend: Mend | None) -> Iterator[Label]:
    own = verdict.span
    if mend is None or mend.span is None:
        yield from (Label(own, "this is refuted"),) if own else ()
        return
    yield from _of(mend)
    apart = own and not (own.start <= mend.span.start and mend.span.end <= own.end)
    if own is not None and apart:
        yield Label(own, "this is refuted")


def _of(mend: Mend) -> Iterator[Label]:
    if mend.span is not None:
        yield Label(mend.span, mend.edit.words)


def _is_told(fault: Diagnostic, label: Label) -> bool:
    """Whether the fault points into the same place already."""
    where = label.span
    return any(
        f.span.source is where.source and f.span.start <= where.end and where.start <= f.span.end
        for f in fault.labels
    )


def _notes(verdict: Verdict) -> Iterator[str]:
    if verdict.residual is not None:
        told = al.text(verdict.residual)
        yield f"the residual is {told if len(told) <= LONG else 'long: `--steps` prints it'}"
    if verdict.counterexample is not None:
        yield f"with {instance(verdict.counterexample)} it is {world(verdict)}"


def instance(found: al.Counterexample) -> str:
    """What a counterexample takes for nets, flows and numbers."""
    return found.at or f"random polynomials and numbers (seed {found.seed}) for what is free"


def world(verdict: Verdict) -> str:
    """The counterexample's value, to four digits."""
    return "" if verdict.counterexample is None else digits(verdict.counterexample)


def digits(found: al.Counterexample) -> str:
    """The value of a counterexample, to four digits."""
    values = found.value if isinstance(found.value, list) else [found.value]
    told = ", ".join(map(_digits, values))
    return f"({told})" if len(values) > 1 else told


def _digits(value: object) -> str:
    """Four digits, of numbers beyond a float's range too."""
    try:
        return f"{float(value):.4g}"  # type: ignore[arg-type]
    except OverflowError:
        assert isinstance(value, Rational)
        return f"{Decimal(int(value.numerator)) / Decimal(int(value.denominator)):.4g}"
