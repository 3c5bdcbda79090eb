"""A run that is asked to stop finishes its step and can go on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from fmdsl.runtime.train import go_on, train
from fmdsl.runtime.trainer import Trainer
from tests.runtime.tiny import config, final


def test_a_signal_ends_the_step_and_leaves_a_checkpoint_to_go_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, steps = Trainer.update, iter(range(1, 100))

    def interrupted(self: Trainer) -> Any:
        if next(steps) == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return update(self)

    monkeypatch.setattr(Trainer, "update", interrupted)
    ended = train("meanflow", tmp_path, config())
    assert (ended.step, ended.stopped) == (6, True)
    assert final(tmp_path)["step"] == 6
    assert ended.command == f"fmdsl train --out {tmp_path} --resume"
    assert go_on(tmp_path).step == 12
