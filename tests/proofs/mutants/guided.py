"""Wrong variants of guided flow maps, and of maps in a context."""

from __future__ import annotations

from tests.proofs.mutants.mutant import STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MATCHING = "  flow_matching: mse"
TERMINAL = "mse(D(f(z, t, s), s, t=0), sg(v(f(z, t, s), s, F=ema(F, 0.99))))"


def terminal(old: str, new: str) -> tuple[str, str]:
    """A terminal loss of one's own in place of the inherited one."""
    assert old in TERMINAL
    return MATCHING, f"  terminal: {TERMINAL.replace(old, new)}\n{MATCHING}"


MUTANTS: tuple[Mutant, ...] = (
    # Guidance of the net by itself, and as a condition
    m(
        "guidance in the target alone",
        "meanflow_guided",
        STATIONARY,
        ("D(u(z, r, t, c), t, z=v)", "D(u(z, r, t, c), t)"),
    ),
    m(
        "dropped rows guided by their label",
        "meanflow_guided",
        STATIONARY,
        ("κ * u(z, t, t, c)", "κ * u(z, t, t, l)"),
        (
            "where(labelled(c), where(t < 0.75, mixed, plain), plain)",
            "where(t < 0.75, mixed, plain)",
        ),
        at="error:",
    ),
    m(
        "ω - 1 for 1 - 1/ω",
        "imf_guided",
        STATIONARY,
        ("1 - 1/inside", "inside - 1"),
        at="error_",
        mended=False,
    ),
    m(
        "derivative stopped",
        "tvm_guided",
        "E0702",
        terminal("D(f(z, t, s), s, t=0)", "sg(D(f(z, t, s), s, t=0))"),
        at="f(z, t, s): z + (s - t)",
    ),
    m(
        "target at the path's state",
        "tvm_guided",
        STATIONARY,
        terminal("v(f(z, t, s), s, F", "v(path(x, e, s), s, F"),
        mended=False,
    ),
    m(
        "live weights in the target",
        "tvm_guided",
        "E0301",
        terminal("sg(v(f(z, t, s), s, F=ema(F, 0.99)))", "v(f(z, t, s), s)"),
    ),
    m("map with the wrong sign", "tvm_guided", STATIONARY, ("z + (s - t) *", "z + (t - s) *")),
    m(
        "map without its scale",
        "tvm_guided",
        STATIONARY,
        ("(s - t) * w(c) * F", "(s - t) * F"),
        at=": mse(",
        mended=False,
    ),
    m(
        "empty label with a scale",
        "tvm_guided",
        STATIONARY,
        ("where(labelled(c), ω, 1)", "ω"),
        at="flow_matching: mse",
        mended=False,
    ),
    m(
        "guided away from the label itself",
        "tvm_guided",
        STATIONARY,
        ("ema(F(z', s', s', null, 1), 0.99)", "ema(F(z', s', s', c, 1), 0.99)"),
        at="flow_matching: mse",
        mended=False,
    ),
    # Maps in a context
    m(
        "image of the context exchanged",
        "meta_flow_map",
        STATIONARY,
        ("  x, l: data", "  x, l: data\n  o: data"),
        ("y: path(x, n, s)", "y: path(o, n, s)"),
        at="consistency: sse",
        mended=False,
    ),
    m(
        "images of the context exchanged",
        "meta_flow_map",
        STATIONARY,
        ("  x, l: data", "  x, l: data\n  o: data"),
        ("y: path(x, n, s)", "y: path(o, n, s)"),
        ("y': path(x, m, q)", "y': path(o, m, q)"),
        at=": sse(u(y",
        mended=False,
    ),
    m(
        "noise of the context",
        "meta_flow_map",
        STATIONARY,
        ("y: path(x, n, s)", "y: path(x, e, s)"),
        at="consistency: sse",
        mended=False,
    ),
    m(
        "noise of the context on the diagonal",
        "meta_flow_map",
        STATIONARY,
        ("y': path(x, m, q)", "y': path(x, e, q)"),
        at="diagonal: sse",
        mended=False,
    ),
    m("slope added", "meta_flow_map", STATIONARY, ("w - (s - r)", "w + (s - r)")),
    m(
        "guidance turned",
        "meta_flow_map",
        STATIONARY,
        ("(1 - 1 / scale(c)) *", "(1 / scale(c) - 1) *"),
    ),
    m(
        "tangent on the context",
        "meta_flow_map",
        "E0405",
        (
            "D(u(y, r, s, z, t, c), s, y=w)",
            "jvp(u, (y, r, s, z, t, c), (w, 0, 1, D(z, t), 1, 0))",
        ),
    ),
    m(
        "context moved along",
        "meta_flow_map",
        "E0702",
        ("u(y, r, s, z, t, c), sg(slope)", "u(y, r, s, y, s, c), sg(slope)"),
        at="step(z, t, s)",
    ),
)
