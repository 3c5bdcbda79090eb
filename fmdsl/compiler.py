"""From a spec to a program, on one screen.

    text ─read▶ Spec ─elaborate▶ Elaborated ─check▶ ─build▶ Graph ─PASSES▶ Graph ─lower▶ Program

1. read       `syntax.reader`          a name, a file or a text to a `Spec`
2. elaborate  `semantics.elaborate`    names, types, levels; `D` expanded; settings put in
3. check      `checks`                 every fault at once, or none
4. nets       `lowering.prepare`       a module for every weight set, called as its signature says
5. build      `graph.build`            one graph per group, one for the sampler
6. passes     `passes`                 fold, share_primal, diagonal, narrow, no_grad, dead, ...
7. lower      `lowering`               torch.fx modules in one `Program`
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.reader import read
from fmdsl.syntax.spec import Spec

if TYPE_CHECKING:
    from fmdsl.lowering.derivatives.planner import Choice
    from fmdsl.lowering.prepare import Given
    from fmdsl.lowering.program import Program


def compile(
    spec: str | Path | Spec,
    nets: Mapping[str, Given],
    *,
    settings: Mapping[str, float | str] | None = None,
    derivative: Choice = "auto",
    passes: Collection[str] | None = None,
    debug: bool = False,
) -> Program:
    """A spec and its networks as a module that gives losses and samples.

    spec: a name of the catalogue, a file, or a `Spec`.
    nets: one module per weight set, called with the arguments of its signature in order
        (`adapt` maps them to other names). A net that starts from another one may be left
        out, and is then a trainable copy of it.
    settings: values for the spec's number lets.
    derivative: `auto`, the name of a strategy, a `Derivative`, or one of these by net.
    passes: names of `fmdsl.passes.PASSES`, for measuring; the default is all that always pay.
    debug: verify the graph before and after each pass.

    Raises Fault for a faulty spec and CompileError, a Fault too, for nets, settings or
    choices that do not fit, with every reason at once.
    """
    from fmdsl.lowering.prepare import prepared
    from fmdsl.lowering.program import Program
    from fmdsl.passes import DEFAULT

    elaborated = checked(spec, settings)
    modules = prepared(elaborated, nets)
    chosen = DEFAULT if passes is None else _passes(passes)
    with _Computable():
        return Program(elaborated, modules, derivative=derivative, passes=chosen, debug=debug)


def checked(
    spec: str | Path | Spec, settings: Mapping[str, float | str] | None = None
) -> Elaborated:
    """A spec with meaning and without faults. Raises Fault with all of them."""
    from fmdsl.checks import check, errors

    source = spec if isinstance(spec, Spec) else read(spec)
    elaborated = elaborate_spec(source)
    found = errors(check(elaborated))
    if found:
        raise Fault(found)
    if settings:
        elaborated = _with_settings(source, elaborated, settings)
    return elaborated


def _with_settings(
    source: Spec, elaborated: Elaborated, settings: Mapping[str, float | str]
) -> Elaborated:
    from fmdsl.lowering.error import CompileError

    told = list(_setting_faults(elaborated, settings))
    if told:
        raise CompileError(told)
    return elaborate_spec(source, {name: _number(value) for name, value in settings.items()})


def _number(value: float | str) -> Fraction:
    """The exact number that prints so. Raises ValueError."""
    return Fraction(str(value))


def _setting_faults(
    elaborated: Elaborated, settings: Mapping[str, float | str]
) -> Iterator[Diagnostic]:
    from fmdsl.lowering.error import unknown_setting, wrong_setting

    for name, value in settings.items():
        if name not in elaborated.settings:
            yield unknown_setting(name, elaborated.settings)
        else:
            try:
                _number(value)
            except (ValueError, ZeroDivisionError):
                yield wrong_setting(name, value)


def _passes(names: Collection[str]) -> tuple[str, ...]:
    from fmdsl.lowering.error import CompileError, unknown_choice
    from fmdsl.passes import PASSES

    given = (names,) if isinstance(names, str) else tuple(names)
    told = [unknown_choice("pass", n, PASSES) for n in given if n not in PASSES]
    if told:
        raise CompileError(told)
    return given


class _Computable:
    """Turns what has no value outside of a proof into a diagnostic with its place."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from fmdsl.graph.build import NotComputable
        from fmdsl.lowering.error import CompileError, not_computable
        from fmdsl.terms.show import show_term

        if isinstance(error, NotComputable):
            told = not_computable(show_term(error.term), error.reason, error.term.span)
            raise CompileError([told]) from None
