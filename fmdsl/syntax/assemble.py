"""The keys of one document, laid over the spec that it extends."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from fmdsl.syntax import entries, faults
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.document import Broken, Document, Text
from fmdsl.syntax.extend import overlay
from fmdsl.syntax.sections import Sections
from fmdsl.syntax.source import Source, Span
from fmdsl.syntax.spec import Spec

KEYS = (
    "spec", "extends", "paper", "about", "space", "path", "nets", "draw", "let",
    "minimize", "stages", "identity", "claims", "sample",
)  # fmt: skip

Keys = dict[str, tuple[Text, Document]]

_FIELDS = {
    "path": "paths",
    "draw": "draws",
    "let": "lets",
    "identity": "identities",
    "sample": "sampler",
}


def assemble(source: Source, keys: Keys, base: Spec | None, found: list[Diagnostic]) -> Spec:
    """The spec that the keys say; every fault goes to `found`."""
    read = Sections(found, variant=base is not None)
    start = Span(source, 0, 0)
    spec = replace(base or Spec("", source, start), name="", source=source, name_span=start)
    # what is claimed of a spec need not hold of its variants
    spec = replace(spec, claims=())
    if "spec" not in keys:
        found.append(faults.e0114_missing_name(start))
    if "minimize" in keys and "stages" in keys:
        first, second = sorted((keys[k][0].span for k in ("minimize", "stages")), key=_start)
        found.append(faults.e0147_minimize_and_stages(second, first))
    for key, value in keys.values():
        with read.told():
            spec = replace(spec, **_fields(spec, key, value, read))
    return spec


def plain_text(key: str, value: Document) -> str:
    """What is said in words, such as `about` and `paper`."""
    match value:
        case Text():
            return value.value.strip()
        case Broken():
            raise Fault([])
        case _:
            where = Span(value.span.source, value.span.start, value.span.start)
            raise Fault([faults.e0112_wrong_shape(where, f"`{key}`", "a text", "")])


def _start(span: Span) -> int:
    return span.start


def _fields(spec: Spec, key: Text, value: Document, read: Sections) -> dict[str, Any]:
    """The fields of a spec that one more key sets."""
    name = key.raw.text.strip()
    if isinstance(value, Text) and value.absent:
        return _absent(name, key, read)
    match name:
        case "spec":
            return {"name": _name(value), "name_span": value.span}
        case "extends" | "paper" | "about":
            return {name: plain_text(name, value)}
        case "space":
            return {"space": entries.expression(value, name, "space: sphere(2)")}
        case "minimize":
            groups = overlay(spec.groups, read.groups(name, value), entries.names_of, read.found)
            return {"groups": groups, "stages": ()}
        case "stages":
            return {"stages": read.stages(value), "groups": ()}
        case "sample":
            return {"sampler": read.sampler(key.span, value)}
        case "path" | "identity" | "claims":
            return _listed(name, value, read)
        case _:
            return _mapped(spec, name, value, read)


def _absent(name: str, key: Text, read: Sections) -> dict[str, Any]:
    """`KEY: ~` takes the base's away; without a base it says nothing and is a fault."""
    if not read.variant or name in ("spec", "extends"):
        raise Fault([faults.e0115_empty_value(key.span, name)])
    field = "groups" if name == "minimize" else _FIELDS.get(name, name)
    empty = Spec("", key.raw.source, key.span)
    return {field: getattr(empty, field)}


def _listed(name: str, value: Document, read: Sections) -> dict[str, Any]:
    match name:
        case "path":
            return {"paths": read.list(value, entries.path)}
        case "identity":
            return {"identities": read.list(value, entries.identity)}
        case _:
            return {"claims": read.list(value, entries.claim)}


def _mapped(spec: Spec, name: str, value: Document, read: Sections) -> dict[str, Any]:
    match name:
        case "nets":
            nets = read.mapping(name, value, entries.net)
            return {"nets": overlay(spec.nets, nets, entries.names_of, read.found)}
        case "draw":
            draws = read.mapping(name, value, entries.draw)
            return {"draws": overlay(spec.draws, draws, entries.names_of, read.found)}
        case _:
            lets = read.mapping(name, value, entries.let)
            return {"lets": overlay(spec.lets, lets, entries.names_of, read.found)}


def _name(value: Document) -> str:
    name = plain_text("spec", value)
    if not re.fullmatch(r"[^\W_][\w.-]*", name):
        raise Fault([faults.e0117_malformed_name(value.span)])
    return name
