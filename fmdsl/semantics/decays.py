"""How fast a moving average forgets: a constant, or a function of settings and `progress`."""

from __future__ import annotations

from fmdsl.semantics.routes import number_at
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk

#: Shares of training at which a decay is tried before anything runs.
_TRIED = (0.0, 0.25, 0.5, 0.75, 1.0)


def copy_name(decay: Term) -> str | None:
    """`ema(0.99)`, `ema(μ)`; None where this is no decay: not in [0, 1), or random."""
    values = [value_at(decay, p) for p in _TRIED]
    if any(v is None or not 0 <= v < 1 for v in values):
        return None
    bare = decay.bare
    return f"ema({float(bare['value']):g})" if bare.op == "const" else f"ema({show_term(decay)})"


def value_at(term: Term, progress: float) -> float | None:
    """A number made of settings and `progress`; None where it has no value."""
    if term.batched or any(t.op == "sg" for t in walk(term)):
        return None
    return number_at(term, {"progress": progress})
