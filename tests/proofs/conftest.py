"""What is said of a slip does not depend on how busy the machine is."""

from __future__ import annotations

import pytest

from fmdsl.proofs import trial


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 10.0)
