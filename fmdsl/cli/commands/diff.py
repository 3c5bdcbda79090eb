"""`fmdsl diff`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from fmdsl.cli.output import print_json
from fmdsl.cli.specs import accepted


def run(
    a: Annotated[str, typer.Argument(help="Name of a shipped spec, or a file.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """How two methods differ, part by part; B speaks in the names of A."""
    from fmdsl.semantics.diff import Part, diff, heading

    def told(part: Part) -> str:
        lines = [f"{part.name}: {part.verdict}"]
        if part.verdict == "different":
            lines += [f"  - {line}" for line in part.left if line not in part.right]
            lines += [f"  + {line}" for line in part.right if line not in part.left]
            lines += [f"    {line}" for line in part.left if line in part.right]
        return "\n".join(lines)

    left, right = accepted(a), accepted(b)
    parts = diff(left, right)
    if json:
        print_json([asdict(part) for part in parts])
        return
    print(f"{heading(left, right)}\n")
    print("\n".join(told(part) for part in parts if part.left or part.right))
