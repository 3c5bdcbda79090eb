"""Every relation of the table is decided as the table says, and so is every false friend.

`docs/relations.md` is written from what the proofs find, with FMDSL_UPDATE=1, and held to be
current.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from fmdsl.syntax.locate import shipped
from tests.markdown import updating
from tests.proofs.relations import FRIENDS, RELATIONS, Relation

DOCS = Path(__file__).parents[2] / "docs" / "relations.md"


@cache
def found(relation: Relation) -> str:
    return relation.decide()


@pytest.mark.parametrize(
    "relation", [*RELATIONS, *FRIENDS], ids=lambda r: f"{r.number}-{'-'.join(r.specs)}"
)
def test_a_relation_is_decided_as_the_table_says(relation: Relation) -> None:
    assert found(relation) == relation.verdict


def test_every_relation_is_there_and_is_of_shipped_specs() -> None:
    assert {r.number for r in RELATIONS} == {f"R{i}" for i in range(1, 36)}
    assert {name for r in (*RELATIONS, *FRIENDS) for name in r.specs} <= set(shipped())


def table() -> str:
    """What each proof found."""
    lines = [
        "# Relations between methods", "",
        "What is equal to what, and by which proof. A verdict is what the proof finds when the",
        "tests run; a factor is that of the first gradient to the second. `holds in numbers` is no",
        "proof: values were compared. Written by",
        "`FMDSL_UPDATE=1 pytest tests/proofs/test_relations.py`.", "",
        *_rows(RELATIONS), "", "## False friends", "",
        "What is often taken for a relation, and is none.", "",
        *_rows(FRIENDS),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _rows(relations: tuple[Relation, ...]) -> list[str]:
    rows = ["| | statement | specs | verdict | by |", "|---|---|---|---|---|"]
    for r in relations:
        specs = ", ".join(f"`{name}`" for name in r.specs)
        rows.append(f"| {r.number} | {r.statement} | {specs} | {found(r)} | {r.by} |")
    return rows


def test_the_table_is_current() -> None:
    if updating():
        DOCS.write_text(table(), encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == table(), "run with FMDSL_UPDATE=1"
