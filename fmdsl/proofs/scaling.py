"""How the weights of a term scale as a setting goes to zero.

`α * error / sg(error + c)` with a residual of order 1 in α goes as α^-1: the error as α², and the
constant beside it, there against a division by zero, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl.proofs.case import Part
from fmdsl.proofs.translate import decided
from fmdsl.proofs.weighing import is_constant
from fmdsl.terms.term import Term, number, walk


@dataclass(frozen=True, slots=True)
class Scaling:
    """Orders of terms in `name`, the residual of `part` being of order `residual`."""

    part: Part
    name: str
    residual: int

    @property
    def weights(self) -> int:
        """The order of the product of the term's weights."""
        return sum(map(self.of, self.part.piece.weights))

    def of(self, term: Term) -> int:
        """The order of a number; 0 of what does not hold the setting."""
        t = term.bare
        if t.key == self.part.piece.core.key:
            return 2 * self.residual
        args = t.args
        match t.op:
            case "setting" | "progress":
                return int(t.op == "setting" and t["name"] == self.name)
            case "*":
                return self.of(args[0]) + self.of(args[1])
            case "/":
                return self.of(args[0]) - self.of(args[1])
            case "^":
                return int((number(args[1]) or 0) * self.of(args[0]))
            case "+" | "-":
                return self._of_sum(args)
            case "where":
                return self._of_branch(t)
            case "sqrt":
                return self.of(args[0]) // 2
            case "sg" | "neg" | "mean":
                return self.of(args[0])
            case _:
                return 0

    def _of_sum(self, args: tuple[Term, ...]) -> int:
        """The least order; without the constants that stand beside an error."""
        errors = [a for a in args if any(u.key == self.part.piece.core.key for u in walk(a))]
        taken = [a for a in args if not is_constant(a)] if errors else args
        return min(map(self.of, taken))

    def _of_branch(self, t: Term) -> int:
        known = {c.key: held for c, held in self.part.branch.cases}
        held = known.get(t.args[0].key, decided(t.args[0]))
        sides = t.args[1:] if held is None else t.args[1:2] if held else t.args[2:]
        return min(map(self.of, sides))
