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
from fmdsl.terms.term import Term

Values = Mapping[str, Any]


class BoundLaw:
    """A law with its params in place, as another law receives it."""

    def __init__(self, law: LawTerm, values: Values) -> None:
        self.law, self.values = law, values

    def __call__(self, rng: TorchRng, n: int) -> Any:
        params = [bound(p, self.values) for p in self.law.params]
        return LAWS[self.law.name].sample(rng, n, *params, **dict(self.law.keywords))

    def quantile(self, rng: TorchRng, u: Any) -> Any:
        return self._of("quantile", rng, u)

    def cdf(self, rng: TorchRng, x: Any) -> Any:
        return self._of("cdf", rng, x)

    def _of(self, what: str, rng: TorchRng, at: Any) -> Any:
        function: Callable[..., Any] | None = getattr(LAWS[self.law.name], what)
        if function is None:
            raise NotImplementedError(f"`{self.law.name}` has no {what}, and cannot be truncated")
        return function(rng, at, *(bound(p, self.values) for p in self.law.params))


class _Shared(BoundLaw):
    """A law whose value every rank draws alike."""

    def __call__(self, rng: TorchRng, n: int) -> Any:
        with rng.sharing():
            return super().__call__(rng, n)


def bound(param: Term | LawTerm, values: Values) -> Any:
    """A law's param: a number, a drawn quantity, or another law."""
    return BoundLaw(param, values) if isinstance(param, LawTerm) else evaluate(param, values)


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


def draw(drawn: Drawn, rng: TorchRng, values: Values, like: Tensor) -> dict[str, Tensor]:
    """The quantities of one draw line that is not of the data; `like` shapes the noise."""
    law, n = drawn.law, like.shape[0]
    if law.name == "noise":
        dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
        return {name: rng.noise(tuple(like.shape), dtype) for name in drawn.names}
    if law.name == "shared":
        (inner,) = law.params
        assert isinstance(inner, LawTerm)
        alike = _Shared(inner, values)
        return {name: LAWS["shared"].sample(rng, n, alike) for name in drawn.names}
    one = BoundLaw(law, values)
    if LAWS[law.name].outputs is None:
        return {name: one(rng, n) for name in drawn.names}
    return dict(zip(drawn.names, one(rng, n)))


def fill(
    found: dict[str, Tensor], lines: Iterable[Drawn], source: Random, like: Tensor,
    progress: float | Tensor, steady: bool,
) -> None:  # fmt: skip
    """Draw what is not there yet, in place."""
    rng = rng_for(source, like, steady)
    for drawn in lines:
        made = draw(drawn, rng, {**found, "progress": progress}, like)
        found.update({name: value for name, value in made.items() if name not in found})


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
