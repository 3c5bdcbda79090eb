"""What a thing is called in a message, in the spec's own names."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.checks.check import Found
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Label
from fmdsl.syntax.source import Span
from fmdsl.terms.build import poly
from fmdsl.terms.level import Poly
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term
from fmdsl.terms.types import Type, describe

#: An expression longer than this is not repeated in a sentence.
_LONG = 40


def level_words(spec: Elaborated) -> Callable[[Poly], str]:
    """Writes a level: by the name of a let that stands for it, else as a formula."""
    polys = ((poly(let), name) for name, let in spec.lets.items())
    named = {p: name for p, name in polys if p is not None and not _plain(p)}

    def write(level: Poly) -> str:
        return named.get(level) or level.show()

    return write


def phrase(spec: Elaborated, kind: Type) -> str:
    """`a point at level t`, `a velocity`."""
    return describe(kind, level_words(spec))


def _plain(level: Poly) -> bool:
    """A number or a drawn clock: shorter than any name for it."""
    return level.value is not None or (len(level.terms) == 1 and level.show().isidentifier())


def quoted(term: Term) -> str:
    """The expression in backticks, or `this` where it is long."""
    text = show_term(term)
    return f"`{text}`" if len(text) <= _LONG else "this"


def declared(spec: Elaborated, name: str) -> Span | None:
    """Where a net, a draw or a let gets its name."""
    if name in spec.outputs:
        return spec.outputs[name].span
    for draw in spec.spec.draws:
        if name in draw.names:
            return draw.name_spans[draw.names.index(name)]
    return next((t.name_span for t in spec.spec.lets if t.name == name), None)


def usage(spec: Elaborated, name: str) -> str:
    """How a net or a function let is called."""
    if name in spec.outputs:
        return signature(spec.outputs[name])
    params = next((t.params for t in spec.spec.lets if t.name == name), None)
    return f"{name}({', '.join(params or ('…',))})"


def trail(finding: Found) -> tuple[Label, ...]:
    """The calls of function lets by which a fault inside their bodies came about."""
    calls = finding.facts.get("calls", ())
    return tuple(Label(span, f"by this call of `{name}`") for name, span in calls[:1] if span)


def inside(spec: Elaborated, term: Term) -> tuple[Label, ...]:
    """The body of the let that an operand names: where its type comes from."""
    while term.op == "sg":
        term = term.args[0]
    for let in spec.spec.lets:
        if term.op == "let" and term["name"] == let.name and let.body.span:
            return (Label(let.body.span, f"`{let.name}` is {phrase(spec, term.type)}"),)
    return ()
