# %% [markdown]
# # Build it yourself: an engine of sixty lines
#
# Everything so far was done by a package. Is there magic in it? Let us build
# backpropagation from nothing, step by step, and compare it with the package at
# the end. It takes four ideas, and you know all of them:
#
#     a number that remembers how it was computed
#     operations that know their own derivatives
#     an order in which everything comes after what it was made from
#     the chain rule, walked once from the end to the beginning

# %% [markdown] lang="zh"
# # 自己动手：六十行代码的引擎
#
# 到现在为止，一切都由这个包完成。里面有什么魔法吗？
# 我们从零开始，一步一步搭出反向传播，最后再和这个包对比。
# 只需要四个想法，而且你都已经学过：
#
#     一个数，记得自己是怎么算出来的
#     每种运算，知道自己的导数
#     一种顺序，每个数都排在它的来源之后
#     链式法则，从结尾到开头走一遍

# %% a number that remembers | zh: 一个有记忆的数
import math
import random
from operator import add, mul, sub

import autograd
from autograd import Value
from autograd.language import say


class Number:
    def __init__(self, data, parents=(), partials=()):
        self.data = data  # the number itself
        self.parents = parents  # what it was computed from
        self.partials = partials  # its derivative by each of them
        self.grad = 0.0  # the derivative of the result by it


# %% [markdown]
# # Operations that know their derivatives
#
# How fast does a + b change if a changes? By 1, and the same for b. And a × b?
# By b if a changes, and by a if b changes. That is all that an operation has to
# write down while it computes, since both numbers are at hand.

# %% [markdown] lang="zh"
# # 知道自己导数的运算
#
# a 变化时，a + b 变化多快？是 1；b 也一样。那么 a × b 呢？
# a 变化时是 b，b 变化时是 a。运算时两个数都在手边，
# 只要顺便把这些记下来就够了。


# %% plus and times | zh: 加和乘
def as_number(x):
    return x if isinstance(x, Number) else Number(x)


def plus(a, b):
    a, b = as_number(a), as_number(b)
    return Number(a.data + b.data, (a, b), (1.0, 1.0))


def times(a, b):
    a, b = as_number(a), as_number(b)
    return Number(a.data * b.data, (a, b), (b.data, a.data))


Number.__add__ = plus
Number.__radd__ = lambda b, a: plus(a, b)  # Python's word for 2 + b
Number.__mul__ = times
Number.__rmul__ = lambda b, a: times(a, b)

# %% [markdown]
# # What it remembers
#
# A neuron before its activation: z = w × x + b. Nobody asked for derivatives yet,
# and still they are all there, one for each arrow of the graph.

# %% [markdown] lang="zh"
# # 它记住了什么
#
# 一个还没加激活函数的神经元：z = w × x + b。还没有人要求导数，
# 可是它们都已经在那里了，计算图的每个箭头上各有一个。

# %% w × x + b
w, x, b = Number(0.5), Number(3.0), Number(0.2)
z = w * x + b
product = z.parents[0]
print(f"z = {z.data}", z.partials)
print(f"w × x = {product.data}", product.partials)

assert product.parents == (w, x) and product.partials == (3.0, 0.5)
assert z.parents == (product, b) and z.partials == (1.0, 1.0)

# %% [markdown]
# # An order
#
# A number may hand its gradient on only when the gradient is complete, so every
# number that uses it must have had its turn before. Put everything in a list,
# each after its parents; the way back through that list is the right one.
#
# A stack does it without recursion, so that no graph is too deep: a number that
# is met for the first time is put back, below its parents. When it is met again,
# they are done, and so is it.

# %% [markdown] lang="zh"
# # 一种顺序
#
# 一个数的梯度完整了，才能往下传，所以用到它的数都必须先处理完。
# 把所有的数排成一列，每个都在父节点之后；倒着走一遍，就是正确的顺序。
#
# 用一个栈就行，不需要递归，图再深也不怕：第一次遇到的数，
# 排在父节点下面等着；再次遇到时，它就完成了。


