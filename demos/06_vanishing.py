# %% [markdown]
# # Vanishing gradients: the light at the bottom of the well
#
# Stand at the bottom of a deep well. There is light at the top, and every layer
# of the well lets only half of it through: 100 % at the first layer, then 50 %,
# 25 %, 12.5 %, and at the tenth not even 0.2 %. It is dark.
#
# In a deep network the gradient is that light. It starts at the loss and goes
# back layer by layer; each layer multiplies it by something, and if that is
# less than 1 every time, nothing is left for the layers near the input. They
# are not told how to improve, so they do not.
#
# We build such networks, and measure.

# %% [markdown] lang="zh"
# # 梯度消失：井底的光
#
# 站在一口深井的井底，井口有光，可每过一层，光就暗掉一半：
# 第一层 100%，然后是 50%、25%、12.5%，到第十层还不到 0.2%，什么也看不见了。
#
# 在深层网络里，梯度就是这束光。它从损失出发，一层一层往回传；
# 每过一层都要乘上一个数，如果这个数总是小于 1，
# 传到靠近输入的那几层就所剩无几了。这些层得不到该怎样改进的消息，
# 自然也就学不动。
#
# 下面我们搭出这样的网络，实际量一量。

# %% sigmoid and its slope | zh: sigmoid 和它的导数
import random
from pathlib import Path

from autograd import Value, diagnose, grad, mean, nn, optim, sigmoid, why
from autograd.language import say
from autograd.view.curves import curves

slope = grad(sigmoid)
for x in (-10.0, -4.0, -2.0, 0.0, 2.0, 4.0, 10.0):
    both = f"sigmoid(x) = {sigmoid(x):.6f}   sigmoid'(x) = {slope(x):.6f}"
    print(f"x = {x:3g}   {both}")

assert slope(0.0) == 0.25
assert all(slope(x / 10) < 0.25 for x in range(-200, 201) if x)

# %% [markdown]
# # At most a quarter
#
# The slope of sigmoid is nowhere more than 0.25, and at both ends it is almost
# 0. So a gradient that passes one sigmoid keeps a quarter of itself at best.
#
# Now ten neurons in a row, all with weight 1. The best case is z = 0 in every
# one of them; we choose each bias so that it comes out like that:
#
#     a0 ──→ sigmoid(1·a0 + b) = a1 ──→ sigmoid(1·a1 + b) = a2 ──→ ... ──→ a10
#
# One backward() from the last output, and we read what has arrived at each of
# the outputs before it.
#
# (Mind the counting: ten layers passed are ten factors, 0.25¹⁰ ≈ 0.00000095. If
# the layer at the loss is called the first, with a gradient of 1, then the tenth
# has nine factors behind it, 0.25⁹ ≈ 0.0000038. Texts mix the two up.)

# %% [markdown] lang="zh"
# # 最多剩四分之一
#
# sigmoid 的导数处处不超过 0.25，两端更是几乎为 0。
# 所以梯度每经过一个 sigmoid，最好的情况也只能保留四分之一。
#
# 现在把十个神经元连成一串，权重都是 1。最好的情况是每个神经元的 z 都等于 0，
# 我们就选合适的偏置，让它恰好如此：
#
#     a0 ──→ sigmoid(1·a0 + b) = a1 ──→ sigmoid(1·a1 + b) = a2 ──→ ... ──→ a10
#
# 从最后的输出调用一次 backward()，再看看前面每个输出收到了多少梯度。
#
# （注意数法：穿过十层就是十个因子，0.25¹⁰ ≈ 0.00000095。
# 如果把紧挨损失的那层叫第 1 层，它的梯度是 1，那么到第 10 层只乘了九次，
# 即 0.25⁹ ≈ 0.0000038。讲解时常把这两种数法混在一起。）


# %% 0.25, 0.0625, ..., 0.25 ** 10
def ten_neurons(weight):
    """The outputs a0, ..., a10 of ten sigmoid neurons, each at z = 0."""
    outputs = [Value(0.0, "a0")]
    for i in range(10):
        neuron = nn.Neuron(1, "sigmoid")
        neuron.w, neuron.b = [weight], -weight * outputs[-1].data
        outputs.append(neuron(outputs[-1:]).named(f"a{i + 1}"))
    return outputs


outputs = ten_neurons(weight=1.0)
outputs[-1].backward()
quarters = [a.grad for a in reversed(outputs[:-1])]
for a in reversed(outputs[:-1]):
    print(f"da10/d{a.label} = {a.grad:.6f}")

assert quarters == [0.25**k for k in range(1, 11)]
assert f"{quarters[-1]:.6f}" == "0.000001"

# %% [markdown]
# # Small weights make it worse
#
# On the way back the gradient is multiplied by the weight, too. With weights of
# 0.5 each layer leaves 0.5 × 0.25 = 0.125, one eighth.
#
# Ten such layers leave 0.125¹⁰. On paper this was once given as 0.0000001; it is
# 0.0000000009, more than a hundred times less.
#
# why() tells what became of a gradient on its way: here nobody is to blame, and
# everybody.

