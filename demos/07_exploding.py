# %% [markdown]
# # Exploding gradients: the loudspeaker in the well
#
# The same well, but now every layer of it makes the sound twice as loud: 1, 2, 4,
# 8 times. What was a whisper at the bottom is deafening ten layers up.
#
# If every layer multiplies the gradient by more than 1, it explodes. Vanishing
# gradients make learning slow; exploding ones destroy what was learned, within
# a few steps. We watch it happen, up to inf and nan.

# %% [markdown] lang="zh"
# # 梯度爆炸：井里的扩音器
#
# 还是那口井，不过这回每过一层，声音就放大一倍：1 倍、2 倍、4 倍、8 倍……
# 井底的一声低语，过了十层就震耳欲聋。
#
# 如果每层都给梯度乘上一个大于 1 的数，梯度就会爆炸。
# 梯度消失只是让学习变慢，梯度爆炸却会在几步之内把学到的东西全毁掉。
# 下面我们亲眼看着它发生，一直到出现 inf 和 nan。

# %% ten neurons with weight 2 | zh: 十个权重为 2 的神经元
import math
import random
from pathlib import Path

from autograd import (
    GradientMonitor,
    Value,
    detect_anomaly,
    diagnose,
    fit,
    grad,
    nn,
    optim,
    tanh,
    why,
)
from autograd.graph import reverse_sweep
from autograd.language import say
from autograd.view.curves import curves

outputs = [Value(1.0, "a0")]
for i in range(10):
    neuron = nn.Neuron(1, "linear")
    neuron.w = [2.0]
    outputs.append(neuron(outputs[-1:]).named(f"a{i + 1}"))

outputs[-1].backward()
doublings = [a.grad for a in reversed(outputs[:-1])]
for a in reversed(outputs[:-1]):
    print(f"da10/d{a.label} = {a.grad:.0f}")
print(why(outputs[-1], outputs[0]))

assert doublings == [2.0**k for k in range(1, 11)]

# %% [markdown]
# # 2 × 2 × ... × 2 = 1024
#
# Ten layers passed, a factor of 1024. (Counted from 1 at the first layer, the
# tenth has 512.) The gradient grows exponentially with the depth, and in both
# directions: the output has grown by as much.
#
# Now let it learn something that could not be easier: the ten weights shall
# make 1 out of 1. Weights of 1 would do. The learning rate is 0.01, which looks
# careful. Look at each step:
#
#     loss = (w10 · ... · w2 · w1 · 1 − 1)²

# %% [markdown] lang="zh"
# # 2 × 2 × ... × 2 = 1024
#
# 穿过十层就是 1024 倍。（如果第 1 层算 1，那么到第 10 层是 512。）
# 梯度随层数按指数增长，而且两个方向都一样：输出也放大了这么多。
#
# 现在让它学一件再简单不过的事：用这十个权重把 1 变成 1。
# 权重全是 1 就行了。学习率取 0.01，看上去很小心。请看每一步：
#
#     损失 = (w10 · ... · w2 · w1 · 1 − 1)²


# %% training blows up | zh: 训练失控
def ten_weights(weight=2.0):
    """A network of ten layers, each a single weight."""
    model = nn.Sequential(*[nn.Linear(1, 1, bias=False) for _ in range(10)])
    for w in model.parameters():
        w.data = weight
    return model


def error(y, target):
    """The squared error of the only output."""
    return (y[0] - target) ** 2


def train(model, lr, steps):
    """The loss, the first weight and its gradient, at every step."""
    optimizer = optim.SGD(model.parameters(), lr=lr)
    seen = []
    for _ in range(steps):
        loss = error(model([1.0]), 1.0)
        optimizer.zero_grad()
        loss.backward()
        w = model[0].weight[0][0]
        seen.append((loss.data, w.data, w.grad))
        optimizer.step()
    return seen


seen = train(ten_weights(), lr=0.01, steps=5)
for step, (loss, w, gradient) in enumerate(seen):
    print(f"{step}   L {loss:<10.4g} w1 {w:<10.4g} dL/dw1 {gradient:.4g}")

losses = [loss for loss, _, _ in seen]
assert losses[0] == 1023.0**2
assert losses[1] > 1e70
assert math.inf in losses
assert math.isnan(losses[-1])

# %% [markdown]
# # From 2 to nan in a few steps
#
# The first gradient is about a million, so the first step takes every weight to
# −10 000. Ten of those multiplied are 10⁴⁰, and squared 10⁸⁰. One step more, and
# the numbers leave the range of a float, which ends near 1.8 × 10³⁰⁸: inf. And
# inf − inf or 0 × inf is no number at all: nan. Everything that nan touches
# becomes nan, so there is no way back.
#
# These are the four symptoms that any text will give you:
#
#     1. the loss leaps (a million, then 10⁸⁰)
#     2. the parameters become very large (−10 000)
#     3. nan appears
#     4. the training does not converge: the loss never falls