# %% each after its parents | zh: 每个都在父节点之后
def in_order(output):
    met = set()
    done = {}  # a dict keeps the order, and has everything once
    stack = [output]
    while stack:
        node = stack.pop()
        if node in met:
            done[node] = None
        else:
            met.add(node)
            stack.append(node)
            stack.extend(reversed(node.parents))
    return list(done)


print([node.data for node in in_order(z)])

assert in_order(z) == [w, x, product, b, z]

# %% [markdown]
# # The chain rule, once from the end to the beginning
#
# The derivative of the result with respect to itself is 1: that is the start.
# Then every number gives each of its parents a share: its own gradient times the
# derivative on the arrow. Shares from several paths add up.

# %% [markdown] lang="zh"
# # 链式法则：从结尾到开头走一遍
#
# 结果对自己的导数是 1：这就是起点。然后每个数分给每个父节点一份：
# 自己的梯度乘以箭头上的导数。从几条路分到的份额要相加。


# %% backward() | zh: 反向传播 backward()
def backward(output):
    nodes = in_order(output)
    for node in nodes:
        node.grad = 0.0
    output.grad = 1.0
    for node in reversed(nodes):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            parent.grad += node.grad * partial


y = x * x + 2 * x  # dy/dx = 2x + 2, along three paths
backward(y)
print(f"dy/dx = {x.grad}")

assert x.grad == 8.0

# %% [markdown]
# # The rest is a table
#
# Every further operation is one entry: its value, and its derivatives. Only the
# table grows from now on; the order and the chain rule stay as they are.

# %% [markdown] lang="zh"
# # 剩下的只是一张表
#
# 每增加一种运算，就是增加一项：它的值和它的导数。
# 从现在起只有这张表会变长，顺序和链式法则都不用再改。


# %% minus, power, relu, sigmoid | zh: 减、乘方、relu、sigmoid
def minus(a, b):
    a, b = as_number(a), as_number(b)
    return Number(a.data - b.data, (a, b), (1.0, -1.0))


def power(a, n):
    return Number(a.data**n, (a,), (n * a.data ** (n - 1),))


def relu(a):
    return Number(max(a.data, 0.0), (a,), (1.0 if a.data > 0 else 0.0,))


def sigmoid(a):
    s = 1 / (1 + math.exp(-a.data))
    return Number(s, (a,), (s * (1 - s),))


Number.__sub__, Number.__pow__ = minus, power

# %% [markdown]
# # The network that was calculated by hand
#
# The engine is complete. Here is the network that tells odd from even; the demo
# odd_even calculates it on paper, to the same digits.

# %% [markdown] lang="zh"
# # 那个手算过的网络
#
# 引擎已经完成。这就是判断奇偶的网络；
# 演示 odd_even 在纸上把它算了一遍，每一位数字都一样。

# %% forward and backward | zh: 正向和反向
w1, b1, w2, b2 = Number(0.5), Number(0.2), Number(0.8), Number(-0.5)


def loss_of(x, parameters, relu, sigmoid):
    w1, b1, w2, b2 = parameters
    return (sigmoid(w2 * relu(w1 * x + b1) + b2) - 1) ** 2


L = loss_of(3.0, (w1, b1, w2, b2), relu, sigmoid)
backward(L)
print(f"L = {L.data}")
print(f"dL/dw1 = {w1.grad}  dL/dw2 = {w2.grad}")

assert math.isclose(L.data, 0.0884106864747032, rel_tol=1e-14)
assert math.isclose(w1.grad, -0.2981890118850329, rel_tol=1e-14)
assert math.isclose(w2.grad, -0.21121721675189828, rel_tol=1e-14)

# %% [markdown]
# # And it learns
#
# Gradient descent needs nothing new: a small step against the gradient, again and
# again.

# %% [markdown] lang="zh"
# # 它还会学习
#
# 梯度下降不需要任何新东西：逆着梯度走一小步，一次又一次。

