"""What follows from a law before anything is put for its velocity: a sum of parts that is zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Vector
from fmdsl.algebra.atoms import Atom
from fmdsl.algebra.vector import atom
from fmdsl.proofs.derive.refusal import NotDerived


class Kind(Enum):
    """What a part is of. `VALUE` is the net where the law has it; the two pieces are of a split."""

    STATE = "the state"
    VALUE = "the value"
    FIRST = "the first piece"
    SECOND = "the second piece"
    VELOCITY = "the velocity"
    DERIVATIVE = "the derivative"


@dataclass(frozen=True, slots=True)
class Part:
    """`factor * form`, where the form is what the language has a word for."""

    kind: Kind
    form: Vector
    factor: Scalar = al.ONE


@dataclass(frozen=True, slots=True)
class Identity:
    """The parts sum to zero where the net is what its law says."""

    parts: tuple[Part, ...]

    @property
    def form(self) -> Vector:
        return al.total((p.factor, p.form) for p in self.parts)

    def part(self, kind: Kind) -> Part | None:
        return next((p for p in self.parts if p.kind is kind), None)

    def over(self, number: Scalar) -> Identity:
        """Divided by a number."""
        return Identity(tuple(replace(p, factor=p.factor / number) for p in self.parts))

    def negated(self) -> Identity:
        return self.over(-al.ONE)

    def only(self, *kinds: Kind) -> Identity:
        return Identity(tuple(p for p in self.parts if p.kind in kinds))

    def without(self, *kinds: Kind) -> Identity:
        return Identity(tuple(p for p in self.parts if p.kind not in kinds))


def told(form: Vector, words: Iterable[Part]) -> Identity:
    """A form as a sum of words. Raises NotDerived where something is left that has none."""
    rest, found = form, list[Part]()
    words = [w for w in words if not w.form.is_zero]
    for i, word in enumerate(words):
        lead = _own_atom(word.form, [w.form for w in words[i + 1 :]])
        factor = rest.coefficient(atom(lead)) / word.form.coefficient(atom(lead))
        if not factor.is_zero:
            rest = rest - factor * word.form
            found.append(replace(word, factor=factor))
    if not rest.is_zero:
        raise NotDerived(f"the language has no word for {al.text(rest)}, which is left",
                         "derive by a clock of the flow, or split")  # fmt: skip
    order = list(Kind)
    return Identity(tuple(sorted(found, key=lambda p: order.index(p.kind))))


def _own_atom(form: Vector, others: list[Vector]) -> Atom:
    """An atom that none of the words still to come holds; a function's, where there is one."""
    free = [a for a in form.terms if not any(a in o.terms for o in others)]
    return max(free, key=lambda a: isinstance(a, Jet))
