"""The document's odd/even network, calculated by hand there and exactly here."""

from autograd import Value, nn


def network(w1: Value, b1: Value, w2: Value, b2: Value) -> Value:
    a1 = (w1 * 3 + b1).relu()
    return ((w2 * a1 + b2).sigmoid() - 1) ** 2


def test_bare_values_give_the_exact_loss_gradients_and_update() -> None:
    w1, b1, w2, b2 = parameters = [Value(0.5), Value(0.2), Value(0.8), Value(-0.5)]
    loss = network(*parameters)
    loss.backward()
    assert loss.data == 0.0884106864747032
    assert [w1.grad, b1.grad, w2.grad, b2.grad] == [
        -0.2981890118850329,
        -0.09939633729501096,
        -0.21121721675189828,
        -0.1242454216187637,
    ]
    w1.data -= 0.1 * w1.grad
    w2.data -= 0.1 * w2.grad
    assert (w2.data, w1.data) == (0.8211217216751898, 0.5298189011885033)
    assert network(*parameters).data == 0.07562925343183712


def test_nn_gives_the_same_bits_as_bare_values() -> None:
    net = nn.MLP(1, [1, 1], "relu", output="sigmoid")
    (hidden,), (output,) = (layer.neurons for layer in net.layers)
    hidden.w, hidden.b, output.w, output.b = [0.5], 0.2, [0.8], -0.5
    loss = (net([3]) - 1) ** 2
    loss.backward()
    assert loss.data == 0.0884106864747032
    assert [p.grad for p in net.parameters()] == [
        -0.2981890118850329,
        -0.09939633729501096,
        -0.21121721675189828,
        -0.1242454216187637,
    ]


def test_the_differences_on_paper_come_from_where_the_demo_says() -> None:
    exact_w2, exact_w1 = -0.21121721675189828, -0.2981890118850329
    slope_a2, slope_z2 = 2 * (0.702 - 1), 0.702 * (1 - 0.702)  # a2 = 0.7026... was cut off
    assert (round(slope_a2, 3), round(slope_z2, 3), round((0.702 - 1) ** 2, 3)) == (-0.596, 0.209, 0.089)
    w2 = -0.596 * 0.209 * 1.7
    assert round(w2, 3) == -0.212 and abs(w2 - exact_w2) > 0.5 * abs(-0.212 - exact_w2)
    a1 = -0.596 * 0.209 * 0.8
    assert (round(a1, 4), round(a1, 3)) == (-0.0997, -0.1)
    assert abs(-0.100 * 3 - a1 * 3) > 0.5 * abs(-0.300 - exact_w1)  # rounding before multiplying by 3
