"""What makes no objective is refused with the reason, and with a remedy that leads on."""

from __future__ import annotations

import re

import pytest

from fmdsl.proofs.derive import NotDerived, derive
from fmdsl.syntax.diagnostic import Fault

BOUNDED = "(t - r) * min(t, 1/2) * u(z, r, t) = z - flow(z, t, r)"

#: Law, --by, --for, --velocity, --along, --stop, and what is told.
REFUSED = [
    ("averge", "t", "", "", "", "", "did you mean `average`"),
    ("average", "q", "", "", "", "", "`q` is no clock of the law"),
    ("average", "", "", "", "", "", "--by r, --by split, --by t"),
    ("average", "nothing", "", "", "", "", "the law holds the flow itself"),
    ("consistency", "end", "", "", "", "", "the end of the flow is no clock"),
    ("consistency", "split", "", "", "", "", "not to a time between"),
    ("velocity", "start", "", "", "", "", "--by nothing"),
    ("average", "t", "w", "", "", "", "--for u, --for velocity, --for map"),
    ("average", "split", "velocity", "", "", "", "hold no velocity to solve for"),
    ("average", "t", "u", "", "", "space", "through the derivative by the clock"),
    ("average", "t", "velocity", "", "", "nothing", "E[ξ ξ] does not vanish"),
    ("average", "t", "velocity", "own", "", "nothing", "--stop velocity"),
    ("average", "t", "map", "", "", "velocity", "all of it is stopped"),
    ("average", "t", "u", "quite", "", "", "there is no velocity `quite`"),
    ("average", "t", "u", "", "", "targets", "did you mean `target`"),
    ("average", "t", "u", "teacher", "own", "", "of two flows"),
    ("average", "r", "velocity", "", "", "", "it lies on no path of the draws"),
    ("average", "r", "velocity", "own", "own", "", "leave out --along"),
    ("average", "split", "u", "own", "", "", "--velocity conditional"),
    ("consistency", "t", "F", "own", "", "", "`F` has no diagonal"),
    ("velocity", "nothing", "v", "head", "", "", "`v` is the velocity already"),
    ("f(z, t) = flow(z, t, 0)", "t", "f", "", "", "", "net's own value has gone"),
    ("f(z, t, r) = flow(z, t, r)", "r", "f", "own", "", "", "where its two times meet `f` is no"),
    ("h(z, t) = flow(z, t, 0)", "t", "map", "", "", "", "stationary for a constant net as well"),
    ("a = b", "t", "", "", "", "", "speaks of no `flow`"),
    ("u(z, r, t) = flwo(z, t, r)", "t", "", "", "", "", "did you mean `flow`"),
    ("(t - r) * u = z - flow(z, t, r)", "t", "", "", "", "", "holds no net to solve for"),
    ("flow(z, t, r)", "t", "", "", "", "", "is no equation"),
    ("0 * u(z, r, t) = z - flow(z, t, r)", "t", "", "", "", "", "not solved for the net `u`"),
    ("u(z, r, t) + w(z, t) = flow(z, t, r)", "t", "", "", "", "", "several nets"),
    ("u(z, r, t) = flow(flow(z, t, s), s, r)", "t", "", "", "", "", "more than one exact object"),
    ("u(z, r, t) = flow(z, t, t - r)", "t", "", "", "", "", "a gap is written as a difference"),
    ("u(r, t) = flow(z, t, r)", "t", "", "", "", "", "not told the state `z`"),
    ("u(z, q, t) = flow(z, t, r)", "t", "", "", "", "", "`q` is neither the state"),
    ("norm(z) * u(z, t) = z - flow(z, t, 0)", "t", "", "", "", "", "depends on the state"),
    ("sin(u(z, t)) = flow(z, t, 0)", "t", "", "", "", "", "linear in the state"),
    ("(t - r)^2 * u(z, r, t) = z - flow(z, t, r)", "t", "", "", "", "", "has no value where"),
    ("sqrt(t - r) * u(z, r, t) = z - flow(z, t, r)", "t", "", "", "", "", "has no value where"),
    ("(t - r) * u(z, r, t) = z - flow(z, t, r, of=u)", "t", "", "", "", "", "of=T"),
    ("u(z, t) + 1 = flow(z, t, 0)", "t", "", "", "", "", "not well formed"),
    (BOUNDED, "t", "", "", "", "", "the slope of `min`"),
]


@pytest.mark.parametrize(("law", "by", "solved", "velocity", "along", "stop", "told"), REFUSED)
def test_what_does_not_follow_is_told(law, by, solved, velocity, along, stop, told):
    with pytest.raises(NotDerived) as refused:
        derive(law, by, solved, velocity, along, stop)
    assert told in str(refused.value)
    assert refused.value.reason and refused.value.remedy


def reason(law: str, options: dict[str, str]) -> str:
    """Why nothing follows; empty where an objective does."""
    try:
        derive(law, *options.values())
    except NotDerived as refused:
        return refused.reason
    return ""


@pytest.mark.parametrize(("law", "by", "solved", "velocity", "along", "stop", "told"), REFUSED)
def test_a_remedy_that_names_an_option_leads_on(law, by, solved, velocity, along, stop, told):
    """Taken at its word, a remedy is not answered by the same refusal."""
    given = {"by": by, "for": solved, "velocity": velocity, "along": along, "stop": stop}
    with pytest.raises(NotDerived) as refused:
        derive(law, *given.values())
    for option, word in re.findall(r"--(\w+) (\w+)", refused.value.remedy):
        assert reason(law, given | {option: word}) != refused.value.reason, (option, word)


def test_an_equation_that_cannot_be_read_is_a_fault_with_its_place():
    with pytest.raises(Fault) as fault:
        derive("(t - r) * u(z, r, t) = z - flow(z, t, r", "t")
    assert fault.value.diagnostics[0].code == "E0130"


@pytest.mark.parametrize("label", ["x", "t", "u", "1x", "a b"])
def test_a_label_has_a_name_of_its_own(label):
    with pytest.raises(NotDerived, match="cannot be that of a label"):
        derive("average", "t", label=label)
