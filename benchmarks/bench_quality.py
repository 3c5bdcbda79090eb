"""Methods trained at one budget of net evaluations, measured at 1, 2, 4 and 8 steps.

A step costs what `fmdsl compile --explain` says, derivatives included: forwards of a net on the
whole batch, each group by its cadence; backward passes come on top and do not count. Methods
that need a teacher get the `flow_matching` run, which is not counted. Results are written after
every run, so that a cut leaves what was done.

    python benchmarks/bench_quality.py --forwards 4000 --data digits
    python benchmarks/bench_quality.py --specs meanflow tvm --jobs 8 --device cuda
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from quality_shown import STEPS, Row, plot, table

from fmdsl.compiler import checked
from fmdsl.runtime.data import load
from fmdsl.runtime.nets import shape_of
from fmdsl.runtime.preview import preview

FOUR = ("flow_matching", "meanflow", "tvm", "dmd2")
TEACHER = "flow_matching"
#: What methods need that the defaults do not give.
OPTIONS: dict[str, tuple[str, ...]] = {"dmd2": ("--set", "optimizer.default.lr=2e-4")}
#: What only slows a run whose end is all that is looked at.
QUIET = (
    "log.progress=false",
    "log.tensorboard=false",
    "sample.every=null",
    "checkpoint.every=null",
)


@dataclass(frozen=True, slots=True)
class Method:
    """A spec, the forwards of one of its steps, whether it asks for a teacher T, and its nets.

    `nets` are those that read a state: they get the backbone that was asked for.
    """

    spec: str
    cost: float
    taught: bool
    nets: tuple[str, ...]


def method(spec: str, data: str) -> Method:
    """Forwards of a step on the whole batch, each group by its cadence; heads do not count."""
    program = preview(spec, data, "auto", {})
    every = {o.name: o.every for o in program.spec.objectives}
    rows = [r for r in program.explain() if "features" not in r.call]
    taught = any(o.role == "teacher" for o in program.spec.outputs.values())
    e, examples = checked(spec), load(data)
    nets = tuple(n for n in e.weights if "point" in shape_of(e, n, examples).inputs)
    return Method(spec, sum(r.cost / every[r.group] for r in rows), taught, nets)


class Bench:
    """Runs side by side, each a process; rows appear in `results` as they end."""

    def __init__(self, methods: list[Method], args: argparse.Namespace) -> None:
        self.methods, self.args = methods, args
        self.results: dict[str, Row] = {}
        self.started = time.monotonic()
        self.running: set[subprocess.Popen[str]] = set()

    def run(self) -> None:
        """In the order named, the teacher's run first; those that need it wait for it."""
        teacher: Future[None] | None = None
        with ThreadPoolExecutor(self.args.jobs) as pool:
            for m in sorted(self.methods, key=lambda m: m.spec != TEACHER):
                ended = pool.submit(self.one, m, teacher if m.taught else None)
                teacher = ended if m.spec == TEACHER else teacher

    def one(self, m: Method, teacher: Future[None] | None) -> None:
        """One run, and once more with `--retry`'s derivative where the first one failed."""
        if teacher is not None:
            teacher.result()
        row = self.train(m, teacher is not None, self.args.derivative)
        if "failed" in row and self.args.retry:
            row = self.train(m, teacher is not None, self.args.retry) | {"first": row["failed"]}
        self.results[m.spec] = row
        self.write()
        told = "failed" if "failed" in row else f"{row['updates']} updates, {row['seconds']:.0f} s"
        print(f"[{time.monotonic() - self.started:5.0f} s] {m.spec}: {told}", flush=True)

    def train(self, m: Method, taught: bool, derivative: str) -> Row:
        """The metrics of one run, or what stopped it."""
        args, out = self.args, self.args.out / self.args.data / m.spec
        updates = max(1, round(args.forwards / m.cost))
        init = ("--init", f"T={args.out / args.data / TEACHER}") if taught else ()
        words = ["train", "--steps", str(updates), "--minutes", str(args.minutes)]
        if args.resume and (out / "checkpoints").exists():
            words += ["--out", str(out), "--resume"]
        else:
            words += [m.spec, "--out", str(out), "--overwrite", *self.options(m, derivative), *init]
        told = self.fmdsl(*words)
        row = {"spec": m.spec, "cost": m.cost, "planned": updates, "derivative": derivative}
        return row | (_ended(out) or {"failed": told.strip()[-2000:]})

    def options(self, m: Method, derivative: str) -> list[str]:
        """What a run is told when it starts."""
        args, nets = self.args, [f"nets.{n}.{o}" for n in m.nets for o in self.args.net]
        keys = (*QUIET, *nets, f"sample.steps={list(STEPS)}", f"threads={args.threads}")
        words = ["--data", args.data, "--device", args.device, "--batch", str(args.batch)]
        words += ["--derivative", derivative, *OPTIONS.get(m.spec, ())]
        return words + [word for key in keys for word in ("--set", key)]

    def fmdsl(self, *words: str) -> str:
        """What one command of fmdsl says."""
        command = [sys.executable, "-m", "fmdsl", *words]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.running.add(process)
        told, _ = process.communicate()
        self.running.discard(process)
        return told

    def rows(self) -> list[Row]:
        """The rows there are, in the order in which the methods were named."""
        return [self.results[m.spec] for m in self.methods if m.spec in self.results]

    @property
    def name(self) -> str:
        return f"quality_{self.args.data}"

    def write(self) -> None:
        """What is known so far, as data."""
        args = self.args
        kept = {**machine(args.device), "forwards": args.forwards, "minutes": args.minutes}
        kept |= {"data": args.data, "batch": args.batch, "net": args.net, "results": self.rows()}
        partial = args.results / f"{self.name}.partial"
        partial.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        partial.replace(args.results / f"{self.name}.json")

    def show(self) -> None:
        """Tables, plots, and what failed."""
        rows = self.rows()
        for metric in self.args.metric:
            if any(metric in r.get("floor", {}) for r in rows):
                print(f"\n{metric}\n{table(rows, metric)}")
                plot(rows, metric, self.args.results / f"{self.name}_{metric}.png")
        for r in rows:
            if "failed" in r or "first" in r:
                print(f"\n{r['spec']} failed:\n{r.get('first') or r['failed']}")

    def cut(self, number: int, frame: object) -> None:
        """Shows what there is and leaves; runs under way are lost."""
        self.args.retry = None
        for process in list(self.running):
            process.kill()
        print(f"[{time.monotonic() - self.started:5.0f} s] cut", flush=True)
        self.show()
        sys.stdout.flush()
        os._exit(1)  # waiting for the threads of killed runs would only take time


