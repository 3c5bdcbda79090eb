"""Draws of a program's groups: from the batch, from the caller, and from the laws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from fmdsl.lowering import laws
from fmdsl.lowering.batch import Batch, Fields, data_of, first_of
from fmdsl.lowering.error import CompileError, drawn_apart, unknown_choice
from fmdsl.lowering.ranks import several
from fmdsl.lowering.rng import Random, TorchRng
from fmdsl.lowering.split import Cut
from fmdsl.semantics.elaborated import Elaborated

Source = Random | torch.Generator | None


class Draws(dict[str, Tensor]):
    """Drawn quantities; `steady` says that equal rows are where a program counts on them."""

    steady: bool = False

    @property
    def rows(self) -> int:
        """How many examples there are."""
        for value in self.values():
            if value.ndim:
                return value.shape[0]
        return 0

    def first(self, rows: int) -> Draws:
        """The draws of the first examples; none of their rows is counted on to be equal."""
        return Draws({n: v[:rows] if v.ndim else v for n, v in self.items()})


class Drawing:
    """What every group draws, and in which order; `cuts` are where its batch is split."""

    def __init__(self, spec: Elaborated, cuts: Mapping[str, tuple[Cut, ...]]) -> None:
        self.spec, self.cuts = spec, cuts
        self.data = data_of(spec)
        self.fields = Fields(self.data)
        self.names = tuple(n for d in spec.draws for n in d.names)
        self.made = {d.names: laws.Line(d) for d in spec.draws if d.law.name != "data"}
        self.lines = {o.name: self._lines(o.loss.free) for o in spec.objectives}
        self._rng: tuple[Any, ...] = ()
        self._even: dict[tuple[str, int], bool] = {}

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
        found = Draws(self.fields(batch))
        if given:
            self._take(found, given)
        points = self.fields.points
        like = first_of(batch) if points is None else found[points]
        found.steady = self._steady(group, like.shape[0], given)
        lines = self.lines[group]
        if ask:
            lines = laws.Lines((*lines, *self._more(group, ask)))
        if not found.keys() >= lines.wanted:
            origin = _TORCHS if source is None else random(source)
            if lines.alike and origin.shared is origin.generator and several():
                self._apart(lines, found)
            # never inside a compiled graph, whose random numbers would be others
            fill = _outside if torch.compiler.is_compiling() else laws.fill
            fill(found, lines, self._rng_for(origin, like, found.steady), like, progress)
        return found

    def _take(self, found: Draws, given: Mapping[str, Tensor]) -> None:
        """Put what the caller gives in its place; refuse what is no draw."""
        for name, value in given.items():
            if name not in self.names:
                raise CompileError([unknown_choice("draw", name, self.names)])
            found[name] = value

    def _apart(self, lines: laws.Lines, found: Mapping[str, Tensor]) -> None:
        """Refuse to draw in each of several processes what they all should share."""
        for name in sorted(lines.alike - found.keys()):
            raise CompileError([drawn_apart(name)])

    def _rng_for(self, source: Random, like: Tensor, steady: bool) -> TorchRng:
        """That of the last call where nothing differs: to make one takes longer than to draw."""
        key = (source.generator, source.shared, like.device, like.dtype, steady)
        if key != self._rng[:-1]:
            self._rng = (*key, laws.rng_for(source, like, steady))
        return self._rng[-1]

    def _lines(self, names: Iterable[str]) -> laws.Lines:
        """Draw lines behind these quantities, those of the data apart."""
        needed = laws.needed(self.spec.draws, names)
        return laws.Lines(self.made[d.names] for d in needed if d.names in self.made)

    def _more(self, group: str, ask: tuple[str, ...]) -> tuple[laws.Line, ...]:
        """Draw lines that only what is asked needs: they come last, and change no other."""
        terms = [self.spec.lets[a].free if a in self.spec.lets else {a} for a in ask]
        more = self._lines(frozenset[str]().union(*terms))
        return tuple(m for m in more if m not in self.lines[group])

    def _steady(self, group: str, rows: int, given: Mapping[str, Tensor]) -> bool:
        """Whether the batch is split: its first rows are then equal, a rounded share of them."""
        found = self._even.get((group, rows))
        if found is None:
            cuts = self.cuts[group]
            found = self._even[group, rows] = bool(cuts) and all(c.cuts(rows) for c in cuts)
        if not given or not found:
            return found
        touched = any(c.low in given or c.high in given for c in self.cuts[group])
        return not touched or getattr(given, "steady", False)


_TORCHS = Random()
_outside: Callable[..., Any] = torch.compiler.disable(laws.fill)  # pyright: ignore


def alike() -> Random:
    """For what leaves no trace: each process may draw its own, and all share what is shared."""
    return Random(None, torch.Generator().manual_seed(0))


def random(source: Source) -> Random:
    """Where draws come from, whatever form it was given in."""
    return source if isinstance(source, Random) else Random(source)
