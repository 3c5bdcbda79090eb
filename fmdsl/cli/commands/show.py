"""`fmdsl show`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from fmdsl.cli.output import columns, print_json
from fmdsl.cli.specs import accepted
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.formulas import formulas
from fmdsl.syntax.show import show
from fmdsl.terms.show import show_term
from fmdsl.terms.types import describe


def run(
    spec: Annotated[str, typer.Argument(help="Name of a shipped spec, or a file.")],
    source: Annotated[bool, typer.Option("--source", help="The file as written.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="As displayed formulas.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """A method after elaboration: every type, every derivative expanded."""
    elaborated = accepted(spec)
    if latex:
        print("\n\n".join(filter(None, formulas(elaborated))))
        return
    sections = _sections(elaborated)
    if source:
        print(elaborated.spec.source.text.rstrip())
    elif json:
        print_json({name: [list(row) for row in rows] for name, rows in sections})
    else:
        for name, rows in sections:
            text = columns(("  " + first, *rest) for first, *rest in rows)
            print(f"{name}\n{text}" if text else name)


def _sections(e: Elaborated) -> list[tuple[str, list[tuple[str, ...]]]]:
    return [(name, rows) for name, rows in _all_sections(e) if rows]


def _all_sections(e: Elaborated) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    yield "path", [(f"{r.state}@{r.clock} = {show(r.body)}",) for r in e.routes]
    yield "nets", [(signature(o), f"-> {o.kind}", o.role) for o in e.outputs.values()]
    yield (
        "lets",
        [(name, describe(let.type), f"= {show_term(let.args[0])}") for name, let in e.lets.items()],
    )
    yield "minimize", [(o.name, _every(o.every), show_term(o.loss)) for o in e.objectives]
    yield "identity", [(f"{show_term(q.left)} = {show_term(q.right)}",) for q in e.equations]
    if e.sampler:
        times = ", ".join(show_term(t) for t in e.sampler.times)
        yield "sample", [(e.sampler.kind, show_term(e.sampler.body)), ("times", times)]


def _every(k: int) -> str:
    return "every step" if k == 1 else f"every {k} steps"
