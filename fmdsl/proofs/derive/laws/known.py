"""What a law with a name is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownLaw:
    """`equation` is the law; `also` is what it is called besides."""

    name: str
    equation: str
    about: str
    also: tuple[str, ...] = ()
