# %% [markdown]
# # Remedies, one by one, before and after
#
# A gradient that goes back through ten layers is multiplied ten times. All is
# well only if the factor stays near 1. Every remedy is a way to bring it there,
# or to live with it:
#
#     vanishing   ReLU, residual connections, batch normalization, LSTM and GRU
#     exploding   clipping, suitable first weights, a smaller learning rate
#
# Each is measured here with and without, on the same network with the same
# seed. What we measure is how much gradient reaches the first layer, as a part
# of what the last one gets: 1 is ideal, 0.0001 is dark, 10 000 is deafening.

# %% [markdown] lang="zh"
# # 解决方案：逐个试用，对比前后
#
# 梯度往回穿过十层，就要乘十次。只有每次的倍数都接近 1 才行。
# 每一种办法，要么让倍数接近 1，要么在倍数不接近 1 时也能应付：
#
#     梯度消失   ReLU、残差连接、批量归一化、LSTM 和 GRU
#     梯度爆炸   梯度裁剪、合适的初始权重、更小的学习率
#
# 下面每一种办法，都在同一个网络、同一个随机种子下，用与不用各量一次。
# 我们量的是：第一层收到的梯度是最后一层的多少倍。
# 1 最理想，0.0001 就是一片漆黑，10 000 就是震耳欲聋。


# %% first weights: he, xavier, normal | zh: 初始权重：He、Xavier、正态分布
import math
import random
from pathlib import Path

from autograd import (
    Value,
    diagnose,
    elu,
    fit,
    grad,
    leaky_relu,
    mean,
    nn,
    optim,
    relu,
    watch,
)
from autograd.graph import reverse_sweep
from autograd.language import say
from autograd.view.curves import curves

rng = random.Random(1)
rows = [[rng.gauss(0.0, 1.0) for _ in range(16)] for _ in range(8)]


def he(weight, rng):
    """Kaiming He's normal distribution, for ReLU."""
    nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=rng)


def xavier(weight, rng):
    """Xavier Glorot's uniform distribution, for tanh."""
    nn.init.xavier_uniform_(weight, generator=rng)


def normal(std):
    """A normal distribution chosen by hand."""
    return lambda weight, rng: nn.init.normal_(
        weight, 0.0, std, generator=rng
    )


# %% ten layers, to be treated | zh: 等待治疗的十层网络
def network(activation, init, depth=10, batch_norm=False, residual=False):
    """Layers of sixteen neurons; the first weights come from `init`."""
    rng, blocks = random.Random(0), []
    for _ in range(depth):
        linear = nn.Linear(16, 16, seed=rng)
        init(linear.weight, rng)
        nn.init.zeros_(linear.bias)
        norm = [nn.BatchNorm1d(16)] if batch_norm else []
        block = nn.Sequential(linear, *norm, activation())
        blocks.append(nn.Residual(block) if residual else block)
    return nn.Sequential(*blocks)


# %% how much gradient arrives | zh: 传到了多少梯度
def arriving(model):
    """The gradient at each layer, last one first, as a part of the last."""
    loss = mean([y * y for row in model(rows) for y in row])
    layers = diagnose(model, loss).layers[::-1]
    return [
        layer.gradient_through / layers[0].gradient_through
        for layer in layers
    ]


lines = {}


def measure(name, model):
    """Print how much gradient reaches the first layer, and return it."""
    lines[name] = arriving(model)
    print(f"{name:20} {lines[name][-1]:.2g}")
    return lines[name][-1]


# %% [markdown]
# # 1. ReLU
#
# The slope of ReLU(x) = max(0, x) is 1 for every positive x: on an open path
# the gradient passes undiminished, however many layers there are, and there is
# almost nothing to compute. About half of the paths are closed, and the weights
# (He's, see 6.) make up for them.

# %% [markdown] lang="zh"
# # 1. ReLU
#
# ReLU(x) = max(0, x) 在 x 为正时导数恒为 1：只要这条路是通的，
# 不管有多少层，梯度都原样通过，而且计算简单。大约一半的路是关着的，
# 由权重来弥补（He 初始化，见第 6 节）。

