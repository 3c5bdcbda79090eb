"""Two terms of two specs in one set of names: states, clocks, labels, nets and settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.derivative import Tangent, derive
from fmdsl.algebra.field import generator
from fmdsl.algebra.gradient import variation
from fmdsl.algebra.walk import jets
from fmdsl.proofs.case import Part
from fmdsl.proofs.variation import Varied
from fmdsl.proofs.weighing import is_constant


def read(varied: Varied, part: Part, values: dict[Any, Any], nets: dict[Any, Any]) -> Varied:
    """A term in canonical names: its state is z, settings have the values asked for."""
    put: dict[Any, Any] = {}
    if varied.frame.z.terms:
        put[varied.frame.z] = al.state("z")
    used = {k: v for k, v in values.items() if al.symbol(k) in varied.at({}).deps}
    for weight in part.piece.weights:
        if is_constant(weight):
            varied = replace(varied, scale=varied.scale * varied.frame.read.scalar(weight))
    variations = {n.delta: _varied(f, n) for n, f in nets.items() if hasattr(n, "delta")}
    return mapped(mapped(varied, {**put, **used}), {**nets, **variations})


def _varied(formula: Any, net: Any) -> Any:
    """The variation of a net that is read as a formula of another: the formula's own."""

    def value(*args: Any) -> Any:
        form = formula(*args)
        moving = {f: variation(f) for f in al.nets_in(form) if f.moves}
        return derive(form, Tangent(nets=moving))

    return value


def mapped(varied: Varied, put: dict[Any, Any]) -> Varied:
    """The term with a substitution made in every part."""
    if not put:
        return varied
    pairs = tuple((al.put(x, put), al.put(y, put)) for x, y in varied.pairs)
    return replace(
        varied, pairs=pairs, rest=al.put(varied.rest, put), scale=al.put(varied.scale, put)
    )


def labels_alike(left: Varied, right: Varied) -> tuple[Varied, Varied]:
    """Where one spec is conditioned on a label and the other on none, it is left out."""
    ours, theirs = _labels(left), _labels(right)
    if not ours and len(theirs) == 1:
        return left, _unlabelled(right)
    if not theirs and len(ours) == 1:
        return _unlabelled(left), right
    return left, right


def _labels(varied: Varied) -> set[str]:
    parts = [form for pair in varied.pairs for form in pair] + [varied.rest]
    return {label for form in parts for jet in jets(form) for label in jet.labels}


def _unlabelled(varied: Varied) -> Varied:
    parts = [form for pair in varied.pairs for form in pair] + [varied.rest]
    labelled = {jet.fn for form in parts for jet in jets(form) if jet.labels}
    return mapped(varied, {al.Net(fn): _plain(fn) for fn in labelled})


def _plain(fn: al.Fn) -> Any:
    def value(*args: Any) -> Any:
        return al.Net(fn)(*(a for a in args if not isinstance(a, str)))

    return value


def left_over(left: Varied, right: Varied, clocks: dict[Any, Any]) -> dict[Any, Any]:
    """Draws that the learner does not see are dummies: paired in order of appearance."""
    bound = {al.symbol(c) for c in clocks}
    theirs = [s for s in _clocks(right) if s not in bound]
    taken = {s for c in clocks.values() for s in c.deps}
    mine = [s for s in _clocks(left) if s not in taken]
    if set(theirs) & set(mine) or len(theirs) != len(mine):
        return {}
    return {generator(b): generator(a) for a, b in zip(mine, theirs, strict=True)}


def _clocks(varied: Varied) -> list[al.Symbol]:
    found = [s for s in varied.at({}).deps if isinstance(s, al.Symbol) and s.kind == "time"]
    return sorted(found, key=lambda s: s.uid)
