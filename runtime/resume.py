"""Going on: what may change between a checkpoint and the run that continues it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from fmdsl.runtime.config import FREE, Config
from fmdsl.runtime.data import Data
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.problem import data_hash, spec_hash
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.typed import plain
from fmdsl.syntax.spec import Spec


def check_spec(folder: RunFolder, state: dict[str, Any], spec: Spec) -> None:
    """Raises RunError for a checkpoint that another spec wrote."""
    saved = state["spec"]
    if saved["hash"] == spec_hash(spec):
        return
    same_name = saved["name"] == spec.name
    reason = (
        f"`{spec.name}` has changed since"
        if same_name
        else f"it was written by `{saved['name']}`, not by `{spec.name}`"
    )
    raise RunError(
        f"the checkpoint in {folder.path} is of another spec: {reason}",
        f"go on with its own: `fmdsl train --out {folder.path} --resume`; "
        "or start a new run with another --out",
    )


def check_config(folder: RunFolder, before: Config, now: Config) -> None:
    """Raises RunError where the config differs in more than a run that goes on may change."""
    changed = list(_changes(before, now))
    if changed:
        key, was, told = changed[0]
        raise RunError(
            f"the run in {folder.path} was started with {key} = {was}, not {told}",
            f"leave `{key}` as it was, or start a new run with another --out; "
            f"only {', '.join(FREE)} and rates may change",
        )


def check_data(folder: RunFolder, state: dict[str, Any], data: Data) -> None:
    """Raises RunError for a checkpoint that was trained on other data."""
    saved = state["data"]
    if saved["hash"] != data_hash(data):
        raise RunError(
            f"the checkpoint in {folder.path} was trained on other data: `{saved['name']}` "
            f"has changed, or is not the one at hand",
            "give the same data, or start a new run with another --out",
        )


def tell_world(state: dict[str, Any], processes: Processes) -> None:
    """Warns where another number of processes goes on: what they draw is not what was to come."""
    saved = len(state["random"])
    if saved != processes.world and processes.writes:
        warnings.warn(
            f"the run was trained by {saved} {_processes(saved)} and goes on by "
            f"{processes.world}: its state is the same, its next draws are others\n"
            f"  = help: for the same bits start as many: `{_start(saved)} train ...`",
            stacklevel=3,
        )


def _start(count: int) -> str:
    return "fmdsl" if count == 1 else f"torchrun --nproc-per-node {count} -m fmdsl"


def _processes(count: int) -> str:
    return "process" if count == 1 else "processes"


def _changes(before: Config, now: Config) -> Iterator[tuple[str, Any, Any]]:
    for f in fields(Config):
        old, new = plain(getattr(before, f.name)), plain(getattr(now, f.name))
        if f.name == "optimizer":
            nets = {*old, *new, "default"}
            old = {n: {"kind": before.optimizer_of(n).kind} for n in sorted(nets)}
            new = {n: {"kind": now.optimizer_of(n).kind} for n in sorted(nets)}
        if f.name not in (*FREE, "clip") and old != new:
            yield _first_difference(f.name, old, new)


def _first_difference(key: str, old: Any, new: Any) -> tuple[str, Any, Any]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *new):
            if old.get(name) != new.get(name):
                return _first_difference(f"{key}.{name}", old.get(name), new.get(name))
    return key, old, new
