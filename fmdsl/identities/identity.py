"""What a named identity is: an equation about a net or a function let, in the spec's own names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fmdsl.syntax.expr import Call, Compare, Name
from fmdsl.syntax.parse import parse
from fmdsl.syntax.show import show
from fmdsl.syntax.spec import Net, Spec


class Unfit(Exception):
    """The identity cannot be about this: `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Subject:
    """A net or a function let as the identity calls it: `u(z, r, t, c)`.

    `state` is the state's name or expression, `clock` its time, `others` the other times.
    """

    call: str
    state: str
    clock: str
    others: tuple[str, ...]
    data: str
    noise: str
    clean: str

    @property
    def end(self) -> str:
        """The one other time. Raises Unfit where there is none, or are several."""
        if len(self.others) != 1:
            raise Unfit(f"it has {len(self.others)} times besides the state's own, and needs one")
        return self.others[0]


@dataclass(frozen=True, slots=True)
class Identity:
    """`name(u)` stands for the equation that `write` gives for u."""

    name: str
    write: Callable[[Subject], str]

    def expand(self, e: Call, spec: Spec) -> Compare:
        """The equation, at the place of the call. Raises Unfit."""
        if len(e.args) != 1 or not isinstance(e.args[0], Name):
            raise Unfit(f"write `{self.name}(u)` for a net or a function u")
        equation = parse(self.write(subject(e.args[0].id, spec)))
        assert isinstance(equation, Compare)
        return replace(equation, span=e.span)


def subject(name: str, spec: Spec) -> Subject:
    """What a name is called with. Raises Unfit for what is neither a net nor a function."""
    states = _states(spec)
    data, noise = _drawn(spec, "data"), _drawn(spec, "noise")
    for net in spec.nets:
        if name in net.names:
            return _net(name, net, states, data, noise, spec)
    for let in spec.lets:
        if let.name == name and let.params:
            return _function(name, let.params, states, data, noise, spec)
    raise Unfit(f"`{name}` is neither a net nor a function")


def _net(
    name: str, net: Net, states: dict[str, str], data: list[str], noise: list[str], spec: Spec
) -> Subject:
    clock = next((show(e.args[1]) for e in net.inputs if isinstance(e, Call) and e.op == "@"), "t")
    state = next(
        (z for z, t in states.items() if t == clock), f"path({data[0]}, {noise[0]}, {clock})"
    )
    args: list[str] = []
    others: list[str] = []
    for e in net.inputs:
        word = show(e)
        if isinstance(e, Call) or word in ("point", "vector"):
            args.append(state)
        elif word == "label":
            args.append(data[1] if len(data) > 1 else "null")
        else:
            args.append(word)
            others += [word] if word != clock else []
    call = f"{name}({', '.join(args)})"
    return Subject(call, state, clock, tuple(others), data[0], noise[0], _clean(spec))


def _function(
    name: str, params: tuple[str, ...], states: dict[str, str], data: list[str], noise: list[str],
    spec: Spec,
) -> Subject:  # fmt: skip
    state = params[0]
    clock = states.get(state, params[1] if len(params) > 1 else "t")
    others = tuple(p for p in params[1:] if p != clock)
    call = f"{name}({', '.join(params)})"
    return Subject(call, state, clock, others, data[0], noise[0], _clean(spec))


def _states(spec: Spec) -> dict[str, str]:
    """The lets that are states on the path, with their times."""
    calls = [(let.name, let.body) for let in spec.lets if let.params is None]
    return {n: show(b.args[2]) for n, b in calls
            if isinstance(b, Call) and b.op == "path" and len(b.args) == 3}  # fmt: skip


def _drawn(spec: Spec, law: str) -> list[str]:
    for draw in spec.draws:
        head = draw.law.op if isinstance(draw.law, Call) else show(draw.law)
        if head == law:
            return list(draw.names)
    raise Unfit(f"nothing is drawn from {law}")


def _clean(spec: Spec) -> str:
    """The level of the cleanest state: the lower end of the path's domain."""
    for path in spec.paths[:1]:
        if path.domain is not None:
            return show(path.domain.operands[0])
    return "0"
