"""A report as lines, as data, and with its derivations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.mend import Mend
from fmdsl.proofs.refusal import digits, instance, refutation, world
from fmdsl.proofs.relate import Relation
from fmdsl.proofs.verdict import Verdict
from fmdsl.proofs.verify import Report
from fmdsl.syntax.render import render_all, to_json
from fmdsl.syntax.source import Span
from fmdsl.syntax.style import Style, plain

_WIDTHS = (21, 18)


def lines(report: Report, steps: bool = False, style: Style = plain) -> Iterator[str]:
    """The headline, what refuses the spec and where, then a line for each verdict.

    With `steps` its derivation stands below each verdict.
    """
    yield report.headline
    if report.refusals:
        yield from ("", render_all(report.refusals, style), "")
    for verdict in report.verdicts:
        kind, obligation = verdict.kind.ljust(_WIDTHS[0]), verdict.obligation.ljust(_WIDTHS[1])
        yield f"  {kind}{obligation}{verdict.subject}: {verdict.reason}"
        if steps:
            yield from _derivation(verdict)


def _derivation(verdict: Verdict) -> Iterator[str]:
    for i, step in enumerate(verdict.steps, 1):
        yield f"      {i}. {step.words}"
        if step.form is not None:
            yield f"           {step.text}"
            yield f"           $ {step.latex} $"


def as_json(report: Report) -> dict[str, Any]:
    """The report as data: kinds, reasons, places, residuals, derivations in text and LaTeX.

    Lines and columns count from 1. A refuted verdict's place is that of the edit which mends
    the spec, where there is one, and its labels are those of the text.
    """
    return {
        "spec": report.name,
        "refused": report.is_refused,
        "headline": report.headline,
        "mend": None if report.mend is None else _mend_json(report.mend),
        "faults": [to_json(d) for d in report.faults],
        "verdicts": [_verdict_json(v, report) for v in report.verdicts],
    }


def _mend_json(mend: Mend) -> dict[str, Any]:
    return {"where": mend.site.name, "words": mend.edit.words, "text": mend.text} | _place(
        mend.span
    )


def _verdict_json(v: Verdict, report: Report) -> dict[str, Any]:
    labels = to_json(refutation(v, report.mend))["labels"] if v.is_refuted else []
    first = report.mend.span if v.is_refuted and report.mend else v.span
    return {
        "verdict": v.kind,
        "obligation": v.obligation,
        "subject": v.subject,
        "reason": v.reason,
        "help": v.help,
        **_place(first),
        "labels": labels,
        "residual": None if v.residual is None else al.text(v.residual),
        "counterexample": None if v.counterexample is None else _world_json(v),
        "steps": [{"words": s.words, "text": s.text, "latex": s.latex} for s in v.steps],
    }


def _place(span: Span | None) -> dict[str, int | None]:
    line, column = span.source.position(span.start) if span else (None, None)
    return {"line": line, "column": column}


def _world_json(v: Verdict) -> dict[str, Any]:
    assert v.counterexample is not None
    found = v.counterexample
    return {"seed": found.seed, "dim": found.dim, "value": world(v)}


def relation_lines(a: str, b: str, found: Relation) -> Iterator[str]:
    """A relation, its reason, and its derivation."""
    yield f"{a} and {b}: {found.kind}: {found.reason}"
    if found.counterexample is not None:
        taken, value = instance(found.counterexample), digits(found.counterexample)
        yield f"  with {taken} they are apart by {value}"
    for i, step in enumerate(found.steps, 1):
        yield f"  {i}. {step.words}"
        if step.form is not None:
            yield f"       {step.text}"
            yield f"       $ {step.latex} $"


def relation_json(a: str, b: str, found: Relation) -> dict[str, Any]:
    """A relation as data."""
    return {
        "a": a,
        "b": b,
        "relation": found.kind,
        "reason": found.reason,
        "factor": None if found.factor is None else al.text(found.factor),
        "residual": None if found.residual is None else al.text(found.residual),
        "steps": [{"words": s.words, "text": s.text, "latex": s.latex} for s in found.steps],
    }