# %% [markdown] lang="zh"
# # 权重小，情况更糟
#
# 往回传时，梯度还要乘上权重。权重是 0.5 时，每层只剩 0.5 × 0.25 = 0.125，
# 也就是八分之一。
#
# 十层之后剩下 0.125¹⁰。手算时曾写成约 0.0000001；
# 实际上是 0.0000000009，还不到它的百分之一。
#
# why() 说出梯度一路上的遭遇：这里不能怪某一步，每一步都有份。

# %% 0.125 ** 10
outputs = ten_neurons(weight=0.5)
outputs[-1].backward()
eighths = [a.grad for a in reversed(outputs[:-1])]
print(eighths[-1])
print(why(outputs[-1], outputs[0]))

assert eighths[-1] == 0.125**10 == 9.313225746154785e-10

# %% [markdown]
# # Nothing but the chain rule
#
# The gradient is not simply "multiplied by some number". For each weight it is
# a product of local derivatives, and the product for a layer contains that of
# the layer above it. For two layers:
#
#     dL/dw2 = dL/dz2 × h
#     dL/dw1 = dL/dz2 × w2 × sigmoid'(z1) × x
#
# from above: dL/dz2. The weight: w2. The slope: at most 0.25. If w2 is small,
# less arrives; if it is larger than 4, it can make up for the slope.
#
# In short one says dL/dw1 = dL/dw2 × something. To be exact, what is handed down
# is dL/dz2: dL/dw2 has a factor h, which is not on the way to w1.
#
# So there are three causes: slopes below 1, weights below 4, and depth, which
# makes a power of them.

# %% [markdown] lang="zh"
# # 说到底就是链式法则
#
# 梯度并不是凭空“乘上某个数”。每个权重的梯度都是一串局部导数的乘积，
# 而前一层的乘积里，就包含着后一层（离损失更近的那层）的乘积。以两层为例：
#
#     dL/dw2 = dL/dz2 × h
#     dL/dw1 = dL/dz2 × w2 × sigmoid'(z1) × x
#
# 从后一层传回来的是 dL/dz2，权重是 w2，激活函数的导数最大 0.25。
# w2 越小，传过来的越少；要大过 4，才有可能抵消导数的衰减。
#
# 简单地说，就是 dL/dw1 = dL/dw2 × 其他项。严格地说，往回传的是 dL/dz2：
# dL/dw2 里还有一个因子 h，它不在通往 w1 的路上。
#
# 所以原因有三个：导数小于 1，权重小于 4，以及层数多，使它们连乘成幂。

# %% dL/dw2 and dL/dw1, factor by factor | zh: dL/dw2 和 dL/dw1，逐个因子相乘
x, target = 1.5, 1.0
w1, w2 = Value(0.4, "w1"), Value(0.5, "w2")
z1 = (w1 * x).named("z1")
h = sigmoid(z1)
z2 = (w2 * h).named("z2")
y = sigmoid(z2)
L = (y - target) ** 2
L.backward()

product = z2.grad * w2.data * slope(z1.data) * x
print(f"dL/dw2 = {z2.grad:.4g} x {h:.4g} = {z2.grad * h.data:.4g}")
numbers = f"{z2.grad:.4g} x {w2:.4g} x {slope(z1.data):.4g} x {x}"
print(f"dL/dw1 = {numbers} = {product:.4g}")
print(f"backward(): {w2.grad:.4g}, {w1.grad:.4g}")

assert abs(z2.grad * h.data - w2.grad) < 1e-15
assert abs(product - w1.grad) < 1e-15

# %% [markdown]
# # A real network, and the doctor
#
# Ten layers of sixteen sigmoid neurons, with PyTorch's usual starting weights.
# diagnose() measures the gradient of every layer's parameters, and splits what
# a layer does to the gradient into the two parts of the formula above:
#
#     x activation   what the slopes leave: never more than 0.25
#     x weights      what the weights make of it
#
# A layer is said to be vanishing if less than a thousandth of the last layer's
# gradient has arrived there.

# %% [markdown] lang="zh"
# # 一个真正的网络，请医生来看看
#
# 十层，每层十六个 sigmoid 神经元，初始权重用 PyTorch 的默认做法。
# diagnose() 会量出每层参数的梯度，并按上面的公式，
# 把一层对梯度的作用拆成两部分：
#
#     ×激活   激活函数的导数留下多少：从不超过 0.25
#     ×权重   权重又把它变成多少
#
# 如果某层收到的梯度不到最后一层的千分之一，就判断为梯度消失。


# %% diagnose
def ten_layers(activation, seed=0):
    """Ten layers of sixteen neurons, and a last one with a single output."""
    return nn.MLP(16, [16] * 10 + [1], activation, seed=seed)


