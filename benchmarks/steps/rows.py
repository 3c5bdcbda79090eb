"""Rows: which steps are timed, how far they got, and what is made of their seconds."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .measure import Work, seconds, work
from .methods import METHODS, Method
from .official import FORMS
from .step import Bench, Step
from .strategies import OURS, STRATEGIES, forms

BASE = "flow_matching"
#: torch's own compiler fails, or kills the process, on the others.
STOCK = ("plain torch", "py-meanflow")


@dataclass
class Row:
    """One kind of step written one way: `form` is fmdsl's or whose, `compiled` by inductor."""

    method: Method
    form: str
    compiled: bool
    step: Step | None = None
    work: Work | None = None
    fault: str = ""
    warmed: float = 0.0
    times: list[float] = field(default_factory=list[float])

    @property
    def name(self) -> str:
        """As `--rows` selects it."""
        how = "compiled" if self.compiled else "eager"
        return f"{self.method.name}, {self.form}, {how}"

    def make(self, bench: Bench) -> None:
        """Build the step, run it, and count the work of another; a failure is a result."""
        started, cuda = time.perf_counter(), bench.size.device.startswith("cuda")
        bench.clear()
        warnings.filterwarnings("error", ".*is not compiled and runs eagerly")
        try:
            make = bench.ours if self.form in STRATEGIES else bench.official
            self.step = make(self.method, self.form, self.compiled)
            self.step()
            self.warmed = time.perf_counter() - started
            self.work = work(self.step, cuda)
        except Exception as fault:
            self.step, self.fault = None, told(fault)

    def again(self) -> None:
        """Once more untimed: nets are shared, so a later row may have touched this one's."""
        self._tried(lambda step: step())

    def time(self, cuda: bool, repeats: int) -> None:
        """One more measurement."""
        self._tried(lambda step: self.times.append(seconds(step, cuda, repeats)))

    def _tried(self, act: Callable[[Step], None]) -> None:
        if self.step is not None:
            try:
                act(self.step)
            except Exception as fault:
                self.step, self.fault = None, told(fault)


def told(fault: BaseException) -> str:
    """A failure in a line."""
    lines = [line for line in str(fault).splitlines() if line.strip()]
    return f"{type(fault).__name__}: {lines[0].strip() if lines else ''}"[:200]


def chosen(patterns: Iterable[str], eager: bool, compile: bool) -> list[Row]:
    """The rows whose name holds one of the patterns, and what they are compared with."""
    found = [row for row in every(eager, compile) if wanted(row, tuple(patterns))]
    return sorted(found, key=lambda row: not is_base(row))


def every(eager: bool, compile: bool) -> Iterable[Row]:
    for how in [False] * eager + [True] * compile:
        seen = set[tuple[str, str]]()
        for method in METHODS.values():
            yield from (Row(method, form, how) for form in forms(method.name, how))
            for form in FORMS[method.of]:
                if (method.of, form) not in seen and (not how or form in STOCK):
                    seen.add((method.of, form))
                    yield Row(method, form, how)


def wanted(row: Row, patterns: tuple[str, ...]) -> bool:
    return not patterns or is_base(row) or any(p in row.name for p in patterns)


def is_base(row: Row) -> bool:
    """Flow matching by its program: what a row's time is divided by."""
    return row.method.name == BASE and row.form == OURS


def results(rows: list[Row], attention: float) -> list[dict[str, Any]]:
    """What the rows say: medians, quartiles of the ratio round by round, peaks, products."""
    bases = {row.compiled: row for row in rows if is_base(row)}
    return [_result(row, bases[row.compiled], attention) for row in rows]


def _result(row: Row, base: Row, attention: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "method": row.method.name,
        "form": row.form,
        "compiled": row.compiled,
        "floor": row.method.floor(attention),
    }
    if row.fault:
        return found | {"fault": row.fault}
    found |= {"first_call_s": row.warmed}
    if row.work is not None and base.work is not None:
        found |= {
            "memory": row.work.memory,
            "memory_ratio": row.work.memory / max(1, base.work.memory),
            "products": row.work.products,
            "flops_ratio": row.work.flops / base.work.flops if row.work.flops else None,
            "busy_ms": 1e3 * row.work.busy,
            "busy_ratio": row.work.busy / base.work.busy if base.work.busy else None,
        }
    if row.times and base.times:
        ratios = [a / b for a, b in zip(row.times, base.times)]
        found |= {
            "ms": 1e3 * statistics.median(row.times),
            "ratio": statistics.median(ratios),
            "quartiles": quartiles(ratios),
        }
    return found


def quartiles(values: list[float]) -> list[float]:
    """The first and the third; of one value, itself twice."""
    if len(values) < 2:
        return [values[0], values[0]]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return [low, high]
