"""Each invalid spec is refused with the message beside it; its name begins with its code.

FMDSL_UPDATE=1 rewrites the messages.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnose import ACCEPTED, diagnose_file
from tests.markdown import updating

FOLDER = Path(__file__).parent / "invalid"
SPECS = sorted(FOLDER.glob("e*.yaml"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_an_invalid_spec_is_refused_with_its_message(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    said = diagnose_file(spec) + "\n"
    expected = spec.with_suffix(".txt")
    if updating():
        expected.write_text(said, encoding="utf-8")
    assert said.strip() != ACCEPTED
    assert f"[{spec.stem[:5].upper()}]" in said
    assert said == expected.read_text(encoding="utf-8")