# %% sigmoid / ReLU
before = measure("sigmoid", network(nn.Sigmoid, he))
after = measure("ReLU", network(nn.ReLU, he))

assert before < 1e-4
assert 0.1 < after < 10

# %% [markdown]
# # Watch what it changes
#
# Six such layers learn a wave, sin 4x, from 21 points. Each strip shows five
# moments of the training. With sigmoid the curve stays flat: hardly any gradient
# reaches the first layers. With ReLU the same layers bend to the wave.

# %% [markdown] lang="zh"
# # 看看它带来的变化
#
# 用六层这样的网络，从 21 个点学习一道波，sin 4x。每一排图是训练中的五个时刻。
# 用 sigmoid 时曲线一直是平的：几乎没有梯度传到前几层。
# 用 ReLU 时，同样的几层弯成了波的形状。

# %% a film of each | zh: 各拍一部影片
folder = Path("demo_pictures").resolve()
folder.mkdir(exist_ok=True)
wave = [[i / 10 - 1] for i in range(21)]
heights = [[math.sin(4 * x)] for [x] in wave]
films = {}
for activation in (nn.Sigmoid, nn.ReLU):
    body = network(activation, he, depth=6)
    ends = nn.Linear(1, 16, seed=0), nn.Linear(16, 1, seed=1)
    model = nn.Sequential(ends[0], body, ends[1])
    optimizer, loss = optim.Adam(model.parameters(), lr=0.01), nn.MSELoss()
    name = activation.__name__
    film = films[name] = watch(model, wave, heights)
    for _ in range(60):
        optimizer.zero_grad()
        L = loss(model(wave), heights)
        L.backward()
        optimizer.step()
        film.record(L)
    print(f"{name:8} L = {film.losses[0]:.3f} -> {film.losses[-1]:.3g}")
    for suffix in ("html", "svg"):
        path = folder / f"08_remedies_film_{name.lower()}.{suffix}"
        print(film.save(path))

assert films["Sigmoid"].losses[-1] > 0.3
assert films["ReLU"].losses[-1] < 0.01

# %% [markdown]
# # Its price: dead neurons
#
# For negative x the slope is 0. A neuron whose z is negative for every sample
# gets no gradient at all, and stays as it is for ever. Leaky ReLU and ELU leave
# a slope there.

# %% [markdown] lang="zh"
# # 代价：死神经元
#
# x 为负时导数是 0。如果一个神经元对所有样本的 z 都是负的，
# 它就完全得不到梯度，永远停在原处。Leaky ReLU 和 ELU 在负数区域也留有导数。


# %% ReLU'(-2), LeakyReLU'(-2), ELU'(-2)
def asleep(activation):
    """Two layers; all neurons of the first are far below 0."""
    first = nn.Linear(16, 16, seed=0)
    nn.init.constant_(first.bias, -100.0)
    return nn.Sequential(first, activation(), nn.Linear(16, 16, seed=1))


print([grad(f)(-2.0) for f in (relu, leaky_relu, elu)])
for activation in (nn.ReLU, nn.LeakyReLU):
    model = asleep(activation)
    loss = mean([y * y for row in model(rows) for y in row])
    first = diagnose(model, loss).layers[0]
    name, norm = activation.__name__, first.gradient_norm
    dead = say("dead", "死神经元")
    print(f"{name:10} {dead} {first.dead:.0%}   |∇L| {norm:.3g}")

assert grad(relu)(-2.0) == 0.0
assert norm > 0.0

# %% [markdown]
# # 2. Residual connections
#
# y = F(x) + x, so dy/dx = F'(x) + 1. Even if nothing comes through F, the 1
# carries the gradient past it. That is what made networks of a hundred layers
# and more trainable (ResNet).

# %% [markdown] lang="zh"
# # 2. 残差连接
#
# y = F(x) + x，所以 dy/dx = F'(x) + 1。即使 F 那边什么也传不过来，
# 这个 1 也会带着梯度绕过去。一百层以上的网络能够训练，靠的就是它（ResNet）。

