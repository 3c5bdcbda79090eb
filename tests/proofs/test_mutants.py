"""Every wrong variant is refused, by the right check or obligation and at the right place.

`docs/mutants.md` is written from these with FMDSL_UPDATE=1, and held to be current.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from fmdsl.proofs.refusal import refutation
from fmdsl.proofs.verify import Report, verify_all
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read_text
from tests.markdown import updating
from tests.proofs.mutants import MUTANTS, Mutant, base_text
from tests.proofs.mutants.kept import KEPT as CRITICS
from tests.proofs.mutants.kept import Kept
from tests.proofs.mutants.weighed import WEIGHED

DOCS = Path(__file__).parents[2] / "docs" / "mutants.md"
KEPT = (*CRITICS, *WEIGHED)
BASES = sorted({m.base for m in MUTANTS})


@cache
def report_of(text: str, base: str) -> Report:
    beside = str(shipped().get(base, Path(__file__).parent / "bases" / "base.yaml"))
    return verify_all(read_text(text, beside))


def refused_by(report: Report) -> list[str]:
    codes = [d.code for d in report.faults if d.severity == "error"]
    return codes or [v.obligation for v in report.verdicts if v.is_refuted]


def told_of(report: Report, mutant: Mutant) -> Sequence[Diagnostic]:
    if mutant.by.startswith("E"):
        return report.faults
    if mutant.mended:
        return report.refusals
    return [refutation(v, None) for v in report.verdicts if v.is_refuted]


def changed_lines(mutant: Mutant) -> set[str]:
    return set(mutant.text.splitlines()) - set(base_text(mutant.base).splitlines())


def lines_of(fault: Diagnostic) -> set[str]:
    found: set[str] = set()
    for label in fault.labels:
        text = label.span.source.text
        found.add(text.splitlines()[text.count("\n", 0, label.span.start)])
    return found


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.base}-{m.name}")
def test_a_wrong_variant_is_refused(mutant: Mutant) -> None:
    report = report_of(mutant.text, mutant.base)
    assert report.is_refused
    assert mutant.by in refused_by(report)
    found = [fault for fault in told_of(report, mutant) if fault.code == mutant.by]
    assert found
    for fault in found:
        wanted = {mutant.at} if mutant.at else changed_lines(mutant)
        told = lines_of(fault)
        assert any(w in line for w in wanted for line in told), told


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if not m.by.startswith("E")],
                         ids=lambda m: f"{m.base}-{m.name}")  # fmt: skip
def test_a_refutation_has_a_residual_and_a_counterexample(mutant: Mutant) -> None:
    report = report_of(mutant.text, mutant.base)
    found = [v for v in report.verdicts if v.is_refuted and v.obligation == mutant.by]
    assert all(v.residual is not None and not v.residual.is_zero for v in found)
    assert all(v.counterexample is not None for v in found)


@pytest.mark.parametrize("kept", KEPT, ids=lambda k: f"{k.mutant.base}-{k.mutant.name}")
def test_what_is_not_wrong_is_not_refused(kept: Kept) -> None:
    report = report_of(kept.mutant.text, kept.mutant.base)
    assert not report.is_refused, report.headline


@pytest.mark.parametrize("base", BASES)
def test_each_original_is_accepted(base: str) -> None:
    report = report_of(base_text(base), base)
    assert not report.is_refused, report.headline


def test_there_are_enough_of_them_and_each_is_one_of_a_kind() -> None:
    assert len(MUTANTS) >= 80
    assert len({(m.base, m.text) for m in MUTANTS}) == len(MUTANTS)


def table() -> str:
    """Mutants by what refuses them."""
    columns = sorted({m.by for m in MUTANTS})
    lines = [
        "# Mutants", "",
        f"{len(MUTANTS)} wrong variants of right specs, and the check or obligation that refuses",
        "each. Every original is accepted. Written by",
        "`FMDSL_UPDATE=1 pytest tests/proofs/test_mutants.py`.", "",
        f"| wrong variant | of | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]  # fmt: skip
    for m in MUTANTS:
        marks = " | ".join("×" if m.by == column else "" for column in columns)
        lines.append(f"| {m.name} | {m.base} | {marks} |")
    counts = " | ".join(str(sum(m.by == column for m in MUTANTS)) for column in columns)
    lines += [f"| **refused** | | {counts} |", *_kept()]
    return "\n".join(lines) + "\n"


def _kept() -> Iterator[str]:
    yield from ("", "## Not refused, and why", "")
    yield "Variants that papers or surveys call wrong and no proof does: none is refused."
    for k in KEPT:
        yield from ("", f"- **{k.mutant.name}**, of {k.mutant.base}. {k.why}")


def test_the_table_is_current() -> None:
    if updating():
        DOCS.write_text(table(), encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == table(), "run with FMDSL_UPDATE=1"
