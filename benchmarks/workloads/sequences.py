"""Loops over time: an LSTM that reads sequences, and a differential equation that is solved step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from autograd import dot, mean, sigmoid, tanh, value_and_grad

from . import engines
from .timing import Comparison

__all__ = ["lstm", "ode"]

UNITS, FEATURES, LENGTH, BATCH = 16, 4, 20, 8


def lstm_loss(gates: Any, readout: Any, sequences: Any, targets: Any) -> Any:
    """The mean square error of a readout of the last state; a row of `gates` ends with its bias."""
    errors = []
    for xs, target in zip(sequences, targets):
        h, c = [0.0] * UNITS, [0.0] * UNITS
        for x in xs:
            z = [dot(row[:-1], [*x, *h], row[-1]) for row in gates]
            i, f = [sigmoid(v) for v in z[:UNITS]], [sigmoid(v) for v in z[UNITS : 2 * UNITS]]
            g, o = [tanh(v) for v in z[2 * UNITS : 3 * UNITS]], [sigmoid(v) for v in z[3 * UNITS :]]
            c = [fk * ck + ik * gk for fk, ck, ik, gk in zip(f, c, i, g)]
            h = [ok * tanh(ck) for ok, ck in zip(o, c)]
        error = dot(readout[:-1], h, readout[-1]) - target
        errors.append(error * error)
    return mean(errors)


def lstm_loss_of_arrays(engine: Any, parameters: Any, sequences: Any, targets: Any) -> Any:
    gates, readout = parameters
    weight, bias = gates[:, :-1].T, gates[:, -1]

    def step(state: Any, x: Any) -> Any:
        h, c = state
        z = engine.join(x, h) @ weight + bias
        i, f = engine.sigmoid(z[:, :UNITS]), engine.sigmoid(z[:, UNITS : 2 * UNITS])
        g, o = engine.tanh(z[:, 2 * UNITS : 3 * UNITS]), engine.sigmoid(z[:, 3 * UNITS :])
        c = f * c + i * g
        return o * engine.tanh(c), c

    zeros = sequences[0, :, :1] * engine.np.zeros(UNITS)
    h, _ = engine.scan(step, (zeros, zeros), sequences)
    return ((h @ readout[:-1] + readout[-1] - targets) ** 2).mean()


def lstm(options: Any) -> Comparison:
    rng = numpy.random.default_rng(1)
    gates = rng.uniform(-0.4, 0.4, (4 * UNITS, FEATURES + UNITS + 1))
    readout = rng.uniform(-0.4, 0.4, UNITS + 1)
    sequences, targets = rng.normal(size=(BATCH, LENGTH, FEATURES)), rng.normal(size=BATCH)

    def ours() -> Callable[[], Any]:
        return options.compiled(value_and_grad(lstm_loss, (0, 1)), gates, readout, sequences, targets)

    found = Comparison("LSTM, 20 steps, batch 8, 16 units", {"jax": 1}, quick=options.quick)
    found.add("autograd", ours)
    arguments = [gates, readout], sequences.transpose(1, 0, 2).copy(), targets
    found.add("jax", lambda: engines.Jax().gradient(lstm_loss_of_arrays, *arguments))
    found.add("torch", lambda: engines.Torch().gradient(lstm_loss_of_arrays, *arguments))
    return found


STEPS, H = 1000, 0.01


def ode_loss(p: Any) -> Any:
    """Predator and prey by Heun's method; the loss is the square of the last state."""
    a, b, c, d, x, y = p
    for _ in range(STEPS):
        fx, fy = a * x - b * x * y, d * x * y - c * y
        u, v = x + H * fx, y + H * fy
        gx, gy = a * u - b * u * v, d * u * v - c * v
        x, y = x + 0.5 * H * (fx + gx), y + 0.5 * H * (fy + gy)
    return x * x + y * y


