"""What compiling refuses, each as a diagnostic with its remedy."""

from __future__ import annotations

from collections.abc import Iterable

from fmdsl.catalog import closest
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.syntax.diagnostic import Diagnostic, Fault, Label
from fmdsl.syntax.source import Span


class CompileError(Fault):
    """A spec that is right and cannot be compiled as asked; carries diagnostics."""

    def __str__(self) -> str:
        lines = [f"error[{d.code}]: {d.message}" + _helps(d) for d in self.diagnostics]
        return "\n".join(lines)


def _helps(diagnostic: Diagnostic) -> str:
    return "".join(f"\n  = help: {text}" for text in diagnostic.helps)


def unknown(code: str, what: str, name: str, known: Iterable[str]) -> Diagnostic:
    """A name that nothing has, and the one that was probably meant."""
    listed = sorted(known)
    near = closest(name, listed)
    told = f"did you mean `{near}`?" if near else f"there is {_listed(listed)}"
    return Diagnostic(code, f"there is no {what} `{name}`", helps=(told,))


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names) if names else "none"


def unknown_net(name: str, known: Iterable[str]) -> Diagnostic:
    """E1001: a module is given for a net that the spec does not have."""
    return unknown("E1001", "net", name, known)


def missing_net(name: str, signature: str, span: Span | None) -> Diagnostic:
    """E1002: a net of the spec has no module."""
    return Diagnostic(
        "E1002",
        f"no module is given for the net `{name}`",
        (Label(span, "declared here"),) if span else (),
        helps=(f"pass one that computes {signature}: nets={{{name!r}: module}}",),
    )


def unknown_setting(name: str, known: Iterable[str]) -> Diagnostic:
    """E1003: a setting is given that the spec does not have."""
    return unknown("E1003", "setting", name, known)


def wrong_setting(name: str, value: object) -> Diagnostic:
    """E1003: a setting is no number."""
    return Diagnostic(
        "E1003",
        f"the setting `{name}` is given {value!r}, which is no number",
        helps=(f"give one: settings={{{name!r}: 0.5}}",),
    )


def wrong_module(name: str, signature: str, reason: str, remedy: str) -> Diagnostic:
    """E1004: a module does not take the arguments of its net's signature."""
    return Diagnostic("E1004", f"the module given for `{signature}` {reason}", helps=(remedy,))


def not_computable(term: str, reason: str, span: Span | None) -> Diagnostic:
    """E1005: a loss or a sampler speaks of something that no tensor stands for."""
    labels = (Label(span, reason),) if span else ()
    return Diagnostic("E1005", f"`{term}` cannot be computed: {reason}", labels)


def no_null_row(name: str) -> Diagnostic:
    """E1006: the empty label is drawn, and a net has no row for it."""
    return Diagnostic(
        "E1006",
        f"the net `{name}` is given the empty label, and says no row for it",
        helps=("set `module.null_label` to the label that it was trained without",),
    )


def unknown_choice(what: str, name: str, known: Iterable[str]) -> Diagnostic:
    """E1007: a strategy, a pass, a group or a solver that does not exist."""
    return unknown("E1007", what, name, known)


def bad_batch(message: str, remedy: str) -> Diagnostic:
    """E1008: a batch that does not hold what the spec draws from the data."""
    return Diagnostic("E1008", message, helps=(remedy,))


def no_derivative(net: str, fault: DerivativeError, span: Span | None) -> Diagnostic:
    """E1009: a derivative that its net, or the way it is asked for, does not allow."""
    labels = (Label(span, "this derivative"),) if span else ()
    message = f"`{fault.strategy}` cannot take a derivative of `{net}`: {fault.message}"
    return Diagnostic("E1009", message, labels, helps=(fault.remedy,))


def drawn_apart(name: str) -> Diagnostic:
    """E1010: each of several processes would draw for itself what is one value for all."""
    return Diagnostic(
        "E1010",
        f"`{name}` is one value for the batch, and each process would draw its own",
        helps=(
            "give every process a generator from one seed beside its own: "
            "rng=fmdsl.lowering.rng.Random(own, shared)",
        ),
    )
