"""A program of one gradient with jax: two moons, or a larger network. `ready.py` runs it."""

import json
import sys
from time import perf_counter, process_time

import jax
import jax.numpy as jnp
import numpy

from __main__ import cpu, start

jax.config.update("jax_enable_x64", True)
SIZES, COUNT = ([784, 256, 128, 10], 32) if sys.argv[1:] == ["network"] else ([2, 16, 16, 1], 100)


def network(layers, x):
    for weight, bias in layers[:-1]:
        x = jax.nn.relu(x @ weight.T + bias)
    weight, bias = layers[-1]
    return x @ weight.T + bias


def loss(layers, points, labels):
    margins = jax.nn.relu(1.0 - labels * network(layers, points)[:, 0])
    return margins.mean() + 1e-4 * sum((w * w).sum() + (b * b).sum() for w, b in layers)


def cross_entropy(layers, points, labels):
    scores = network(layers, points)
    return (jax.nn.logsumexp(scores, axis=-1) - scores[jnp.arange(COUNT), labels]).mean()


rng = numpy.random.default_rng(1)
layers = [(rng.uniform(-1, 1, (b, a)) / a**0.5, numpy.zeros(b)) for a, b in zip(SIZES, SIZES[1:])]
points = rng.uniform(0.0, 1.0, (COUNT, SIZES[0]))
labels = rng.integers(0, 10, COUNT) if SIZES[0] == 784 else numpy.sign(points[:, 0] - 0.5)
step = jax.jit(jax.value_and_grad(cross_entropy if SIZES[0] == 784 else loss))
jax.block_until_ready(step(layers, points, labels))
first = [perf_counter() - start, process_time() - cpu]

print(json.dumps({"first gradient": first}))
