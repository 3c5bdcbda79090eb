"""Random numbers of a program: its own, those that ranks share, and the host's coin."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor


class Random:
    """Where draws come from.

    generator: for everything drawn per example; None is torch's own of the device.
    shared: for `shared(law)` and for decisions on the host; on the CPU. With several ranks,
        give each one that starts from the same seed, so that they agree. Left out, it is
        the generator itself where that is on the CPU, else torch's own of the CPU.
    """

    def __init__(
        self,
        generator: torch.Generator | None = None,
        shared: torch.Generator | None = None,
    ) -> None:
        on_cpu = generator is not None and generator.device.type == "cpu"
        self.generator = generator
        self.shared = generator if shared is None and on_cpu else shared

    def state_dict(self) -> dict[str, Tensor]:
        """Everything needed to draw the same numbers again, torch's own state apart."""
        found = {"generator": self.generator, "shared": self.shared}
        return {name: g.get_state() for name, g in found.items() if g is not None}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue from a `state_dict`."""
        for name, value in state.items():
            getattr(self, name).set_state(value)


class TorchRng:
    """What a law draws with: arrays of shape [n], on one device, of one precision.

    steady: a share of a batch is its rounded count, not one that is rounded at random.
    """

    def __init__(
        self, source: Random, device: torch.device, dtype: torch.dtype, steady: bool = False
    ) -> None:
        self.source, self.device, self.dtype, self.steady = source, device, dtype, steady
        self.xp = _namespace(device, dtype)
        self._draw_by(source.generator, device)

    def uniform(self, n: int) -> Tensor:
        """Uniform on [0, 1)."""
        drawn = torch.rand(n, dtype=self.dtype, **self._where)
        return drawn if self._here else drawn.to(self.device)

    def normal(self, n: int) -> Tensor:
        """Standard normal."""
        drawn = torch.randn(n, dtype=self.dtype, **self._where)
        return drawn if self._here else drawn.to(self.device)

    def noise(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Standard normal, of a state's shape."""
        drawn = torch.randn(shape, dtype=dtype, **self._where)
        return drawn if self._here else drawn.to(self.device)

    def coin(self) -> float:
        """One number in [0, 1) on the host, the same on every rank."""
        return 0.5 if self.steady else float(torch.rand((), generator=self.source.shared))

    def logistic(self, x: Tensor) -> Tensor:
        """`1 / (1 + exp(-x))`."""
        return torch.sigmoid(x)

    def ndtr(self, x: Any) -> Tensor:
        """The standard normal distribution function."""
        return torch.special.ndtr(self.xp.array(x))

    def ndtri(self, p: Any) -> Tensor:
        """Its inverse."""
        return torch.special.ndtri(self.xp.array(p))

    @contextlib.contextmanager
    def sharing(self) -> Generator[None]:
        """Draw what every rank draws alike."""
        before = self._where, self._here
        self._draw_by(self.source.shared, torch.device("cpu"))
        try:
            yield
        finally:
            self._where, self._here = before

    def _draw_by(self, generator: torch.Generator | None, device: torch.device) -> None:
        """Draw where a generator is; where it is torch's own, on `device`."""
        if generator is not None and generator.device.type != device.type:
            device = generator.device
        self._where: dict[str, Any] = {"generator": generator, "device": device}
        self._here = device.type == self.device.type


class _Namespace:
    """Torch as an array library whose functions take plain numbers where torch's do not."""

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self._device, self._dtype = device, dtype

    def array(self, value: Any) -> Tensor:
        if isinstance(value, Tensor):
            return value
        return torch.as_tensor(value, dtype=self._dtype, device=self._device)

    def arange(self, n: int) -> Tensor:
        return torch.arange(n, device=self._device)

    def where(self, condition: Tensor, a: Any, b: Any) -> Tensor:
        return torch.where(condition, a, b)

    def concatenate(self, parts: list[Tensor]) -> Tensor:
        return torch.cat(parts)

    def __getattr__(self, name: str) -> Any:
        function = getattr(torch, name)

        def taking_numbers(*args: Any) -> Any:
            try:
                return function(*args)
            except TypeError:
                return function(*map(self.array, args))

        self.__dict__[name] = taking_numbers
        return taking_numbers


@functools.cache
def _namespace(device: torch.device, dtype: torch.dtype) -> _Namespace:
    return _Namespace(device, dtype)