# %% [markdown] lang="zh"
# # 几步之内，从 2 变成 nan
#
# 第一个梯度约为一百万，所以第一步就把每个权重都推到了 −10 000 左右。
# 十个这样的数相乘是 10⁴⁰，再平方就是 10⁸⁰。再走一步，
# 数就超出了浮点数的范围（上限约 1.8 × 10³⁰⁸），成了 inf。
# 而 inf − inf、0 × inf 根本不是数，结果是 nan。
# 凡是和 nan 沾边的运算结果都是 nan，所以再也回不来了。
#
# 这就是教科书上说的四个典型症状：
#
#     1. 损失剧烈波动（先是一百万，然后 10⁸⁰）
#     2. 参数的绝对值变得非常大（−10 000）
#     3. 出现 nan
#     4. 训练无法收敛：损失从不下降

# %% the four symptoms | zh: 四个症状
weights = [w for _, w, _ in seen]
symptoms = {
    1: losses[1] / losses[0] > 1e6,
    2: abs(weights[1]) > 1e4,
    3: any(math.isnan(x) for x in weights + losses),
    4: not any(loss < losses[0] for loss in losses[1:]),
}
for number, found in symptoms.items():
    print(f"{number}. {'✓' if found else '–'}")

assert all(symptoms.values())

# %% [markdown]
# # Before it explodes: the roller coaster
#
# Between converging and exploding lies a region where the loss goes up and down
# without end. Two weights are enough, L = (w1·w2 − 1)², and three learning rates:
#
#     0.1   falls at every step
#     0.7   up and down, like a roller coaster: it never settles
#     0.9   explodes

# %% [markdown] lang="zh"
# # 爆炸之前：过山车
#
# 在收敛与爆炸之间，有一个区域：损失忽上忽下，没完没了。
# 两个权重就够了，L = (w1·w2 − 1)²，取三个学习率：
#
#     0.1   每一步都下降
#     0.7   像过山车一样上下波动，永远停不下来
#     0.9   爆炸


# %% lr is 0.1, 0.7, 0.9 | zh: lr 取 0.1、0.7、0.9
def two_weights(lr, steps=30):
    """The loss at every step, from w1 = w2 = 1.5."""
    ws, losses = [Value(1.5), Value(1.5)], []
    for _ in range(steps):
        L = (ws[0] * ws[1] - 1) ** 2
        L.zero_grad()
        L.backward()
        losses.append(L.data)
        for w in ws:
            w.data -= lr * w.grad
    return losses


coaster = {f"lr = {lr}": two_weights(lr) for lr in (0.1, 0.7, 0.9)}
for name, ride in coaster.items():
    print(name, "  L =", *(f"{loss:.2g}" for loss in ride[:10]))

ride = coaster["lr = 0.7"]
rises = sum(later > loss for loss, later in zip(ride, ride[1:]))
print(f"lr = 0.7   ↑ {rises}   ↓ {len(ride) - 1 - rises}")

assert min(rises, len(ride) - 1 - rises) > 5

# %% [markdown]
# # Who raises the alarm?
#
# Three tools, from the coarse to the fine:
#
#     fit               stops before the step that a loss of inf would spoil
#     GradientMonitor   notes the gradient of every layer, and when it leaps
#     detect_anomaly    names the operation that made the first inf or nan

# %% [markdown] lang="zh"
# # 谁来报警？
#
# 有三件工具，从粗到细：
#
#     fit               损失一旦变成 inf 或 nan，就在更新参数之前停下
#     GradientMonitor   记录每层的梯度，突然猛增时报警
#     detect_anomaly    指出第一个 inf 或 nan 是哪个运算产生的
#
# （报错信息是英文的：fit 说第 3 轮的损失是 inf，建议减小学习率；
# detect_anomaly 指出是哪一次 dot 运算得出了 inf。）

# %% fit and GradientMonitor | zh: fit 与 GradientMonitor
model = ten_weights()
monitor = GradientMonitor(model)
history = fit(
    model,
    [([1.0], 1.0)],
    error,
    optim.SGD(model.parameters(), lr=0.01),
    epochs=40,
    before_step=monitor.record,
    progress=False,
)
print(history.stopped)
print("\n".join(monitor.alarms[:2]))

assert len(history.losses) < 5
assert monitor.alarms

# %% detect_anomaly
model = ten_weights(1e40)
try:
    with detect_anomaly():
        error(model([1.0]), 1.0).backward()
except Exception as found:
    anomaly = found
print(anomaly)

assert "inf" in str(anomaly)

# %% [markdown]
# # The steep place of an activation
#
# An activation can explode the gradient only where its slope is larger than 1.
# Those of sigmoid, tanh and ReLU never are. exp, for one, has no such bound,
# and neither has a square: that is why hidden layers do not use them.

# %% [markdown] lang="zh"
# # 激活函数的陡坡
#
# 激活函数只有在导数大于 1 的地方才会让梯度爆炸。
# sigmoid、tanh 和 ReLU 的导数从不超过 1。exp 和平方就没有这样的上限，
# 所以隐藏层不用它们。


