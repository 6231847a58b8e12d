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
