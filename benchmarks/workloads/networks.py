"""Networks of neurons, written neuron by neuron for this engine and layer by layer for those with arrays."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

from autograd import dot, mean, nn, optim, relu, value_and_grad

from ..moons import ALPHA, Written, written_loss
from ..moons import moons as moons_data
from . import engines
from .timing import Comparison

__all__ = ["digits", "mlp", "moons", "moons_run", "moons_step", "moons_written"]

Layers = list[tuple[Any, Any]]


def start(sizes: list[int], seed: int = 1) -> Layers:
    """Return pairs of weight and bias for layers of these sizes."""
    rng = numpy.random.default_rng(seed)
    return [
        (rng.uniform(-1.0, 1.0, (b, a)) / math.sqrt(a), rng.uniform(-0.1, 0.1, b)) for a, b in zip(sizes, sizes[1:])
    ]


def network(layers: Layers, x: Any) -> Any:
    """The outputs for one sample."""
    for weight, bias in layers[:-1]:
        x = [relu(dot(row, x, b)) for row, b in zip(weight, bias)]
    weight, bias = layers[-1]
    return [dot(row, x, b) for row, b in zip(weight, bias)]


def written(layers: Layers, x: Any) -> Any:
    """The same with every product and every sum written out, as on micrograd's page."""
    for i, (weight, bias) in enumerate(layers):
        z = []
        for row, s in zip(weight, bias):
            for w, xi in zip(row, x):
                s = s + w * xi
            z.append(s)
        x = [relu(s) for s in z] if i < len(layers) - 1 else z
    return x


def array_network(engine: Any, layers: Layers, x: Any) -> Any:
    """The outputs for a batch, on arrays."""
    for weight, bias in layers[:-1]:
        x = engine.relu(x @ weight.T + bias)
    weight, bias = layers[-1]
    return x @ weight.T + bias


# --- two moons ---


def moons_loss(layers: Layers, points: Any, labels: Any) -> Any:
    margins = [relu(1.0 - y * network(layers, x)[0]) for x, y in zip(points, labels)]
    parameters = [p for weight, bias in layers for row in (*weight, bias) for p in row]
    return mean(margins) + ALPHA * dot(parameters, parameters)


def moons_loss_written(layers: Layers, points: Any, labels: Any) -> Any:
    margins = [relu(1.0 - y * written(layers, x)[0]) for x, y in zip(points, labels)]
    parameters = [p for weight, bias in layers for row in (*weight, bias) for p in row]
    return sum(margins) * (1.0 / len(margins)) + ALPHA * sum([p * p for p in parameters])


def moons_loss_of_arrays(engine: Any, layers: Layers, points: Any, labels: Any) -> Any:
    margins = engine.relu(1.0 - labels * array_network(engine, layers, points)[:, 0])
    return margins.mean() + ALPHA * sum((w * w).sum() + (b * b).sum() for w, b in layers)


MOONS_C = """
double f(const double *x, double *g) {
    enum { N = 100, H = 16 };
    const double *w1 = x, *b1 = w1 + 2*H, *w2 = b1 + H, *b2 = w2 + H*H, *w3 = b2 + H, *b3 = w3 + H;
    const double *points = b3 + 1, *labels = points + 2*N;
    double *g1 = g, *h1 = g1 + 2*H, *g2 = h1 + H, *h2 = g2 + H*H, *g3 = h2 + H, *h3 = g3 + H;
    double total = 0, squares = 0;
    for (int i = 0; i < 337; i++) { squares += x[i]*x[i]; g[i] = 2e-4*x[i]; }
    for (int n = 0; n < N; n++) {
        const double p = points[2*n], q = points[2*n + 1], y = labels[n];
        double a[H], c[H], da[H] = {0}, s = b3[0];
        for (int i = 0; i < H; i++) { double z = w1[2*i]*p + w1[2*i + 1]*q + b1[i]; a[i] = z > 0 ? z : 0; }
        for (int i = 0; i < H; i++) {
            double z = b2[i];
            for (int j = 0; j < H; j++) z += w2[H*i + j]*a[j];
            c[i] = z > 0 ? z : 0;
        }
        for (int i = 0; i < H; i++) s += w3[i]*c[i];
        if (!(1 - y*s > 0)) continue;
        total += 1 - y*s;
        const double d = -y/N;
        h3[0] += d;
        for (int i = 0; i < H; i++) {
            g3[i] += d*c[i];
            const double dc = c[i] > 0 ? d*w3[i] : 0;
            h2[i] += dc;
            for (int j = 0; j < H; j++) { g2[H*i + j] += dc*a[j]; da[j] += dc*w2[H*i + j]; }
        }
        for (int i = 0; i < H; i++) {
            const double dz = a[i] > 0 ? da[i] : 0;
            g1[2*i] += dz*p; g1[2*i + 1] += dz*q; h1[i] += dz;
        }
    }
    return total/N + 1e-4*squares;
}
"""


