"""Faults of the document: its bytes, its keys, the shape of what they hold."""

from __future__ import annotations

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span
from fmdsl.syntax.suggest import suggestions


def e0101_empty_document(place: Span) -> Diagnostic:
    """The document is empty

    A spec is a YAML mapping. An empty file, or one with comments only, says nothing.

    The smallest start:

        spec: my_method
        nets:
          u: student(point@t, t) -> tangent
    """
    helps = ("begin with `spec: NAME`, then `nets:`, `draw:`, `let:`, `minimize:`",)
    return Diagnostic("E0101", "the document is empty", (Label(place),), helps=helps)


def e0102_not_text(path_place: Span, reason: str) -> Diagnostic:
    """The file is not text

    A spec is text in UTF-8. A file with zero bytes, control characters or another encoding is
    refused before anything is read from it.

    Usual causes: a checkpoint or a picture given in place of a spec; an editor that saved
    in UTF-16 or Latin-1 (save it again as UTF-8).
    """
    return Diagnostic(
        "E0102",
        "the file is not text in UTF-8",
        (Label(path_place, reason),),
        helps=("give the path of a spec, saved in UTF-8",),
    )


def e0103_too_large(place: Span, size: int, limit: int) -> Diagnostic:
    """The file is too large

    A spec is a page of mathematics. Anything much larger is not a spec, and reading it would
    only take time.
    """
    message = f"the file is too large for a spec: {size:,} bytes"
    return Diagnostic("E0103", message, (Label(place),), (f"the limit is {limit:,} bytes",))


def e0111_duplicate_key(place: Span, first: Span, key: str) -> Diagnostic:
    """A key occurs twice

    YAML would silently keep the last of them. Each name is given once.
    """
    return Diagnostic(
        "E0111",
        f"`{key}` is given twice",
        (Label(place, "given again here"), Label(first, "first given here")),
        helps=("remove one of them or give it another name",),
    )


def e0112_wrong_shape(place: Span, key: str, wanted: str, example: str) -> Diagnostic:
    """A key holds the wrong sort of thing

    Some keys hold one expression (`path`, `space`), some a list (`identity`, `claims`) and some
    a section of entries (`nets`, `draw`, `let`, `minimize`, `stages`, `sample`).

    Wrong:

        draw: x, c

    Right:

        draw:
          x, c: data
    """
    return Diagnostic(
        "E0112",
        f"{key} is {wanted}",
        (Label(place, f"this is not {wanted}"),),
        helps=(f"write `{example}`",) if example else (),
    )


def e0113_unknown_key(place: Span, key: str, known: tuple[str, ...]) -> Diagnostic:
    """A key that the language does not have

    The keys of a spec: spec, extends, paper, about, space, path, nets, draw, let, minimize,
    stages, identity, claims, sample. Those of `sample`: step, velocity, draw, times.

    How a derivative is taken, which data, which backbone and how long to train are arguments of
    `compile` and `train`, never keys of a spec.
    """
    helps = suggestions(key, known)
    notes = () if helps else (f"known keys: {', '.join(known)}",)
    return Diagnostic("E0113", f"unknown key `{key}`", (Label(place),), notes, helps)


def e0114_missing_name(place: Span) -> Diagnostic:
    """The spec has no name

    Every spec begins with `spec: NAME`; other specs, claims and commands call it by that name.
    """
    return Diagnostic(
        "E0114", "the spec has no name", (Label(place),), helps=("begin with `spec: NAME`",)
    )


def e0115_empty_value(place: Span, key: str) -> Diagnostic:
    """A key without a value

    Every key says something. Only in a variant (`extends`) may a value be left out, written `~`:
    it removes what the base has under that name.
    """
    return Diagnostic(
        "E0115",
        f"`{key}` has no value",
        (Label(place),),
        helps=("give it a value or remove the line",),
    )


def e0117_malformed_name(place: Span) -> Diagnostic:
    """The spec's name is malformed

    A name is what other specs, claims and files call this one by: letters, digits, `_`, `-`
    and `.`, beginning with a letter or a digit.

        spec: consistency_distillation
    """
    return Diagnostic(
        "E0117",
        "this is not a name for a spec",
        (Label(place),),
        helps=("a name has letters, digits, `_`, `-` and `.`, and no spaces",),
    )
