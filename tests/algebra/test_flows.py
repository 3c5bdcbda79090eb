"""What is assumed of flows and of functions, in examples."""

from __future__ import annotations

import pytest

from fmdsl.algebra import (
    D,
    Pole,
    equal,
    flow,
    jvp,
    net,
    put,
    random,
    state,
    time,
    velocity,
)  # fmt: skip

t, r, s = time("t"), time("r"), time("s")
z, y, x, e = state("z"), state("y"), random("x"), random("e")
u, v, w = net("u"), velocity("v"), velocity("w")


def test_flows_compose_and_undo():
    assert flow(flow(z, t, s, v), s, r, v) == flow(z, t, r, v)
    assert flow(flow(z, t, s, v), s, t, v) == z
    assert flow(flow(z, t, s, v), s, r, w) != flow(z, t, r, v)
    q = state("q")
    there = jvp(flow(z, t, s, v), {z: y})
    back = put(jvp(flow(q, s, t, v), {q: e}), {q: flow(z, t, s, v), e: there})
    assert back == y


def test_the_generator_of_a_flow_is_its_velocity():
    image = flow(z, t, r, v)
    assert equal(D(image, r), v(image, r))
    assert equal(D(image, t), -jvp(image, {z: v(z, t)}))
    assert D(image, t, z=v(z, t)).is_zero


def test_a_limit_that_depends_on_the_way_is_no_value():
    with pytest.raises(Pole, match="way"):
        put((t - r) / (t - s) * z, {r: t, s: t})
    assert put((t - r) * (t + s) / (t - r) * z, {r: t, s: t}) == 2 * t * z


def test_functions_of_several_points_vary_in_each():
    pair = net("pair")
    form = D(pair(t * z, t**2 * y, t), t)
    each = jvp(pair(z, y, s), {z: x}), jvp(pair(z, y, s), {y: x}), D(pair(z, y, s), s)
    at = {z: t * z, y: t**2 * y, s: t}
    first, second, third = put(each[0], {**at, x: z}), put(each[1], {**at, x: y}), put(each[2], at)
    assert equal(form, first + 2 * t * second + third)


def test_labels_are_part_of_the_name():
    assert u(z, r, t, "cat") != u(z, r, t, "∅")
    image = flow(z, t, r, v, "cat")
    assert equal(D(image, r), v(image, r, "cat"))


def test_a_flow_of_a_combination_of_velocities():
    guided = velocity("guided", lambda p, a: 3 * v(p, a) - 2 * w(p, a))
    image = flow(z, t, r, guided)
    assert equal(D(image, r), 3 * v(image, r) - 2 * w(image, r))