# %% sigmoid + x, and a hundred layers | zh: sigmoid + x，以及一百层
before = measure("sigmoid", network(nn.Sigmoid, he))
after = measure("sigmoid + x", network(nn.Sigmoid, he, residual=True))

hundred = {}
for residual in (False, True):
    model = network(nn.Tanh, normal(0.025), depth=100, residual=residual)
    hundred[residual] = arriving(model)[-1]
    name = f"tanh¹⁰⁰{' + x' * residual}"
    print(f"{name:20} {hundred[residual]:.2g}")

assert before < 1e-4 < 0.1 < after < 10
assert hundred[False] < 1e-80
assert 0.1 < hundred[True] < 10

# %% [markdown]
# # 3. Batch normalization
#
# Each feature is shifted and scaled, over the batch, to mean 0 and variance 1,
# and then scaled and shifted by two parameters that are learned:
#
#     x̂ = (x − μ) / √(σ² + ε)        y = γ·x̂ + β
#
# So the sigmoids stay where they are steep, and the scale of the first weights
# cancels out: a standard deviation of 0.1 or of 1, it hardly matters any more.
# (Below, BN is batch normalization, std the standard deviation.)
#
# Training is steadier, too. Four layers shall tell whether the first input is
# positive, with a learning rate that is far too large, 5: look at the loss after
# 12 steps. (The mean and variance of a batch come with a little noise, which
# makes it harder to learn by heart: a mild regularization.)

# %% [markdown] lang="zh"
# # 3. 批量归一化
#
# 在一个批次上，把每个特征平移、缩放到均值 0、方差 1，
# 再用两个学出来的参数缩放和平移：
#
#     x̂ = (x − μ) / √(σ² + ε)        y = γ·x̂ + β
#
# 这样 sigmoid 的输入就留在陡的一段；而且初始权重的大小被约掉了：
# 标准差是 0.1 还是 1，几乎没有区别。（下面 BN 表示批量归一化，std 表示标准差。）
#
# 训练也更稳定。让四层网络判断第一个输入是不是正数，学习率取 5，大得离谱：
# 看看 12 步之后的损失。（批次的均值和方差带有一点噪声，让网络不容易死记硬背，
# 所以还有轻微的正则化效果。）

# %% with and without BatchNorm1d | zh: 用与不用 BatchNorm1d
before = measure("sigmoid", network(nn.Sigmoid, he))
after = measure("sigmoid, BN", network(nn.Sigmoid, he, batch_norm=True))

plain, normed = [], []
for std in (0.1, 1.0):
    model = network(nn.ReLU, normal(std))
    plain.append(measure(f"ReLU, std {std}", model))
    model = network(nn.ReLU, normal(std), batch_norm=True)
    normed.append(measure(f"ReLU, std {std}, BN", model))

positive = [[float(row[0] > 0.0)] for row in rows]
bold = {}
for batch_norm in (False, True):
    body = network(nn.ReLU, he, depth=4, batch_norm=batch_norm)
    model = nn.Sequential(body, nn.Linear(16, 1, seed=0))
    optimizer = optim.SGD(model.parameters(), lr=5.0)
    loss, batch = nn.BCEWithLogitsLoss(), [(rows, positive)]
    history = fit(model, batch, loss, optimizer, epochs=12, progress=False)
    bold[batch_norm] = history.losses[-1]
    print(f"lr = 5{', BN' * batch_norm:6} L = {bold[batch_norm]:.3g}")

assert after > 1e3 * before
assert plain[0] < 1e-3 and plain[1] > 1e3
assert 0.5 < normed[0] / normed[1] < 2
assert bold[True] < 0.1 < bold[False]

# %% [markdown]
# # 4. LSTM and GRU
#
# In a recurrent network the depth is the length of the sequence. What an LSTM
# remembers, c, is not replaced at each step. Three gates, numbers between 0 and 1
# that it computes from what it reads, control the flow:
#
#     f   forget gate    what of the old to keep
#     i   input gate     what of the new, g, to store        c' = f·c + i·g
#     o   output gate    what to tell                        h' = o·tanh(c')
#
# So how well it remembers depends on f. With the usual first weights f is about
# 0.5, and 0.5⁵⁰ is nothing either! Many texts leave this out. The gate must
# begin open: a bias of 3 makes f ≈ 0.95. (In a GRU it is the update gate, z.)
#
# Fifty steps; how much of the last output's gradient reaches the first input?

