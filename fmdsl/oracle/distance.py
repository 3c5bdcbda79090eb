"""How far learned nets are from the closed forms of the law they were trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from fmdsl.oracle.clocked import Clocked
from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.law import Law
from fmdsl.oracle.places import path_of_state
from fmdsl.oracle.run import fields
from fmdsl.oracle.truth import Truth, law_for, truth
from fmdsl.semantics.elaborated import Elaborated, Objective, Output
from fmdsl.terms.term import Term, walk


def law_of(spec: Elaborated, name: str, facts: Mapping[str, Any]) -> Law | None:
    """The law of a data set that tells its truth: a Gaussian or a mixture; else None.

    None too where the path has no velocity, as DDPM's, which is discrete.
    """
    try:
        return _law_of(spec, name, facts)
    except NotMeasured:
        return None


def _law_of(spec: Elaborated, name: str, facts: Mapping[str, Any]) -> Law | None:
    if name == "gaussian":
        return law_for(spec, name, mean=facts["mean"], covariance=facts["scale"])
    if name in ("mixture", "mixture2d"):
        centres, weights = facts["centres"], facts["weights"]
        classes = range(len(weights)) if name == "mixture" else None
        told = {"weights": weights, "centres": centres, "scales": facts["scale"]}
        return law_for(spec, "mixture", **told, classes=classes)
    return None


def distance(program: Any, law: Law, *, examples: int = 2048, seed: int = 0) -> dict[str, float]:
    """Root mean square distances, by name, of a program's nets to the truth of a law.

    `u`: a net at the places where its loss calls it, drawn as in training. `u at equal
    clocks`: where it is the marginal velocity. `sample in one step`: the sampler with one step,
    against where the flow takes the same noise. Of labelled data every row has its own label, in
    the net and in the truth; else the empty one. Empty where nothing has a closed form.
    """
    try:
        known = truth(program.spec, law)
    except NotMeasured:
        return {}
    if isinstance(known.law, Clocked):
        return _sample(program, known, law, examples, seed)
    found: dict[str, float] = {}
    with torch.no_grad():
        for objective in program.objectives.values():
            for name in objective.nets:
                weights = program.spec.outputs[name].weights
                for output in program.spec.outputs.values():
                    if output.weights == weights and output.name in known.functions:
                        found |= _net(program, known, objective, output, examples, seed)
    return found | _sample(program, known, law, examples, seed)


def _net(
    program: Any, known: Truth, objective: Objective, output: Output, examples: int, seed: int
) -> dict[str, float]:
    """A net where its loss calls it, and on the diagonal."""
    rng = torch.Generator().manual_seed(seed)
    x, label = _data(known.law, examples, rng)
    drawn = program.draw(tuple(fields(known.spec, x, label)), objective.name, rng)
    values = Evaluator({**drawn, "progress": 0.0})
    for call in walk(objective.loss):
        if not _is_plain(call, output):
            continue
        place = [_full(values(a), x) for a in call.place]
        found = {output.name: _error(program, known, output, place)}
        other = _other_clock(output)
        if output.kind == "tangent" and other is not None:
            level = path_of_state(call.place[0])
            place[other[0]] = place[other[1]]
            if level is not None:
                found[f"{output.name} at equal clocks"] = _error(program, known, output, place)
        return found
    return {}


def _is_plain(term: Term, output: Output) -> bool:
    """A call at a state of the path itself: no net stands inside its arguments."""
    if term.op != "jet" or term["fn"] != output.name or term["order"] or term["copy"] != "live":
        return False
    return not any(t.op in ("jet", "expect") for t in walk(*term.place))


def _other_clock(output: Output) -> tuple[int, int] | None:
    """The slots of the second clock and of the state's own, where both are levels."""
    level = next((getattr(s.level, "id", None) for s in output.inputs if s.level), None)
    clocks = {s.clock: i for i, s in enumerate(output.inputs) if s.clock in ("r", "s", "t")}
    rest = [i for name, i in clocks.items() if name != level]
    return (rest[0], clocks[level]) if level in clocks and len(rest) == 1 else None


def _error(program: Any, known: Truth, output: Output, place: list[Any]) -> float:
    net = program.weights[output.weights]
    like = next((p for p in net.parameters()), place[0])
    given = [p.to(like) if p.is_floating_point() else p.to(like.device) for p in place]
    given = [_row(net, p) for p in given]
    made = net(*given)
    made = made[output.index] if isinstance(made, tuple) else made
    right = known.functions[output.name](*place)
    return _rms(made.to(right) - right)


def _data(law: Law, examples: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Data and their labels, the empty one where labels say nothing."""
    x, label = law.data(examples, rng)
    return x, label if law.labelled else torch.full_like(label, -1)


def _row(net: Any, value: Tensor) -> Tensor:
    """Labels as a net has them, the empty one by its own number."""
    return value if value.is_floating_point() else torch.where(value < 0, _null(net), value)


def _null(net: Any) -> int:
    told = getattr(net, "null_label", None)
    told = getattr(getattr(net, "signature", None), "classes", None) if told is None else told
    return told if isinstance(told, int) else 0


def _sample(program: Any, known: Truth, law: Law, examples: int, seed: int) -> dict[str, float]:
    data, noise = law.path.ends
    if program.sampler is None or data is None or noise is None:
        return {}
    rng = torch.Generator().manual_seed(seed)
    e = law.path.scale * law.pairs(examples, rng)[1]
    label = _data(law, examples, rng)[1]
    like = next(iter(program.parameters()), e)
    made = _one_step(program, e.to(like), label.to(like.device))
    return {"sample in one step": _rms(made.to(e) - _mapped(program, known, law, e, label))}


def _mapped(program: Any, known: Truth, law: Law, e: Tensor, label: Tensor) -> Tensor:
    """Where the flow takes noise; of a guided map, where its truth takes it."""
    if known.error and program.spec.sampler.kind != "velocity" and law is known.law:
        with program.bank.instead(known.nets):
            return _one_step(program, e, label)
    data, noise = (torch.full(e.shape[:1], t or 0.0, dtype=e.dtype) for t in law.path.ends)
    return law.given(label).flow(e, noise, data)


def _one_step(program: Any, e: Tensor, label: Tensor) -> Tensor:
    draws = program.spec.sampler.kind == "draw"
    with torch.no_grad():
        return program.sample(e, label=label, steps=None if draws else 1)


def _full(value: Any, like: Tensor) -> Tensor:
    if isinstance(value, Tensor) and value.ndim:
        return value
    return torch.as_tensor(value, dtype=like.dtype).expand(len(like))


def _rms(gap: Tensor) -> float:
    return float(gap.square().mean().sqrt())
