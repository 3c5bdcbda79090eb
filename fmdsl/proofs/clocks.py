"""Which scalar lets stand for a time of their own.

`t: s + gap` with a gap that occurs nowhere else is as free as a draw; `t: atan(exp(τ))` too.
A let that is tied to other clocks (`s: α r + (1 - α) t`) stays the expression that it is, as does
one that holds them beside a free let. A function of free lets alone that the algebra could only
carry along is taken for any other time.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.terms.build import poly
from fmdsl.terms.term import Term


def free_clocks(*roots: Term) -> dict[int, Scalar]:
    """The lets that are free, by their keys, each with its symbol."""
    lets = {t.key: t for t in below(roots, frozenset()) if _may_be_clock(t)}
    opaque = {k: t for k, t in lets.items() if _is_opaque(t)}
    outside = _free(roots, frozenset(opaque))
    kept: dict[int, Term] = {}
    for key, let in sorted(opaque.items(), key=lambda item: item[1].depth):
        own = _free((let,), frozenset(kept))
        if not own or own - outside:
            kept[key] = let
    for key, let in lets.items():
        own = _free((let,), frozenset(kept))
        if key not in kept and own - _free(roots, frozenset({*kept, key})):
            kept[key] = let
    return {key: al.time(let["name"]) for key, let in kept.items()}


def schedules(*roots: Term) -> dict[int, Scalar]:
    """Lets that change with the progress of training alone, each a setting of its name."""
    found: dict[int, Scalar] = {}
    for t in below(roots):
        if t.op == "let" and t.type.kind == "scalar" and not t.batched and "(" not in t["name"]:
            by_progress = any(u.op == "progress" for u in below((t,)))
            found |= {t.key: al.setting(t["name"])} if by_progress else {}
    return found


def _may_be_clock(t: Term) -> bool:
    named = t.op == "let" and t.type.kind == "scalar" and "(" not in t["name"]
    only_numbers = named and not any(u.op in ("jet", "sg") or u.type.is_vector for u in below((t,)))
    return only_numbers and len(t.free) > 0 and t.bare.op != "draw"


def _is_opaque(t: Term) -> bool:
    """A function that the algebra could only carry along: an arc tangent, a power of a sum."""
    return any(u.op not in _RATIONAL for u in below((t,)))


_RATIONAL = frozenset({"+", "-", "*", "/", "neg", "let", "draw", "param", "const", "setting"})


def _free(roots: tuple[Term, ...], cut: frozenset[int]) -> frozenset[str]:
    """The draws that occur outside the lets that are cut."""
    return frozenset(t["name"] for t in below(roots, cut) if t.op in ("draw", "param"))


def below(roots: tuple[Term, ...], cut: frozenset[int] = frozenset()) -> Iterator[Term]:
    """Every term below the roots, not looking into those that are cut."""
    seen: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        term = stack.pop()
        if id(term) in seen or term.key in cut:
            continue
        seen.add(id(term))
        yield term
        stack.extend(reversed(term.args))


def is_number(t: Term) -> bool:
    """Whether a scalar term is a number."""
    value = poly(t)
    return value is not None and value.value is not None
