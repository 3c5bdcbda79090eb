"""A spec as read: the keys of the document, each with its expressions and places.

Nothing here knows what a name means; `fmdsl.semantics` gives it one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fmdsl.syntax.expr import Call, Compare, Expr
from fmdsl.syntax.source import Source, Span


@dataclass(frozen=True, slots=True)
class Path:
    """`z@t = (1 - t) * x + t * e`, with an optional domain `, 0.002 <= t <= 80`."""

    state: str
    time: str
    body: Expr
    span: Span
    domain: Compare | None = None


@dataclass(frozen=True, slots=True)
class Net:
    """`u, v: student(point@t, r, t, label, start=T) -> tangent, tangent`: one weight set.

    `names` are its outputs, in order; the first one names the weights.
    """

    names: tuple[str, ...]
    role: str
    inputs: tuple[Expr, ...]
    outputs: tuple[Expr, ...]
    span: Span
    name_spans: tuple[Span, ...]
    role_span: Span
    start: str | None = None
    start_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """`r, t: ordered(uniform(0, 1))`: random quantities and their joint law."""

    names: tuple[str, ...]
    law: Expr
    span: Span
    name_spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Let:
    """`z: body`, or a function `f(z, t): body` when `params` is not None."""

    name: str
    params: tuple[str, ...] | None
    body: Expr
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """`G every 5: loss`: which nets move, how often, along which loss."""

    nets: tuple[str, ...]
    loss: Expr
    span: Span
    net_spans: tuple[Span, ...]
    every: int = 1


@dataclass(frozen=True, slots=True)
class Stage:
    """`warmup, 1/5:` and the groups that run during that share of training."""

    name: str
    share: Fraction
    groups: tuple[Group, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sampler:
    """How samples are made: exactly one of `step`, `draw`, `velocity`.

    `step` and `velocity` are function lets in their own names; `draw` is an expression;
    `times` are the levels visited, noisy end first.
    """

    span: Span
    step: Let | None = None
    velocity: Let | None = None
    draw: Expr | None = None
    times: tuple[Expr, ...] = ()
    times_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """One objective as its author wrote it, `extends` already applied.

    An identity is an equation, or a `Call` of a named one such as `meanflow(u)`.
    """

    name: str
    source: Source
    name_span: Span
    paths: tuple[Path, ...] = ()
    nets: tuple[Net, ...] = ()
    draws: tuple[Draw, ...] = ()
    lets: tuple[Let, ...] = ()
    groups: tuple[Group, ...] = ()
    stages: tuple[Stage, ...] = ()
    identities: tuple[Compare | Call, ...] = ()
    claims: tuple[Expr, ...] = ()
    sampler: Sampler | None = None
    space: Expr | None = None
    paper: str = ""
    about: str = ""
    extends: str | None = None
