"""`fmdsl derive`."""

from __future__ import annotations

from typing import Annotated

import typer

from fmdsl.cli.output import Refused


def run(
    law: Annotated[str, typer.Argument(help="average, map, consistency; or the law itself.")],
    by: Annotated[str, typer.Option("--by", help="The time to differentiate by.")],
    net: Annotated[str, typer.Option("--for", help="The net to solve for.")],
    stop: Annotated[str, typer.Option("--stop", help="What is stopped.")] = "",
    steps: Annotated[bool, typer.Option("--steps/--no-steps", help="With the derivation.")] = True,
) -> None:
    """Write the objective that follows from a law, as a spec; its derivation as comments."""
    from fmdsl.proofs.derive import NotDerived, derive

    try:
        found = derive(law, by, net, stop)
    except NotDerived as reason:
        raise Refused(f"error: {reason}") from None
    if steps:
        for i, step in enumerate(found.steps, 1):
            print(f"# {i}. {step.words}")
            if step.form is not None:
                print(f"#      {step.text}")
                print(f"#      $ {step.latex} $")
        print()
    print(found.text, end="")
