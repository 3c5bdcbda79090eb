"""`fmdsl train`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fmdsl.cli.refusals import told

if TYPE_CHECKING:
    from fmdsl.runtime.train import Ended

#: Flags that are keys of the config under the same name.
_KEYS = ("data", "steps", "minutes", "batch", "seed", "device", "precision", "derivative")


def run(
    context: typer.Context,
    spec: Annotated[str | None, typer.Argument(help="Name of a shipped spec, or a file.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder, else runs/SPEC.")] = None,
    config: Annotated[Path | None, typer.Option(help="A run config, in YAML.")] = None,
    data: Annotated[str | None, typer.Option(help="A data set's name, a folder, a file.")] = None,
    steps: Annotated[int | None, typer.Option(help="Train for so many steps.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Train for so long.")] = None,
    batch: Annotated[int | None, typer.Option(help="Examples of one update.")] = None,
    seed: Annotated[int | None, typer.Option(help="Fixes every random number.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = None,
    precision: Annotated[str | None, typer.Option(help="fp32, bf16, fp16, fp64.")] = None,
    derivative: Annotated[str | None, typer.Option(help="auto, exact, ... See compile.")] = None,
    with_: Annotated[list[str], typer.Option("--with", help="A setting: alpha=0.5.")] = [],  # noqa: B006
    init: Annotated[list[str], typer.Option(help="A net's weights: T=runs/teacher.")] = [],  # noqa: B006
    set_: Annotated[list[str], typer.Option("--set", help="A key: optimizer.u.lr=1e-3.")] = [],  # noqa: B006
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run there.")] = False,
) -> None:
    """Train a method on data: losses, samples, metrics and checkpoints in one folder."""
    with told():
        from fmdsl.runtime.config_text import load_config
        from fmdsl.runtime.train import go_on, train

        changes = list(_changes(context.params, with_, init, set_))
        files = [config] if config else []
        if resume:
            ended = go_on(_folder(out, spec), spec, files, changes)
        else:
            read = load_config(*files, changes=changes)
            where = _folder(out, spec or read.spec or None)
            ended = train(spec, where, read, overwrite=overwrite)
        _tell(ended)


def _changes(
    params: dict[str, Any], with_: list[str], init: list[str], set_: list[str]
) -> Iterator[tuple[str, str, Any]]:
    """Flags as changes of the config; `--set` has the last word."""
    from fmdsl.runtime.config_text import change

    for key in _KEYS:
        if params[key] is not None:
            yield f"--{key}", key, params[key]
    for flag, section, texts in (("--with", "settings", with_), ("--init", "init", init)):
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals or not name:
                raise typer.BadParameter(f"`{text}` is no NAME=VALUE", param_hint=flag)
            yield f"{flag} {text}", f"{section}.{name}", value
    yield from map(change, set_)


def _folder(out: Path | None, spec: str | None) -> Path:
    if out is None and spec is None:
        raise typer.BadParameter("name a spec, or a run's folder with --out")
    return out if out is not None else Path("runs") / Path(spec or "").stem


def _tell(ended: Ended) -> None:
    """What the run left, and the command that goes on."""
    from fmdsl.cli.tables import show_scores
    from fmdsl.runtime.processes import is_writer

    if not is_writer():
        return
    folder = ended.folder
    if ended.stopped:
        print(f"stopped at step {ended.step}; nothing is lost")
    else:
        show_scores(folder.metrics_file)
        print(f"trained {ended.step} steps; see {folder.path}/")
        for file in sorted((*folder.path.glob("*.png"), *folder.exported.glob("*"))):
            print(f"  {file}")
    print(f"go on: {_runnable(ended.command)}")


def _runnable(command: str) -> str:
    """The command as it can be pasted here: `fmdsl` where it is found, else how it was called."""
    first = command.split()[0]
    if shutil.which(first):
        return command
    if first == "torchrun":
        return command.replace(first, f"{sys.executable} -m torch.distributed.run", 1)
    called = Path(sys.argv[0])
    here = str(called) if called.name == "fmdsl" else f"{sys.executable} -m fmdsl"
    return command.replace("fmdsl", here, 1)
