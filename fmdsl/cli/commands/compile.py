"""`fmdsl compile`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fmdsl.cli.output import columns, print_json
from fmdsl.cli.refusals import told

if TYPE_CHECKING:
    from fmdsl.lowering.explain import Row

#: As --help names them: the parts of a program that can be looked at.
_WITH = typer.Option("--with", help="A setting: alpha=0.5.")


def run(
    spec: Annotated[str, typer.Argument(help="Name of a shipped spec, or a file.")],
    explain: Annotated[bool, typer.Option("--explain", help="The net calls of a step.")] = False,
    code: Annotated[bool, typer.Option("--code", help="The torch code.")] = False,
    graph: Annotated[bool, typer.Option("--graph", help="The graph after its passes.")] = False,
    data: Annotated[str, typer.Option(help="Data that gives the nets their shapes.")] = "digits",
    derivative: Annotated[str, typer.Option(help="auto, exact, finite_difference, ...")] = "auto",
    with_: Annotated[list[str], _WITH] = [],  # noqa: B006
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Compile a method over small networks: its net calls, its graph, its torch code."""
    with told():
        from fmdsl.runtime.preview import few, preview

        program = preview(spec, data, derivative, dict(_settings(with_)))
        if explain or json:
            program.rehearse(few(data))
        from fmdsl.graph.text import text

        graphs = {name: text(g) for name, g in program.graphs.items()}
        if json:
            rows = [asdict(row) for row in program.explain()]
            print_json({"spec": spec, "calls": rows, "graphs": graphs, "code": program.code})
            return
        if explain or not (code or graph):
            print(_explained(program.explain()))
        if graph:
            print("\n".join(graphs.values()).rstrip())
        if code:
            print(program.code.rstrip())


def _settings(texts: Iterable[str]) -> Iterable[tuple[str, Any]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"`{text}` is no NAME=VALUE", param_hint="--with")
        yield name, value


def _explained(rows: Iterable[Row]) -> str:
    """A table per group: each net call, its share of the batch, its cost, how and why."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return "\n\n".join(_group(name, calls) for name, calls in groups.items())


def _group(name: str, calls: list[Row]) -> str:
    cost, memory = (sum(getattr(row, part) for row in calls) for part in ("cost", "memory"))
    table = columns(
        (f"  {row.call}", f"{row.rows:.0%} of the batch", f"{row.cost:.3g} forwards",
         f"{row.memory:.3g} tapes", row.strategy, row.reason)
        for row in calls
    )  # fmt: skip
    head = f"{name}: {cost:.4g} forwards a step, backward not counted; {memory:.3g} tapes of one"
    others = dict.fromkeys((row.strategy, row.otherwise) for row in calls if row.otherwise)
    told = [f"  what would change `{how}`: {what}" for how, what in others]
    rooms = dict.fromkeys((row.call, str(row.room)) for row in calls if row.room)
    told += [f"  memory at `{call}`: {room}" for call, room in rooms]
    return "\n".join((f"{head}\n{table}", *told))
