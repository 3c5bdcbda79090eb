"""Why a gradient that is not zero for every draw may still vanish on average."""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Symbol
from fmdsl.algebra.atoms import Basis
from fmdsl.proofs.plain import is_plain, seen
from fmdsl.proofs.variation import Varied
from fmdsl.proofs.verdict import Form


def excuse(varied: Varied, form: Form, moments: bool) -> str:
    """Why a gradient that does not vanish pointwise may still vanish."""
    if not varied.frame.draws and not _is_seen_whole(varied, form):
        return "it is not known given what to take its expectation"
    if moments:
        return "moments of the conditional velocity remain"
    if not varied.pairs or not is_plain(varied.varied):
        return "it may cancel after integrating by parts"
    known = seen(varied.varied)
    hidden = [
        s.name for s in form.deps if isinstance(s, Symbol) and s.kind == "time" and s not in known
    ]
    if hidden:
        clocks = ", ".join(sorted(hidden))
        return f"it is still to be averaged over {clocks}, which the net does not see"
    return ""


def _is_seen_whole(varied: Varied, form: Form) -> bool:
    """Whether the net is given every random vector that is left: then nothing is averaged."""
    jets = [a for a in varied.varied.terms if isinstance(a, al.Jet)]
    given = {a for j in jets for p in j.places if len(p.terms) == 1 for a in p.terms}
    left = {d for d in form.deps if isinstance(d, Basis)}
    return bool(jets) and left <= given


def unseen(varied: Varied, form: Form) -> list[Symbol]:
    """The clocks over which the gradient is still an average."""
    known = seen(varied.varied)
    return [s for s in al.symbols(form) if s.kind == "time" and s not in known]
