# %% [markdown]
# # Compile: the bookkeeping goes, the arithmetic stays
#
# A Value remembers how it was computed. That is what makes backward possible,
# and what makes it slow: for one multiplication, Python makes an object, notes
# the operands and their derivatives, and looks at all of it again on the way
# back. But a training does the same calculation a thousand times, only with
# other numbers.
#
# So jit watches one call, writes down the arithmetic, forward and backward, and
# from then on does only that. Here you read what it writes.

# %% [markdown] lang="zh"
# # 编译：去掉记账，留下算术
#
# Value 记得自己是怎样算出来的。正因如此才能反向传播，也正因如此才慢：
# 一次乘法，Python 要造一个对象，记下操作数和导数，回来时再全部看一遍。
# 可是训练要把同一个计算做上千次，变的只是数。
#
# 所以 jit 先看一次调用，把正向和反向的算术都写下来，
# 以后就只做这些算术。这里可以读到它写下的东西。

# %% the odd/even network | zh: 奇偶网络
import random
import time

from autograd import (
    DataLoader,
    fit,
    jit,
    nn,
    optim,
    relu,
    sigmoid,
    square,
    value_and_grad,
    where,
)


def loss(w, x, y):
    """The network of the demo odd_even, and its loss."""
    z1 = (w[0] * x + w[1]).named("z1")
    a1 = relu(z1).named("a1")
    z2 = (w[2] * a1 + w[3]).named("z2")
    a2 = sigmoid(z2).named("a2")
    return square(a2 - y).named("L")


eager = value_and_grad(loss)
w = [0.5, 0.2, 0.8, -0.5]  # w1, b1, w2, b2
print(eager(w, 3.0, 1.0))

# %% [markdown]
# # One word
#
# jit takes a function and returns one that does the same. The first two calls run
# as before and are written down; from the third on, what was written down runs.
# Put the derivative inside: then its arithmetic is written down too.

# %% [markdown] lang="zh"
# # 一个词
#
# jit 接受一个函数，返回一个结果相同的函数。前两次调用照常运行，并被写下来；
# 从第三次起，运行的就是写下来的东西。把求导放在里面，求导的算术也就一起写下来了。

# %% jit(value_and_grad(loss))
fast = jit(value_and_grad(loss))
for _ in range(3):
    found = fast(w, 3.0, 1.0)
print(found)
print(fast.stats())

assert found == eager(w, 3.0, 1.0)
assert fast.stats().compiled == 1

# %% [markdown]
# # Backpropagation as code
#
# This is the program, and it runs by itself, without this package. The names are
# those that were given with .named(). Above the comment is the forward pass, one
# line an operation; below it the chain rule, from the loss to the weights.
#
# Find the lines of the tutorial in it: 2 (a2 - y) is the derivative of the loss.
# It is multiplied by a2 (1 - a2), that of sigmoid; by w2; by 1 or 0, that of
# ReLU; and by x. Products that are needed twice are computed once: that is the
# whole secret of backpropagation.

# %% [markdown] lang="zh"
# # 写成代码的反向传播
#
# 这就是写下来的程序，不需要这个包，自己就能运行。其中的名字是用 .named() 起的。
# 注释以上是正向传播，一行一个运算；注释以下是链式法则，从损失一直到权重。
#
# 在里面找一找教程中的那几行：2 (a2 - y) 是损失的导数，
# 它乘以 sigmoid 的导数 a2 (1 - a2)，乘以 w2，乘以 ReLU 的导数 1 或 0，再乘以 x。
# 用到两次的乘积只算一次：反向传播的全部奥秘就在这里。

# %% the program | zh: 程序
code = fast.source()
print(code)

# %% [markdown]
# # How much faster?
#
# Both run 2 000 steps of gradient descent from the same weights. The numbers are
# the same to the last digit; the time is not. How much it is depends on the
# machine, so look at the ratio.

# %% [markdown] lang="zh"
# # 快了多少？
#
# 两者都从同样的权重出发，走 2 000 步梯度下降。
# 结果连最后一位数字都一样，时间却不一样。具体是多少要看机器，所以看比值。


# %% 2 000 steps | zh: 2 000 步
def train(gradient, steps=2000):
    """Gradient descent; the weights, and how long a step takes."""
    w = [0.5, 0.2, 0.8, -0.5]
    start = time.perf_counter()
    for i in range(steps):
        _, slopes = gradient(w, float(i % 10), float(i % 2))
        w = [a - 0.1 * d for a, d in zip(w, slopes)]
    return w, (time.perf_counter() - start) / steps


(slow_w, slow_time), (fast_w, fast_time) = train(eager), train(fast)
print(f"{1e3 * slow_time:.4f} ms → {1e3 * fast_time:.4f} ms")
print(f"{slow_time / fast_time:.1f} ×")

assert slow_w == fast_w

# %% [markdown]
# # A guard
#
# A program may decide: `if x > 0`. What was written down is one way through it.
# So the comparison is written down as well, as a guard: if its outcome is another
# one, the function runs as before, and the new way is added. Here are two ways;
# in the source they are the two sides of an if.

# %% [markdown] lang="zh"
# # 守卫
#
# 程序里会有判断：`if x > 0`。写下来的只是其中一条路。
# 所以比较也要写下来，作为守卫：结果不同时，函数照常运行，并把新的路补上。
# 这里有两条路；在源代码里，它们就是 if 的两边。


# %% if x > 0
@jit
def hill(x):
    if x > 0:
        return 4.0 - x * x
    return 4.0 + 2.0 * x


