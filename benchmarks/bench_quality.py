"""Methods trained at one budget of net evaluations, measured at 1, 2, 4 and 8 steps.

A step costs what `fmdsl compile --explain` says, derivatives included: forwards of a net on the
whole batch, each group by its cadence. Methods that need a teacher get one trained by
`flow_matching` with the same budget, which is not counted. Writes a table and a plot.

    python benchmarks/bench_quality.py --forwards 4000 --data digits
    python benchmarks/bench_quality.py --specs meanflow tvm --jobs 8 --device cuda
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

FOUR = ("flow_matching", "meanflow", "tvm", "dmd2")
#: What methods need that the defaults do not give.
OPTIONS: dict[str, tuple[str, ...]] = {"dmd2": ("--set", "optimizer.default.lr=2e-4")}
STEPS = (1, 2, 4, 8)


def fmdsl(*words: str) -> subprocess.CompletedProcess[str]:
    """One command of fmdsl."""
    command = [sys.executable, "-m", "fmdsl", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def calls(spec: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The net calls of a step, and how often each group runs."""
    told = json.loads(fmdsl("compile", spec, "--explain", "--json").stdout)
    shown = fmdsl("show", spec, "--json").stdout
    groups = {name: every for name, every, _ in json.loads(shown)["minimize"]}
    every = {n: 1 if e == "every step" else int(e.split()[1]) for n, e in groups.items()}
    return told["calls"], every


def cost(spec: str) -> float:
    """Forwards of a step on the whole batch; heads of features do not count."""
    rows, every = calls(spec)
    return sum(r["cost"] / every.get(r["group"], 1) for r in rows if "features" not in r["call"])


def needs_teacher(spec: str) -> bool:
    return any(r["call"].startswith("T(") for r in calls(spec)[0])


def train(spec: str, steps: int, args: argparse.Namespace, *more: str) -> dict[str, Any]:
    """The metrics of one run, or what stopped it."""
    out = args.out / args.data / spec
    done = fmdsl(
        "train", spec, "--data", args.data, "--steps", str(steps), "--out", str(out), "--overwrite",
        "--device", args.device, "--set", "log.progress=false", "--set", "sample.every=null",
        "--set", f"sample.steps={list(STEPS)}", "--set", f"threads={args.threads}",
        *OPTIONS.get(spec, ()), *more,
    )  # fmt: skip
    if done.returncode:
        return {"spec": spec, "failed": (done.stderr or done.stdout).strip()[-2000:]}
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    last = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
    seconds = max(json.loads(line).get("seconds", 0.0) for line in last)
    return {"spec": spec, "updates": steps, "seconds": seconds, **metrics}


def table(results: list[dict[str, Any]], metric: str) -> str:
    """One row per method: cost, updates, the metric by steps; the floor last."""
    head = ["method", "forwards a step", "updates", "seconds", *(f"{n} steps" for n in STEPS)]
    lines = [head, ["---"] * len(head)]
    for r in results:
        if "failed" in r:
            lines.append([r["spec"], "", "", "failed", *[""] * len(STEPS)])
            continue
        values = [f"{r['steps'].get(str(n), {}).get(metric, float('nan')):.3f}" for n in STEPS]
        lines.append(
            [r["spec"], f"{r['cost']:.2f}", str(r["updates"]), f"{r['seconds']:.0f}", *values]
        )
    floors = [r["floor"][metric] for r in results if "floor" in r]
    if floors:
        lines.append(["real data (floor)", "", "", "", *[f"{floors[0]:.3f}"] * len(STEPS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plot(results: list[dict[str, Any]], metric: str, path: Path) -> None:
    """The metric by the number of sampling steps, one line per method."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for r in results:
        if "steps" in r:
            values = [r["steps"][str(n)][metric] for n in STEPS if str(n) in r["steps"]]
            axes.plot(STEPS[: len(values)], values, marker="o", label=r["spec"])
    floors = [r["floor"][metric] for r in results if "floor" in r]
    if floors:
        axes.axhline(floors[0], color="black", linestyle=":", label="real data")
    axes.set(xscale="log", yscale="log", xlabel="sampling steps", ylabel=metric, xticks=STEPS)
    axes.set_xticklabels([str(n) for n in STEPS])
    axes.legend(fontsize=7, ncols=2)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", nargs="+", default=list(FOUR))
    parser.add_argument("--data", default="digits")
    parser.add_argument("--forwards", type=float, default=4000.0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--metric", nargs="+", default=["frechet", "w2"])
    parser.add_argument("--out", type=Path, default=Path("runs/bench"))
    parser.add_argument("--results", type=Path, default=Path("benchmarks/results"))
    args = parser.parse_args()
    costs = {spec: cost(spec) for spec in args.specs}
    taught = {spec for spec in args.specs if needs_teacher(spec)}
    order = ["flow_matching", *(s for s in args.specs if s != "flow_matching")]
    budget = {s: round(args.forwards / costs.get(s, cost(s))) for s in order}
    first = train("flow_matching", budget["flow_matching"], args)
    teacher = ("--init", f"T={args.out / args.data / 'flow_matching'}")
    with ThreadPoolExecutor(args.jobs) as pool:
        rest = pool.map(
            lambda s: train(s, budget[s], args, *(teacher if s in taught else ())), order[1:]
        )
        results = [first, *rest]
    for r in results:
        r["cost"] = costs.get(r["spec"], 1.0)
    args.results.mkdir(parents=True, exist_ok=True)
    machine = {"machine": platform.processor() or platform.machine(), "device": args.device}
    kept = {**machine, "forwards": args.forwards, "data": args.data, "results": results}
    name = f"quality_{args.data}"
    (args.results / f"{name}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    for metric in args.metric:
        if any(metric in r.get("floor", {}) for r in results):
            plot(results, metric, args.results / f"{name}_{metric}.png")
            print(f"\n{metric}\n{table(results, metric)}")
    for r in results:
        if "failed" in r:
            print(f"\n{r['spec']} failed:\n{r['failed']}")


if __name__ == "__main__":
    main()
