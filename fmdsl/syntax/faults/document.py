"""Faults of the document: its bytes, its YAML, its keys."""

from __future__ import annotations

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span
from fmdsl.syntax.suggest import suggestions

PARENTHESES = "put the value in parentheses: `(…)`"


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


def e0104_not_yaml(place: Span, problem: str) -> Diagnostic:
    """The document is not YAML

    A spec is a YAML mapping: `key: value` lines, and sections whose entries are indented
    by the same number of spaces.

    Wrong:

        let:
          z: path(x, e, t)
         w: z                      # one space less

    Right:

        let:
          z: path(x, e, t)
          w: z
    """
    helps = ("each entry is `key: value`, and the entries of a section are indented alike",)
    return Diagnostic("E0104", "the document is not YAML", (Label(place, problem),), helps=helps)


def e0105_tab(place: Span) -> Diagnostic:
    """A tab in the indentation

    YAML counts spaces; how wide a tab is, it does not know.

    Indent with two spaces. Most editors have a command `convert indentation to spaces`.
    """
    return Diagnostic(
        "E0105",
        "the line is indented with a tab",
        (Label(place, "a tab"),),
        helps=("indent with spaces",),
    )


def e0106_reserved_start(place: Span, character: str) -> Diagnostic:
    """A value begins with a character that YAML keeps for itself

    A value may not begin with ``- * | > @ % ! & ` `` as these mean something to YAML: a list,
    an alias, a block of text, a tag.

    Wrong:

        u: !important
        w: - x + y

    Right:

        w: (-x + y)
    """
    helps = (PARENTHESES,)
    if character == "-":
        helps = ("write the minus without a space, `-x`, or put the value in parentheses",)
    return Diagnostic(
        "E0106",
        f"a value may not begin with `{character}`",
        (Label(place, f"YAML keeps `{character}` for itself here"),),
        helps=helps,
    )


def e0107_colon_in_value(place: Span) -> Diagnostic:
    """A colon inside a value

    YAML takes `: ` for the end of a key, wherever it stands. fmdsl has no use for a colon in an
    expression: keyword arguments are written with `=`.

    Wrong:

        r, t: ordered(uniform(0, 1), equal: 0.75)

    Right:

        r, t: ordered(uniform(0, 1), equal=0.75)
    """
    return Diagnostic(
        "E0107",
        "a value may not hold `: `",
        (Label(place, "YAML takes this for the end of a key"),),
        helps=("use `=` for a keyword argument",),
    )


def e0108_comment_in_value(place: Span, value: Span) -> Diagnostic:
    """A comment inside a value of several lines

    A comment ends a plain YAML value, and what follows on the next lines is lost to it.

    Wrong:

        error: sse(u(z, r, t, c),      # prediction
                   sg(target))

    Right:

        # prediction against target
        error: sse(u(z, r, t, c),
                   sg(target))
    """
    return Diagnostic(
        "E0108",
        "a comment inside a value of several lines",
        (Label(place, "this ends the value"), Label(value, "but the value goes on below")),
        helps=("put the comment above the key or after the last line of the value",),
    )


def e0109_flow_collection(place: Span, bracket: str) -> Diagnostic:
    """Braces or brackets around values

    In `{...}` and `[...]` YAML splits at every comma, also at those inside calls, so that
    `{z: path(x, e, t)}` is three entries. fmdsl writes one entry per line, and lists with
    commas alone.

    Wrong:

        let: {z: path(x, e, t)}
        times: [1, 0]

    Right:

        let:
          z: path(x, e, t)
        times: 1, 0
    """
    remedy = "write one entry per line" if bracket == "{" else "write `a, b` without brackets"
    return Diagnostic(
        "E0109",
        f"a value may not begin with `{bracket}`",
        (Label(place, "YAML splits what is inside at every comma"),),
        helps=(remedy,),
    )


def e0110_anchor(place: Span) -> Diagnostic:
    """A YAML anchor, alias or tag

    Anchors (`&name`), aliases (`*name`) and tags (`!name`) are not part of the language: a spec
    says each thing once, and a document of nested aliases can grow without bound.

    To name an expression, make it a `let`. To vary another spec, use `extends`. A product that
    begins a value with `*` has lost its left factor.
    """
    return Diagnostic(
        "E0110",
        "YAML anchors, aliases and tags are not part of a spec",
        (Label(place),),
        helps=("name the expression in `let`, or vary another spec with `extends`",),
    )


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


def e0116_text_as_expression(place: Span) -> Diagnostic:
    """A quoted or block text where an expression is expected

    An expression is written as it is, without quotes. Quotes are accepted only where what is
    inside needs no escapes; blocks (`|`, `>`) are for `about` alone.
    """
    return Diagnostic(
        "E0116",
        "an expression is written without quotes, escapes and block signs",
        (Label(place),),
        helps=("write it plainly; it may go on over several indented lines",),
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
