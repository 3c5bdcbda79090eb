"""The sampler reads what only training has

A sampler begins with noise. It has labels and noise, by the names they are drawn under, its own
state and times, and `fresh` noise; it has no data, and the times that training draws mean
nothing to it. A let of the training part (`z: path(x, e, t)`) brings all of these with it.

Wrong:

    sample:
      step(z, t, r): path(x, fresh, r)
      times: 1, 0

Right:

    sample:
      step(z, t, r): path(f(z, t), fresh, r)
      times: 1, 0
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import declared
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    rule = spec.sampler
    if rule is None:
        return
    told: set[str] = set()
    for at, name in _read(rule.body):
        if name not in told and at.span is not None:
            told.add(name)
            here = f"`{at['name']}` is made of `{name}`" if at.op == "let" else "read here"
            drawn = declared(spec, name)
            labels = [Label(at.span, here)]
            labels += [Label(drawn, f"`{name}` is drawn for training")] if drawn else []
            message = f"the sampler reads `{name}`, which only training has"
            helps = ("use the sampler's own state and times, its noise, or `fresh`",)
            yield Diagnostic("E0707", message, tuple(labels), helps=helps)


def _read(term: Term) -> Iterator[tuple[Term, str]]:
    """Training's draws below, each with the outermost let of the training part it comes by."""
    if term.op == "draw":
        yield term, term["name"]
    elif term.op == "let" and "(" not in term["name"]:
        inner = {name for _, name in _read(term.args[0])}
        yield from ((term, name) for name in sorted(inner))
    else:
        for argument in term.args[1:] if term.op == "path" else term.args:
            yield from _read(argument)


CHECK = Check("E0707", _run)
