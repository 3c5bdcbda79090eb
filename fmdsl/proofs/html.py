"""Reports as one self-contained page: verdicts, derivations, formulas in MathML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from fmdsl.proofs.mathml import block
from fmdsl.proofs.refusal import instance, world
from fmdsl.proofs.verdict import Step, Verdict
from fmdsl.proofs.verify import Report
from fmdsl.syntax.render import render
from fmdsl.syntax.style import html

_COLOURS = {
    "proved": "#1a7f37", "proved in the limit": "#1a7f37", "holds if": "#0969da",
    "holds on the oracle": "#0969da", "not decided": "#9a6700", "refuted": "#cf222e",
}  # fmt: skip
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; color: #1f2328; }
section { border-top: 1px solid #d0d7de; margin-top: 2rem; }
details { margin: .4rem 0; } summary { cursor: pointer; }
.kind { display: inline-block; min-width: 9.5rem; font-weight: 600; }
.obligation { color: #59636e; display: inline-block; min-width: 9rem; }
ol { margin: .5rem 0 1rem; } math { display: block; overflow-x: auto; padding: .3rem 0; }
.help { color: #59636e; }
pre { background: #f6f8fa; padding: .8rem; overflow-x: auto; font-size: .85rem; }
pre .error, pre .primary { color: #cf222e; } pre .message, pre .error { font-weight: 600; }
pre .secondary, pre .gutter { color: #0969da; } pre .help { color: #1a7f37; }
"""


def page(reports: Iterable[Report]) -> str:
    """The whole document; no script, nothing from outside."""
    body = "\n".join(part for report in reports for part in _report(report))
    head = f'<meta charset="utf-8"><title>Proofs</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _report(report: Report) -> Iterator[str]:
    yield f"<section><h1>{escape(report.name)}</h1><p>{escape(report.headline)}</p>"
    for refusal in report.refusals:
        yield f"<pre>{render(refusal, html)}</pre>"
    for verdict in report.verdicts:
        yield from _verdict(verdict)
    yield "</section>"


def _verdict(v: Verdict) -> Iterator[str]:
    colour = _COLOURS[v.kind]
    line = (
        f'<span class="kind" style="color:{colour}">{v.kind}</span>'
        f'<span class="obligation">{escape(v.obligation)}</span>'
        f"<b>{escape(v.subject)}</b>: {escape(v.reason)}"
    )
    if not v.steps and not v.is_refuted:
        yield f"<p>{line}</p>"
        return
    yield f"<details{' open' if v.is_refuted else ''}><summary>{line}</summary>"
    if v.is_refuted and v.counterexample is not None:
        taken = instance(v.counterexample)
        yield f"<p>With {taken} the residual is {escape(world(v))}.</p>"
    if v.help:
        yield f'<p class="help">{escape(v.help)}</p>'
    yield f"<ol>{''.join(map(_step, v.steps))}</ol></details>"


def _step(step: Step) -> str:
    formula = "" if step.form is None else block(step.form)
    return f"<li>{escape(step.words)}{formula}</li>"