def moons_by_numpy(layers: Layers, points: Any, labels: Any) -> Callable[[], Any]:
    """Value and gradient with NumPy, derivatives by hand."""
    (w1, b1), (w2, b2), (w3, b3) = layers

    def call() -> Any:
        a = numpy.maximum(points @ w1.T + b1, 0.0)
        c = numpy.maximum(a @ w2.T + b2, 0.0)
        margins = numpy.maximum(1.0 - labels * (c @ w3.T + b3)[:, 0], 0.0)
        d = (-labels / len(labels) * (margins > 0.0))[:, None]
        dc = d @ w3 * (c > 0.0)
        da = dc @ w2 * (a > 0.0)
        value = margins.mean() + ALPHA * sum((w * w).sum() + (b * b).sum() for w, b in layers)
        found = [(da.T @ points, da.sum(0)), (dc.T @ a, dc.sum(0)), (d.T @ c, d.sum(0))]
        decay = 2.0 * ALPHA
        return value, [(g + decay * w, h + decay * b) for (g, h), (w, b) in zip(found, layers)]

    return call


def moons_by_casadi(layers: Layers, points: Any, labels: Any) -> Callable[[], Any]:
    """casadi: the loss of one sample, its gradient, mapped over the samples and compiled."""
    import casadi

    flat = numpy.concatenate([p.ravel() for layer in layers for p in layer])
    p, x, y = casadi.SX.sym("p", len(flat)), casadi.SX.sym("x", 2), casadi.SX.sym("y")
    at, z = 0, [x[0], x[1]]
    for weight, bias in layers:
        b, a = weight.shape
        rows = [[p[at + a * i + j] for j in range(a)] + [p[at + a * b + i]] for i in range(b)]
        at += a * b + b
        z = [sum(w * xi for w, xi in zip(row, z)) + row[-1] for row in rows]
        if at < len(flat):
            z = [casadi.fmax(v, 0.0) for v in z]
    margin = casadi.fmax(1.0 - y * z[0], 0.0) / len(points)
    one = casadi.Function("one", [p, x, y], [margin, casadi.gradient(margin, p)])
    mapped = one.map("mapped", "serial", len(points), [0], [0, 1])
    p, xs, ys = casadi.MX.sym("p", len(flat)), casadi.MX.sym("x", 2, len(points)), casadi.MX.sym("y", 1, len(points))
    value, gradient = mapped(p, xs, ys)
    whole = casadi.Function("whole", [p, xs, ys], [value + ALPHA * casadi.dot(p, p), gradient + 2.0 * ALPHA * p])
    return engines.casadi_function(whole, flat, points.T, labels[None, :])


def moons_by_micrograd(layers: Layers, points: Any, labels: Any) -> Callable[[], Any]:
    model = Written(moons_model(layers))

    def call() -> Any:
        parameters = model.parameters()
        for p in parameters:
            p.grad = 0.0
        margins = [(1 + -y * model(x)).relu() for x, y in zip(points.tolist(), labels.tolist())]
        value = written_loss(margins, parameters)
        value.backward()
        return value.data, [p.grad for p in parameters]

    return call


