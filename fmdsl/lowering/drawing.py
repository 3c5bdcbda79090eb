"""Draws of a program's groups: from the batch, from the caller, and from the laws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from fmdsl.lowering import laws
from fmdsl.lowering.batch import Batch, data_of, fields, first_of
from fmdsl.lowering.error import CompileError, drawn_apart, unknown_choice
from fmdsl.lowering.ranks import several
from fmdsl.lowering.rng import Random
from fmdsl.lowering.split import Cut
from fmdsl.semantics.elaborated import Drawn, Elaborated

Source = Random | torch.Generator | None


class Draws(dict[str, Tensor]):
    """Drawn quantities; `steady` says that equal rows are where a program counts on them."""

    steady: bool = False

    @property
    def rows(self) -> int:
        """How many examples there are."""
        return next((v.shape[0] for v in self.values() if v.ndim), 0)

    def first(self, rows: int) -> Draws:
        """The draws of the first examples; none of their rows is counted on to be equal."""
        return Draws({n: v[:rows] if v.ndim else v for n, v in self.items()})


class Drawing:
    """What every group draws, and in which order; `cuts` are where its batch is split."""

    def __init__(self, spec: Elaborated, cuts: Mapping[str, tuple[Cut, ...]]) -> None:
        self.spec, self.cuts = spec, cuts
        self.data = data_of(spec)
        self.names = tuple(n for d in spec.draws for n in d.names)
        self.lines = {o.name: self._lines(o.loss.free) for o in spec.objectives}

    def __call__(
        self,
        batch: Batch,
        group: str,
        source: Source,
        given: Mapping[str, Tensor],
        progress: float | Tensor,
        ask: tuple[str, ...],
    ) -> Draws:
        """Every quantity of a group by name; what is given is not drawn."""
        self._check(given)
        found = Draws(fields(batch, self.data))
        found.update(given)
        like = self._like(batch, found)
        found.steady = self._steady(group, like.shape[0], given)
        lines = self.lines[group] + self._more(group, ask)
        if any(n not in found for d in lines for n in d.names):
            origin = random(source)
            if several() and origin.shared is origin.generator:
                self._apart(lines, found)
            _fill(found, lines, origin, like, progress, found.steady)
        return found

    def _apart(self, lines: tuple[Drawn, ...], found: Mapping[str, Tensor]) -> None:
        """Refuse to draw in each of several processes what they all should share."""
        for drawn in lines:
            if drawn.law.name == "shared" and drawn.names[0] not in found:
                raise CompileError([drawn_apart(drawn.names[0])])

    def _check(self, given: Mapping[str, Tensor]) -> None:
        for name in given:
            if name not in self.names:
                raise CompileError([unknown_choice("draw", name, self.names)])

    def _like(self, batch: Batch, found: Mapping[str, Tensor]) -> Tensor:
        """The first points of the data: they shape the noise."""
        for drawn in self.data:
            for name in drawn.names:
                if found[name].is_floating_point():
                    return found[name]
        return first_of(batch)

    def _lines(self, names: Iterable[str]) -> tuple[Drawn, ...]:
        """Draw lines behind these quantities, those of the data apart."""
        return tuple(d for d in laws.needed(self.spec.draws, names) if d.law.name != "data")

    def _more(self, group: str, ask: tuple[str, ...]) -> tuple[Drawn, ...]:
        """Draw lines that only what is asked needs: they come last, and change no other."""
        if not ask:
            return ()
        terms = [self.spec.lets[a].free if a in self.spec.lets else {a} for a in ask]
        more = self._lines(frozenset[str]().union(*terms))
        return tuple(m for m in more if m not in self.lines[group])

    def _steady(self, group: str, rows: int, given: Mapping[str, Tensor]) -> bool:
        """Whether the batch is split: its first rows are then equal, a rounded share of them."""
        cuts = self.cuts[group]
        if not cuts or not all(c.cuts(rows) for c in cuts):
            return False
        touched = any(c.low in given or c.high in given for c in cuts)
        return not touched or getattr(given, "steady", False)


# never inside a compiled graph, whose random numbers would be others
_fill: Callable[..., Any] = torch.compiler.disable(laws.fill)  # pyright: ignore


def alike() -> Random:
    """For what leaves no trace: each process may draw its own, and all share what is shared."""
    return Random(None, torch.Generator().manual_seed(0))


def random(source: Source) -> Random:
    """Where draws come from, whatever form it was given in."""
    return source if isinstance(source, Random) else Random(source)
