"""Where gradient goes, as labels and remedies of a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import Arrival, Gradient
from fmdsl.syntax.diagnostic import Label
from fmdsl.syntax.source import Span
from fmdsl.terms.term import Term

#: More places than this are not labelled: the first ones tell enough.
_MOST = 3
_LONG = 40


def reached_here(
    arrivals: Iterable[Arrival], text: str = "gradient reaches `{net}` here"
) -> tuple[Label, ...]:
    """A label at each of the calls, a few at most; `{net}` stands for the net's name."""
    found: dict[tuple[int, int], Label] = {}
    for arrival in arrivals:
        span = arrival.call.span
        if span is not None:
            label = Label(span, text.format(net=arrival.net))
            found.setdefault((span.start, span.end), label)
    return tuple(found.values())[:_MOST]


def stopped(span: Span | None, what: str = "it") -> str:
    """`sg(target)`, or `sg(…)` around what is too long to repeat."""
    if span is None or "\n" in span.text or len(span.text) > _LONG:
        return f"put {what} into `sg(…)`"
    return f"stop the gradient: `sg({_unparenthesised(span.text)})`"


def _unparenthesised(text: str) -> str:
    """The text without a pair of parentheses around the whole of it."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and i < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def called_by(gradient: Gradient, term: Term) -> str:
    """The names of the nets that the gradient of a term reaches: `u`, `u and v`."""
    return listed(dict.fromkeys(a.net for a in gradient.arrivals(term)))


def listed(names: Iterable[str]) -> str:
    """Names in backticks, joined as in a sentence."""
    quoted = [f"`{n}`" for n in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def summands(loss: Term) -> Iterator[tuple[int, Term]]:
    """The terms that a loss is a sum of, with their signs; lets are opened."""
    stack = [(1, loss)]
    while stack:
        sign, term = stack.pop()
        bare = term.bare
        if bare.op in ("+", "-"):
            second = sign if bare.op == "+" else -sign
            stack += [(second, bare.args[1]), (sign, bare.args[0])]
        elif bare.op == "neg" and bare.args[0].bare.op in ("+", "-", "neg"):
            stack.append((-sign, bare.args[0]))
        else:
            yield sign, term


def group_of(spec: Elaborated, weights: str) -> Objective | None:
    """The first group that moves a weight set."""
    for group in spec.objectives:
        if weights in {spec.outputs[n].weights for n in group.nets if n in spec.outputs}:
            return group
    return None