# %% a hundred small steps | zh: 走一百小步
before = L.data
for _ in range(100):
    L = loss_of(3.0, (w1, b1, w2, b2), relu, sigmoid)
    backward(L)
    for parameter in (w1, b1, w2, b2):
        parameter.data -= 0.1 * parameter.grad
print(say("the loss", "损失"), f"{before:.4f} → {L.data:.4f}")

assert L.data < 0.1 * before

# %% [markdown]
# # Compared with the package
#
# One function, two engines. First the network, then five hundred random
# calculations, in which every number is used again and again. They add, subtract,
# multiply and cut off, so not even the last binary digit may differ: the package
# visits the graph in the same order.

# %% [markdown] lang="zh"
# # 和这个包对比
#
# 同一个函数，两个引擎。先是这个网络，再是五百个随机的计算，
# 其中的数被反复使用。只有加、减、乘和截断，所以连最后一个二进制位也必须相同：
# 这个包按同样的顺序走过计算图。


# %% two engines | zh: 两个引擎
def random_calculation(kind, cut, seed):
    rng = random.Random(seed)
    leaves = [kind(rng.uniform(-1, 1)) for _ in range(3)]
    found = list(leaves)
    for _ in range(20):
        a, b = rng.choice(found[-4:]), rng.choice(found)
        operation = rng.choice([add, sub, mul, None])
        found.append(operation(a, b) if operation else cut(a))
    return leaves, found[-1]


mine = [Number(p) for p in (0.5, 0.2, 0.8, -0.5)]
theirs = [Value(p) for p in (0.5, 0.2, 0.8, -0.5)]
backward(loss_of(3.0, mine, relu, sigmoid))
loss_of(3.0, theirs, autograd.relu, autograd.sigmoid).backward()
for one, other in zip(mine, theirs, strict=True):
    print(f"{one.grad:+.15f}  {other.grad:+.15f}")
    assert math.isclose(one.grad, other.grad, rel_tol=1e-14)

same = 0
for seed in range(500):
    my_leaves, my_result = random_calculation(Number, relu, seed)
    leaves, result = random_calculation(Value, autograd.relu, seed)
    backward(my_result)
    result.backward()
    my_gradients = [leaf.grad for leaf in my_leaves]
    same += my_gradients == [leaf.grad for leaf in leaves]
told = say("calculations, the same bit for bit:", "逐位相同的计算：")
print(told, same)

assert same == 500

# %% [markdown]
# # No magic
#
# What does the package have that these lines do not? A longer table
# (autograd/primitives.py), rules that can themselves be differentiated, care for
# zeros, infinities and huge numbers, neurons as single nodes, and ways to look.
# But the middle is what you have built: read in_order and reverse_sweep in
# autograd/graph.py, and you will know them again.

# %% [markdown] lang="zh"
# # 没有魔法
#
# 和这几行代码相比，这个包还多了什么？一张更长的表（autograd/primitives.py），
# 可以再求导的法则，对零、无穷大和极大的数的小心处理，
# 一个节点就是一个神经元，以及各种查看的办法。
# 但核心就是你搭出来的这些：打开 autograd/graph.py，
# 读一读 in_order 和 reverse_sweep，你会认出它们。

# %% [markdown]
# # Your turn
#
# Everything is still here. Add an operation, and check its derivative:
#
#     def tanh(a): y = math.tanh(a.data); return Number(y, (a,), (1 - y * y,))
#     t = tanh(x); backward(t); x.grad, autograd.grad(autograd.tanh)(3.0)
#
# What happens to shared numbers if the line with += says = instead?

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。加一种运算，再验证它的导数：
#
#     def tanh(a): y = math.tanh(a.data); return Number(y, (a,), (1 - y * y,))
#     t = tanh(x); backward(t); x.grad, autograd.grad(autograd.tanh)(3.0)
#
# 如果把带 += 的那一行改成 =，被多次使用的数会怎样？