def ode_loss_of_arrays(engine: Any, p: Any) -> Any:
    a, b, c, d = p[0], p[1], p[2], p[3]

    def step(state: Any, _: Any) -> Any:
        x, y = state
        fx, fy = a * x - b * x * y, d * x * y - c * y
        u, v = x + H * fx, y + H * fy
        gx, gy = a * u - b * u * v, d * u * v - c * v
        return x + 0.5 * H * (fx + gx), y + 0.5 * H * (fy + gy)

    x, y = engine.scan(step, (p[4], p[5]), length=STEPS)
    return x * x + y * y


ODE_C = """
double f(const double *p, double *g) {
    enum { N = 1000 };
    const double h = 0.01, a = p[0], b = p[1], c = p[2], d = p[3];
    static double xs[N], ys[N];
    double x = p[4], y = p[5];
    for (int t = 0; t < N; t++) {
        xs[t] = x; ys[t] = y;
        double fx = a*x - b*x*y, fy = d*x*y - c*y, u = x + h*fx, v = y + h*fy;
        double gx = a*u - b*u*v, gy = d*u*v - c*v;
        x += 0.5*h*(fx + gx); y += 0.5*h*(fy + gy);
    }
    double dx = 2*x, dy = 2*y, da = 0, db = 0, dc = 0, dd = 0;
    for (int t = N - 1; t >= 0; t--) {
        double x = xs[t], y = ys[t], fx = a*x - b*x*y, fy = d*x*y - c*y, u = x + h*fx, v = y + h*fy;
        double ex = 0.5*h*dx, ey = 0.5*h*dy;
        double du = ex*(a - b*v) + ey*d*v, dv = -ex*b*u + ey*(d*u - c);
        da += ex*u; db -= ex*u*v; dd += ey*u*v; dc -= ey*v;
        double qx = ex + h*du, qy = ey + h*dv;
        da += qx*x; db -= qx*x*y; dd += qy*x*y; dc -= qy*y;
        dx += du + qx*(a - b*y) + qy*d*y;
        dy += dv - qx*b*x + qy*(d*x - c);
    }
    g[0] = da; g[1] = db; g[2] = dc; g[3] = dd; g[4] = dx; g[5] = dy;
    return x*x + y*y;
}
"""


def ode_by_casadi(p: Any) -> Callable[[], Any]:
    """casadi: one step as an expression, accumulated and compiled."""
    import casadi

    s, q = casadi.SX.sym("s", 2), casadi.SX.sym("q", 4)
    x, y = s[0], s[1]
    a, b, c, d = (q[i] for i in range(4))
    fx, fy = a * x - b * x * y, d * x * y - c * y
    u, v = x + H * fx, y + H * fy
    gx, gy = a * u - b * u * v, d * u * v - c * v
    one = casadi.Function("one", [s, q], [casadi.vertcat(x + 0.5 * H * (fx + gx), y + 0.5 * H * (fy + gy))])
    all_steps = one.mapaccum("all_steps", STEPS)
    numbers = casadi.MX.sym("p", 6)
    states = all_steps(numbers[4:], casadi.repmat(numbers[:4], 1, STEPS))
    value = casadi.sumsqr(states[:, -1])
    whole = casadi.Function("whole", [numbers], [value, casadi.gradient(value, numbers)])
    return engines.casadi_function(whole, p)


def ode(options: Any) -> Comparison:
    p = numpy.array([1.1, 0.4, 0.4, 0.1, 10.0, 5.0])
    found = Comparison("equation of 1000 steps", {"jax": 1}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(ode_loss), p))
    found.add("jax", lambda: engines.Jax().gradient(ode_loss_of_arrays, p))
    found.add("C by hand", lambda: engines.c_function(ODE_C, p, 6))
    found.add("casadi, gcc", lambda: ode_by_casadi(p))
    if not options.quick:
        found.add("torch", lambda: engines.Torch().gradient(ode_loss_of_arrays, p))
        found.add("xad", lambda: engines.xad_function(ode_loss, p))
    return found
