"""The command line: one file per command under `commands/`, its docstring its help.

Exit codes: 0 accepted, 1 refused (a spec, a run, a claim), 2 usage. No command imports
torch before it needs it: `fmdsl --help` and `fmdsl check` never do.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from pkgutil import iter_modules

import typer

from fmdsl.cli import commands
from fmdsl.cli.output import Refused, refuse, warn
from fmdsl.runtime.ending import end, in_company
from fmdsl.syntax.diagnostic import Fault

#: In the order of a first journey; commands that are not named here follow.
ORDER = (
    "list",
    "show",
    "check",
    "explain",
    "cite",
    "diff",
    "compile",
    "train",
    "sample",
    "pairs",
    "eval",
    "new",
)


def app() -> typer.Typer:
    """The application, its commands collected from the folder."""
    made = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Write a few-step diffusion objective as mathematics; check it, prove it, compile it, "
        "train and sample with it.",
    )
    names = {
        module.name.removesuffix("_"): module.name for module in iter_modules(commands.__path__)
    }
    for name in sorted(names, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n)):
        module = import_module(f"{commands.__name__}.{names[name]}")
        made.command(name)(module.run)
    return made


def main() -> None:
    """Run the command line and exit."""
    with warnings.catch_warnings():
        warnings.showwarning = warn
        code = _code()
    if in_company():
        end(code)
    sys.exit(code)


def _code() -> int:
    """Run the command line; the exit code it ends with."""
    try:
        app()(prog_name="fmdsl")
    except Fault as fault:
        return refuse(fault.diagnostics)
    except Refused as stop:
        print(stop, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # whoever read our output has seen enough
        sys.stderr.close()
        return 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
