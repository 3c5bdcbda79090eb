"""Updates by one process, and the same by several, each on its rows of the same draws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fmdsl.runtime.ending import end
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.shards import local
from fmdsl.runtime.trainer import Trainer
from tests.runtime.test_train import posed
from tests.runtime.tiny import config

ALONE = Processes()
#: The layers after the one that is read have no gradient: DDP must look for them.
SHALLOW = """spec: shallow
nets:
  u: student(point@t, t, label) -> tangent
draw:
  x, c: data
  e: noise
  t: uniform(0, 1)
let:
  h: features(u(path(x, e, t), t, c), layer=block0)
minimize:
  u: dot(h, h)
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A spec, how its weights lie, and what its config says beyond a tiny run's."""

    spec: str
    way: str
    nets: tuple[str, ...] = ("u",)
    sets: tuple[str, ...] = ()
    steps: int = 3

    def __str__(self) -> str:
        return " ".join((self.spec, self.way, *self.sets))


CASES = (
    Case("tvm", "ddp", ("F",)),
    Case("dmd2", "ddp", ("disc",), steps=6),
    Case("alphaflow_curriculum", "ddp", sets=("accumulate=2",)),
    Case("shallow.yaml", "ddp"),
    Case("shallow.yaml", "fsdp"),
    Case("meanflow", "fsdp", sets=("accumulate=2", "optimizer.default.kind=radam")),
    Case("meanflow", "fsdp", sets=("precision=bf16",)),
    Case("meanflow", "fsdp", sets=("derivative=finite_difference", "ema=null")),
    Case("tvm", "fsdp", ("F",), ("optimizer.default.kind=sgd", "clip=null")),
    Case("dmd2", "fsdp", ("disc",), steps=6),
)
REFUSED = (
    Case("meanflow", "fsdp", sets=("derivative=double_backward",)),
    Case("meanflow", "fsdp", sets=("compile=true",)),
)


def trainer(case: Case, folder: Path, processes: Processes = ALONE) -> Trainer:
    """The case at its first step, in float64 unless it says otherwise."""
    spec = str(folder / case.spec) if case.spec.endswith(".yaml") else case.spec
    given = (f"init.T={folder}/teacher",) if case.spec == "dmd2" else ()
    told = config(
        "precision=fp64", "clip=0.1", f"distributed={case.way}", "optimizer.default.warmup=0",
        *given, *case.sets, nets=case.nets,
    )  # fmt: skip
    return Trainer(posed(told, spec), told, processes)


def alone(case: Case, folder: Path) -> dict[str, Any]:
    """What one process does, and everything that it drew."""
    made, drawn = trainer(case, folder), list[Any]()
    draw = made.problem.program.draw
    forward = made.problem.program.forward

    def kept(batch: Any, group: str, rng: Any, **more: Any) -> Any:
        drawn.append(dict(draw(batch, group, rng)))
        return forward(batch, group=group, draws=drawn[-1], **more)

    made.problem.program.forward = kept
    return {"told": _updates(made, case.steps), "state": made.state_dict(), "drawn": drawn}


def together(case: Case, folder: Path, drawn: list[Any], processes: Processes) -> dict[str, Any]:
    """What several processes do, each on its rows of what was drawn."""
    made, left = trainer(case, folder, processes), iter(drawn)
    forward = made.problem.program.forward

    def given(batch: Any, group: str, rng: Any, **more: Any) -> Any:
        draws = {name: _rows(value, processes) for name, value in next(left).items()}
        return forward({"points": draws["x"], "label": draws["c"]}, group, draws=draws, **more)

    made.problem.program.forward = given
    return {"told": _updates(made, case.steps), "state": made.state_dict()}


def _rows(value: torch.Tensor, processes: Processes) -> torch.Tensor:
    return value.chunk(processes.world)[processes.rank] if value.ndim else value


def _updates(made: Trainer, steps: int) -> list[Any]:
    updates = [made.update() for _ in range(steps)]
    return [(u.losses, u.norms) for u in updates]


def _again(case: Case, folder: Path, state: dict[str, Any], processes: Processes) -> dict[str, Any]:
    """The state that one process left, loaded by several and asked back; the share one holds."""
    made = trainer(case, folder, processes)
    made.load_state_dict(state)
    states = [s for g in made.groups.values() for s in g.optimizer.state.values()]
    moments = [value for state in states for value in state.values()]
    modules = (made.problem.program, *made.average.copies)
    held = [*(p for module in modules for p in module.parameters()), *moments]
    share = sum(v.numel() for v in local(held)) / sum(v.numel() for v in held)
    return {"state": made.state_dict(), "share": share}


def _refusal(case: Case, folder: Path, processes: Processes) -> str:
    return _fault(lambda: trainer(case, folder, processes))


def _poisoned(way: str, folder: Path, processes: Processes) -> str:
    """A step at which one process reads a number that is none."""
    made = trainer(Case("meanflow", way), folder, processes)
    if processes.rank == 1:
        made.loader = ({"points": torch.full((8, 2), torch.nan)} for _ in range(1))  # type: ignore[assignment]
    return _fault(made.update)


def _fault(act: Callable[[], object]) -> str:
    try:
        act()
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"
    return "nothing was refused"


def work(folder: Path) -> None:
    """Every case, in each of the processes that torchrun started."""
    processes, found = Processes.join(torch.device("cpu")), dict[str, Any]()
    torch.set_num_threads(1)
    for case in CASES:
        drawn = torch.load(folder / f"{case}.pt")["drawn"]
        found[str(case)] = together(case, folder, drawn, processes)
    one = torch.load(folder / f"{CASES[-1]}.pt")["state"]
    found["again"] = _again(CASES[-1], folder, one, processes)
    for case in REFUSED:
        found[str(case)] = _refusal(case, folder, processes)
    for way in ("ddp", "fsdp"):
        found[way] = processes.gather(_poisoned(way, folder, processes))
    if processes.writes:
        torch.save(found, folder / "found.pt")
    processes.wait()
    processes.leave()
    end(0)


if __name__ == "__main__":
    work(Path(sys.argv[1]))