rows = [[((7 * i + 3 * j) % 11 - 5) / 5 for j in range(16)] for i in range(8)]
targets = [1.0 if sum(row) > 0 else 0.0 for row in rows]


def loss_of(model):
    """The mean of the squared errors over the eight rows."""
    return mean([(y - t) ** 2 for y, t in zip(model(rows), targets)])


model = ten_layers("sigmoid")
report = diagnose(model, loss_of(model))
print(report)

assert report.verdict == "vanishing"
assert all(layer.activation_factor <= 0.25 for layer in report.layers[:-1])

# %% [markdown]
# # What it does to training
#
# Thirty steps, and we look how far each layer has moved, as a part of its own
# size. The last layer moves; the first one might as well not be there.
#
# (Texts often say that the "deep" layers do not learn. Meant are those far from
# the loss, which is where the gradient comes from: the ones near the input.)

# %% [markdown] lang="zh"
# # 对训练的影响
#
# 训练三十步，看看每层的参数移动了多少（相对于它自身的大小）。
# 最后一层在动；第一层有没有都一样。
#
# （常有人说“深层”学不动。这里的“深”是指离损失远，因为梯度是从损失那头来的；
# 学不动的其实是靠近输入的那些层。）


# %% how far each layer moves in 30 steps | zh: 三十步里每层移动了多远
def train(model, steps=30, lr=0.5):
    """The losses, and how far each layer has moved, relative to its size."""
    before = [[p.data for p in layer.parameters()] for layer in model.layers]
    optimizer = optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = loss_of(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    moved = []
    for old, layer in zip(before, model.layers):
        change = sum(
            (p.data - q) ** 2 for p, q in zip(layer.parameters(), old)
        )
        moved.append((change / sum(q * q for q in old)) ** 0.5)
    return losses, moved


losses, moved = train(model)
for i, distance in enumerate(moved):
    print(f"{i:2}  {distance:.1e}")
average = sum(targets) / len(targets)
guessing = sum((average - t) ** 2 for t in targets) / len(targets)
print(f"L = {losses[0]:.4f} ... {losses[-1]:.4f}")
print(
    say("the average as the answer", "总是回答平均值"), f"L = {guessing:.4f}"
)

assert moved[0] < 1e-4 * moved[-1]
assert losses[-1] > 0.99 * guessing

# %% [markdown]
# # The loss stands still
#
# It has fallen to what one gets by giving everything the same answer, the
# average of the targets, and there it stays: the last bias has learned that
# average, and nothing has been learned about the input.
#
# The picture shows how much gradient arrives at each layer, from the last one
# back, on a logarithmic scale: a straight line down is a constant factor. ReLU
# is there for comparison; what helps, and why, is the subject of `remedies`.

# %% [markdown] lang="zh"
# # 损失停在原地
#
# 损失降到“不管输入是什么都回答目标的平均值”的水平，就再也不动了：
# 最后的偏置学会了这个平均值，而关于输入，什么也没有学到。
#
# 下图画出从最后一层往回，每层收到多少梯度，纵轴是对数刻度：
# 一条直线往下，就表示每层乘的是同一个数。ReLU 画在一起作比较；
# 什么办法有用、为什么有用，见演示 remedies。


# %% demo_pictures/06_vanishing.svg
def arriving(model):
    """The gradient at each layer, last one first, as a part of the last."""
    layers = diagnose(model, loss_of(model)).layers[::-1]
    return [
        layer.gradient_through / layers[0].gradient_through
        for layer in layers
    ]


relu = ten_layers("relu")
for layer in relu.layers:
    nn.init.kaiming_normal_(
        layer.weight, nonlinearity="relu", generator=random.Random(0)
    )

lines = {"w = 1, z = 0": [1.0, *quarters], "w = 0.5, z = 0": [1.0, *eighths]}
lines |= {
    "sigmoid": arriving(ten_layers("sigmoid")),
    "ReLU, He": arriving(relu),
}
for name, ys in lines.items():
    print(f"{name:15} {ys[-1]:.1e}")

pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
picture = pictures / "06_vanishing.svg"
x_label, y_label = say("layers back", "往回的层数"), say("gradient", "梯度")
picture.write_text(curves(lines, x_label, y_label), encoding="utf-8")
print(picture)

assert lines["sigmoid"][-1] < 1e-6
assert 0.1 < lines["ReLU, He"][-1] < 100

# %% [markdown]
# # Your turn
#
# Everything is still here. How many layers would a gradient survive with tanh,
# whose slope reaches 1?
#
#     print(diagnose(m := ten_layers("tanh"), loss_of(m)))
#
# And does a larger learning rate wake the first layer?
#
#     train(ten_layers("sigmoid"), lr=50)

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。tanh 的导数最大可以到 1，换成它，梯度能传多远？
#
#     print(diagnose(m := ten_layers("tanh"), loss_of(m)))
#
# 把学习率调大，能叫醒第一层吗？
#
#     train(ten_layers("sigmoid"), lr=50)
