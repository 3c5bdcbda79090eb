"""Faults of the YAML: where it takes a piece of mathematics for something of its own."""

from __future__ import annotations

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span

PARENTHESES = "put the value in parentheses: `(…)`"


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


def e0105_tab(place: Span, lines: int) -> Diagnostic:
    """A tab where YAML wants spaces

    YAML counts spaces to see what belongs together; how wide a tab is, it does not know. Tabs are
    refused at the start of a line and inside plain values.

    Indent with two spaces. Most editors have a command `convert tabs to spaces`.
    """
    return Diagnostic(
        "E0105",
        "a tab where YAML wants spaces",
        (Label(place, "a tab"),),
        (f"{lines} lines are",) if lines > 1 else (),
        helps=("write spaces in place of the tab",),
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
    sign = "a backtick" if character == "`" else f"`{character}`"
    if character == "-":
        helps = ("write the minus without a space, `-x`, or put the value in parentheses",)
    return Diagnostic(
        "E0106",
        f"a value may not begin with {sign}",
        (Label(place, f"YAML keeps {sign} for itself here"),),
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
        helps=("write `=`, for a keyword argument and for an equation alike",),
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
