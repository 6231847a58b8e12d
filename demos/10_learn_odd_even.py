# %% [markdown]
# # Can it learn odd and even?
#
# A network of two neurons that calls numbers odd or even is a good example to
# calculate by hand. But can it learn it? Let us be honest and try, and test on
# numbers that were not in the training, since that is what learning means:
#
#     1. one ReLU neuron that sees the number itself
#     2. the same neuron, seeing the number's binary digits
#     3. one neuron with sine for its activation, seeing the number itself
#
# Guessing is right half of the time, so 50 % means: nothing learned.

# %% [markdown] lang="zh"
# # 它能学会分辨奇偶吗？
#
# 用两个神经元判断奇数还是偶数，是个很适合手算的例子。可它真的学得会吗？
# 我们老老实实地试一试，而且用训练时没见过的数来测试，因为这才叫学会：
#
#     1. 一个 ReLU 神经元，看到的是这个数本身
#     2. 同样的神经元，看到的是这个数的二进制各位数字
#     3. 一个以正弦为激活函数的神经元，看到的是这个数本身
#
# 瞎猜也能对一半，所以 50% 就表示什么也没学到。

# %% training | zh: 训练
import math
import random
from pathlib import Path

from autograd import nn, no_grad, optim, sin, watch
from autograd.language import say
from autograd.view.curves import curves

seen = list(range(20))
unseen = list(range(20, 120))


