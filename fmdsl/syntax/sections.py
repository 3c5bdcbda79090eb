"""The keys of a document, each read into its parts; faults are collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from fmdsl.syntax import entries, faults
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.document import Broken, Document, Listing, Section, Text
from fmdsl.syntax.entries import Removal
from fmdsl.syntax.expr import Expr, Tuple
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Group, Let, Sampler, Stage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sections:
    """Reads sections into `found`'s company. `variant` says whether `~` may remove."""

    found: list[Diagnostic]
    variant: bool = False

    @contextmanager
    def told(self) -> Generator[None]:
        """Faults raised inside are kept, and reading goes on behind."""
        try:
            yield
        except Fault as fault:
            self.found.extend(fault.diagnostics)

    def mapping(
        self, key: str, value: Document, read: Callable[[Text, Document], T]
    ) -> list[T | Removal]:
        """The entries of a section such as `nets`."""
        parts: list[T | Removal] = []
        for name, entry in self.entries(key, value):
            with self.told():
                absent = self.variant and isinstance(entry, Text) and entry.absent
                parts.append(_removal(name) if absent else read(name, entry))
        return parts

    def entries(self, key: str, value: Document) -> tuple[tuple[Text, Document], ...]:
        if isinstance(value, Section):
            return value.entries
        if not isinstance(value, Broken):
            where = Span(value.span.source, value.span.start, value.span.start)
            wanted = "a section of indented `NAME: VALUE` lines"
            self.found.append(faults.e0112_wrong_shape(where, f"`{key}`", wanted, ""))
        return ()

    def list(self, value: Document, read: Callable[[Document], T]) -> tuple[T, ...]:
        """The items of a list such as `identity`; a single value is a list of one."""
        items = value.items if isinstance(value, Listing) else (value,)
        parts: list[T] = []
        for item in items:
            with self.told():
                if isinstance(item, Section) and isinstance(value, Listing):
                    raise Fault([_colon(item)])
                parts.append(read(item))
        return tuple(parts)

    def groups(self, key: str, value: Document) -> list[Group | Removal]:
        return self.mapping(key, value, entries.group)

    def stages(self, value: Document) -> tuple[Stage, ...]:
        stages: list[Stage] = []
        for key, body in self.entries("stages", value):
            with self.told():
                name, share = entries.stage_head(key)
                groups = Sections(self.found).groups(key.raw.text, body)
                kept = tuple(g for g in groups if isinstance(g, Group))
                stages.append(Stage(name, share, kept, key.span))
        total = sum((stage.share for stage in stages), Fraction(0))
        if stages and total != 1 and len(stages) == len(self.entries("stages", value)):
            last = stages[-1].span
            self.found.append(faults.e0146_stage_shares(last, total))
        return tuple(stages)

    def sampler(self, place: Span, value: Document) -> Sampler | None:
        parts: dict[str, Let | Expr] = {}
        for key, body in self.entries("sample", value):
            with self.told():
                name, params, where = entries.head(key)
                if name in ("step", "velocity") and params is not None:
                    parts[name] = entries.let(key, body)
                elif name in ("draw", "times") and params is None:
                    parts[name] = entries.expression(body, name)
                else:
                    raise Fault([_sample_key(where, name)])
        return self._sampler(place, value, parts)

    def _sampler(
        self, place: Span, value: Document, parts: dict[str, Let | Expr]
    ) -> Sampler | None:
        if not isinstance(value, Section):
            return None
        ways = [way for way in ("step", "velocity", "draw") if way in parts]
        if len(ways) != 1 and not any(place.end <= _at(d) <= value.span.end for d in self.found):
            reason = f"here are {' and '.join(ways)}" if ways else "here is none of them"
            self.found.append(faults.e0145_malformed_sampler(place, reason))
        return _assembled(place | value.span, parts)


def _assembled(span: Span, parts: dict[str, Let | Expr]) -> Sampler:
    step, velocity, draw, times = (parts.get(key) for key in ("step", "velocity", "draw", "times"))
    return Sampler(
        span,
        step if isinstance(step, Let) else None,
        velocity if isinstance(velocity, Let) else None,
        None if isinstance(draw, Let) else draw,
        () if times is None or isinstance(times, Let) else _items(times),
        None if times is None else times.span,
    )


def _items(e: Expr) -> tuple[Expr, ...]:
    return e.items if isinstance(e, Tuple) else (e,)


def _at(diagnostic: Diagnostic) -> int:
    return diagnostic.labels[0].span.start if diagnostic.labels else -1


def _sample_key(where: Span, name: str) -> Diagnostic:
    example = {"step": "step(z, t, r): …", "velocity": "velocity(z, t): …"}.get(name)
    if example:
        return faults.e0140_malformed_key(where, "a function head", example)
    return faults.e0113_unknown_key(where, name, ("step", "velocity", "draw", "times"))


def _removal(key: Text) -> Removal:
    """What `NAME: ~` names; of a function let its name alone, of a group its nets."""
    try:
        name, _, place = entries.head(key)
        return Removal((name,), place)
    except Fault:
        names = entries.name_list(key, "a name or several", "NAME: ~")
        return Removal(tuple(n.id for n in names), key.span)


def _colon(item: Section) -> Diagnostic:
    """A list item that YAML has taken for a mapping."""
    end = item.entries[0][0].span.end
    return faults.e0107_colon_in_value(Span(item.span.source, end, end + 1))
