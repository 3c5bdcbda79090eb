"""`fmdsl bench` from its words to its files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fmdsl.compiler import checked
from fmdsl.runtime.bench.bench import Bench
from fmdsl.runtime.bench.jobs import jobs_of, measure_floor
from fmdsl.runtime.bench.methods import Method, method
from fmdsl.runtime.bench.plan import Budget, Place
from fmdsl.runtime.bench.plot import plot
from fmdsl.runtime.bench.results import Results
from fmdsl.runtime.bench.rows import UNIT
from fmdsl.runtime.bench.sheet import sheet
from fmdsl.runtime.config_text import change, load_config
from fmdsl.runtime.data import Data, load
from fmdsl.runtime.device import choose
from fmdsl.runtime.nets import build_nets
from fmdsl.syntax.locate import shipped


def bench(
    sources: Iterable[str],
    budget: Budget,
    place: Place,
    seeds: int,
    overwrite: bool,
    tell: Callable[[str], None],
) -> tuple[dict[str, Any], bool]:
    """Trains and measures; what was found, and whether every run was reached.

    Raises RunError or Fault, before anything is trained, for what cannot be: an unknown spec,
    data, device or option of the nets, or results of another budget.
    """
    started = time.monotonic()
    choose(place.device)
    data = load(budget.data)
    _try_nets(budget, data)
    sources = list(sources)
    results = Results(budget, place, anew=overwrite and not sources)
    methods = _methods(sources, budget.data, data)
    results.order = list(dict.fromkeys((UNIT, *_by_family(), *(m.spec for m in methods))))
    if overwrite:
        _forget(methods if not sources else methods[1:], results, place, seeds)
    place.results.mkdir(parents=True, exist_ok=True)
    measure_floor(results, data, place.cache(budget.data))
    for m in methods:
        if m.lacks:
            results.put({"spec": m.spec, "seed": 0, "cost": m.cost, "needs": m.lacks}, None)
    jobs = jobs_of(methods, data, budget, place, seeds, results)
    tell(f"{len(methods)} methods, {budget.forwards:g} forwards each, {len(jobs)} runs to go")
    whole = Bench(jobs, results, place, started, tell).run()
    results.write()
    found = results.as_data()
    plot(found, place.file(budget.data, ".png"))
    sheet(results.shown, place.file(budget.data, "_samples.png"))
    return found, whole


def _forget(methods: Iterable[Method], results: Results, place: Place, seeds: int) -> None:
    """Drops the rows and the runs of methods, so that they are trained anew."""
    for m in methods:
        results.forget(m.spec)
        for seed in range(seeds):
            shutil.rmtree(place.folder(results.budget.data, m.spec, seed), ignore_errors=True)


def _try_nets(budget: Budget, data: Data) -> None:
    """Raises what every run would, at once."""
    e = checked(UNIT)
    keys = [f"nets.{name}.{option}" for name in e.weights for option in budget.net]
    build_nets(e, load_config(changes=map(change, keys)), data)


def _methods(sources: Iterable[str], name: str, data: Data) -> list[Method]:
    """The methods that were named, each once, after the one that times are told over.

    All that are shipped where none was named.
    """
    named = [UNIT, *(list(sources) or _by_family())]
    return list({m.spec: m for m in (method(s, data, name) for s in named)}.values())


def _by_family() -> list[str]:
    families: dict[str, Path] = shipped()
    return sorted(families, key=lambda name: (families[name].parent.name, name))
