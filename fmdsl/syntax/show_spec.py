"""A spec as a YAML document that reads back as the same spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from fmdsl.syntax.expr import Tuple
from fmdsl.syntax.show import EQUATION, RELATION, SUM, show
from fmdsl.syntax.source import Source, Span
from fmdsl.syntax.spec import Draw, Group, Let, Net, Path, Sampler, Spec


def show_spec(spec: Spec) -> str:
    """The document of a spec. What it extends is already in it, and named in a comment."""
    blocks = (_head(spec), *_sections(spec))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def same(a: object, b: object) -> bool:
    """Equal but for the places in the files, and for where a variant comes from."""
    return meaning(a) == meaning(b)


def meaning(part: object) -> object:
    """A spec or a part of one without its places, hashable and comparable."""
    if isinstance(part, (Source, Span)):
        return None
    if isinstance(part, tuple):
        return tuple(meaning(item) for item in part)
    if is_dataclass(part):
        told = (f for f in fields(part) if not (isinstance(part, Spec) and f.name == "extends"))
        return type(part), *(meaning(getattr(part, f.name)) for f in told)
    return part


def _head(spec: Spec) -> list[str]:
    lines = [f"spec: {spec.name}"]
    lines[0] += f"  # a variant of {spec.extends}" if spec.extends else ""
    lines += [f"paper: {_text(spec.paper)}"] if spec.paper else []
    lines += [f"about: {_text(spec.about)}"] if spec.about else []
    lines += [f"space: {show(spec.space)}"] if spec.space else []
    if len(spec.paths) == 1:
        lines.append(f"path: {show_path(spec.paths[0])}")
    elif spec.paths:
        lines += ["path:", *(f"  - {show_path(path)}" for path in spec.paths)]
    return lines


def _sections(spec: Spec) -> Iterator[list[str]]:
    yield _section("nets", map(_net, spec.nets))
    yield _section("draw", map(_draw, spec.draws))
    yield _section("let", map(_let, spec.lets))
    yield _section("minimize", map(_group, spec.groups))
    yield _section("stages", _stages(spec))
    yield _section("identity", (f"- {show(e)}" for e in spec.identities))
    yield _section("claims", (f"- {show(e)}" for e in spec.claims))
    yield _section("sample", _sampler(spec.sampler))


def _section(key: str, lines: Iterator[str]) -> list[str]:
    body = [f"  {line}" for line in lines]
    return [f"{key}:", *body] if body else []


def show_path(path: Path) -> str:
    """The value of `path`, one state's."""
    domain = f", {show(path.domain)}" if path.domain else ""
    return f"{path.state}@{path.time} = {show(path.body, SUM)}{domain}"


def _net(net: Net) -> str:
    inputs = [show(e, RELATION) for e in net.inputs]
    inputs += [f"start={net.start}"] if net.start else []
    outputs = f" -> {', '.join(show(e, EQUATION) for e in net.outputs)}" if net.outputs else ""
    return f"{', '.join(net.names)}: {net.role}({', '.join(inputs)}){outputs}"


def _draw(draw: Draw) -> str:
    return f"{', '.join(draw.names)}: {show(draw.law)}"


def _let(let: Let) -> str:
    params = "" if let.params is None else f"({', '.join(let.params)})"
    return f"{let.name}{params}: {show(let.body)}"


def _group(group: Group) -> str:
    cadence = f" every {group.every}" if group.every > 1 else ""
    return f"{', '.join(group.nets)}{cadence}: {show(group.loss)}"


def _stages(spec: Spec) -> Iterator[str]:
    for stage in spec.stages:
        yield f"{stage.name}, {stage.share}:"
        yield from (f"  {_group(group)}" for group in stage.groups)


def _sampler(sampler: Sampler | None) -> Iterator[str]:
    if sampler is None:
        return
    yield from (_let(let) for let in (sampler.step, sampler.velocity) if let)
    if sampler.draw is not None:
        yield f"draw: {show(sampler.draw)}"
    if sampler.times:
        one = len(sampler.times) == 1
        yield f"times: {show(sampler.times[0] if one else Tuple(sampler.times))}"


def _text(text: str) -> str:
    """Plain where YAML reads it back as it is, else quoted."""
    plain = re.fullmatch(r"\w(?:[^:#\n]|:(?=\S)|(?<=\S)#)*", text) and text == text.strip()
    return text if plain and text not in ("null", "~") else json.dumps(text, ensure_ascii=False)