# %% [markdown] lang="zh"
# # 4. LSTM 和 GRU
#
# 循环神经网络的深度就是序列的长度。LSTM 记住的内容 c 不是每步都被替换，
# 而是由三个门来控制，门是 0 到 1 之间的数，由网络根据读到的内容算出：
#
#     f   遗忘门    旧的内容保留多少
#     i   输入门    新的内容 g 存入多少      c' = f·c + i·g
#     o   输出门    输出多少                 h' = o·tanh(c')
#
# 所以记得多牢取决于 f。按通常的初始权重，f 约为 0.5，而 0.5⁵⁰ 同样什么也不剩！
# 许多文章没有提到这一点。遗忘门一开始就应该打开：偏置取 3，f 约为 0.95。
# （在 GRU 里对应的是更新门 z。）
#
# 五十步之后，最后的输出还有多少梯度能传到第一个输入？


# %% RNN, LSTM, GRU: 50 steps | zh: RNN、LSTM、GRU：50 步
def through_time(net):
    """The gradient of the last output at each input, from the last back."""
    rng = random.Random(0)
    xs = [[Value(rng.gauss(0.0, 1.0))] for _ in range(50)]
    outputs, _ = net(xs)
    gradients = reverse_sweep(sum(outputs[-1]))
    return [abs(gradients[x] / gradients[xs[-1][0]]) for [x] in reversed(xs)]


def gate_open(net):
    """The same network, its second gate's bias at 3: it keeps what it has."""
    nn.init.constant_(net.bias_ih_l0[8:16], 3.0)
    return net


through = {
    "RNN": through_time(nn.RNN(1, 8, seed=0)),
    "LSTM": through_time(nn.LSTM(1, 8, seed=0)),
    "LSTM, f = 0.95": through_time(gate_open(nn.LSTM(1, 8, seed=0))),
    "GRU, z = 0.95": through_time(gate_open(nn.GRU(1, 8, seed=0))),
}
for name, parts in through.items():
    print(f"{name:16} {parts[-1]:.2g}")

assert through["RNN"][-1] < 1e-10
assert through["LSTM"][-1] < 1e-9
assert through["LSTM, f = 0.95"][-1] > 1e-3
assert through["GRU, z = 0.95"][-1] > 1e-3


# %% [markdown]
# # 5. Clipping
#
# Before each step, if the gradient of all parameters together is longer than
# max_norm, shorten it to that:
#
#     gradient ← gradient × max_norm / |gradient|     if |gradient| > max_norm
#
# The direction stays, so it still leads downhill; only the leap is gone.
#
# These are the ten weights of 2 that went to nan in the demo `exploding`.

# %% [markdown] lang="zh"
# # 5. 梯度裁剪
#
# 每次更新之前，把全部参数的梯度看作一个向量，
# 如果它的长度（范数）超过 max_norm，就缩短到 max_norm：
#
#     梯度 ← 梯度 × max_norm / |梯度|     当 |梯度| > max_norm 时
#
# 方向不变，所以仍然是下坡，只是不再跳得那么远。
#
# 下面还是演示 exploding 里那十个权重，初值为 2，最后变成了 nan。


# %% clip_grad_norm_
def train(make_optimizer, max_norm=math.inf, steps=400):
    """The last loss of ten weights of 2 that shall make 1 out of 1."""
    model = nn.Sequential(*[nn.Linear(1, 1, bias=False) for _ in range(10)])
    for w in model.parameters():
        w.data = 2.0
    optimizer = make_optimizer(model.parameters())
    for _ in range(steps):
        loss = (model([1.0])[0] - 1.0) ** 2
        optimizer.zero_grad()
        loss.backward()
        if max_norm < math.inf:
            optim.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
    return loss.data


