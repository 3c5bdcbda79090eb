"""How a benchmark is told: one row per method, means over seeds, the floor last."""

from __future__ import annotations

from statistics import mean, stdev
from typing import Any

from fmdsl.runtime.bench.rows import (
    LEAD,
    ONE_STEP,
    Entry,
    counts,
    entries,
    fault,
    led,
    reference_name,
    unit,
)

_NONE = "–"


def quality(told: dict[str, Any], metric: str) -> str:
    """A metric by the number of steps, in Markdown; smaller is better."""
    found = entries(told)
    steps = counts(found)
    solved = any(e.reference(metric) for e in found)
    head = ["method", *(f"{n} step{'s' * (n > 1)}" for n in steps)]
    head += [reference_name(found)] if solved else []
    lines = [[_named(e), *(spread(e.values(n, metric)) for n in steps)] for e in found if e.rows]
    if solved:
        for line, e in zip(lines, (e for e in found if e.rows)):
            line.append(spread(e.reference(metric)))
    floor = f"{told['floor'][metric]:#.3g}"
    return markdown([head, *lines, ["real data (floor)", *[floor] * (len(head) - 1)]])


def costs(told: dict[str, Any]) -> str:
    """What a step of training costs, in Markdown: forwards, and time over flow matching's."""
    found = [e for e in entries(told) if e.rows]
    base = unit(found)
    head = ["method", "forwards an update", "updates", "time of an update"]
    lines = [head]
    for e in found:
        pace = f"{mean(e.pace) / base:.2f}" if base and e.pace else _NONE
        lines.append([_named(e), f"{e.cost:.2f}", str(e.rows[0]["updates"]), pace])
    return markdown(lines)


def truths(told: dict[str, Any]) -> str:
    """Distances of nets and samples to the closed form, in Markdown; empty where there is none."""
    found = [e for e in entries(told) if any("closed_form" in r for r in e.rows)]
    if not found:
        return ""
    lines = [["method", "nets, where their loss calls them", ONE_STEP]]
    for e in found:
        nets = [n for n in e.rows[0]["closed_form"] if n != ONE_STEP]
        said = ", ".join(f"`{n}` {spread(e.closed_form(n))}" for n in nets)
        lines.append([_named(e), said or _NONE, spread(e.closed_form(ONE_STEP))])
    return markdown(lines)


def faults(told: dict[str, Any]) -> list[str]:
    """A line for every method that has no numbers, and for every seed that lacks."""
    lines = [f"{e.spec}: {e.fault}" for e in entries(told) if e.fault]
    whole = {e.spec for e in entries(told) if e.rows}
    lines += [
        f"{r['spec']}, seed {r['seed']}: {fault(r)}"
        for r in told["rows"]
        if "steps" not in r and r["spec"] in whole
    ]
    return lines


def markdown(lines: list[list[str]]) -> str:
    """A table whose first line is its head."""
    rule = ["---"] * len(lines[0])
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def _named(e: Entry) -> str:
    return f"`{e.spec}`"


def spread(values: list[float]) -> str:
    """The mean, and the standard deviation over seeds where there are several."""
    if not values:
        return _NONE
    middle = f"{mean(values):#.3g}"
    if len(values) == 1:
        return middle
    places = len(middle.partition(".")[2])
    return f"{middle} ± {stdev(values):.{places}f}"


def report(told: dict[str, Any]) -> str:
    """Everything as one page of Markdown, faults last."""
    parts: list[str] = []
    if any(e.rows for e in entries(told)):
        parts += [f"{LEAD[m]}\n\n{quality(told, m)}" for m in led(told)]
        parts.append(f"What a step of training costs\n\n{costs(told)}")
    if truths(told):
        parts.append(f"Root mean square distance to the closed form\n\n{truths(told)}")
    if faults(told):
        parts.append("Without numbers\n\n" + "\n".join(f"- {line}" for line in faults(told)))
    return "\n\n".join(parts)
