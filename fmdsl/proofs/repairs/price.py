"""A learned weight is not paid for, or at too high a price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name, Number, walk


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    weights = tuple(dict.fromkeys(_weights(site.body)))
    if isinstance(e, Call) and e.op in ("+", "-") and e.args[-1] in weights:
        first, price = e.args
        half = replace(e, args=(first, _half(price)))
        yield Edit(e, half, f"{quoted(price)} is to be halved", price.span)
        other = replace(e, op="-" if e.op == "+" else "+")
        yield Edit(e, other, f"{quoted(price)} has the wrong sign", price.span)
    if e is site.body:
        for price in weights:
            told = f"nothing pays for the weight {quoted(price)}"
            for paid in (price, _half(price)):
                yield from (Edit(e, Call(sign, (e, paid)), told) for sign in ("+", "-"))


def _weights(e: Expr) -> Iterator[Expr]:
    """What stands in `exp(w)` and `exp(-w)`."""
    for node in walk(e):
        if isinstance(node, Call) and node.op == "exp":
            (inner,) = node.args
            inner = inner.args[0] if isinstance(inner, Call) and inner.op == "neg" else inner
            if isinstance(inner, Name | Call):
                yield inner


def _half(e: Expr) -> Expr:
    return Call("/", (e, Number("2")))


REPAIR = Repair("price", _edits, only="learned weight", early=True)
