"""On data with a closed form, a run says how far its nets are from the truth."""

from __future__ import annotations

import json
from pathlib import Path

from fmdsl.runtime.train import train
from tests.runtime.tiny import config


def closed_form(folder: Path, steps: int) -> dict[str, float]:
    choices = config(
        "data=gaussian", f"steps={steps}", "eval.at_end=true", "batch=128", nets=("v",)
    )
    train("flow_matching", folder, choices)
    return json.loads((folder / "metrics.json").read_text("utf-8")).get("closed_form", {})


def test_training_comes_nearer_to_the_truth(tmp_path: Path) -> None:
    early, late = closed_form(tmp_path / "a", 2), closed_form(tmp_path / "b", 200)
    assert late["v"] < early["v"]


def test_data_without_a_closed_form_say_nothing(tmp_path: Path) -> None:
    choices = config("data=moons", "steps=1", "eval.at_end=true", nets=("v",))
    train("flow_matching", tmp_path / "run", choices)
    assert "closed_form" not in (tmp_path / "run" / "metrics.json").read_text("utf-8")