def moons_by_xad(layers: Layers, points: Any, labels: Any) -> Callable[[], Any]:
    """xad's tape under neurons that are written out; its maximum is the one for its numbers."""
    import xad.math

    from ..peers import Xad

    tape = Xad()
    flat = [float(p) for layer in layers for array in layer for p in array.ravel()]

    def call() -> Any:
        p = tape.start(flat)
        at, shaped = 0, []
        for weight, bias in layers:
            b, a = weight.shape
            shaped.append(([p[at + a * i : at + a * (i + 1)] for i in range(b)], p[at + a * b : at + a * b + b]))
            at += a * b + b
        total: Any = 0.0
        for x, y in zip(points.tolist(), labels.tolist()):
            for k, (weight, bias) in enumerate(shaped):
                z = []
                for row, s in zip(weight, bias):
                    for w, xi in zip(row, x):
                        s = s + w * xi
                    z.append(s)
                x = [xad.math.max(v, 0.0) for v in z] if k < 2 else z
            total = total + xad.math.max(1.0 - y * x[0], 0.0)
        squares: Any = 0.0
        for w in p:
            squares = squares + w * w
        value = total * (1.0 / len(labels)) + ALPHA * squares
        tape.backward(value)
        answer = value.getValue(), [w.getDerivative() for w in p]
        tape.end()
        return answer

    return call


def moons_arrays() -> tuple[Layers, Any, Any]:
    points, labels = moons_data()
    return start([2, 16, 16, 1]), numpy.array(points), numpy.array(labels)


def moons(options: Any) -> Comparison:
    layers, points, labels = moons_arrays()
    found = Comparison("two moons", {"jax": 1 / 4, "torch": 1 / 25}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(moons_loss), layers, points, labels))
    found.add("jax", lambda: engines.Jax().gradient(moons_loss_of_arrays, layers, points, labels))
    found.add("torch", lambda: engines.Torch().gradient(moons_loss_of_arrays, layers, points, labels))
    found.add("NumPy by hand", lambda: moons_by_numpy(layers, points, labels))
    numbers = numpy.concatenate([*[p.ravel() for layer in layers for p in layer], points.ravel(), labels])
    found.add("C by hand", lambda: engines.c_function(MOONS_C, numbers, 337))
    if not options.quick:
        found.add("casadi, gcc", lambda: moons_by_casadi(layers, points, labels))
        found.add("xad", lambda: moons_by_xad(layers, points, labels))
        found.add("micrograd", lambda: moons_by_micrograd(layers, points, labels))
    found.add("eager", lambda: lambda: value_and_grad(moons_loss)(layers, points, labels))
    return found


def moons_written(options: Any) -> Comparison:
    layers, points, labels = moons_arrays()
    found = Comparison("two moons, every + and * written out", {"jax": 1 / 4, "torch": 1 / 25}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(moons_loss_written), layers, points, labels))
    found.add("jax", lambda: engines.Jax().gradient(moons_loss_of_arrays, layers, points, labels))
    found.add("torch", lambda: engines.Torch().gradient(moons_loss_of_arrays, layers, points, labels))
    return found


def moons_model(layers: Layers) -> nn.MLP:
    """The network as a module, with these weights."""
    return with_weights(nn.MLP(2, [16, 16, 1], "relu", seed=1), layers)


def with_weights(model: Any, layers: Layers) -> Any:
    numbers = [float(p) for layer in layers for array in layer for p in array.ravel()]
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    return model


def moons_training(layers: Layers) -> Any:
    """The training step of micrograd's demo, compiled."""
    from autograd import training_step

    model = moons_model(layers)
    parameters = model.parameters()

    def loss(scores: Any, labels: Any) -> Any:
        return nn.HingeLoss()(scores, labels) + ALPHA * dot(parameters, parameters)

    return training_step(model, loss, optim.SGD(parameters, lr=0.1))


