"""What the names of an expression stand for, and the notes taken while finding out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fmdsl.semantics.elaborated import Finding, Output, Route
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Let
from fmdsl.terms.term import Term

#: The copy of a net's weights that is being trained.
LIVE = "live"


@dataclass(frozen=True, slots=True)
class NetRef:
    """A net's output as a value: which one, and which copy of its weights."""

    output: Output
    copy: str = LIVE


Meaning = Term | NetRef | Let


#: Parts of expressions that one spec may have once its functions are inlined.
MOST_PARTS = 20_000


@dataclass(slots=True)
class Notebook:
    """Findings in the order met; each is noted once, however often its place is visited.

    `parts` counts what was elaborated: functions of functions can double at every level.
    `decays` are those of the moving averages met, by the name of the copy.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    parts: int = 0
    decays: dict[str, Term] = field(default_factory=dict[str, Term])
    _seen: set[tuple[str, Any]] = field(default_factory=set[tuple[str, Any]])

    def allows_more(self) -> bool:
        """Whether the spec is still of a size that a person could have meant."""
        self.parts += 1
        return self.parts <= MOST_PARTS

    def note(self, rule: str, span: Span | None, **facts: Any) -> None:
        place = (span.source.path, span.start, span.end) if span else None
        if (rule, place) not in self._seen:
            self._seen.add((rule, place))
            self.findings.append(Finding(rule, span, facts))


@dataclass(frozen=True, slots=True)
class Scope:
    """Immutable; an inner scope shares the notebook."""

    names: Mapping[str, Meaning]
    routes: tuple[Route, ...]
    notebook: Notebook
    #: Calls of function lets that are being inlined and where they stand, outermost first.
    calls: tuple[tuple[str, Span | None], ...] = ()

    def with_names(self, names: Mapping[str, Meaning]) -> Scope:
        return replace(self, names={**self.names, **names})

    def calling(self, name: str, span: Span | None) -> Scope:
        return replace(self, calls=(*self.calls, (name, span)))

    @property
    def called(self) -> frozenset[str]:
        """The function lets that are being inlined."""
        return frozenset(name for name, _ in self.calls)

    def copied(self, copy: str) -> Scope:
        """The scope in which every net is this copy of itself."""
        moved = {n: NetRef(m.output, copy) for n, m in self.names.items() if isinstance(m, NetRef)}
        return self.with_names(moved)

    def note(self, rule: str, span: Span | None, **facts: Any) -> None:
        self.notebook.note(rule, span, **facts, calls=self.calls)
