# %% [markdown]
# # Odd or even? A neural network small enough to work out by hand
#
# A number x goes in, a number a2 between 0 and 1 comes out; above 0.5 means
# "odd". On the way are two neurons, each with a weight, a bias and an activation
# function:
#
#     x ──→ z1 = w1·x + b1   ──→ a1 = ReLU(z1) = max(0, z1)
#       ──→ z2 = w2·a1 + b2  ──→ a2 = sigmoid(z2) = 1 / (1 + exp(-z2))
#
# We send a number forward, measure the error, carry the error backward to every
# weight with the chain rule, correct the weights, and see the error fall.
#
# The same was once done on paper, with numbers rounded on the way. Here they are
# computed to about 16 digits; where the paper's digits are off, the text says so.

# %% [markdown] lang="zh"
# # 奇数还是偶数？一个可以手算的神经网络
#
# 输入一个数 x，输出一个 0 到 1 之间的数 a2；大于 0.5 就判断为“奇数”。
# 中间有两个神经元，各有一个权重、一个偏置和一个激活函数：
#
#     x ──→ z1 = w1·x + b1   ──→ a1 = ReLU(z1) = max(0, z1)
#       ──→ z2 = w2·a1 + b2  ──→ a2 = sigmoid(z2) = 1 / (1 + exp(-z2))
#
# 我们先正向传播一个数，算出误差，再用链式法则把误差反向传到每个权重，
# 然后更新权重，看到误差变小。
#
# 同样的例子曾在纸上手算过，途中大多只保留三位小数。
# 这里的数值约有 16 位有效数字；凡是与手算不一致的地方，文中都会指出。

# %% x is 5 | zh: x 取 5
import math

import autograd
from autograd import Value, explain, nn, relu, sigmoid
from autograd.language import say
from autograd.view import RenderError

x = Value(5, "x")
w1, b1 = Value(0.5, "w1"), Value(0.2, "b1")
w2, b2 = Value(0.8, "w2"), Value(-1.0, "b2")

# %% [markdown]
# # Forward
#
# A Value is a number that remembers how it was computed. Calculate with it as
# with any number:
#
#     z1 = 5 × 0.5 + 0.2 = 2.7         a1 = ReLU(2.7) = 2.7
#     z2 = 2.7 × 0.8 − 1 = 1.16        a2 = sigmoid(1.16) ≈ 0.76
#
# Each of these is yours to change: type  x.data = -4  here, and the next step
# works with -4.

# %% [markdown] lang="zh"
# # 正向传播
#
# Value 是一个记得自己如何算出来的数，用法和普通的数一样：
#
#     z1 = 5 × 0.5 + 0.2 = 2.7         a1 = ReLU(2.7) = 2.7
#     z2 = 2.7 × 0.8 − 1 = 1.16        a2 = sigmoid(1.16) ≈ 0.76
#
# 每个数都可以修改：在这里输入 x.data = -4，下一步就会用 -4 计算。

# %% z1, a1, z2, a2
z1 = w1 * x + b1
a1 = relu(z1)
z2 = w2 * a1 + b2
a2 = sigmoid(z2)
print(f"z1 = {z1:.4g}   a1 = {a1:.4g}   z2 = {z2:.4g}   a2 = {a2:.4g}")
say("odd", "奇数") if a2 > 0.5 else say("even", "偶数")

# %% [markdown]
# # How wrong is it?
#
# The weights were only a guess, and the answer for 5 is right by luck: a2 grows
# with x, so this little network calls every large number odd. To learn is to
# measure the error and to find out which way each weight should move.
#
# So take x = 3, say that the right answer is y = 1 (odd), and begin again with a
# better bias, b2 = -0.5. The learning rate lr says how far to move.

# %% [markdown] lang="zh"
# # 误差有多大？
#
# 这些权重只是假设的，对 5 判断正确只是碰巧：a2 随 x 增大而增大，
# 所以这个小网络会把所有较大的数都判断为奇数。
# 所谓学习，就是先衡量误差，再弄清每个权重该往哪个方向调整。
#
# 取 x = 3，真实标签 y = 1（奇数），并换一个偏置 b2 = -0.5 重新开始。
# 学习率 lr 决定每次调整多少。

# %% x is 3, y is 1, lr is 0.1 | zh: x 取 3，y 取 1，lr 取 0.1
x, y = Value(3, "x"), Value(1, "y")
w1, b1 = Value(0.5, "w1"), Value(0.2, "b1")
w2, b2 = Value(0.8, "w2"), Value(-0.5, "b2")
lr = 0.1

