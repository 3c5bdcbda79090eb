"""The networks of a run, built again as they were."""

from __future__ import annotations

from typing import Any

from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.given import read_given
from fmdsl.runtime.nets import Nets, load_weights, rebuild_nets


def restored(folder: RunFolder, state: dict[str, Any]) -> Nets:
    """The networks of a run, given ones with their weights."""
    made = rebuild_nets(state["built"])
    for name, module in made.modules.items():
        file = folder.given / f"{name}.safetensors"
        if file.exists():
            source = read_given(str(file), name, made.shapes[name])
            load_weights(module, source.weights, name, str(file))
    return made
