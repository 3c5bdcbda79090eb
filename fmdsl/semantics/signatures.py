"""The nets of a spec: roles, arguments and outputs of their signatures."""

from __future__ import annotations

from fmdsl.catalog import closest
from fmdsl.semantics.elaborated import Output, Slot
from fmdsl.semantics.scope import Notebook
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.spec import Spec

#: Role to what it means, in the words of the reference.
ROLES = {
    "student": "trained; gradient passes through it",
    "critic": "trained in its own group; gradient passes to whoever made its input",
    "weight": "trained; a learned weight, the truth is stationary for every value of it",
    "teacher": "given; a gradient path through it is an error",
    "frozen": "given; gradient passes through it to its input",
}
#: Kinds that a signature may name; any other name is a clock or a number.
KINDS = (
    "point",
    "tangent",
    "noise",
    "mean",
    "vector",
    "covector",
    "logit",
    "feature",
    "label",
    "scalar",
)
_OUTPUTS = ("point", "tangent", "noise", "mean", "vector", "covector", "logit", "feature", "scalar")


def outputs(spec: Spec, notebook: Notebook) -> dict[str, Output]:
    """Every net output of the spec by its name."""
    found: dict[str, Output] = {}
    for net in spec.nets:
        if net.role not in ROLES:
            notebook.note(
                "unknown_role", net.role_span, name=net.role, suggestion=closest(net.role, ROLES)
            )
        if len(net.names) != len(net.outputs):
            notebook.note("output_count", net.span, names=net.names, outputs=len(net.outputs))
        slots = tuple(_slot(e, notebook) for e in net.inputs)
        for i, (name, kind, span) in enumerate(
            zip(net.names, net.outputs, net.name_spans, strict=False)
        ):
            what, level = _kind(kind)
            if what not in _OUTPUTS:
                notebook.note(
                    "unknown_kind", kind.span, name=what, suggestion=closest(what, _OUTPUTS)
                )
                what = "unknown"
            found[name] = Output(
                name, net.names[0], i, net.role, slots, what, level, net.start, span, len(net.names)
            )
    _check_starts(spec, notebook)
    return found


def _check_starts(spec: Spec, notebook: Notebook) -> None:
    sets = {n.names[0] for n in spec.nets}
    for net in spec.nets:
        if net.start is not None and net.start not in sets - {net.names[0]}:
            suggestion = closest(net.start, sets - {net.names[0]})
            notebook.note("unknown_name", net.start_span, name=net.start, suggestion=suggestion)


def _slot(e: Expr, notebook: Notebook) -> Slot:
    kind, level = _kind(e)
    if kind in KINDS and kind != "scalar":
        return Slot(kind, None, level, e.span)
    if isinstance(e, Name):
        # a name that is no kind is the clock or number the net reads at that place
        return Slot("scalar", e.id, None, e.span)
    notebook.note("unknown_kind", e.span, name=kind, suggestion=closest(kind, KINDS))
    return Slot("vector", None, None, e.span)


def _kind(e: Expr) -> tuple[str, Expr | None]:
    match e:
        case Name(id=name):
            return name, None
        case Call(op="@", args=(Name(id=name), level)):
            return name, level
        case _:
            return "?", None
