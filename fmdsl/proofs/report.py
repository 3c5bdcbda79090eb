"""A report as lines, as data, and with its derivations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.relate import Relation
from fmdsl.proofs.verdict import Verdict
from fmdsl.proofs.verify import Report
from fmdsl.syntax.render import to_json

_WIDTHS = (21, 18)


def lines(report: Report, steps: bool = False) -> Iterator[str]:
    """The headline, then a line for each verdict; with `steps` its derivation below it."""
    yield report.headline
    for verdict in report.verdicts:
        kind, obligation = verdict.kind.ljust(_WIDTHS[0]), verdict.obligation.ljust(_WIDTHS[1])
        yield f"  {kind}{obligation}{verdict.subject}: {verdict.reason}"
        if verdict.is_refuted:
            yield from (f"      {line}" for line in _against(verdict))
        if steps:
            yield from _derivation(verdict)


def _against(verdict: Verdict) -> Iterator[str]:
    if verdict.residual is not None:
        yield f"residual: {short(al.text(verdict.residual))}"
    if verdict.counterexample is not None:
        yield f"in the world of seed {verdict.counterexample.seed} it is {world(verdict)}"
    if verdict.help:
        yield f"help: {verdict.help}"


def world(verdict: Verdict) -> str:
    """The counterexample's value, to four digits."""
    return "" if verdict.counterexample is None else _value(verdict.counterexample)


def _value(found: al.Counterexample) -> str:
    values = found.value if isinstance(found.value, list) else [found.value]
    told = ", ".join(f"{float(v):.4g}" for v in values)
    return f"({told})" if len(values) > 1 else told


def _derivation(verdict: Verdict) -> Iterator[str]:
    for i, step in enumerate(verdict.steps, 1):
        yield f"      {i}. {step.words}"
        if step.form is not None:
            yield f"           {step.text}"
            yield f"           $ {step.latex} $"


def as_json(report: Report) -> dict[str, Any]:
    """The report as data: kinds, reasons, residuals, derivations in text and LaTeX."""
    return {
        "spec": report.name,
        "refused": report.is_refused,
        "headline": report.headline,
        "faults": [to_json(d) for d in report.faults],
        "verdicts": [_verdict_json(v) for v in report.verdicts],
    }


def _verdict_json(v: Verdict) -> dict[str, Any]:
    line = v.span.source.text.count("\n", 0, v.span.start) + 1 if v.span else None
    return {
        "verdict": v.kind,
        "obligation": v.obligation,
        "subject": v.subject,
        "reason": v.reason,
        "help": v.help,
        "line": line,
        "residual": None if v.residual is None else al.text(v.residual),
        "counterexample": None if v.counterexample is None else _world_json(v),
        "steps": [{"words": s.words, "text": s.text, "latex": s.latex} for s in v.steps],
    }


def _world_json(v: Verdict) -> dict[str, Any]:
    assert v.counterexample is not None
    found = v.counterexample
    return {"seed": found.seed, "dim": found.dim, "value": world(v)}


def short(text: str, most: int = 200) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def relation_lines(a: str, b: str, found: Relation) -> Iterator[str]:
    """A relation, its reason, and its derivation."""
    yield f"{a} and {b}: {found.kind}: {found.reason}"
    if found.counterexample is not None:
        seed, value = found.counterexample.seed, _value(found.counterexample)
        yield f"  in the world of seed {seed} they are apart by {value}"
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