# %% [markdown]
# # Forward, one operation at a time
#
# Now every operation gets a name, so that we can speak of it: p1 and p2 are the
# products, e is the error, and the loss L = e² is what should become small.
#
# On paper a2 ≈ 0.702; the exact value is 0.70266..., which rounds to 0.703.
# On paper L = 0.089, computed from 0.702; the exact value is 0.0884.

# %% [markdown] lang="zh"
# # 正向传播，一次一个运算
#
# 这次给每个运算的结果起个名字，方便后面引用：p1、p2 是乘积，e 是误差，
# 损失 L = e² 是我们希望减小的量。
#
# 手算得 a2 ≈ 0.702；精确值是 0.70266...，四舍五入应为 0.703。
# 手算得 L = 0.089，因为代入的是 0.702；精确值是 0.0884。

# %% z1, a1, z2, a2, L
p1 = (w1 * x).named("p1")
z1 = (p1 + b1).named("z1")
a1 = relu(z1).named("a1")

p2 = (w2 * a1).named("p2")
z2 = (p2 + b2).named("z2")
a2 = sigmoid(z2).named("a2")

e = (a2 - y).named("e")
L = (e**2).named("L")

for value in (z1, a1, z2, a2, L):
    print(f"{value.label} = {value:.4g}")

# %% [markdown]
# # Local derivatives
#
# How much does a result move when one of its operands moves a little? Each
# operation noted that on the way forward, one number for each operand, in
# .partials. We only read them, and multiply where two operations lie between:
#
#     z2 = p2 + b2 and p2 = w2 × a1,  so  dz2/dw2 = dz2/dp2 × dp2/dw2 = 1 × a1
#
# That is the chain rule already, at its smallest.
#
# On paper dL/da2 = 2 (0.702 - 1) = -0.596; the exact value is -0.5947.

# %% [markdown] lang="zh"
# # 局部导数
#
# 某个操作数稍微变动时，结果会变动多少？每个运算在正向传播时已经记下了答案，
# 每个操作数对应一个数，保存在 .partials 里。这里只需读出来；
# 中间隔着两个运算时，就把两个数相乘：
#
#     z2 = p2 + b2，p2 = w2 × a1，所以 dz2/dw2 = dz2/dp2 × dp2/dw2 = 1 × a1
#
# 这就是最小的链式法则。
#
# 手算得 dL/da2 = 2 (0.702 - 1) = -0.596；精确值是 -0.5947。


# %% dL/da2, da2/dz2, ..., dz1/dw1
def d(result, operand):
    """The derivative of a result with respect to one of its operands."""
    return dict(zip(result.parents, result.partials))[operand]


dL_da2 = d(L, e) * d(e, a2)
da2_dz2 = d(a2, z2)
dz2_dw2 = d(z2, p2) * d(p2, w2)
dz2_da1 = d(z2, p2) * d(p2, a1)
da1_dz1 = d(a1, z1)
dz1_dw1 = d(z1, p1) * d(p1, w1)

print(f"dL/da2  = {dL_da2:<8.4g}  2 (a2 - y)")
print(f"da2/dz2 = {da2_dz2:<8.4g}  a2 (1 - a2)")
print(f"dz2/dw2 = {dz2_dw2:<8.4g}  a1")
print(f"dz2/da1 = {dz2_da1:<8.4g}  w2")
print(f"da1/dz1 = {da1_dz1:<8.4g}  1 if z1 > 0 else 0")
print(f"dz1/dw1 = {dz1_dw1:<8.4g}  x")

# %% [markdown]
# # The chain rule
#
# From the loss back to a weight, multiply the local derivatives on the way.
# What reaches a1 is used again for w1: going backward, nothing is computed twice.
#
# On paper the results are -0.212, -0.100 and -0.300; the exact values are
# -0.2112, -0.0994 and -0.2982. The rounding on the way has grown to 0.6 percent.

# %% [markdown] lang="zh"
# # 链式法则
#
# 从损失往回走到某个权重，把沿途的局部导数乘起来。
# 求 w1 的梯度时直接使用已经传到 a1 的结果：反向传播不做重复计算。
#
# 手算的结果是 -0.212、-0.100 和 -0.300；
# 精确值是 -0.2112、-0.0994 和 -0.2982。途中舍入的误差已累积到 0.6%。


