"""How a diagnostic looks."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from rich.text import Text

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.faults import MANUAL
from fmdsl.syntax.render import render, to_json
from fmdsl.syntax.source import Source, Span
from fmdsl.syntax.style import ansi, markup
from fmdsl.syntax.suggest import did_you_mean

SPEC = Source(
    "specs/meanflow.yaml",
    "\n" * 16
    + dedent("""\
        let:
          target: v - (t - r) * D(u(z, r, t, c), t)
          error: sse(u(z, r, t, c), target)
          other: |
            sse(target,
                u(z))
        """).replace("let:\n", "", 1),
)


def at(piece: str, number: int = 0, text: str = "", source: Source = SPEC) -> Label:
    start = -1
    for _ in range(number + 1):
        start = source.text.index(piece, start + 1)
    return Label(Span(source, start, start + len(piece)), text)


FAULT = Diagnostic(
    "E0301",
    "gradient flows into a regression target",
    (
        at("target", 1, "this is the regression target of `sse`"),
        at("u(z, r, t, c)", 0, "gradient reaches `u` here"),
    ),
    helps=("stop the gradient: `sg(target)`",),
)


def check(diagnostic: Diagnostic, expected: str) -> None:
    assert render(diagnostic) == dedent(expected).strip("\n")


def test_the_primary_label_has_carets_and_the_others_dashes() -> None:
    check(
        FAULT,
        """
        error[E0301]: gradient flows into a regression target
          --> specs/meanflow.yaml:18:29
           |
        17 |   target: v - (t - r) * D(u(z, r, t, c), t)
           |                           ------------- gradient reaches `u` here
        18 |   error: sse(u(z, r, t, c), target)
           |                             ^^^^^^ this is the regression target of `sse`
           = help: stop the gradient: `sg(target)`
        """,
    )


def test_texts_of_one_line_hang_below_it() -> None:
    labels = (at("target", 1, "third"), at("sse", 0, "first"), at("u(z, r, t, c)", 1, "second"))
    check(
        Diagnostic("E0301", "three places", labels, ("one\ntwo",), severity="warning"),
        """
        warning[E0301]: three places
          --> specs/meanflow.yaml:18:29
           |
        18 |   error: sse(u(z, r, t, c), target)
           |          --- -------------  ^^^^^^ third
           |          |   |
           |          |   second
           |          first
           = note: one
                   two
        """,
    )


def test_a_label_of_several_lines_is_underlined_on_each() -> None:
    check(
        Diagnostic("E0301", "two lines", (at("sse(target,\n        u(z))", 0, "all of this"),)),
        """
        error[E0301]: two lines
          --> specs/meanflow.yaml:20:5
           |
        20 |     sse(target,
           |     ^^^^^^^^^^^
        21 |         u(z))
           |         ^^^^^ all of this
        """,
    )


def test_a_label_in_another_file_has_its_own_excerpt() -> None:
    base = Source("base.yaml", "let:\n  target: x\n")
    labels = (at("target", 1), at("target", 0, "defined here", base))
    check(
        Diagnostic("E0301", "two files", labels),
        """
        error[E0301]: two files
          --> specs/meanflow.yaml:18:29
           |
        18 |   error: sse(u(z, r, t, c), target)
           |                             ^^^^^^
          ::: base.yaml:2:3
           |
         2 |   target: x
           |   ------ defined here
        """,
    )


def test_lines_left_out_are_marked() -> None:
    rendered = render(Diagnostic("E0301", "far", (at("target", 0), at("sse(target", 0))))
    assert rendered.splitlines()[5] == "..."


def test_wide_characters_and_tabs_count_as_they_are_shown() -> None:
    source = Source("a.yaml", "漢字:\tē + x")
    lines = render(Diagnostic("E0301", "wide", (at("x", 0, "here", source),))).splitlines()
    assert lines[3] == "1 | 漢字:    ē + x"
    assert lines[4].index("^") - len("  | ") == 2 + 2 + 1 + 4 + len("ē + ")


def test_a_control_character_is_never_printed() -> None:
    source = Source("a.yaml", "x\x1b[31m y")
    assert "\x1b" not in render(Diagnostic("E0301", "escape", (at("y", 0, "", source),)))


def test_a_long_line_is_shown_around_its_place() -> None:
    source = Source("a.yaml", "x + " * 2000 + "here" + " + x" * 2000)
    lines = render(Diagnostic("E0301", "long", (at("here", 0, "now", source),))).splitlines()
    assert max(map(len, lines)) < 140
    start = lines[4].index("^^^^ now")
    assert lines[3][start : start + 4] == "here"


def test_a_diagnostic_without_a_place_is_its_sentences() -> None:
    assert render(Diagnostic("E0120", "no", helps=("yes",))) == "error[E0120]: no\n = help: yes"


@pytest.mark.parametrize("style", [ansi, markup])
def test_a_style_changes_no_character(style) -> None:
    styled = render(FAULT, style)
    text = Text.from_ansi(styled) if style is ansi else Text.from_markup(styled)
    assert text.plain == render(FAULT)
    assert styled != render(FAULT)


def test_the_json_has_lines_columns_and_offsets() -> None:
    data = to_json(FAULT)
    assert json.loads(json.dumps(data)) == data
    label = data["labels"][0]
    assert (label["line"], label["column"], label["end_column"]) == (18, 29, 35)
    assert SPEC.text[label["start"] : label["end"]] == "target"


def test_every_fault_has_a_manual_page() -> None:
    assert list(MANUAL) == sorted(MANUAL)
    for code, page in MANUAL.items():
        title, blank, *rest = f"{page}\n".split("\n")
        assert code.startswith("E01")
        assert title[0].isupper()
        assert not blank.strip()
        assert "".join(rest).strip(), f"{code} says no more than its title"


@pytest.mark.parametrize(
    ("word", "near"), [("draws", "draw"), ("Sample", "sample"), ("σσσ", None), ("draw", None)]
)
def test_did_you_mean(word: str, near: str | None) -> None:
    assert did_you_mean(word, ["draw", "sample", "nets"]) == near
