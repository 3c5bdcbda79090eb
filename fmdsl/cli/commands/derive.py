"""`fmdsl derive`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from fmdsl.cli.output import Refused, columns, print_json

if TYPE_CHECKING:
    from fmdsl.proofs.derive import Derived
    from fmdsl.proofs.derive.table import Row


def run(
    law: Annotated[
        str, typer.Argument(help="The name of a law, or the law itself as an equation.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="A clock of the law, `split` or `nothing`.")] = "",
    solved: Annotated[str, typer.Option("--for", help="The net, `velocity` or `map`.")] = "",
    velocity: Annotated[
        str, typer.Option("--velocity", help="What stands for the marginal velocity.")
    ] = "",
    along: Annotated[
        str, typer.Option("--along", help="What the state moves along, where that is another.")
    ] = "",
    stop: Annotated[str, typer.Option("--stop", help="What is stopped.")] = "",
    path: Annotated[str, typer.Option("--path", help="As in a spec: z@t = ….")] = "",
    label: Annotated[str, typer.Option("--label", help="A label that nets are told: c.")] = "",
    name: Annotated[str, typer.Option("--name", help="The name of the spec.")] = "",
    steps: Annotated[bool, typer.Option("--steps", help="Every step, as comments.")] = False,
    table: Annotated[bool, typer.Option("--list", help="What can be derived.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Write the objective that follows from a law, as a spec; alone, list what can be derived."""
    from fmdsl.proofs.derive import NotDerived, derive

    try:
        if table or not law:
            print("\n".join(_listed(law, json)))
            return
        found = derive(law, by, solved, velocity, along, stop, name, path, label)
    except NotDerived as reason:
        raise Refused(f"error: {reason}") from None
    if json:
        print_json(_as_data(found))
    else:
        print("\n".join(_comments(found, steps)), found.text, sep="\n", end="")


def _comments(found: Derived, steps: bool) -> Iterator[str]:
    """How it was derived, to stand above the spec."""
    yield f"# {shlex.join(('fmdsl', 'derive', *found.words))}"
    for i, step in enumerate(found.steps if steps else (), 1):
        yield f"# {i}. {step.words}"
        if step.form is not None:
            yield f"#      {step.text}"
            yield f"#      $ {step.latex} $"


def _as_data(found: Derived) -> dict[str, object]:
    return {
        "command": ["fmdsl", "derive", *found.words],
        "spec": found.text,
        "steps": [{"words": s.words, "text": s.text, "latex": s.latex} for s in found.steps],
        "verdicts": [{"verdict": v.kind, "obligation": v.obligation, "subject": v.subject,
                      "reason": v.reason} for v in found.report.verdicts],
    }  # fmt: skip


def _listed(law: str, json: bool) -> Iterator[str]:
    from fmdsl.proofs.derive.table import laws, sets

    found = laws(law)
    if json:
        print_json([{"law": name, **row.words, "stops": row.stops} for name, _, rows in found
                    for row in rows])  # fmt: skip
        return
    if not law:
        yield "An objective is a point of law × variable × solved side × velocity × stop:"
        yield ""
        yield columns(sets())
        yield ""
    for name, equation, rows in found:
        yield f"{name}: {equation}"
        yield columns(("  " + " ".join(options), f"--stop {stops}")
                      for options, stops in _grouped(rows).items())  # fmt: skip


def _grouped(rows: tuple[Row, ...]) -> dict[tuple[str, ...], str]:
    """Objectives that differ in their stops alone, on one line; `=` between those that are one."""
    found: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        options = tuple(f"--{k} {v}" for k, v in row.words.items() if k != "stop")
        found.setdefault(options, []).append(" = ".join(row.stops))
    return {options: ", ".join(stops) for options, stops in found.items()}
