"""Faults of finding specs: files, names, bases."""

from __future__ import annotations

from collections.abc import Iterable

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span
from fmdsl.syntax.suggest import suggestions


def e0120_unknown_spec(name: str, known: Iterable[str], place: Span | None = None) -> Diagnostic:
    """No spec has this name

    A name without a suffix is looked up among the specs that come with fmdsl (`fmdsl list`);
    anything that ends in `.yaml` or holds a `/` is a file.
    """
    labels = (Label(place),) if place else ()
    near = suggestions(name, known)
    helps = near or ("`fmdsl list` shows the specs; a file is given as `./NAME.yaml`",)
    return Diagnostic("E0120", f"no spec is called `{name}`", labels, helps=helps)


def e0121_unreadable_file(path: str, reason: str, place: Span | None = None) -> Diagnostic:
    """The file cannot be read

    It does not exist, is a folder, or may not be opened by this user.
    """
    labels = (Label(place),) if place else ()
    return Diagnostic("E0121", f"cannot read `{path}`: {reason}", labels)


def e0122_extends_cycle(place: Span, chain: tuple[str, ...]) -> Diagnostic:
    """A spec extends itself

    `extends` names the spec that this one varies. Following it must end at a spec that
    extends nothing.
    """
    return Diagnostic(
        "E0122",
        "the spec extends itself",
        (Label(place),),
        (f"by way of {' -> '.join(chain)}",),
        ("extend a spec that stands on its own",),
    )


def e0123_nothing_to_remove(place: Span, name: str, known: Iterable[str]) -> Diagnostic:
    """A variant removes what its base does not have

    In a variant, `NAME: ~` removes the entry NAME of the base. The base must have it.
    """
    return Diagnostic(
        "E0123",
        f"there is no `{name}` to remove",
        (Label(place),),
        helps=suggestions(name, known) or ("remove this line",),
    )
