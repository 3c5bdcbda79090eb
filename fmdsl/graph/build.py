"""Elaborated spec to graphs: one per objective, one for the sampler.

Wrappers vanish and leave their names; numbers per example are expanded where they meet a
vector; a number in a clock's slot becomes one per example; settings are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fmdsl.graph.builder import Builder
from fmdsl.graph.calls import put_features, put_jet
from fmdsl.graph.constants import evaluated, plain
from fmdsl.graph.node import Diagonal, Graph, Ref
from fmdsl.ops import OPERATORS
from fmdsl.semantics.elaborated import Elaborated, LawTerm, Objective
from fmdsl.syntax.source import Span
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term
from fmdsl.terms.types import LABEL, Type

_NAMELESS = frozenset({"const", "setting", "draw", "param", "progress", "jet", "pi", "null"})


class NotComputable(Exception):
    """A term that exists in proofs only, or a value that no tensor stands for."""

    def __init__(self, term: Term, reason: str) -> None:
        self.term = term
        self.reason = reason
        super().__init__(f"{show_term(term)}: {reason}")


def objective_graph(spec: Elaborated, objective: Objective, ask: Iterable[str] = ()) -> Graph:
    """The loss of a group per example, under the group's name, and the lets asked for.

    Raises NotComputable for what has no value outside of a proof.
    """
    moved = {spec.outputs[n].weights for n in objective.nets if n in spec.outputs}
    asked = {name: spec.lets[name] for name in ask}
    writer = Writer(spec, moved, (objective.loss, *asked.values()))
    outputs = {objective.name: writer.ref(objective.loss)}
    outputs |= {name: writer.ref(term) for name, term in asked.items()}
    return Graph(
        objective.name,
        tuple(writer.builder.nodes.values()),
        tuple(outputs.items()),
        objective.name,
        _diagonals(spec),
    )


def sampler_graph(spec: Elaborated) -> Graph:
    """The step, the velocity or the draw of the sampler; nothing in it is trained."""
    assert spec.sampler is not None
    writer = Writer(spec, None, (spec.sampler.body,))
    outputs = ((spec.sampler.kind, writer.ref(spec.sampler.body)),)
    return Graph("sample", tuple(writer.builder.nodes.values()), outputs)


def _diagonals(spec: Elaborated) -> tuple[Diagonal, ...]:
    found: list[Diagonal] = []
    for drawn in spec.draws:
        share = dict(drawn.law.keywords).get("equal", 0.0)
        if drawn.law.name == "ordered" and len(drawn.names) == 2 and 0 < share < 1:
            found.append(Diagonal(*drawn.names, share))
    return tuple(found)


class Writer:
    """Terms into nodes; `moved` are the weight sets that the group trains, None in a sampler."""

    def __init__(self, spec: Elaborated, moved: set[str] | None, roots: tuple[Term, ...]) -> None:
        self.spec = spec
        self.moved = moved
        self.names = _let_names(spec)
        self.draws = _drawn(spec)
        self.likes = _likes(spec, roots)
        self.builder = Builder({*self.names.values(), *self.draws, *spec.outputs})
        #: Where the `D(…)` stands that is being written.
        self.derivative: Span | None = None
        self._done: dict[int, Ref] = {}

    def ref(self, term: Term) -> Ref:
        """The node or number that a term is."""
        bare = term.bare
        if term.op == "let" and term["name"].endswith("(…)"):
            stem = term["name"].removesuffix("(…)")
            if stem not in ("D", "solve") and bare.op not in _NAMELESS:
                self.names.setdefault(term.key, stem)
        if term.key not in self._done:
            outer = self.derivative
            if term.op == "let" and term["name"] == "D(…)":
                self.derivative = term.span
            self._done[term.key] = self._write(bare, term.type)
            self.derivative = outer
        return self._done[term.key]

    def name(self, term: Term) -> str:
        return self.names.get(term.key, "")

    @property
    def like(self) -> str:
        """The input whose batch axis and number of axes everything shares."""
        return self.ref_input(*self.likes)

    def ref_input(self, name: str, kind: Type) -> str:
        return self.builder.put("input", type=type_text(kind), name=name)

    def _write(self, term: Term, kind: Type) -> Ref:
        match term.op:
            case "const" | "setting":
                return plain(term["value"])
            case "pi":
                return 3.141592653589793
            case "progress":
                return self.builder.put("input", type="number", name="progress")
            case "draw" | "param":
                return self.ref_input(term["name"], term.type)
            case "fresh":
                return self.ref_input(dict(term.attrs).get("name", "fresh"), term.type)
            case "null":
                return self.builder.put("full", -1, self.like, type="label", label=True)
            case "jet":
                return put_jet(self, term)
            case "features":
                return put_features(self, term)
            case "sg":
                return self.stopped(self.ref(term.args[0]), term)
            case op if op in OPERATORS:
                return self._operator(term, kind)
            case _:
                raise NotComputable(term, f"`{term.op}` has no value outside of a proof")

    def stopped(self, ref: Ref, term: Term) -> Ref:
        if not isinstance(ref, str):
            return ref
        kind = self.builder.nodes[ref].type
        return self.builder.put("sg", ref, type=kind, span=term.span)

    def _operator(self, term: Term, kind: Type) -> Ref:
        if term.op == "where":
            chosen = self.ref(term.args[0])
            if not isinstance(chosen, str):
                return self.ref(term.args[1] if chosen else term.args[2])
        refs = tuple(self.ref(a) for a in term.args)
        if term.op == "where" and not any(isinstance(r, str) for r in refs[1:]):
            # torch takes two numbers for single precision, whatever the rest has
            refs = (refs[0], self.per_example(refs[1]), refs[2])
        value = evaluated(term.op, refs, term.attrs)
        if value is not None:
            return value
        if OPERATORS[term.op].broadcasts:
            refs = self._met(refs)
        text = type_text(kind) if term.batched else "number"
        attrs = dict(term.attrs)
        name = self.name(term)
        return self.builder.put(term.op, *refs, type=text, name=name, span=term.span, **attrs)

    def _met(self, refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
        """Numbers per example, expanded where they meet a vector."""
        nodes = [self.builder.node(r) for r in refs]
        vector = next((n for n in nodes if n is not None and n.is_vector), None)
        if vector is None:
            return refs
        return tuple(
            self._expanded(n.name, vector.name) if n is not None and n.is_scalar else r
            for r, n in zip(refs, nodes)
        )

    def _expanded(self, scalar: str, vector: str) -> str:
        odd = self.builder.nodes[vector].kind == "feature" or self.likes[1].is_scalar
        like = vector if odd or len(_states(self.spec)) > 1 else self.like
        return self.builder.put("expand", scalar, like, type="expanded", name=f"{scalar}_wide")

    def per_example(self, ref: Ref) -> Ref:
        """A number as one per example."""
        node = self.builder.node(ref)
        if node is not None and node.kind != "number":
            return ref
        name = "ones" if ref == 1 else ""
        return self.builder.put("full", ref, self.like, type="scalar", name=name)


def type_text(kind: Type) -> str:
    """`tangent`, `point@t`."""
    if kind.kind == "point" and kind.level is not None:
        level = kind.level.show(lambda a: show_term(a) if isinstance(a, Term) else str(a))
        return f"point@{level}".replace(" ", "")
    return kind.kind


def _let_names(spec: Elaborated) -> dict[int, str]:
    named = [(t.key, n) for n, t in spec.lets.items() if t.bare.op not in _NAMELESS]
    return dict(reversed(named))


def _drawn(spec: Elaborated) -> tuple[str, ...]:
    return tuple(name for drawn in spec.draws for name in drawn.names)


def _states(spec: Elaborated) -> list[str]:
    """The fields of the data that are no labels: with several, shapes may differ."""
    fields = [d for d in spec.draws if d.law.name == "data"]
    return [n for d in fields for n, f in _fields(d.names, d.law) if f]


def _fields(names: tuple[str, ...], law: LawTerm) -> list[tuple[str, bool]]:
    labels = ("label", "class", "labels")
    if law.fields:
        return [(n, f not in labels) for n, f in zip(names, law.fields)]
    return [(n, i == 0) for i, n in enumerate(names)]


def _likes(spec: Elaborated, roots: Iterable[Term]) -> tuple[str, Type]:
    """The first drawn or given quantity of the terms, a vector if there is one."""
    from fmdsl.terms.term import walk

    leaves: Mapping[str, Type] = {
        t["name"]: t.type for t in walk(*roots) if t.op in ("draw", "param")
    }
    first = sorted(leaves, key=lambda n: (not leaves[n].is_vector, leaves[n] == LABEL))
    return (first[0], leaves[first[0]]) if first else ("x", Type("point"))
