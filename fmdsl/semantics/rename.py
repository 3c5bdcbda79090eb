"""One spec in the names of another: nets by role, clocks by what they do, draws by law."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.semantics.elaborated import Elaborated, LawTerm, Output
from fmdsl.syntax.expr import Name
from fmdsl.terms.term import Term, rewrite

Names = dict[str, str]


def correspondence(a: Elaborated, b: Elaborated) -> Names:
    """Names of `b` to the names in `a` that play the same part."""
    pairs = dict(_nets(a, b))
    for old, new in pairs.items():
        mine, theirs = _clocks(a.outputs[new]), _times(b.outputs[old], b)
        pairs = {**pairs, **{t: m for t, m in zip(theirs, mine, strict=False) if t and m}}
    pairs |= {t: m for t, m in _draws(a, b) if t not in pairs and m not in pairs.values()}
    pairs |= {y.state: x.state for x, y in zip(a.routes, b.routes, strict=False)}
    return pairs


def _nets(a: Elaborated, b: Elaborated) -> Iterator[tuple[str, str]]:
    rest = list(a.outputs.values())
    for theirs in b.outputs.values():
        alike = [o for o in rest if (o.role, o.index) == (theirs.role, theirs.index)]
        exact = [o for o in alike if o.kind == theirs.kind and o.name == theirs.name]
        if alike:
            chosen = (exact or alike)[0]
            rest.remove(chosen)
            yield theirs.name, chosen.name


def _clocks(output: Output) -> list[str | None]:
    """The clock of the state first, then the others in order."""
    levels = [s.level.id for s in output.inputs if isinstance(s.level, Name)]
    others = [s.clock for s in output.inputs if s.clock and s.clock not in levels]
    return [(levels or [None])[0], *others]


def _times(output: Output, spec: Elaborated) -> list[str | None]:
    """The clocks of a net that are quantities of its spec; a gap `h` is a name of its own."""
    known = {n for d in spec.draws for n in d.names} | set(spec.lets)
    known |= {r.clock for r in spec.routes}
    return [c if c in known else None for c in _clocks(output)]


def _draws(a: Elaborated, b: Elaborated) -> Iterator[tuple[str, str]]:
    rest = [(n, i, d.law) for d in a.draws for i, n in enumerate(d.names)]
    for draw in b.draws:
        for i, name in enumerate(draw.names):
            alike = [r for r in rest if r[1] == i and r[2].name == draw.law.name]
            same = [r for r in alike if r[0] == name]
            if alike:
                chosen = (same or alike)[0]
                rest.remove(chosen)
                yield name, chosen[0]


def renamed(term: Term, names: Names, spec: Elaborated) -> Term:
    """A term with its names replaced and the arguments of nets in canonical order."""

    def rule(t: Term) -> Term | None:
        if t.op == "jet" and t["fn"] in spec.outputs:
            return _canonical(t, names, spec.outputs[t["fn"]])
        if t.op in ("draw", "param", "let", "setting") and t["name"] in names:
            return _with_name(t, "name", names[t["name"]])
        return None

    return rewrite(term, rule)


def _with_name(t: Term, attr: str, name: str) -> Term:
    attrs = tuple((k, name if k == attr else v) for k, v in t.attrs)
    return Term(t.op, t.args, attrs, t.type, t.span)


def _canonical(t: Term, names: Names, output: Output) -> Term:
    """State, its clock, other clocks, the rest: whatever order the signature has."""
    order = slot_order(output)
    rows = (t.place, *t.directions)
    args = tuple(row[i] for row in rows for i in order)
    attrs = tuple((k, names.get(v, v) if k == "fn" else v) for k, v in t.attrs)
    return Term("jet", args, attrs, t.type, t.span)


def slot_order(output: Output) -> list[int]:
    """The positions of a signature in canonical order."""
    first = _clocks(output)[0]

    def rank(i: int) -> tuple[int, int]:
        slot = output.inputs[i]
        if slot.clock is None:
            return (3, i) if slot.kind == "label" else (0, i)
        return (1, i) if slot.clock == first else (2, i)

    return sorted(range(len(output.inputs)), key=rank)


def renamed_law(law: LawTerm, names: Names, spec: Elaborated) -> LawTerm:
    """A law with the draws it speaks of renamed."""
    params = tuple(
        renamed_law(p, names, spec) if isinstance(p, LawTerm) else renamed(p, names, spec)
        for p in law.params
    )
    return LawTerm(law.name, params, law.keywords, law.fields, law.span)
