"""What a law is: how a quantity is drawn and where its values lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

#: Closed interval of possible values.
Interval = tuple[float, float]


class Rng(Protocol):
    """A source of randomness over one array library; every array has shape [n]."""

    @property
    def xp(self) -> Any: ...
    def uniform(self, n: int) -> Any: ...
    def normal(self, n: int) -> Any: ...
    def coin(self) -> float:
        """One number in [0, 1) on the host: decisions that must not wait for a device."""
        ...

    def logistic(self, x: Any) -> Any:
        """`1 / (1 + exp(-x))`."""
        ...

    def ndtr(self, x: Any) -> Any:
        """The standard normal distribution function."""
        ...

    def ndtri(self, p: Any) -> Any:
        """Its inverse."""
        ...


class BoundLaw(Protocol):
    """A law with its params in place, as another law receives it."""

    def __call__(self, rng: Rng, n: int) -> Any: ...
    def quantile(self, rng: Rng, u: Any) -> Any: ...
    def cdf(self, rng: Rng, x: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution over numbers, one per example.

    `sample(rng, n, *params, **keywords)` gives an array of shape [n], or a tuple of
    `outputs` of them; a param that is itself a law arrives as `BoundLaw`. `support`
    takes the same params as intervals, and answers with one.
    """

    name: str
    params: tuple[str, ...]
    sample: Callable[..., Any]
    support: Callable[..., Interval]
    doc: str
    keywords: tuple[tuple[str, float], ...] = ()
    outputs: int | None = None
    #: `quantile(rng, u, *params)` and `cdf(rng, x, *params)`, where the law can be truncated.
    quantile: Callable[..., Any] | None = None
    cdf: Callable[..., Any] | None = None
    #: Complaint about parameter values (intervals), or None.
    fault: Callable[..., str | None] | None = None

    @property
    def usage(self) -> str:
        keywords = [f"{name}={value:g}" for name, value in self.keywords]
        return f"{self.name}({', '.join([*self.params, *keywords])})"
