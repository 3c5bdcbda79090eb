"""The log of a run survives a cut."""

from __future__ import annotations

from pathlib import Path

from fmdsl.runtime.journal import Journal, read_log


def test_a_log_cut_in_the_middle_of_a_line_is_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text('{"step": 1, "losses": {"u": 1.0}}\n{"step": 2, "los')
    journal = Journal(file, None)
    journal.write(1, losses={"u": 2.0})
    journal.write(2, losses={"u": 3.0})
    assert [line["losses"]["u"] for line in read_log(file)] == [2.0, 3.0]
