# %% [markdown]
# # Gradient descent: small steps downhill
#
# The gradient points uphill, so to make a loss smaller, step the other way:
#
#     w_new = w_old − lr × gradient
#
# The learning rate lr (also written η) says how far to step. This one line is how
# a network learns. Here it works on the simplest loss there is, L = w², whose
# lowest point is at w = 0, so that we can see what it does.

# %% [markdown] lang="zh"
# # 梯度下降：小步下山
#
# 梯度指向上坡，所以要让损失变小，就朝相反的方向走一步：
#
#     w_new = w_old − lr × 梯度
#
# 学习率 lr（也写作 η）决定这一步走多远。网络就是靠这一行公式学习的。
# 这里把它用在最简单的损失 L = w² 上，它的最低点在 w = 0，
# 这样每一步做了什么都看得清楚。

# %% w begins at 2, lr is 0.1 | zh: w 从 2 开始，lr 取 0.1
import math
from pathlib import Path

import autograd
from autograd import Value, grad
from autograd.view import RenderError

w = Value(2, "w")
lr = 0.1

# %% [markdown]
# # One step, by hand
#
#     1. the gradient    dL/dw = 2w = 2 × 2 = 4
#     2. the update      w = 2 − 0.1 × 4 = 1.6
#     3. is it better?   L = 2² = 4 before, 1.6² = 2.56 after
#
# The loss went down. Now let the machine do it: backward() finds the 4.
#
# (Type  new_L  afterwards and you see 2.5600000000000005: 1.6 has no exact form
# in binary, and in the 16th decimal it shows.)

# %% [markdown] lang="zh"
# # 手算一步
#
#     第 1 步，计算梯度    dL/dw = 2w = 2 × 2 = 4
#     第 2 步，更新权重    w = 2 − 0.1 × 4 = 1.6
#     第 3 步，验证        原来 L = 2² = 4，现在 L = 1.6² = 2.56
#
# 损失确实减少了。现在交给机器：backward() 会算出这个 4。
#
# （之后输入 new_L，看到的是 2.5600000000000005：1.6 无法用二进制精确表示，
# 到小数点后第 16 位就显出来了。）

# %% 4, 1.6, 2.56
start = w.data
L = (w**2).named("L")
L.backward()
first_gradient = w.grad
w.data -= lr * w.grad
new_L = w**2
print(f"dL/dw = {first_gradient:g}   w = {w:g}   L = {L:g} -> {new_L:.4g}")

assert first_gradient == 2 * start
assert w.data == start - lr * first_gradient
assert new_L < L, "the loss did not fall: is lr, the step, too large?"

# %% [markdown]
# # A trap: gradients add up
#
# For the second step the gradient should be 2 × 1.6 = 3.2. But backward() adds to
# what .grad holds already, and that is still the 4 of the first step. So say
# zero_grad() before every backward(). Everybody forgets it once.

# %% [markdown] lang="zh"
# # 一个陷阱：梯度会累加
#
# 第二步的梯度应该是 2 × 1.6 = 3.2。但 backward() 会累加到 .grad 已有的值上，
# 而那里还留着第一步的 4。所以每次 backward() 之前都要调用 zero_grad() 清零。
# 这件事谁都会忘上一回。

# %% zero_grad()
new_L.backward()
forgotten = w.grad
new_L.zero_grad()
new_L.backward()
print(f"{forgotten:g}   {w.grad:g}")

assert math.isclose(forgotten, first_gradient + w.grad)

# %% [markdown]
# # On to the minimum
#
# Forward, backward, update, again and again: this loop is what training is.
#
# The gradient is 2w, so each step takes w to w − 0.1 × 2w = 0.8 w, and the loss
# to 0.64 times itself. The steps become shorter by themselves as the slope
# becomes flatter, and w comes as near to 0 as you like, but never quite there.

# %% [markdown] lang="zh"
# # 一直走到最低点
#
# 正向、反向、更新，如此反复：所谓训练，就是这个循环。
#
# 梯度是 2w，所以每一步都把 w 变成 w − 0.1 × 2w = 0.8 w，
# 损失变成原来的 0.64 倍。坡度越来越平，步子也自动越来越小，
# w 可以任意接近 0，但永远不会正好到达。


