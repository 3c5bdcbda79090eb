"""A spec as displayed formulas: what is drawn, named, minimised, true, and sampled by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Call, Compare, Expr, Name
from fmdsl.syntax.latex import COMMA, latex, name, word
from fmdsl.syntax.show import SUM
from fmdsl.syntax.spec import Group, Let, Spec

#: A line: what stands left of the sign, and the rest with the sign.
Line = tuple[str, str]


def formulas(e: Elaborated) -> tuple[str, str, str]:
    """Objective, identities and sampler, a block each; empty where there is none."""
    return objective(e), truth(e.spec), sampler(e.spec)


def objective(e: Elaborated) -> str:
    """Path, draws, lets and what is minimised, in one aligned block."""
    spec = e.spec
    return aligned([*_paths(e), *_draws(spec), *map(_let, spec.lets), *_minimised(spec)])


def truth(spec: Spec) -> str:
    """The identities, aligned; empty where there is none."""
    return aligned(map(_equation, spec.identities))


def sampler(spec: Spec) -> str:
    """The rule that makes samples, and the levels that it visits; empty where there is none."""
    rule = spec.sampler
    if rule is None:
        return ""
    lines = [_let(let) for let in (rule.step, rule.velocity) if let is not None]
    lines += [(r"\text{sample}", f"= {latex(rule.draw)}")] if rule.draw is not None else []
    if rule.times:
        lines.append((r"\text{levels}", f"= {COMMA.join(map(latex, rule.times))}"))
    return aligned(lines)


def aligned(lines: Iterable[Line]) -> str:
    """Lines under one another at their signs."""
    rows = [f"{left} &{rest}" for left, rest in lines]
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}" if rows else ""


def _paths(e: Elaborated) -> Iterator[Line]:
    """The paths, that which a spec leaves out among them."""
    domains = {path.state: path.domain for path in e.spec.paths}
    for route in e.routes:
        domain = domains.get(route.state)
        told = rf",\qquad {latex(domain)}" if domain else ""
        yield f"{name(route.state)}_{{{name(route.clock)}}}", f"= {latex(route.body)}{told}"


def _draws(spec: Spec) -> Iterator[Line]:
    for draw in spec.draws:
        yield COMMA.join(map(name, draw.names)), rf"\sim {latex(draw.law)}"


def _let(let: Let) -> Line:
    if let.params is None:
        return name(let.name), f"= {latex(let.body)}"
    return f"{word(let.name)}({COMMA.join(map(name, let.params))})", f"= {latex(let.body)}"


def _minimised(spec: Spec) -> Iterator[Line]:
    yield from (_group(group) for group in spec.groups)
    for stage in spec.stages:
        told = rf"\quad\text{{in stage {stage.name.replace('_', ' ')}, {stage.share} of training}}"
        yield from ((left, rest + told) for left, rest in map(_group, stage.groups))


def _group(group: Group) -> Line:
    nets = COMMA.join(map(name, group.nets))
    every = rf"\quad\text{{every {group.every} updates}}" if group.every > 1 else ""
    return rf"\min_{{{nets}}}", rf"\ \mathbb{{E}}\left[{latex(group.loss)}\right]{every}"


def _equation(e: Expr) -> Line:
    match e:
        case Compare(("=",), (left, right)):
            return latex(left, SUM), f"= {latex(right, SUM)}"
        case Call() | Name() | Compare():
            return "", latex(e)
        case _:
            return "", latex(e)