def moons_step(options: Any) -> Comparison:
    layers, points, labels = moons_arrays()

    def ours() -> Callable[[], Any]:
        step = moons_training(layers)
        found.stats = step.stats
        return partial(step, points, labels)

    targets = {"jax": 1 / 4}
    found = Comparison("two moons, step with SGD", targets, checked=50, tolerance=1e-8, quick=options.quick)
    found.add("autograd", ours)
    sgd = engines.Sgd(0.1)
    found.add("jax", lambda: engines.Jax().training(moons_loss_of_arrays, sgd, layers, points, labels))
    found.add("torch", lambda: engines.Torch().training(moons_loss_of_arrays, sgd, layers, points, labels))
    return found


def moons_run(options: Any) -> Comparison:
    layers, points, labels = moons_arrays()
    steps = 500

    def ours() -> Callable[[], Any]:
        step = moons_training(layers)
        found.stats = step.stats
        return partial(step.run, points, labels, steps=steps)

    found = Comparison("two moons, 500 steps in one call", {"jax": 1}, tolerance=1e-6, quick=options.quick)
    found.add("autograd", ours, times=steps)
    sgd = engines.Sgd(0.1)
    found.add(
        "jax",
        lambda: engines.Jax().training(moons_loss_of_arrays, sgd, layers, points, labels, steps=steps),
        times=steps,
    )
    return found


# --- digits, and a larger network ---


def digits_loss_of_arrays(engine: Any, layers: Layers, pictures: Any, classes: Any) -> Any:
    scores = array_network(engine, layers, pictures)
    return (engine.norm(scores) - scores[engine.np.arange(len(classes)), classes]).mean()


def digits_data(count: int = 32) -> tuple[Any, Any]:
    """Pictures of 8 x 8 pixels from 0 to 1, and their classes: those of scikit-learn, or random ones."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        rng = random.Random(1)
        pictures = [[rng.random() for _ in range(64)] for _ in range(count)]
        return numpy.array(pictures), numpy.array([rng.randrange(10) for _ in range(count)])
    data = load_digits()
    return data.data[:count] / 16.0, data.target[:count]


def digits(options: Any) -> Comparison:
    layers = start([64, 32, 16, 10])
    pictures, classes = digits_data()

    def ours() -> Callable[[], Any]:
        from autograd import training_step

        model = with_weights(nn.MLP(64, [32, 16, 10], "relu", seed=1), layers)
        step = training_step(model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=1e-3))
        found.stats = step.stats
        return partial(step, pictures, classes)

    targets = {"jax": 1 / 3, "torch": 1 / 12}
    found = Comparison("digits, step with Adam", targets, checked=20, tolerance=1e-8, quick=options.quick)
    found.add("autograd", ours)
    adam = engines.Adam(1e-3)
    found.add("jax", lambda: engines.Jax().training(digits_loss_of_arrays, adam, layers, pictures, classes))
    found.add("torch", lambda: engines.Torch().training(digits_loss_of_arrays, adam, layers, pictures, classes))
    return found


def mlp_loss(layers: Layers, pictures: Any, classes: Any) -> Any:
    from autograd.nn.functional import cross_entropy

    return mean([cross_entropy(network(layers, x), c) for x, c in zip(pictures, classes)])


def mlp(options: Any) -> Comparison:
    layers = start([784, 256, 128, 10])
    rng = numpy.random.default_rng(2)
    pictures, classes = rng.uniform(0.0, 1.0, (32, 784)), rng.integers(0, 10, 32)
    found = Comparison("network 784-256-128-10, batch 32", {"jax": 1}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(mlp_loss), layers, pictures, classes))
    found.add("jax", lambda: engines.Jax().gradient(digits_loss_of_arrays, layers, pictures, classes))
    found.add("torch", lambda: engines.Torch().gradient(digits_loss_of_arrays, layers, pictures, classes))
    return found
