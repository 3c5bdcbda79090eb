"""Specs as commands take them: read, elaborated, and refused with every fault."""

from __future__ import annotations

from fractions import Fraction

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read


def accepted(name: str, settings: dict[str, Fraction] | None = None) -> Elaborated:
    """The elaborated spec of a name or file. Raises Fault with its errors."""
    from fmdsl.checks import check, errors

    elaborated = elaborate_spec(read(name), settings)
    refused = errors(check(elaborated))
    if refused:
        raise Fault(refused)
    return elaborated
