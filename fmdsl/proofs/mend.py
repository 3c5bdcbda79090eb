"""The one edit that mends a refused spec: its place is where the mistake is.

Every ordinary slip is tried at every node that the refuted term reads, the likelier slips first,
and the spec so edited is checked and proved again. An edit counts only where nothing speaks
against the spec any more and what was proved is proved still. So the remedy that is told is
itself proved; where no single edit mends, none is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmdsl.proofs.case import Case
from fmdsl.proofs.repairs import Edit
from fmdsl.proofs.repairs.site import Site
from fmdsl.proofs.trial import trial_of
from fmdsl.proofs.verdict import Verdict
from fmdsl.syntax.replace import replaced
from fmdsl.syntax.show import show
from fmdsl.syntax.source import Span


@dataclass(frozen=True, slots=True)
class Mend:
    """An edit that mends, and the let, loss or rule in which it is."""

    edit: Edit
    site: Site

    @property
    def span(self) -> Span | None:
        return self.edit.span

    @property
    def new(self) -> str:
        """What stands for the mistake."""
        return show(self.edit.new)

    @property
    def text(self) -> str:
        """The whole right-hand side, mended."""
        return show(replaced(self.site.body, self.edit.old, self.edit.new))

    @property
    def words(self) -> str:
        """What is wrong, and where."""
        return f"in `{self.site.name}`, {self.edit.words}"

    @property
    def help(self) -> str:
        return f"did you mean `{self.site.head}{self.text}`?"


def mend(case: Case, found: Sequence[Verdict]) -> Mend | None:
    """The first edit that mends what these verdicts refute; None where none does in time."""
    trial = trial_of(case, found)
    if trial is None:
        return None
    mended = (one for one in trial.attempts() if trial.is_mended(one.mended))
    return next((Mend(one.edit, one.site) for one in mended), None)
