"""Draws: laws evaluated in dependency order, data fields taken from a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from fmdsl.graph.constants import plain
from fmdsl.lowering.functions import FUNCTIONS, clock_dtype
from fmdsl.lowering.rng import Random, TorchRng
from fmdsl.ops import LAWS
from fmdsl.semantics.elaborated import Drawn, LawTerm
from fmdsl.semantics.routes import apply_operator
from fmdsl.terms.term import Term, walk

Values = Mapping[str, Any]


#: What makes a law's param differ from draw to draw.
_MOVING = frozenset({"draw", "param", "progress"})


class BoundLaw:
    """A law with its params in place, as another law receives it."""

    def __init__(self, term: LawTerm, values: Values) -> None:
        self.law, self.keywords = LAWS[term.name], dict(term.keywords)
        self.sample = self.law.sample
        inner = _Shared if term.name == "shared" else BoundLaw
        self.params = [
            inner(p, values) if isinstance(p, LawTerm) else evaluate(p, values) for p in term.params
        ]

    def __call__(self, rng: TorchRng, n: int) -> Any:
        return self.sample(rng, n, *self.params, **self.keywords)

    def quantile(self, rng: TorchRng, u: Any) -> Any:
        return self._of("quantile", rng, u)

    def cdf(self, rng: TorchRng, x: Any) -> Any:
        return self._of("cdf", rng, x)

    def _of(self, what: str, rng: TorchRng, at: Any) -> Any:
        function: Callable[..., Any] | None = getattr(self.law, what)
        if function is None:
            raise NotImplementedError(f"`{self.law.name}` has no {what}, and cannot be truncated")
        return function(rng, at, *self.params)


class _Shared(BoundLaw):
    """A law whose value every rank draws alike."""

    def __call__(self, rng: TorchRng, n: int) -> Any:
        with rng.sharing():
            return super().__call__(rng, n)


class Line:
    """A draw line that is not of the data; a law that takes nothing drawn is bound once."""

    def __init__(self, drawn: Drawn) -> None:
        self.names, self.term = drawn.names, drawn.law
        self.is_noise, self.is_shared = (self.term.name == n for n in ("noise", "shared"))
        self.law = None if self.is_noise or _moves(self.term) else BoundLaw(self.term, {})

    def __call__(self, rng: TorchRng, values: Values, like: Tensor) -> dict[str, Tensor]:
        """Its quantities; `like` shapes the noise."""
        if self.is_noise:
            dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
            return {name: rng.noise(like.shape, dtype) for name in self.names}
        law = self.law or BoundLaw(self.term, values)
        if law.law.outputs is None:
            return {name: law(rng, like.shape[0]) for name in self.names}
        return dict(zip(self.names, law(rng, like.shape[0])))


def _moves(law: LawTerm) -> bool:
    return any(
        _moves(p) if isinstance(p, LawTerm) else any(t.op in _MOVING for t in walk(p))
        for p in law.params
    )


def evaluate(term: Term, values: Values) -> Any:
    """The value of a scalar term of draws, settings and `progress`."""
    bare = term.bare
    match bare.op:
        case "const" | "setting":
            return plain(bare["value"])
        case "pi":
            return torch.pi
        case "draw" | "param":
            return values[bare["name"]]
        case "progress":
            return values["progress"]
        case _:
            given = [evaluate(a, values) for a in bare.args]
            if not any(isinstance(a, Tensor) for a in given):
                return apply_operator(bare.op, given)
            return FUNCTIONS[bare.op](*given, **dict(bare.attrs))


class Lines(tuple[Line, ...]):
    """Draw lines in the order in which they are drawn."""

    wanted: frozenset[str]
    #: What all ranks draw alike.
    alike: frozenset[str]

    def __new__(cls, lines: Iterable[Line]) -> Lines:
        made = super().__new__(cls, lines)
        made.wanted = frozenset(n for line in made for n in line.names)
        made.alike = frozenset(n for line in made if line.is_shared for n in line.names)
        return made


def fill(
    found: dict[str, Tensor], lines: Lines, rng: TorchRng, like: Tensor, progress: float | Tensor
) -> None:
    """Draw what is not there yet, in place."""
    for line in lines:
        values = found if line.law or line.is_noise else {**found, "progress": progress}
        for name, value in line(rng, values, like).items():
            found.setdefault(name, value)


def needed(draws: Iterable[Drawn], names: Iterable[str]) -> tuple[Drawn, ...]:
    """The draw lines behind these quantities, in the order in which they are drawn."""
    wanted, found = set(names), list[Drawn]()
    for drawn in reversed(tuple(draws)):
        if wanted & set(drawn.names):
            found.append(drawn)
            wanted |= drawn.law.needs
    return tuple(reversed(found))


def rng_for(source: Random, like: Tensor, steady: bool) -> TorchRng:
    """The rng of a batch: its device, and a precision fit for clocks."""
    return TorchRng(source, like.device, clock_dtype(like), steady)