# %% dL/dw2, dL/da1, dL/dw1
def show(formula, *factors):
    """Print a formula with its numbers, and return their product."""
    numbers = [f"({n:.4g})" if n < 0 else f"{n:.4g}" for n in factors]
    product = math.prod(factors)
    print(f"{formula} = {' x '.join(numbers)} = {product:.4g}")
    return product


dL_dw2 = show("dL/dw2 = dL/da2 x da2/dz2 x dz2/dw2", dL_da2, da2_dz2, dz2_dw2)
dL_da1 = show("dL/da1 = dL/da2 x da2/dz2 x dz2/da1", dL_da2, da2_dz2, dz2_da1)
dL_dw1 = show("dL/dw1 = dL/da1 x da1/dz1 x dz1/dw1", dL_da1, da1_dz1, dz1_dw1)

# %% [markdown]
# # backward() does just that
#
# One call walks from L back through every operation and leaves dL/d(...) in the
# .grad of each Value. It agrees with our products to the last bit.

# %% [markdown] lang="zh"
# # backward() 做的正是这件事
#
# 一次调用就从 L 出发，反向走过每个运算，把 dL/d(...) 存进每个 Value 的 .grad。
# 它与上面逐项相乘的结果完全相同，一位不差。

# %% L.backward()
L.backward()
for value in (w2, a1, w1, b2, b1):
    print(f"{value.label}.grad = {value.grad}")

assert w2.grad == dL_dw2
assert a1.grad == dL_da1
assert w1.grad == dL_dw1

# %% [markdown]
# # Update
#
# The gradient points to where the loss grows, so each weight takes a small step
# the other way: w ← w − lr × dL/dw.
#
# As on paper, only the weights move; the biases stay. They have gradients too,
# dL/db1 = -0.0994 and dL/db2 = -0.1242, and training would move them as well.
#
# On paper w2 = 0.821 and w1 = 0.530, and this time three digits agree.

# %% [markdown] lang="zh"
# # 更新参数
#
# 梯度指向损失增大的方向，所以每个权重朝相反方向走一小步：w ← w − lr × dL/dw。
#
# 与手算一样，这里只更新权重，偏置保持不变。偏置其实也有梯度：
# dL/db1 = -0.0994，dL/db2 = -0.1242；真正训练时它们也会更新。
#
# 手算得 w2 = 0.821、w1 = 0.530，这次三位数字都与精确值一致。

# %% w - lr * dL/dw
start = w1.data, w2.data
w2.data -= lr * w2.grad
w1.data -= lr * w1.grad
print(f"w2 = {w2:.4g}   w1 = {w1:.4g}")

# %% [markdown]
# # Is it better?
#
# Forward once more, now as a function, since this is the third time.
#
# On paper the loss falls from 0.089 to 0.076; exactly, from 0.0884 to 0.0756.

# %% [markdown] lang="zh"
# # 变好了吗？
#
# 再做一次正向传播。这已经是第三次，所以写成函数。
#
# 手算的损失从 0.089 降到 0.076；精确值是从 0.0884 降到 0.0756。


# %% forward()
def forward():
    """The loss for what x, y, the weights and the biases are now."""
    z1 = (w1 * x + b1).named("z1")
    a1 = relu(z1).named("a1")
    z2 = (w2 * a1 + b2).named("z2")
    a2 = sigmoid(z2).named("a2")
    return ((a2 - y) ** 2).named("L")


new_L = forward()
print(f"L = {L:.4g} -> {new_L:.4g}")
assert new_L < L, "the loss did not fall: is lr, the step, too large?"

# %% [markdown]
# # The same network from autograd.nn
#
# A Neuron is activation(w·x + b). Give two of them the weights that we began
# with, and loss and gradients are the same as ours, to the last bit.
#
# (backward() adds to what .grad holds already, hence zero_grad() before it.)

# %% [markdown] lang="zh"
# # 用 autograd.nn 搭建同一个网络
#
# 一个 Neuron 就是 激活函数(w·x + b)。给两个 Neuron 设上最初的权重，
# 得到的损失和梯度与前面完全相同，一位不差。
#
# （backward() 会累加到 .grad 上，所以先调用 zero_grad() 清零。）

# %% nn.Neuron
w1.data, w2.data = start
hidden, output = nn.Neuron(1, "relu"), nn.Neuron(1, "sigmoid")
hidden.w, hidden.b = [w1.data], b1.data
output.w, output.b = [w2.data], b2.data
nn_L = (output([hidden([x])]) - y) ** 2
nn_L.backward()