before = train(lambda ps: optim.SGD(ps, lr=0.01))
after = train(lambda ps: optim.SGD(ps, lr=0.01), max_norm=1.0)
print(f"L = {before:.3g} -> {after:.3g}")

assert math.isnan(before)
assert after < 0.01

# %% [markdown]
# # 6. Suitable first weights
#
# A sum of n products is larger than one of them, by about √n. So the weights
# must be smaller the more inputs there are:
#
#     Xavier (tanh)   uniform, up to √6 / √(n_in + n_out) in size
#     He (ReLU)       normal, with the variance 2 / n_in

# %% [markdown] lang="zh"
# # 6. 合适的初始权重
#
# n 个乘积之和，大约是单个乘积的 √n 倍。所以输入越多，权重就该越小：
#
#     Xavier（tanh）   均匀分布，绝对值不超过 √6 / √(n_in + n_out)
#     He（ReLU）       正态分布，方差为 2 / n_in

# %% too small or Xavier, too large or He | zh: 太小或 Xavier，太大或 He
before = measure("tanh, std 0.01", network(nn.Tanh, normal(0.01)))
after = measure("tanh, Xavier", network(nn.Tanh, xavier))
assert before < 1e-10
assert 0.1 < after < 10

before = measure("ReLU, std 1.0", network(nn.ReLU, normal(1.0)))
after = measure("ReLU", network(nn.ReLU, he))
assert before > 1e3
assert 0.1 < after < 10

# %% [markdown]
# # 7. The learning rate
#
# A smaller learning rate makes the same gradient a smaller step. From 0.01 to
# 0.001, as is often advised, is not enough here, since the gradient is a
# million; 10⁻⁷ is. Adam and RMSprop divide by the size of the gradient, so a
# large one does not mean a large step, and they stand 0.01. All three go down
# slowly, though: after as many steps, clipping had arrived.

# %% [markdown] lang="zh"
# # 7. 学习率
#
# 学习率小一些，同样的梯度走出的步子就小一些。常见的建议是从 0.01 降到 0.001；
# 在这里还不够，因为梯度高达一百万，学习率要小到 10⁻⁷ 才行。
# Adam 和 RMSprop 会除以梯度的大小，梯度大并不意味着步子大，
# 所以 0.01 它们也受得住。不过这三种都降得慢：
# 走同样多步，梯度裁剪早已到达终点。

# %% SGD, Adam, RMSprop
settings = [(optim.SGD, 0.01), (optim.SGD, 0.001), (optim.SGD, 1e-7)]
settings += [(optim.Adam, 0.01), (optim.RMSprop, 0.01)]
ends = []
for kind, lr in settings:
    ends.append(train(lambda ps, kind=kind, lr=lr: kind(ps, lr=lr)))
    print(f"{kind.__name__:8} {lr:<6g} L = 1.05e+06 -> {ends[-1]:.3g}")

assert math.isnan(ends[0]) and math.isnan(ends[1])
assert all(end < 1e4 for end in ends[2:])

# %% [markdown]
# # A learning rate that falls
#
# A schedule lowers the rate as the training goes on: large steps at first, small
# ones at the end. It is no help against an explosion at the first step, but it
# stops the roller coaster of the demo `exploding`: there 0.7 never settled; here
# it is multiplied by 0.7 after every 5 steps.

# %% [markdown] lang="zh"
# # 逐渐降低的学习率
#
# 学习率调度随着训练进行逐渐降低学习率：开始时步子大，最后步子小。
# 它防不住第一步就发生的爆炸，但能让演示 exploding 里的过山车停下来：
# 在那里 0.7 永远停不下来；这里每走 5 步就乘以 0.7。


# %% lr_scheduler.StepLR
def coaster(gamma, steps=60):
    """The loss at every step, for two weights whose product shall be 1."""
    ws, losses = [Value(1.5), Value(1.5)], []
    optimizer = optim.SGD(ws, lr=0.7)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=gamma)
    for _ in range(steps):
        L = (ws[0] * ws[1] - 1) ** 2
        optimizer.zero_grad()
        L.backward()
        optimizer.step()
        scheduler.step()
        losses.append(L.data)
    return losses