def _ended(out: Path) -> Row | None:
    """What a run that came to its end left, else None."""
    if not (out / "metrics.json").exists():
        return None
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    lines = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
    seconds = max(json.loads(line).get("seconds", 0.0) for line in lines)
    return {"updates": metrics.pop("step"), "seconds": seconds, **metrics}


def machine(device: str) -> Row:
    """What computed."""
    where = platform.processor() or platform.machine()
    if device.startswith("cuda") and torch.cuda.is_available():
        where = torch.cuda.get_device_name()
    return {"machine": where, "device": device, "torch": torch.__version__}


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", nargs="+", default=list(FOUR))
    parser.add_argument("--data", default="digits")
    parser.add_argument("--forwards", type=float, default=4000.0)
    parser.add_argument("--minutes", type=float, default=60.0, help="a bound on each run")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() or 1))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--net", nargs="+", default=[], help="backbone=mlp width=192")
    parser.add_argument("--resume", action="store_true", help="go on with the runs in --out")
    parser.add_argument("--derivative", default="auto")
    parser.add_argument("--retry", help="the derivative to try where a run failed")
    parser.add_argument("--metric", nargs="+", default=["frechet", "w2"])
    parser.add_argument("--out", type=Path, default=Path("runs/bench"))
    parser.add_argument("--results", type=Path, default=Path("benchmarks/results"))
    args = parser.parse_args()
    args.results.mkdir(parents=True, exist_ok=True)
    specs = dict.fromkeys([TEACHER, *args.specs])
    bench = Bench([method(spec, args.data) for spec in specs], args)
    signal.signal(signal.SIGTERM, bench.cut)
    print(f"{len(specs)} methods, {args.forwards:g} forwards each", flush=True)
    bench.run()
    bench.show()


if __name__ == "__main__":
    main()