# %% exp(exp(exp(x))), tanh(tanh(tanh(x)))
def exps(x):
    """exp of exp of exp."""
    for _ in range(3):
        x = x.exp()
    return x


def tanhs(x):
    """tanh of tanh of tanh."""
    for _ in range(3):
        x = tanh(x)
    return x


for x in (0.0, 0.5, 1.0, 1.5):
    print(f"{x}   exp: {grad(exps)(x):<10.4g} tanh: {grad(tanhs)(x):.4g}")

assert grad(exps)(1.5) > 1e30
assert grad(tanhs)(1.5) < 1

# %% [markdown]
# # The same weights again and again: recurrent networks
#
# A recurrent network reads a sequence, and at every step multiplies what it
# remembers by the same weights. Fifty steps are fifty layers, so a factor of a
# little more or less than 1 is enough. With one weight w from step to step, the
# gradient for what came first is w⁴⁹ times that for what came last.

# %% [markdown] lang="zh"
# # 同样的权重一遍又一遍：循环神经网络
#
# 循环神经网络逐步读入一个序列，每一步都用同样的权重去乘它记住的内容。
# 五十步就等于五十层，所以每步的倍数只要比 1 大一点或小一点就够了。
# 如果步与步之间只有一个权重 w，那么最先读到的数得到的梯度，
# 就是最后读到的数的 w⁴⁹ 倍。


# %% 50 steps of an RNN | zh: RNN 的 50 步
def through_time(weight, steps=50):
    """The gradient at each input, last one first, as a part of the last."""
    net = nn.RNN(1, 1, nonlinearity="relu", bias=False)
    nn.init.ones_(net.weight_ih_l0)
    nn.init.constant_(net.weight_hh_l0, weight)
    rng = random.Random(0)
    xs = [[Value(rng.random())] for _ in range(steps)]
    outputs, _ = net(xs)
    gradients = reverse_sweep(sum(outputs[-1]))
    return [abs(gradients[x] / gradients[xs[-1][0]]) for [x] in reversed(xs)]


lines = {}
for weight in (0.8, 1.0, 1.2, 2.0):
    lines[f"RNN, w = {weight}"] = parts = through_time(weight)
    print(f"{weight} ** 49 = {weight**49:.3g}   RNN: {parts[-1]:.3g}")

assert lines["RNN, w = 0.8"][-1] < 1e-4
assert lines["RNN, w = 1.0"][-1] == 1.0
assert lines["RNN, w = 2.0"][-1] == 2.0**49

# %% [markdown]
# # A wide network
#
# Weights drawn too large do the same to a network of ordinary layers. Ten
# layers of sixteen ReLU neurons, weights with a standard deviation of 1: the
# column "x weights" tells what each layer does.

# %% [markdown] lang="zh"
# # 宽一些的网络
#
# 初始权重取得太大，普通的网络也会这样。十层，每层十六个 ReLU 神经元，
# 权重的标准差是 1：“×权重”一列写着每层的权重把梯度放大了多少倍。

# %% diagnose
rng = random.Random(0)
wide = nn.MLP(16, [16] * 10, seed=0)
for layer in wide.layers:
    nn.init.normal_(layer.weight, 0.0, 1.0, generator=rng)
rows = [[rng.gauss(0.0, 1.0) for _ in range(16)] for _ in range(4)]
loss = sum([y * y for row in wide(rows) for y in row])
report = diagnose(wide, loss)
print(report)

assert report.verdict == "exploding"

# %% [markdown]
# # The picture
#
# First the recurrent network. Straight lines on a logarithmic scale: up is
# exploding, down is vanishing, and only a factor of 1 stays level. That is what
# every remedy tries to reach. Then the roller coaster.

# %% [markdown] lang="zh"
# # 画出来
#
# 第一张是循环神经网络。在对数刻度上都是直线：往上是爆炸，往下是消失，
# 只有倍数为 1 时才是水平的。所有的解决办法，目标都是这条水平线。
# 第二张是过山车。

# %% demo_pictures/07_*.svg
below_10000 = {
    name: [loss for loss in ride[:15] if loss < 1e4]
    for name, ride in coaster.items()
}
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
for name, svg in [
    (
        "07_exploding",
        curves(
            lines, say("steps back", "往回的步数"), say("gradient", "梯度")
        ),
    ),
    ("07_roller_coaster", curves(below_10000, say("step", "步"), "L")),
]:
    picture = pictures / f"{name}.svg"
    picture.write_text(svg, encoding="utf-8")
    print(picture)

# %% [markdown]
# # Your turn
#
# Everything is still here. How small must the learning rate be, so that the ten
# weights of 2 come to rest?
#
#     for loss, w, gradient in train(ten_weights(), lr=1e-7, steps=8):
#         print(loss, w, gradient)
#
# The next demo has better ideas.

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。学习率要小到多少，这十个初值为 2 的权重才能安定下来？
#
#     for loss, w, gradient in train(ten_weights(), lr=1e-7, steps=8):
#         print(loss, w, gradient)
#
# 下一个演示里有更好的办法。