for x in (1.0, 2.0, -1.0, -2.0, 3.0):
    print(x, "→", hill(x))
print(hill.stats())
hill_code = hill.source()
print(hill_code)

assert [hill(x) for x in (0.5, -0.5)] == [3.75, 3.0]

# %% [markdown]
# # Too many ways
#
# With a batch of ten numbers, an `if` for each makes 2¹⁰ ways. After twenty, jit
# stops writing, runs the function as it is, and says what to write instead:
# where() calculates with both outcomes and picks one. It is an operation like any
# other, so there is one way, and no guard.

# %% [markdown] lang="zh"
# # 路太多
#
# 一批十个数，每个数一个 `if`，就有 2¹⁰ 条路。写下二十条之后，jit 就不再写了，
# 而是照原样运行函数，并说明应该怎么写：where() 把两种结果都算出来，再挑一个。
# 它和别的运算一样是一个运算，所以只有一条路，没有守卫。


# %% if and where | zh: if 与 where
def by_if(xs):
    return sum((x * x if x > 0 else -x for x in xs), start=0.0)


def by_where(xs):
    return sum((where(x > 0, x * x, -x) for x in xs), start=0.0)


rng = random.Random(0)
batches = [[rng.uniform(-1, 1) for _ in range(10)] for _ in range(200)]
for f in (by_if, by_where):
    compiled = jit(f)
    for xs in batches:
        assert compiled(xs) == f(xs)
    print(compiled.stats())
    print()

assert compiled.stats().recordings == 1

# %% [markdown]
# # Digits, side by side
#
# The same network as in the demo digits, 64 numbers in and 10 scores out, trained
# twice from the same weights: once as before, once with compile=True. The loops
# over neurons and weights are found again in what was written down: a layer is
# one loop nest in C (if the machine has a compiler; else NumPy or Python runs).
#
# The losses agree to about 12 digits: the compiled sums add one number after the
# other, while dot() rounds only once.

# %% [markdown] lang="zh"
# # 识别数字，两边对照
#
# 网络和演示 digits 里的差不多：输入 64 个数，输出 10 个得分。
# 从同样的权重出发训练两次：一次照旧，一次加上 compile=True。
# 神经元和权重上的循环，会从写下来的算术里重新找出来：
# 一层就是一个 C 的循环嵌套（机器上有编译器时如此；没有就用 NumPy 或 Python）。
#
# 两边的损失大约有 12 位数字相同：编译后的求和是一个数接一个数地加，
# 而 dot() 只在最后舍入一次。

# %% two trainings | zh: 训练两次
rng = random.Random(1)
patterns = [[rng.choice([0.0, 1.0]) for _ in range(64)] for _ in range(10)]
labels = [i % 10 for i in range(320)]
pictures = [
    [pixel + rng.gauss(0.0, 0.5) for pixel in patterns[label]]
    for label in labels
]


def trained(compile):
    model = nn.MLP(64, [32, 16, 10], seed=1)
    start = time.perf_counter()
    history = fit(
        model,
        DataLoader(pictures, labels, batch_size=32, shuffle=True, seed=0),
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=0.003),
        epochs=10,
        compile=compile,
        progress=False,
    )
    time_taken = time.perf_counter() - start
    losses = history.losses
    print(f"L = {losses[0]:.3f} → {losses[-1]:.3f}   {time_taken:.1f} s")
    return losses


as_before, after = trained(compile=False), trained(compile=True)
differences = [abs(a - b) / a for a, b in zip(as_before, after)]
print(f"{max(differences):.0e}")

assert max(differences) < 1e-9

# %% [markdown]
# # What cannot be compiled
#
# Random numbers of the program, a change of a variable outside, a hook: what is
# more than arithmetic. Such a function runs as before, with the right result, and
# stats() says why. So jit is never silently wrong, at worst it is not faster.

# %% [markdown] lang="zh"
# # 什么不能编译
#
# 程序自己的随机数、对外面变量的修改、钩子：凡是不只是算术的东西。
# 这样的函数照原样运行，结果仍然正确，stats() 会说明原因。
# 所以 jit 绝不会悄悄出错，最坏不过是没有变快。


# %% random numbers | zh: 随机数
@jit
def noisy(x):
    return x + random.gauss(0.0, 0.1)


for _ in range(3):
    noisy(1.0)
print(noisy.stats())

assert noisy.stats().compiled == 0

# %% [markdown]
# # Your turn
#
# Everything is still here. How many ways does Newton's method take?
#
#     @jit
#     def root(a):
#         x = a
#         while abs(x * x - a) > 1e-9:
#             x = 0.5 * (x + a / x)
#         return x
#
#     [root(a / 10) for a in range(1, 1000)]; print(root.stats())
#
# What does the second derivative of the loss look like as code?
#
#     from autograd import grad
#     curvature = jit(grad(grad(lambda x: sigmoid(3 * x))))
#     [curvature(x / 10) for x in range(3)]; print(curvature.source())

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。牛顿法有多少条路？
#
#     @jit
#     def root(a):
#         x = a
#         while abs(x * x - a) > 1e-9:
#             x = 0.5 * (x + a / x)
#         return x
#
#     [root(a / 10) for a in range(1, 1000)]; print(root.stats())
#
# 二阶导数写成代码是什么样子？
#
#     from autograd import grad
#     curvature = jit(grad(grad(lambda x: sigmoid(3 * x))))
#     [curvature(x / 10) for x in range(3)]; print(curvature.source())
