"""`denoiser(X)`: X is the mean of the data given the state."""

from __future__ import annotations

from fmdsl.identities.identity import Identity, Subject


def _write(x: Subject) -> str:
    return f"{x.call} = expect({x.data}, given={x.state})"


IDENTITY = Identity("denoiser", _write)
