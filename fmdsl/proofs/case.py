"""Everything an obligation is proved from: the spec, its truths, and the terms of its losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fmdsl import algebra as al
from fmdsl.checks import check, errors
from fmdsl.proofs.calls import net_of
from fmdsl.proofs.frame import Branch
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.pieces import Piece, learning, pieces
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.sides import domains, questions, sides
from fmdsl.proofs.stepped import SIDE, Way
from fmdsl.proofs.truth import Truth, Unknown, substitution, truths
from fmdsl.proofs.variation import NO_BRANCH, Varied, vary
from fmdsl.semantics.elaborated import Elaborated, Objective, Output
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.terms.term import Term, walk

#: What may stop a computation: the reason is then told with the verdict `not decided`.
STOPS = (Untranslated, Unknown, al.Undecided, al.Pole)


@dataclass(frozen=True)
class Part:
    """One term of one group's loss, on one side of its branches."""

    spec: Elaborated
    group: Objective
    piece: Piece
    branch: Branch = NO_BRANCH
    _varied: dict[Branch, Varied] = field(default_factory=dict[Branch, Varied], compare=False)

    @property
    def learners(self) -> tuple[Output, ...]:
        """The outputs whose weights the term moves, learned weights left out."""
        reached = learning(self.spec, self.group).reached(self.piece.core)
        called = {t["fn"] for t in walk(self.piece.core) if t.op == "jet"}
        outputs = self.spec.outputs.values()
        return tuple(o for o in outputs if o.weights in reached and o.name in called)

    @property
    def varied(self) -> Varied:
        """Its gradient. Raises Untranslated."""
        return self.under(self.branch)

    @property
    def ended(self) -> Varied:
        """Its gradient when the schedules in `progress` have ended."""
        return self.under(Branch(self.branch.cases, True))

    def under(self, branch: Branch) -> Varied:
        """Its gradient under other assumptions."""
        if branch not in self._varied:
            self._varied[branch] = vary(
                self.spec, self.piece, learning(self.spec, self.group), branch
            )
        return self._varied[branch]

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The comparisons of clocks that hold on its side of the branches, or do not."""
        try:
            taken = self.varied.frame.read.ways_of(self.branch.cases)
        except STOPS:
            return ()
        return (*taken, *domains(self.spec))

    @property
    def subject(self) -> str:
        """`u: error`, with the branch where there is one."""
        where = f" where {self.branch.words}" if self.branch.cases else ""
        return f"{self.group.name}: {self.piece.title}{where}"


def is_adversarial(part: Part) -> bool:
    """Whether the term judges samples: its core is a function of a critic's number."""
    core = part.piece.core
    if core.op == "dot" or (part.piece.is_regression and core.args[0].type.is_vector):
        return False
    outputs = part.spec.outputs
    called = [
        outputs[t["fn"]] for t in walk(part.piece.core) if t.op == "jet" and t["fn"] in outputs
    ]
    return any(o.role == "critic" and o.kind in ("logit", "scalar") for o in called)


@dataclass(frozen=True)
class Case:
    """A spec on trial.

    In haste no counterexample is looked for: what is not proved is then `not decided`.
    """

    spec: Elaborated
    in_haste: bool = False

    @cached_property
    def faults(self) -> tuple[Diagnostic, ...]:
        """What the checks say, warnings included."""
        return check(self.spec)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return errors(self.faults)

    @cached_property
    def truths(self) -> dict[str, Truth]:
        return truths(self.spec)

    @cached_property
    def truth(self) -> dict[Any, Any]:
        """What to put for each net that an identity speaks of."""
        return substitution(self.truths.values())

    def truth_for(self, part: Part) -> dict[Any, Any]:
        """As `truth`, on the part's side of its branches."""
        return {**self.truth, SIDE: part.ways}

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The terms of all losses."""
        return tuple(self._parts())

    def _parts(self) -> Iterator[Part]:
        for group in self.spec.objectives:
            gradient = learning(self.spec, group)
            for piece in pieces(group.loss, gradient):
                for cases in sides(self.spec, piece, gradient, self._asked):
                    yield Part(self.spec, group, piece, Branch(cases))

    @cached_property
    def _asked(self) -> tuple[Term, ...]:
        return questions(self.spec, [t.equation for t in self.truths.values()])

    @cached_property
    def equal_laws(self) -> dict[Any, Any]:
        """Every generated law is the data's, and a discriminator then tells nothing."""
        fields = {f for t in self.truths.values() for f in _fields(t)}
        out: dict[Any, Any] = {al.Net(f): DATA_VELOCITY for f in fields}
        for o in self.spec.outputs.values():
            if o.kind in ("logit", "scalar") and o.role == "critic":
                out[net_of(o)] = _constant(o.name)
        return out

    def judges(self, part: Part) -> list[Output]:
        """The discriminators that a term calls; at their optimum equal laws look the same."""
        called = dict.fromkeys(t["fn"] for t in walk(part.piece.core) if t.op == "jet")
        outputs = (self.spec.outputs[n] for n in called if n in self.spec.outputs)
        return [o for o in outputs if o.kind == "logit" and o.role == "critic"]

    def assumptions(self, part: Part) -> tuple[str, ...]:
        """What is taken for granted of the nets that a term calls and does not move."""
        called = {t["fn"] for t in walk(part.piece.core) if t.op == "jet"}
        learners = {o.name for o in part.learners}
        told = (self.truths.get(name) for name in sorted(called - learners))
        return tuple(t.words for t in told if t is not None)


def _constant(name: str) -> Callable[..., al.Scalar]:
    value = al.setting(f"{name}₀")
    return lambda *_: value


def _fields(truth: Truth) -> frozenset[Any]:
    try:
        return frozenset(
            f for f in al.nets_in(truth.solved(truth.labels).value) if _is_generated(f)
        )
    except STOPS:
        return frozenset()


def _is_generated(fn: al.Fn) -> bool:
    return fn.role == "field" and fn.name.startswith("v[")