def train(model, encode, numbers, steps, lr, film=None):
    """Train a model to give more than 0 for odd numbers; the losses."""
    inputs = [encode(n) for n in numbers]
    targets = [[float(n % 2)] for n in numbers]
    optimizer = optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.BCEWithLogitsLoss()(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
        if film:
            film.record(loss)
    return losses


# %% accuracy | zh: 准确率
def accuracy(model, encode, numbers):
    """The share of the numbers that the model calls by the right name."""
    with no_grad():
        answers = [y > 0 for [y] in model([encode(n) for n in numbers])]
    return sum(a == (n % 2 == 1) for a, n in zip(answers, numbers)) / len(
        numbers
    )


def itself(n):
    """The number, as a float."""
    return [float(n)]


# %% [markdown]
# # 1. One ReLU neuron and the number itself
#
#     a1 = ReLU(w1·x + b1)        a2 = sigmoid(w2·a1 + b2)
#
# Each of these steps only rises, or only falls, and so does the whole. So there
# is one border, with "odd" on one side and "even" on the other. But odd and
# even change places at every number: whatever the weights are, such a border is
# right for about every second number.
#
# So training cannot succeed, and it does not. The border that is best for 0 to
# 19 is right 11 times out of 20; from 20 on, exactly half of the time.
#
# Watch it: the page has a slider over the training. The curve is the score of
# "odd", the marks at the top are the odd numbers, those at the bottom the even
# ones. The curve can turn, and move its bend, but it never goes up and down.

# %% [markdown] lang="zh"
# # 1. 一个 ReLU 神经元，输入数本身
#
#     a1 = ReLU(w1·x + b1)        a2 = sigmoid(w2·a1 + b2)
#
# 这里每一步都是单调的，整体也就是单调的。所以只有一条分界线，
# 一边是“奇数”，另一边是“偶数”。可是奇偶每隔一个数就换一次，
# 不管权重取什么，这样一条线也只能对上大约一半的数。
#
# 因此训练不可能成功，事实也是如此。对 0 到 19 来说，
# 最好的分界线在 20 个数里对 11 个；20 以后的数，正好对一半。
#
# 亲眼看看：网页上有一个滑块，可以查看整个训练过程。曲线是“奇数”的得分，
# 上方的标记是奇数，下方的标记是偶数。曲线可以转动，可以移动拐点，
# 却绝不会有升有降。

# %% ReLU(w x + b)
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
results = {}
for seed in range(3):
    model = nn.Sequential(
        nn.Linear(1, 1, seed=seed), nn.ReLU(), nn.Linear(1, 1, seed=seed + 10)
    )
    film = watch(model, [itself(n) for n in seen], [n % 2 for n in seen])
    losses = train(model, itself, seen, steps=300, lr=0.03, film=film)
    known, new = (accuracy(model, itself, ns) for ns in (seen, unseen))
    results["ReLU(x)"] = known, new
    print(f"L = {losses[-1]:.3f}   0-19: {known:.0%}   20-119: {new:.0%}")
    assert known <= 11 / 20
    assert new == 0.5

for suffix in ("html", "svg"):
    print(film.save(pictures / f"10_learn_odd_even_relu.{suffix}"))

borders = [sum((n >= k) == (n % 2 == 1) for n in seen) for k in range(21)]
best = max(*borders, 20 - min(borders))
print(f"{best}/20")

assert best == 11

# %% [markdown]
# # Would more neurons help?
#
# Sixteen ReLU neurons may bend sixteen times, so they could follow the zigzag
# of some numbers. But beyond the last bend all is straight again: on numbers
# that are larger than all of the training, half are right, as before.

# %% [markdown] lang="zh"
# # 多几个神经元呢？
#
# 十六个 ReLU 神经元可以拐十六次弯，能跟上一小段锯齿。
# 可过了最后一个弯，又是一条直线：比训练中所有数都大的数，照样只对一半。

# %% sixteen ReLU neurons | zh: 十六个 ReLU 神经元
model = nn.Sequential(
    nn.Linear(1, 16, seed=0), nn.ReLU(), nn.Linear(16, 1, seed=1)
)
train(model, itself, seen, steps=150, lr=0.03)
known, new = (accuracy(model, itself, ns) for ns in (seen, unseen))
print(f"0-19: {known:.0%}   20-119: {new:.0%}")

assert known < 0.8
assert abs(new - 0.5) <= 0.02

# %% [markdown]
# # 2. The same neuron and binary digits
#
# Write the number with binary digits, 5 = 101, and whether it is odd stands
# there: it is the last digit. Now the same two neurons have an easy task. They
# get 50 of the numbers below 1024, and are asked about the other 974.
#
# Look at the weights: the first is large, the others are small. The network has
# found out by itself which digit counts. But mind what happened: the real work
# was done by the one who chose the digits. What a network can learn depends on
# how the question is put.

# %% [markdown] lang="zh"
# # 2. 同样的神经元，输入二进制各位数字
#
# 把数写成二进制，比如 5 = 101，是不是奇数就明摆着了：看最后一位。
# 这样一来，同样的两个神经元就轻松了。用 1024 以内的 50 个数训练，
# 再拿其余 974 个数来考它。
#
# 看看权重：第一个很大，其余的都很小。哪一位有用，是网络自己发现的。
# 不过别忘了，真正的功劳属于选用二进制的人。
# 网络能学会什么，取决于问题怎样摆在它面前。


# %% ReLU(w0 x0 + w1 x1 + ... + w9 x9 + b)
def digits(n):
    """Ten binary digits, the last one first."""
    return [float(n >> k & 1) for k in range(10)]


shuffled = list(range(1024))
random.Random(0).shuffle(shuffled)
some, others = shuffled[:50], shuffled[50:]

model = nn.Sequential(
    nn.Linear(10, 1, seed=0), nn.ReLU(), nn.Linear(1, 1, seed=10)
)
losses_digits = train(model, digits, some, steps=200, lr=0.1)
known, new = (accuracy(model, digits, ns) for ns in (some, others))
results["ReLU(x0, x1, ...)"] = known, new
print(" ".join(f"{w:.2f}" for w in model[0].weight[0]))
print(f"50: {known:.0%}   {len(others)}: {new:.0%}")

sizes = [abs(w.data) for w in model[0].weight[0]]
assert known == new == 1.0
assert sizes[0] > 5 * max(sizes[1:])

# %% [markdown]
# # 3. A sine can say it exactly
#
# Odd and even repeat with a period of 2, and so does a sine of the right
# frequency:
#
#     parity(x) = sin²(πx/2) = (1 − cos πx) / 2 = ½ + ½ sin(πx − π/2)
#
# The right hand side is one neuron: the weight π, the bias −π/2, sine for an
# activation, and then ½ + ½ a. No training at all. For whole numbers that is
# exact; what is left over comes from π having 16 digits here.

# %% [markdown] lang="zh"
# # 3. 正弦可以精确表示
#
# 奇偶以 2 为周期重复，频率合适的正弦也是：
#
#     parity(x) = sin²(πx/2) = (1 − cos πx) / 2 = ½ + ½ sin(πx − π/2)
#
# 等号右边就是一个神经元：权重 π，偏置 −π/2，激活函数是正弦，再算 ½ + ½ a。
# 根本不用训练。对整数来说这是精确的，剩下的一点误差，
# 是因为这里的 π 只有 16 位数字。

# %% 0.5 + 0.5 sin(pi x - pi / 2)
neuron = nn.Neuron(1, "sin")
neuron.w, neuron.b = [math.pi], -math.pi / 2
for n in (0, 1, 2, 3, 1_000_000, 1_000_001):
    parity = 0.5 + 0.5 * neuron([n])
    print(f"{n:>9,} {parity:.12f}")
    assert abs(parity - n % 2) < 1e-12
    assert abs(sin(math.pi * n / 2) ** 2 - n % 2) < 1e-12

# %% [markdown]
# # Can the sine be learned?
#
# Now the frequency w is a weight to be trained, from the same numbers 0 to 19.
# It depends on where it starts. Look at the loss as a function of w: it has a
# narrow valley at π, and ripples everywhere else. Gradient descent walks down
# from where it stands, so it finds π only from within the valley. For x up to
# 19 that is about π ± 0.3 at best: one more period over all the numbers.

# %% [markdown] lang="zh"
# # 正弦学得会吗？
#
# 现在频率 w 成了要训练的权重，训练用的还是 0 到 19。结果取决于它从哪里出发。
# 把损失看作 w 的函数：在 π 处有一道窄谷，其他地方全是涟漪。
# 梯度下降只会从所在的地方往下走，所以只有从谷内出发才能到达 π。
# x 最大为 19 时，这个范围最多约为 π ± 0.3：再远，从 0 到 19 就差出整整一个周期。


# %% from different frequencies | zh: 从不同的频率出发
def sine_network(w):
    """sin(w x + b), weighted; only the frequency is chosen."""
    model = nn.Sequential(nn.Linear(1, 1), nn.Sine(), nn.Linear(1, 1))
    state = {
        "0.weight": [[w]],
        "0.bias": [0.0],
        "2.weight": [[1.0]],
        "2.bias": [0.0],
    }
    model.load_state_dict(state)
    return model


found, histories = {}, {}
for start in (0.5, 1.0, 2.0, 2.5, 2.8, 2.9, 3.0, 3.1, 3.2, 3.5):
    model = sine_network(start)
    histories[f"w = {start}"] = train(model, itself, seen, steps=250, lr=0.02)
    found[start] = (
        accuracy(model, itself, seen),
        accuracy(model, itself, unseen),
    )
    known, new = found[start]
    w = model[0].weight[0][0]
    print(f"w {start} -> {w:.4f}   0-19: {known:.0%}   20-119: {new:.0%}")

results["sin(x), w = 3"] = found[3.0]
results["sin(x), w = 1"] = found[1.0]

assert all(found[start] == (1.0, 1.0) for start in (2.9, 3.0, 3.1, 3.2))
assert all(found[start][1] < 0.6 for start in (0.5, 1.0, 2.0, 2.5, 2.8, 3.5))

# %% [markdown]
# # How far does it reach?
#
# The frequency that was learned is not π but close to it, and the error of the
# phase grows with x: somewhere the network falls out of step, and then calls
# every odd number even. More training, with more or larger numbers, brings w
# closer to π, and the network farther.

# %% [markdown] lang="zh"
# # 能推广到多远？
#
# 学到的频率并不正好是 π，只是接近；相位的误差随 x 增长，
# 到了某处，网络就会跟不上拍子，把奇数全都说成偶数。
# 继续训练，或用更多、更大的数来训练，w 就更接近 π，网络也就走得更远。

# %% the first number that is wrong | zh: 第一个答错的数
model = sine_network(3.0)
first_wrong = {}
for numbers, lr in [(seen, 0.02), (list(range(20, 60)), 0.001)]:
    train(model, itself, numbers, steps=250, lr=lr)
    w = model[0].weight[0][0].data
    wrong = (n for n in range(100_000) if accuracy(model, itself, [n]) < 1)
    first_wrong[numbers[-1]] = next(wrong)
    print(f"w - pi = {w - math.pi:+.5f}   n = {first_wrong[numbers[-1]]}")

assert 120 <= first_wrong[19] < first_wrong[59]

# %% [markdown]
# # All of it
#
#     the number       one ReLU neuron          no, whatever the weights
#     binary digits    one ReLU neuron          yes, the last digit
#     the number       sine, weight π           yes, exactly
#     the number       sine, start near π       yes, as far as w is exact
#     the number       sine, start elsewhere    no
#
# Below: the share of right answers for the numbers in training, and for new ones.
# (x0, x1, ... are the binary digits.) The picture has the losses of the sines
# that started from different frequencies.

# %% [markdown] lang="zh"
# # 总结
#
#     数本身        一个 ReLU 神经元     学不会，权重取什么都不行
#     二进制各位    一个 ReLU 神经元     学得会，看最后一位
#     数本身        正弦，权重为 π       可以精确表示
#     数本身        正弦，从 π 附近出发  学得会，w 有多准就能推广多远
#     数本身        正弦，从别处出发     学不会
#
# 下面打印的是：训练用过的数和新的数，各答对多少。（x0、x1 等是二进制的各位。）
# 图上是从不同频率出发的正弦的损失。

# %% the table and demo_pictures/10_learn_odd_even.svg | zh: 小结表与 demo_pictures/10_learn_odd_even.svg
for name, (known, new) in results.items():
    print(f"{name:17} {known:4.0%} {new:5.0%}")

picture = pictures / "10_learn_odd_even.svg"
svg = curves(histories, say("step", "步"), say("loss", "损失"))
picture.write_text(svg, encoding="utf-8")
print(picture)

# %% [markdown]
# # Your turn
#
# Everything is still here. For whole numbers 3π does as well as π; will a start
# near it do?
#
#     m = sine_network(9.4); train(m, itself, seen, 250, 0.02)
#     accuracy(m, itself, unseen)
#
# And the remainder by 3? What frequency does it have?

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。对整数来说，3π 和 π 一样好；从它附近出发行不行？
#
#     m = sine_network(9.4); train(m, itself, seen, 250, 0.02)
#     accuracy(m, itself, unseen)
#
# 除以 3 的余数呢？它的频率是多少？