# %% 2 × 0.8 × 0.8 × ... × 0.8
def descend(lr, steps, start=2.0):
    """Walk down w² from `start`; return every w on the way."""
    w = Value(start, "w")
    path = [w.data]
    for _ in range(steps):
        L = w**2
        L.zero_grad()
        L.backward()
        w.data -= lr * w.grad
        path.append(w.data)
    return path


walk = descend(0.1, 50)
for step in (0, 1, 2, 3, 5, 10, 20, 50):
    print(f"{step:2d}   w = {walk[step]:<9.4g}   L = {walk[step] ** 2:.4g}")

assert all(math.isclose(w, 2 * 0.8**n) for n, w in enumerate(walk))
assert walk[-1] ** 2 < 1e-8

# %% [markdown]
# # How large a step?
#
# In general a step multiplies w by (1 − 2 lr), and all depends on this factor:
#
#     lr = 0.01   × 0.98    too small: it hardly moves
#     lr = 0.1    × 0.8     good
#     lr = 0.5    × 0       just right for this one valley: there in one step
#     lr = 0.9    × −0.8    beyond the bottom each time, but nearer each time
#     lr = 1.0    × −1      from side to side, for ever
#     lr = 1.1    × −1.2    too large: each step ends higher than it began
#
# The last one diverges. The direction of each step was right, and yet the loss
# grows, for the gradient only knows the slope where it was taken.

# %% [markdown] lang="zh"
# # 步子该多大？
#
# 一般来说，每一步把 w 乘以 (1 − 2 lr)，结果如何全看这个因子：
#
#     lr = 0.01   × 0.98    太小：几乎不动
#     lr = 0.1    × 0.8     合适
#     lr = 0.5    × 0       对这个山谷恰到好处：一步到底
#     lr = 0.9    × −0.8    每次都冲过最低点，但一次比一次近
#     lr = 1.0    × −1      在两侧来回跳，永远不停
#     lr = 1.1    × −1.2    太大：每一步的终点都比起点高
#
# 最后一种情况发散了。每一步的方向都是对的，损失却越来越大，
# 因为梯度只知道出发点那里的坡度。

# %% lr from 0.01 to 1.1 | zh: lr 从 0.01 到 1.1
rates = (0.01, 0.1, 0.5, 0.9, 1.0, 1.1)
paths = {rate: descend(rate, 20) for rate in rates}
for rate, path in paths.items():
    begin = "  ".join(f"{w:6.3f}" for w in path[:5])
    print(f"lr = {rate:<4g}   {begin}   ...   w = {path[-1]:.4g}")

last = {rate: abs(path[-1]) for rate, path in paths.items()}
assert last[0.01] > 1, "too small: not even half of the way"
assert last[0.1] < 0.1 and last[0.9] < 0.1 and last[0.5] == 0
assert last[1.0] == 2
assert last[1.1] > 50, "too large: far away"

# %% [markdown]
# # Where is the limit?
#
# For L = w² it is lr = 1. The more sharply a valley curves, the smaller the
# limit: it is 2 divided by the second derivative. A second derivative is the
# slope of the slope, and is written just so: grad(grad(f)).
#
# A real loss bends differently in every direction and at every place, so nobody
# knows its limit beforehand. One tries: 0.1, 0.01, 0.001, and looks at the loss.

# %% [markdown] lang="zh"
# # 学习率的上限在哪里？
#
# 对 L = w² 来说，上限是 lr = 1。谷壁弯得越厉害，上限越小：
# 它等于 2 除以二阶导数。二阶导数就是“斜率的斜率”，
# 代码也这样写：grad(grad(f))。
#
# 真实的损失在每个方向、每个位置弯曲的程度都不同，谁也无法事先知道上限。
# 只能去试：0.1、0.01、0.001，同时观察损失。

