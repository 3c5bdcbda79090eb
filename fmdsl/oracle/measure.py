"""`measure(spec, compile)`: the compiled program, with every net replaced by its truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from fmdsl.oracle.evaluate import NotMeasured
from fmdsl.oracle.measurement import (
    HOLDS,
    NOT_DECIDED,
    NOT_MEASURED,
    REFUTED,
    ROUNDING,
    Measurement,
    mean_of,
    verdict,
)
from fmdsl.oracle.run import LOSS, WEIGHTLESS, Run, Series
from fmdsl.oracle.truth import Truth, truth
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read
from fmdsl.syntax.spec import Spec

#: `fmdsl.compile`, which stands above this package and is handed in.
Compile = Callable[..., Any]
#: How much larger the error of a derivative of an integrated flow is than that of the flow.
_SLOPES = 30


def measure(
    spec: str | Path | Spec,
    compile: Compile,
    *,
    laws: Sequence[str] = ("gaussian", "mixture"),
    settings: Mapping[str, float | str] | None = None,
    derivative: Any = "auto",
    examples: int = 512,
    batches: int = 16,
    progress: float = 0.5,
    seed: int = 0,
    rounding: float = ROUNDING,
) -> tuple[Measurement, ...]:
    """Residuals, biases and gradients of every group at the truth, on every law.

    compile: `fmdsl.compile`; what it makes is what is measured.
    laws: `gaussian`, in two dimensions with mean and correlation, where labels say nothing;
        `mixture`, in one dimension and labelled, whose flow is not affine and whose residuals
        are not symmetric: there guidance is what it is. Draws share states, so that what is
        random given a state cancels.
    rounding: shifts of a net below this are not told from zero; the error of a finite
        difference is larger than the default. Where a flow is integrated its error counts.
    batches: half of them where a flow is integrated, which takes its time.
    settings, progress: as a program takes them; a schedule is measured at one moment.
    """
    source = spec if isinstance(spec, Spec) else read(spec)
    given = {n: Fraction(str(v)) for n, v in (settings or {}).items()}
    elaborated = elaborate_spec(source, given)
    found: list[Measurement] = []
    for law in laws:
        try:
            known = truth(elaborated, law, seed)
            nets = dict(known.nets)
            program = compile(source, nets, settings=settings, derivative=derivative)
            few = batches if known.error == 0 else (batches + 1) // 2
            near = max(rounding, _SLOPES * known.error)
            for name in program.objectives:
                run = Run(known, program, name, examples, progress)
                found += _group(run, law, few, seed, near)
        except NotMeasured as reason:
            found.append(Measurement(law, "", "truth", NOT_MEASURED, str(reason)))
    return tuple(found)


def refutes(found: Sequence[Measurement]) -> bool:
    """Whether any measurement says that the spec is wrong."""
    return any(m.verdict == REFUTED for m in found)


def _group(run: Run, law: str, batches: int, seed: int, rounding: float) -> Iterator[Measurement]:
    """The loss of a group, its loss without residual weights, its regressions."""
    if not run.probes:
        reason = "no identity says what its nets are"
        yield Measurement(law, run.group, LOSS, NOT_MEASURED, reason)
        return
    series = run.series(batches, seed)
    spans = {n: node.span for n, node in run.program.graphs[run.group].by_name.items()}
    spans[LOSS] = spans[WEIGHTLESS] = run.program.objectives[run.group].span
    for quantity, one in series.items():
        mean = mean_of(one.quietest, one.scale, rounding)
        residual = max(one.residuals) if one.residuals else None
        what, reason = verdict(mean, one.scale)
        if residual is not None and residual < 1e-9 and what == HOLDS:
            reason = f"vanishes at every example: {residual:.1e} at most"
        if what == REFUTED and quantity == LOSS and (WEIGHTLESS in series or one.bent):
            told = "the weight depends on the residual Δ, the stationary point is E[w Δ] = 0"
            what, reason = NOT_DECIDED, f"{told}: {reason}"
        if what == REFUTED and _goes_on(run):
            told = "a stage before the last need not end at the truth"
            what, reason = NOT_DECIDED, f"{told}: {reason}"
        what, reason = _known(run.truth, one, what, reason)
        yield Measurement(
            law, run.group, quantity, what, reason, residual,
            mean.bias, mean.interval, mean.errors, spans.get(quantity),
        )  # fmt: skip


def _goes_on(run: Run) -> bool:
    """Whether another stage comes after the group's."""
    return run.program.objectives[run.group].stage != run.truth.spec.stages[-1][0]


def _known(truth: Truth, one: Series, what: str, reason: str) -> tuple[str, str]:
    """A verdict, unless what is measured rests on more than the truth.

    A learned weight may be anything: the truth must be stationary for each.
    """
    free = {n for n in one.nets & truth.undetermined if truth.spec.weights[n].role != "weight"}
    if free:
        names = ", ".join(f"`{n}`" for n in sorted(free))
        return NOT_DECIDED, f"no identity says what {names} is: {reason}"
    notes = "; ".join(truth.notes)
    return what, f"{reason} ({notes})" if notes else reason