L = forward()
L.zero_grad()
L.backward()

bare = [value.grad for value in (w1, b1, w2, b2)]
same = [value.grad for value in hidden.parameters() + output.parameters()]
for ours, theirs in zip(bare, same):
    print(f"{ours:<22}  nn: {theirs}")

assert nn_L.data == L.data
assert same == bare

# %% [markdown]
# # The same on paper
#
# explain() writes out by itself all that we did. With rounding=3 it rounds after
# each step, as one does on paper, and tells how far that drifts from the exact
# result. The paper's a2, 0.702, was cut off, not rounded: L = 0.089 and -0.596
# come from that, and most of the difference of -0.212. That of -0.300 has another
# main cause: (-0.596) × 0.209 × 0.8 = -0.0997 was rounded to -0.100 before it was
# multiplied by 3.

# %% [markdown] lang="zh"
# # 像在纸上那样
#
# explain() 会自动写出前面的全部计算。加上 rounding=3，它就像手算那样
# 每一步都四舍五入，并说明与精确结果相差多少。
# 手算时 a2 = 0.702 是截断而不是四舍五入得到的，L = 0.089、-0.596
# 以及 -0.212 的大部分偏差都由此而来。-0.300 的偏差则主要另有原因：
# (-0.596) × 0.209 × 0.8 = -0.0997 先舍入为 -0.100，然后才乘以 3。

# %% explain, rounded to 3 places | zh: explain，保留三位小数
on_paper = explain(L, [w2, w1], rounding=3)
on_paper

# %% [markdown]
# # The paper, checked
#
# check() takes the paper's lines as they are. A number is right if the exact one
# rounds to its digits, or if it follows from the lines before it: all do but a2,
# which was cut off. Try it with numbers of your own: a wrong one is told the slip
# that leads to it, and quiz(L) asks you for each derivative in turn.

# %% [markdown] lang="zh"
# # 核对纸上的数字
#
# check() 直接接受纸上的各行。精确值四舍五入后相同，或者能由前面的行推出，
# 就算正确：除了被截断的 a2，其余各行都正确。换成你自己算的数试试：
# 如果算错了，它会指出是哪一种错误造成的；quiz(L) 则会依次问你每个导数。

# %% check, line by line | zh: check，逐行核对
paper = """
a2 = sigmoid(0.86) = 0.702
L = (0.702 - 1)^2 = 0.089
dL/da2 = 2 (0.702 - 1) = -0.596
dL/dw2 = -0.596 * 0.209 * 1.7 = -0.212
dL/da1 = -0.596 * 0.209 * 0.8 = -0.100
dL/dw1 = -0.100 * 1 * 3 = -0.300
w2' = 0.8 - 0.1 * -0.212 = 0.821
w1' = 0.5 - 0.1 * -0.300 = 0.530
L' = 0.076
"""
checked = autograd.check(L, paper, lr=lr)
checked

# %% [markdown]
# # The picture
#
# This is what L remembers of the first pass: every number, how it came about,
# and its gradient. Open the file in a browser.

# %% [markdown] lang="zh"
# # 画出计算图
#
# 这就是 L 记得的第一次传播的全部内容：每个数、它的由来，以及它的梯度。
# 请用浏览器打开下面的文件。

# %% autograd.draw(L)
picture = autograd.draw(L)
try:
    print(picture.save("odd_even.svg"))
except RenderError as error:  # no Graphviz: it says how to install one
    print(error)
picture

# %% [markdown]
# # Your turn
#
# Everything is still here. What becomes of the gradients if z1 is negative?
#
#     b1.data = -2
#     L = forward(); L.zero_grad(); L.backward(); w1.grad, b2.grad
#
# How small does the loss get?
#
#     b1.data = 0.2
#     for i in range(1000):
#         L = forward(); L.zero_grad(); L.backward()
#         for w in (w1, b1, w2, b2):
#             w.data -= lr * w.grad
#     L.data
#
# But can it learn? The next demo tries.

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。如果 z1 是负数，梯度会怎样？
#
#     b1.data = -2
#     L = forward(); L.zero_grad(); L.backward(); w1.grad, b2.grad
#
# 损失能降到多小？
#
#     b1.data = 0.2
#     for i in range(1000):
#         L = forward(); L.zero_grad(); L.backward()
#         for w in (w1, b1, w2, b2):
#             w.data -= lr * w.grad
#     L.data
#
# 可它真的学得会吗？下一个演示来试一试。
