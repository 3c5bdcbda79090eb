"""What may be said of an obligation, and never more than is known."""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.syntax.source import Span

PROVED = "proved"
IN_THE_LIMIT = "proved in the limit"
REFUTED = "refuted"
ORACLE = "holds on the oracle"
HOLDS_IF = "holds if"
UNDECIDED = "not decided"
KINDS = (PROVED, IN_THE_LIMIT, HOLDS_IF, ORACLE, UNDECIDED, REFUTED)

Form = al.Scalar | al.Vector


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: what is done, in words, and the form it leads to."""

    words: str
    form: Form | None = None

    @property
    def text(self) -> str:
        """The form in plain text; empty where the line is words alone."""
        return "" if self.form is None else al.text(self.form)

    @property
    def latex(self) -> str:
        return "" if self.form is None else al.latex(self.form)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One obligation on one subject: what is known, why, and how it was found.

    `residual` is what is left where zero was wanted; `counterexample` a world in which it is
    not zero, reproduced from its seed. `refuted` has both. `help` says how to mend it, and `span`
    is the expression that is spoken of.
    """

    kind: str
    obligation: str
    subject: str
    reason: str
    steps: tuple[Step, ...] = ()
    residual: Form | None = None
    counterexample: al.Counterexample | None = None
    help: str = ""
    span: Span | None = None

    @property
    def is_refuted(self) -> bool:
        return self.kind == REFUTED

    @property
    def line(self) -> str:
        """`proved  truth stationary  u: …`, without the columns."""
        return f"{self.kind}: {self.obligation}, {self.subject}: {self.reason}"


def short(text: str, most: int = 160) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def refuted_or_undecided(
    obligation: str,
    subject: str,
    residual: Form,
    reason: str,
    steps: tuple[Step, ...] = (),
    help: str = "",
    span: Span | None = None,
) -> Verdict:
    """`refuted` where a world is found in which the residual is not zero, else `not decided`."""
    found = counterexample(residual)
    kind = REFUTED if found else UNDECIDED
    return Verdict(kind, obligation, subject, reason, steps, residual, found, help, span)


def counterexample(form: Form) -> al.Counterexample | None:
    """A random world in which the form is not zero; None where none is found or none has values."""
    try:
        return al.refute(form)
    except (ValueError, TypeError, KeyError):
        return None
