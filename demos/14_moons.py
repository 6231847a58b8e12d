# %% [markdown]
# # Two moons: watch a border bend
#
# Two half moons reach into each other, one of blue points and one of orange
# ones. No straight line separates them. A network can only take small steps
# downhill: how does it find a border that does?
#
# Here you watch it: after every step the network is asked about the whole
# plane, and the answers become a film.

# %% [markdown] lang="zh"
# # 两弯月牙：看分界线怎样弯曲
#
# 两弯月牙互相伸进对方，一弯是蓝色的点，一弯是橙色的点。
# 没有一条直线能把它们分开。网络只会一小步一小步地往下坡走，
# 它怎么就画出了一条能把两者分开的线呢？
#
# 这里可以亲眼看到：每走一步，就问一遍网络对整个平面的看法，
# 再把这些回答连成一部影片。

# %% the moons | zh: 月牙
import math
import random
from pathlib import Path

from autograd import fit, nn, no_grad, optim, watch


def moons(count, rng):
    """Points on two half circles, with some noise; 1 for the upper one."""
    points, upper = [], []
    for i in range(count):
        angle, side = math.pi * rng.random(), i % 2
        x, y = math.cos(angle), math.sin(angle)
        if side == 0:
            x, y = 1.0 - x, 0.5 - y
        points.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        upper.append(side)
    return points, upper


seen, answers = moons(100, random.Random(0))
unseen, new_answers = moons(1000, random.Random(1))
print(len(seen), sum(answers))

# %% training, with a film | zh: 训练，并拍下影片


def train(model, epochs=150):
    """Train a model to give more than 0 for the upper moon; the film."""
    film = watch(model, seen, answers)
    batch = seen, [[float(answer)] for answer in answers]
    loss = nn.BCEWithLogitsLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    fit(
        model,
        [batch],
        loss,
        optimizer,
        epochs,
        each_epoch=film,
        progress=False,
    )
    return film


def accuracy(model, points, answers):
    """The share of the points for which the model names the right moon."""
    with no_grad():
        said = [y > 0 for [y] in model(points)]
    return sum(a == (b == 1) for a, b in zip(said, answers)) / len(answers)


# %% [markdown]
# # A straight border
#
# One neuron without an activation weighs the two coordinates and adds them up:
#
#     z = w1·x + w2·y + b
#
# z is 0 on a straight line, which is the border, and training can only turn it
# and move it. It finds the best place, and stops there:
# 89 of the 100 points are right, and the loss stays at 0.27.

# %% [markdown] lang="zh"
# # 笔直的分界线
#
# 一个没有激活函数的神经元，把两个坐标加权相加：
#
#     z = w1·x + w2·y + b
#
# z 为 0 的地方是一条直线，这就是分界线；训练只能转动它、移动它。
# 它找到最好的位置，就停在那里：100 个点对了 89 个，损失停在 0.27。

# %% w1 x + w2 y + b
straight = nn.Sequential(nn.Linear(2, 1, seed=0))
film_straight = train(straight)
known = accuracy(straight, seen, answers)
print(f"L = {film_straight.losses[-1]:.2f}   {known:.0%}")

assert known == 0.89
assert film_straight.losses[-1] > 0.25

# %% [markdown]
# # A border that bends
#
# Each neuron of a hidden layer draws a line of its own, and tanh makes a slope
# of it: on one side nearly -1, on the other nearly 1. The last neuron adds up
# the slopes with weights, and the border can bend where one of them rises.
#
# How many does it take? Enter the moons from the left: the border rises, falls
# between the moons, and rises again. Look at how the share of right answers
# grows with the number of neurons.

# %% [markdown] lang="zh"
# # 会弯曲的分界线
#
# 隐藏层的每个神经元各画一条直线，tanh 再把它变成一道坡：
# 一边接近 -1，另一边接近 1。最后一个神经元给这些坡加上权重再求和，
# 有坡的地方，分界线就可以弯曲。
#
# 需要几个神经元？从左边走进月牙：分界线先上升，在两弯月牙之间下降，
# 然后又上升。看看答对的比例怎样随神经元的个数增长。

# %% 1, 2, 4, 8 neurons | zh: 1、2、4、8 个神经元
shares, films, models = {}, {}, {}
for count in (1, 2, 4, 8):
    model = nn.Sequential(
        nn.Linear(2, count, seed=0), nn.Tanh(), nn.Linear(count, 1, seed=10)
    )
    films[count], models[count] = train(model), model
    shares[count] = accuracy(model, seen, answers)
    loss = films[count].losses[-1]
    print(f"{count}   L = {loss:.3f}   {shares[count]:.0%}")

assert shares[1] < 0.9 < shares[2] < 0.95
assert shares[4] == shares[8] == 1.0

# %% [markdown]
# # The film
#
# Open the pages in a browser and move the slider, or press Space. The colour of
# a place says to which moon the network assigns it, and how sure it is; the line
# is where it cannot decide.
#
# With eight neurons, the border is soon where the straight one would be. Then
# the loss hardly falls for some steps: look at its curve. The border must first
# bend a little before bending more pays off; then the loss falls quickly.

# %% [markdown] lang="zh"
# # 影片
#
# 用浏览器打开这些网页，拖动滑块，或按空格键。颜色表示网络认为某处属于哪一弯月牙，
# 颜色越深越有把握；线是它拿不定主意的地方。
#
# 有八个神经元时，分界线很快就到了直线所在的位置。随后有些步损失几乎不降：
# 看看损失曲线。分界线要先弯一点，再多弯才划算；在那之后，损失很快下降。

# %% demo_pictures/14_moons_*.html, *.svg
folder = Path("demo_pictures").resolve()
folder.mkdir(exist_ok=True)
for name, film in [("straight", film_straight), ("neurons", films[8])]:
    for suffix in ("html", "svg"):
        print(film.save(folder / f"14_moons_{name}.{suffix}"))
films[8]

# %% [markdown]
# # Has it learned the moons, or the points?
#
# The test is points that it has not seen: a thousand of the same moons. It names
# the right moon for more than 99 % of them. And far away from all points? Look
# at the corners of the film: there the network is just as sure, although nothing
# has taught it anything about them.

# %% [markdown] lang="zh"
# # 它学会的是月牙，还是这些点？
#
# 用它没见过的点来考它：同样的月牙，另外一千个点。它答对了 99% 以上。
# 那么远离所有点的地方呢？看看影片的四角：那里没有任何东西教过它，
# 它却同样有把握。

# %% a thousand new points | zh: 一千个新的点
for count, model in models.items():
    print(f"{count}   {accuracy(model, unseen, new_answers):.1%}")

far = models[8]([[3.0, 3.0]])[0][0]
print(f"z(3, 3) = {far:.1f}   a = {far.sigmoid():.4f}")

assert accuracy(models[8], unseen, new_answers) > 0.99
assert abs(far) > 3

# %% [markdown]
# # Your turn
#
# Everything is still here. With three neurons, the result depends on the initial
# weights, which differ every time. How often is the border found, and where does
# the network get stuck otherwise?
#
#     net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
#     film = train(net); accuracy(net, seen, answers)
#     film.save(folder / "three.html")
#
# And with nn.ReLU() in place of nn.Tanh()? Its borders have corners.

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。用三个神经元时，结果取决于最初的权重，而它们每次都不同。
# 有多少次能找到分界线？找不到的时候又卡在哪里？
#
#     net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
#     film = train(net); accuracy(net, seen, answers)
#     film.save(folder / "three.html")
#
# 把 nn.Tanh() 换成 nn.ReLU() 呢？那样的分界线是有棱角的。
