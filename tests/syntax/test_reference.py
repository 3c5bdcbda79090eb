"""The language reference and the editors' schema say what the reader does."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
import yaml

from fmdsl.syntax import bounds, document
from fmdsl.syntax.assemble import KEYS
from fmdsl.syntax.faults import MANUAL
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.parse import parse
from fmdsl.syntax.reader import read_text

GRAMMAR = files("fmdsl") / "grammar"
REFERENCE = (GRAMMAR / "README.md").read_text(encoding="utf-8")
SCHEMA = json.loads((GRAMMAR / "fmdsl.schema.json").read_text(encoding="utf-8"))


def test_the_example_of_the_reference_is_a_spec() -> None:
    spec = read_text(re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)[0])
    assert spec.name == "meanflow"


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_in_the_reference_and_in_the_schema(key: str) -> None:
    assert f"| `{key}` |" in REFERENCE
    assert SCHEMA["properties"][key]["description"]


def test_the_schema_has_no_other_keys() -> None:
    assert set(SCHEMA["properties"]) == set(KEYS)


def test_the_schema_knows_the_keys_of_every_shipped_spec() -> None:
    patterns = SCHEMA["properties"]["sample"]["patternProperties"]
    for file in shipped().values():
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert set(data) <= set(KEYS), file
        assert re.match(SCHEMA["properties"]["spec"]["pattern"], data["spec"])
        for key in data.get("sample", {}):
            assert key in ("times", "draw") or any(re.match(p, key) for p in patterns)


def test_the_limits_are_those_of_the_reader() -> None:
    limits = REFERENCE.partition("## Limits")[2]
    for limit in (
        document.MAX_BYTES,
        bounds.MAX_CHARACTERS,
        bounds.MAX_DEPTH,
        bounds.MAX_DIGITS,
        bounds.MAX_EXPONENT,
    ):
        assert f"{limit:,}" in limits


def test_the_codes_it_names_exist() -> None:
    assert set(re.findall(r"E01\d\d", REFERENCE)) <= set(MANUAL)


def _pieces() -> list[str]:
    table = REFERENCE.partition("## Expressions")[2].partition("- **Names**")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [piece for cell in cells for piece in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("piece", _pieces())
def test_the_forms_of_the_expression_table_parse(piece: str) -> None:
    parse(piece)
