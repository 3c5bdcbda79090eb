"""What the gallery says is proved is what the prover says; the rest is compared with all pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from docs.gallery_page import FOLDER, known, page
from docs.gallery_proofs import kept, proofs


@pytest.mark.parametrize("name", ["meanflow", "score_sde"])
def test_a_page_tells_the_verdicts_of_today(name: str) -> None:
    text = page(name, proofs(known()[name].spec))
    assert text == (FOLDER / f"{name}.md").read_text("utf-8"), "python docs/generate.py --gallery"
    assert "```math\n\\begin{aligned}" in text and "## Neighbours" in text


def test_a_changed_spec_does_not_keep_its_verdicts(tmp_path: Path) -> None:
    spec = known()["flow_matching"].spec
    page = tmp_path / "page.md"
    page.write_text(f"## What is proved\n\n{proofs(spec)} and more.\n\n## Measured\n")
    assert kept(page, spec).endswith(" and more.")
    assert not kept(page, replace(spec, paper="another")).endswith(" and more.")
