"""Legitimate specs that look unusual are accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.checks import check_text, errors
from fmdsl.syntax.render import render_all

FOLDER = Path(__file__).parent / "accepted"
SHIPPED = Path(__file__).parents[2] / "specs"
SPECS = [*sorted(FOLDER.glob("*.yaml")), *sorted(SHIPPED.rglob("*.yaml"))]


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_right_spec_has_no_error(spec: Path) -> None:
    found = errors(check_text(spec.read_text(encoding="utf-8"), str(spec)))
    assert found == (), render_all(found)
