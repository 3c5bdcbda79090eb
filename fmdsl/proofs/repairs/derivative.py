"""A derivative goes the wrong way: its variable, what it holds, what it moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name, Number, Tuple, names
from fmdsl.syntax.show import show

_FLIPPED = {"0": "1", "1": "0"}


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("D", (f, Name(by) as variable)):
            for clock in site.clocks:
                if clock != by:
                    told = f"the derivative is by `{by}`, and is to be by `{clock}`"
                    yield Edit(variable, replace(variable, id=clock), told)
                    if clock in names(f) and not e.kwargs:
                        held = Call("D", (f, Name(clock)), ((by, Number("0")),))
                        yield Edit(e, held, f"{told}, with `{by}` held", variable.span)
            yield from _keywords(e)
            yield from _moved(e, by, site)
            for clock in site.clocks:
                if clock != by and clock in names(f) and e.keyword(clock) is None:
                    held = replace(e, kwargs=(*e.kwargs, (clock, Number("0"))))
                    yield Edit(e, held, f"the derivative by `{by}` is to hold `{clock}`")
        case Call("jvp", (_, _, Tuple(items))):
            for item in items:
                if isinstance(item, Number) and item.text in _FLIPPED:
                    new = replace(item, text=_FLIPPED[item.text])
                    yield Edit(item, new, f"the tangent {quoted(item)} is to be {quoted(new)}")
        case _:
            pass


def _keywords(e: Call) -> Iterator[Edit]:
    for i, (name, value) in enumerate(e.kwargs):
        new = replace(e, kwargs=e.kwargs[:i] + e.kwargs[i + 1 :])
        what = f"holds `{name}`" if show(value) == "0" else f"moves `{name}` along {quoted(value)}"
        yield Edit(e, new, f"the derivative {what}, and is not to", value.span)


def _moved(e: Call, by: str, site: Site) -> Iterator[Edit]:
    """The state carried along a velocity of the spec's, and not along its path."""
    for state in (s for s, clock in site.states if clock == by and e.keyword(s) is None):
        for name, let in site.spec.lets.items():
            if let.type.kind in ("tangent", "vector") and name != site.name:
                moved = replace(e, kwargs=(*e.kwargs, (state, Name(name))))
                told = f"the derivative is to move `{state}` along `{name}`, and not along its path"
                yield Edit(e, moved, told)


REPAIR = Repair("derivative", _edits)
