"""What can be wrong with a spec: one fault per file, its docstring the manual page.

`CHECKS` is collected from the modules of this folder; a new file with a module-level
`CHECK` is all it takes to add one. Other packages join by the entry point `fmdsl.checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmdsl.catalog import closest, members
from fmdsl.checks.check import Check
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.faults import MANUAL
from fmdsl.syntax.reader import read_text

CHECKS: dict[str, Check] = members("fmdsl.checks", Check, "fmdsl.checks")

#: Every code that fmdsl can report, in order.
CODES: tuple[str, ...] = tuple(sorted({*MANUAL, *CHECKS}))


def check(elaborated: Elaborated) -> tuple[Diagnostic, ...]:
    """Every fault of a spec with meaning, errors and warnings, in the order of the text."""
    found = {code: tuple(one.run(elaborated)) for code, one in CHECKS.items()}
    refused = {code for code, told in found.items() if errors(told)}
    news = (d for code, told in found.items() if not refused & {*CHECKS[code].after} for d in told)
    return tuple(sorted(_distinct(news), key=_place))


def check_text(text: str, path: str = "<text>") -> tuple[Diagnostic, ...]:
    """Every fault of a spec's text. Faults of reading come alone: what they leave has no meaning.

    Never raises; `path` is what diagnostics print, and where `extends` looks.
    """
    try:
        spec = read_text(text, path)
    except Fault as fault:
        return fault.diagnostics
    return check(elaborate_spec(spec))


def explain(code: str) -> str:
    """The manual page of a code, its title first. Raises KeyError with a suggestion."""
    known = code.strip().upper()
    if known in CHECKS:
        return CHECKS[known].manual
    if known in MANUAL:
        return MANUAL[known]
    near = closest(known, CODES)
    raise KeyError(f"no fault has the code {code}" + (f"; did you mean {near}?" if near else ""))


def errors(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those that refuse the spec; the others are warnings."""
    return tuple(d for d in found if d.severity == "error")


def _distinct(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """One diagnostic for each code and place: an expression that is used twice is told once."""
    seen: set[tuple[object, ...]] = set()
    for diagnostic in found:
        key = (diagnostic.code, *_place(diagnostic))
        if not diagnostic.labels or key not in seen:
            seen.add(key)
            yield diagnostic


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    if not diagnostic.labels:
        return "", -1, -1, diagnostic.code
    span = diagnostic.labels[0].span
    return span.source.path, span.start, span.end, diagnostic.code