# %% 2 / f''
curvature = grad(grad(lambda w: w**2))(2.0)
print(f"2 / {curvature:g} = {2 / curvature:g}")

assert abs(descend(0.99, 1000)[-1]) < 1e-6
assert abs(descend(1.01, 1000)[-1]) > 1e6

# %% [markdown]
# # The picture
#
# On the left, steps on the parabola: small ones, good ones, and ones that leap
# out of the valley. On the right, what one sees in practice, the loss after n
# steps: almost level, falling, rising. (On a logarithmic axis, an equal factor at
# each step is a straight line.)
#
# The other file is the graph of the first step, at w = 2.

# %% [markdown] lang="zh"
# # 画出来
#
# 左图是在抛物线上走的步子：太小的、合适的，以及跳出山谷的。
# 右图是实践中看到的情形，即走了 n 步之后的损失：几乎不变、下降、上升。
# （纵轴是对数刻度，每步乘以同一个因子，就是一条直线。）
#
# 另一个文件是第一步（w = 2 处）的计算图。

# %% demo_pictures/04_gradient_descent.svg
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
plot = pictures / "04_gradient_descent.svg"
ink = ("text.color", "xtick.color", "ytick.color")
ink += ("axes.edgecolor", "axes.labelcolor")
try:
    from matplotlib import rc_context
    from matplotlib.figure import Figure
except ImportError:
    print("pip install matplotlib")
else:
    with rc_context(dict.fromkeys(ink, "gray")):  # on white and on black
        figure = Figure(figsize=(10, 4.5), layout="constrained")
        valley, losses = figure.subplots(1, 2)
        grid = [i / 50 - 3 for i in range(301)]
        valley.plot(grid, [w**2 for w in grid], color="gray", alpha=0.5)
        colours = {0.01: "orange", 0.1: "steelblue", 1.1: "crimson"}
        for rate, colour in colours.items():
            style = {"color": colour, "marker": ".", "linewidth": 1}
            steps = [w for w in paths[rate] if abs(w) <= 3]
            valley.plot(steps, [w**2 for w in steps], **style)
            loss = [w**2 for w in paths[rate]]
            losses.semilogy(loss, **style, label=f"lr = {rate}")
        valley.set(title="L = w²", xlabel="w", ylabel="L")
        losses.set(title="L(n)", xlabel="n", ylabel="L")
        losses.set(xticks=range(0, 21, 5))
        losses.legend(facecolor="none", edgecolor="gray")
        figure.savefig(plot, transparent=True)
    print(plot)

# %% demo_pictures/04_first_step.svg
first_w = Value(start, "w")
first_L = (first_w**2).named("L")
first_L.backward()
picture = autograd.draw(first_L)
try:
    print(picture.save(pictures / "04_first_step.svg"))
except RenderError as error:  # no Graphviz: it says how to install one
    print(error)
picture

# %% [markdown]
# # Your turn
#
# Find the largest rate that still comes down from w = 2, and see what a start
# further out changes:
#
#     descend(0.999, 20)[-1], descend(1.001, 20)[-1]
#     descend(0.1, 20, start=1000.0)[-1]
#
# And where does it end if there are two valleys?
#
#     w = Value(2.0)
#     for i in range(100):
#         L = w**4 - 3 * w**2 + w; L.zero_grad(); L.backward()
#         w.data -= 0.02 * w.grad
#     w.data, L.data
#
# Start again with w = Value(-2.0): which valley is deeper?

# %% [markdown] lang="zh"
# # 轮到你了
#
# 从 w = 2 出发还能下到谷底的最大学习率是多少？起点远一些会怎样？
#
#     descend(0.999, 20)[-1], descend(1.001, 20)[-1]
#     descend(0.1, 20, start=1000.0)[-1]
#
# 如果有两个山谷，会停在哪里？
#
#     w = Value(2.0)
#     for i in range(100):
#         L = w**4 - 3 * w**2 + w; L.zero_grad(); L.backward()
#         w.data -= 0.02 * w.grad
#     w.data, L.data
#
# 再用 w = Value(-2.0) 试一次：哪个山谷更深？
