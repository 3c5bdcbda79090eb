"""A spec whose names have meaning: what checks read, proofs prove and graphs are built from."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fmdsl.syntax.expr import Expr
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Spec
from fmdsl.terms.term import Term
from fmdsl.terms.types import Type


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the elaborator could not give a meaning to; a check of that name words it."""

    rule: str
    span: Span | None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of a net: `point@t` has kind `point` and level `t`; a clock has its own name."""

    kind: str
    clock: str | None = None
    level: Expr | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a net; `weights` is the name of the weight set it belongs to."""

    name: str
    weights: str
    index: int
    role: str
    inputs: tuple[Slot, ...]
    kind: str
    level: Expr | None
    start: str | None
    span: Span
    arity: int

    @property
    def is_trained(self) -> bool:
        return self.role in ("student", "critic", "weight")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw line: names, and the law as a tree of bound params."""

    names: tuple[str, ...]
    law: LawTerm
    span: Span


@dataclass(frozen=True, slots=True)
class LawTerm:
    """A law applied: params are terms or laws, keywords are numbers."""

    name: str
    params: tuple[Term | LawTerm, ...] = ()
    keywords: tuple[tuple[str, float], ...] = ()
    fields: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def needs(self) -> frozenset[str]:
        """Draws that must be drawn before this one."""
        inner = (p.needs if isinstance(p, LawTerm) else p.free for p in self.params)
        return frozenset[str]().union(*inner)


@dataclass(frozen=True, slots=True)
class Route:
    """A path between data and noise: `z@t = (1 - t) * x + t * e` with its ends found.

    `data` and `noise` are the types of the two ends: (mass, moment) such that the path at
    t is a point at level t. They are None where the path is not affine in its clock.
    """

    state: str
    clock: str
    formals: tuple[str, str]
    body: Expr
    data: Type
    noise: Type
    #: The clock's value where the path is exactly the data / the noise, None where never.
    data_end: Fraction | None
    noise_end: Fraction | None
    domain: tuple[float, float]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """One group of `minimize`: these nets move along the gradient of this loss."""

    nets: tuple[str, ...]
    loss: Term
    every: int
    span: Span
    net_spans: tuple[Span, ...]
    stage: str = ""

    @property
    def name(self) -> str:
        """`u`, or `warmup/u` in a stage."""
        nets = "+".join(self.nets)
        return f"{self.stage}/{nets}" if self.stage else nets


@dataclass(frozen=True, slots=True)
class Equation:
    """`left = right`, an identity about one net or function."""

    left: Term
    right: Term
    span: Span | None


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How samples are made: `kind` is step, velocity or draw.

    `body` speaks of `params` (for a step: state, clock, next clock) as `param` terms.
    `weights` are those of data and noise on the path, functions of the param `level`.
    """

    kind: str
    body: Term
    params: tuple[str, ...]
    times: tuple[Term, ...]
    span: Span
    times_span: Span | None = None
    weights: tuple[Term, Term] | None = None


@dataclass(frozen=True, slots=True)
class Elaborated:
    """A spec with meaning. Everything is present even when findings say it is faulty."""

    spec: Spec
    routes: tuple[Route, ...]
    outputs: dict[str, Output]
    draws: tuple[Drawn, ...]
    settings: dict[str, Fraction]
    lets: dict[str, Term]
    objectives: tuple[Objective, ...]
    equations: tuple[Equation, ...]
    sampler: SampleRule | None
    findings: tuple[Finding, ...]
    #: Decays of the moving averages by the name of the copy, functions of `progress`.
    decays: dict[str, Term] = field(default_factory=dict[str, Term])

    @property
    def weights(self) -> dict[str, Output]:
        """One output per weight set, by the name of the set, in order of declaration."""
        return {o.weights: o for o in self.outputs.values() if o.index == 0}

    @property
    def stages(self) -> tuple[tuple[str, float], ...]:
        """Names and shares of the stages, in order; one unnamed one where there are none."""
        return tuple((s.name, float(s.share)) for s in self.spec.stages) or (("", 1.0),)
