"""The table of derived objectives and the shipped ones that they are, as `relate` proves it."""

from __future__ import annotations

import shlex
from fractions import Fraction

from fmdsl.proofs.derive import derive
from fmdsl.proofs.relate import relate
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text

_GAP = "(t - r) * u(z, t - r) = z - flow(z, t, r)"
#: Arguments of `derive`, the shipped spec, and the settings under which the two are compared.
_KNOWN: tuple[tuple[tuple[str, ...], str, dict[str, Fraction]], ...] = (
    (("average", "t", "u"), "meanflow", {}),
    ((_GAP, "t", "velocity", "", "head"), "imf", {}),
    (("average", "t", "velocity", "own", "", "space"), "esd", {}),
    (("average", "r", "velocity", "own"), "lsd", {}),
    (("map", "s", "velocity", "own"), "tvm", {}),
    (("average", "split", "u"), "psd_uniform", {}),
    (("average", "split", "u", "teacher"), "split_meanflow", {}),
    (("map", "s", "map", "teacher"), "ayf_lmd", {"λ": Fraction(1)}),
    (("consistency", "t", "F"), "meanflow", {"r": Fraction(0)}),
    (("consistency", "t", "map"), "meanflow", {"r": Fraction(0)}),
    (("velocity", "nothing"), "flow_matching", {}),
    (("X(z, t) = z - t * velocity(z, t)", "nothing", "X"), "jit", {}),
)
_OPTIONS = ("", "--by", "--for", "--velocity", "--along", "--stop")


def rows() -> list[tuple[str, ...]]:
    """Command, shipped spec, relation."""
    return [_row(choice, other, values) for choice, other, values in _KNOWN]


def _row(choice: tuple[str, ...], other: str, values: dict[str, Fraction]) -> tuple[str, ...]:
    mine, theirs = read_text(derive(*choice).text), elaborate_spec(read(other), values)
    found = relate(elaborate_spec(mine), theirs, values)
    assert found.holds, f"{choice} is not {other}: {found.reason}"
    at = "".join(f" at {name} = {value}" for name, value in values.items())
    told = [(o, word) for o, word in zip(_OPTIONS, choice, strict=False) if word]
    words = [part for pair in told for part in pair if part]
    return f"`{shlex.join(words)}`", f"`{other}`{at}", f"{found.kind}: {found.reason}"
