"""Files that are no specs, and documents made to do harm: refused, and soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmdsl.syntax import reader
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.render import render_all
from fmdsl.syntax.show_spec import same, show_spec
from fmdsl.syntax.spec import Spec


def codes(text: str) -> list[str]:
    with pytest.raises(Fault) as caught:
        read_text(text)
    return [d.code for d in caught.value.diagnostics]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "zero.yaml").write_bytes(b"spec: a\x00\n")
    (tmp_path / "latin.yaml").write_bytes("spec: é".encode("latin-1"))
    (tmp_path / "large.yaml").write_bytes(b"# \n" * 400_000)
    (tmp_path / "empty.yaml").write_bytes(b"")
    found = {}
    for name in ("missing", "zero", "latin", "large", "empty", "."):
        with pytest.raises(Fault) as caught:
            read(tmp_path / (f"{name}.yaml" if name != "." else "."))
        found[name] = caught.value.diagnostics[0].code
    assert found == {
        "missing": "E0121", "zero": "E0102", "latin": "E0102",
        "large": "E0103", "empty": "E0101", ".": "E0121",
    }  # fmt: skip


def _billion_laughs() -> str:
    rows = ["spec: a", "let:", "  a0: &a0 x"]
    rows += [f"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 1000)]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_billion_laughs(), "E0110"),
        ("spec: a\nlet:\n  b: " + "x" * 50_000, "E0133"),
        ("spec: a\nlet:\n  b: " + "x +\n    " * 9_000 + "x", "E0133"),
        ("[" * 9_000, "E0109"),
        ("- " * 4_000 + "a", "E0112"),
        ("spec: a\nlet:\n" + "  b: 1\n" * 10_000, "E0111"),
        ("? " * 4_000 + "a", "E0104"),
    ],
)
def test_a_hostile_document_is_answered_soon(text: str, code: str) -> None:
    start = time.perf_counter()
    found = codes(text)
    assert code in found
    assert len(found) <= reader.MAX_FAULTS
    assert time.perf_counter() - start < 15


@given(st.data())
def test_a_damaged_spec_is_read_or_refused_but_never_breaks_the_reader(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([file.read_text("utf-8") for file in shipped().values()]))
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 20))
    piece = data.draw(st.text("-*|>@%!&`'\"{}[]():,#^=<>.\t\n \\σ²x01~?\r\u0301", max_size=3))
    spec, told = _outcome(text[:at] + piece + text[at + cut :])
    assert render_all(told) if spec is None else same(spec, read_text(show_spec(spec)))


def _outcome(text: str) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    try:
        return read_text(text), ()
    except Fault as fault:
        return None, fault.diagnostics
