"""Legitimate specs that look unusual are accepted, and checking is quick."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fmdsl.checks import check, check_text, errors
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read
from fmdsl.syntax.render import render_all

FOLDER = Path(__file__).parent / "accepted"
SHIPPED = Path(__file__).parents[2] / "specs"
SPECS = [*sorted(FOLDER.glob("*.yaml")), *sorted(SHIPPED.rglob("*.yaml"))]


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_right_spec_has_no_error(spec: Path) -> None:
    found = errors(check_text(spec.read_text(encoding="utf-8"), str(spec)))
    assert found == (), render_all(found)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_check_is_quick(spec: Path) -> None:
    """Well under 50 ms for a whole spec; the best of three, on a busy machine."""
    elaborated = elaborate_spec(read(spec))
    assert min(_seconds(lambda: check(elaborated)) for _ in range(3)) < 0.05


def _seconds(run: object) -> float:
    start = time.perf_counter()
    assert callable(run)
    run()
    return time.perf_counter() - start