rides = {gamma: coaster(gamma) for gamma in (1.0, 0.7)}
for gamma, losses in rides.items():
    shown = "  ".join(f"{loss:.2g}" for loss in losses[::6])
    print(f"gamma = {gamma}   L = {shown}")

assert max(rides[1.0][-10:]) > 0.1
assert max(rides[0.7][-10:]) < 1e-3

# %% [markdown]
# # All together: a modern network
#
# Batch normalization, ReLU, dropout, Adam and clipping, as a network for small
# pictures has them; here with 64-32-16-10 numbers instead of 784-256-128-10, so
# that it runs at once. (The large one works, too: a batch of 4 takes some
# seconds.) Below it is what one prints when training does not go well: for each
# layer the norm of its gradient, |∇L|, and of its parameters, |w|. Are they tiny
# in the first layers: vanishing. Huge or nan: exploding. And look at the loss:
# does it stand still, or leap?

# %% [markdown] lang="zh"
# # 综合起来：一个现代网络
#
# 批量归一化、ReLU、Dropout、Adam、梯度裁剪，识别小图片的网络通常都会用上；
# 这里把 784-256-128-10 换成 64-32-16-10，好让它马上跑完。
# （大的也能跑，一批 4 个样本要几秒钟。）
# 训练不顺利时，可以像下面这样打印每层梯度的范数 |∇L| 和参数的范数 |w|。
# 前几层的梯度非常小，就是消失；非常大或是 nan，就是爆炸。
# 同时看看损失：是停在原地，还是剧烈震荡？

# %% BatchNorm1d, ReLU, Dropout, Adam, clip_grad_norm_
model = nn.Sequential(
    nn.Linear(64, 32, seed=0),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.Dropout(0.2, seed=1),
    nn.Linear(32, 16, seed=2),
    nn.BatchNorm1d(16),
    nn.ReLU(),
    nn.Dropout(0.2, seed=3),
    nn.Linear(16, 10, seed=4),
)
optimizer = optim.Adam(model.parameters(), lr=0.001)
pictures_in = [[rng.random() for _ in range(64)] for _ in range(4)]

loss = nn.CrossEntropyLoss()(model(pictures_in), [3, 1, 4, 1])
loss.backward()
norm = optim.clip_grad_norm_(model.parameters(), max_norm=1.0)
optimizer.step()

print(f"L = {loss:.4f}   |∇L| = {norm:.4f}")
for name, module in model.named_modules():
    if parameters := module.parameters(recurse=False):
        gradient = math.hypot(*[p.grad for p in parameters])
        size = math.hypot(*[p.data for p in parameters])
        kind = type(module).__name__
        print(f"{name} {kind:12} |∇L| {gradient:.4f}   |w| {size:.4f}")

assert math.hypot(*[p.grad for p in model.parameters()]) <= 1.0

# %% [markdown]
# # The picture
#
# All the networks of this page, from the last layer back to the first. Those
# that were treated stay near 1.

# %% [markdown] lang="zh"
# # 画出来
#
# 这个演示里的所有网络，从最后一层往回到第一层。用了解决办法的都留在 1 附近。

# %% demo_pictures/08_remedies_*.svg
for name, series, label in [
    ("08_remedies_layers", lines, say("layers back", "往回的层数")),
    ("08_remedies_time", through, say("steps back", "往回的步数")),
]:
    picture = folder / f"{name}.svg"
    svg = curves(series, label, say("gradient", "梯度"))
    picture.write_text(svg, encoding="utf-8")
    print(picture)

# %% [markdown]
# # Your turn
#
# Everything is still here. Does layer normalization do what batch normalization
# does? Does a GELU network need He's weights, or Xavier's?
#
#     measure("GELU, He", network(nn.GELU, he))
#     measure("GELU, Xavier", network(nn.GELU, xavier))

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。层归一化也有批量归一化的效果吗？
# GELU 网络该用 He 的权重，还是 Xavier 的？
#
#     measure("GELU, He", network(nn.GELU, he))
#     measure("GELU, Xavier", network(nn.GELU, xavier))
