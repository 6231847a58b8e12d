# %% [markdown]
# # Backpropagation: the chain rule in the right order
#
# A network has many weights. The chain rule gives the gradient of any one of them
# as a product along the way from the loss. But to multiply out every way anew for
# every weight would do the same work again and again.
#
# Backpropagation does it once: from the loss backward, each node passes on what
# has reached it. First we do it with formulas, for a network of three layers;
# then we look at the order, where home-made programs go wrong.
#
#     input layer ──→ hidden layer ──→ output layer
#          x      ──→       h      ──→      y

# %% [markdown] lang="zh"
# # 反向传播：按正确的顺序使用链式法则
#
# 网络有很多权重。链式法则告诉我们：任何一个权重的梯度，都是从损失到它的
# 一路上各个导数的乘积。但如果每个权重都从头乘一遍，
# 同样的工作就会重复很多次。
#
# 反向传播只做一遍：从损失往回走，每个节点把传到自己这里的梯度继续传下去。
# 我们先对一个三层网络用公式来做，再看看顺序，自己写程序时最容易错在这里。
#
#     输入层 ──→ 隐藏层 ──→ 输出层
#        x   ──→    h   ──→    y

# %% x, w1, b1, w2, b2, target
import math
from collections import Counter
from pathlib import Path

import autograd
from autograd import Value, sigmoid
from autograd.graph import topological_order
from autograd.view import RenderError

x, target = 2.0, 1.0
w1, b1 = Value(0.3, "w1"), Value(-0.1, "b1")
w2, b2 = Value(0.6, "w2"), Value(0.2, "b2")

# %% [markdown]
# # Forward
#
#     h = f(w1 × x + b1)         hidden layer
#     y = f(w2 × h + b2)         output layer
#     L = (y − target)²          loss
#
# with f = sigmoid here. z1 and z2 are what goes into f; we shall need them.

# %% [markdown] lang="zh"
# # 正向传播
#
#     h = f(w1 × x + b1)         隐藏层
#     y = f(w2 × h + b2)         输出层
#     L = (y − target)²          损失函数
#
# 这里 f = sigmoid。z1、z2 是送进 f 的数，后面要用到。

# %% z1, h, z2, y, L
z1 = (w1 * x + b1).named("z1")
h = sigmoid(z1).named("h")
z2 = (w2 * h + b2).named("z2")
y = sigmoid(z2).named("y")
L = ((y - target) ** 2).named("L")
for value in (z1, h, z2, y, L):
    print(f"{value.label:2} = {value:.4f}")

# %% [markdown]
# # Backward, by formula
#
# The output layer first, then the hidden layer:
#
#     dL/dw2 = dL/dy × dy/dz2 × dz2/dw2 = 2 (y − target) × f'(z2) × h
#
#     dL/dw1 = dL/dh × dh/dz1 × dz1/dw1
#            = (2 (y − target) × f'(z2) × w2) × f'(z1) × x
#
# The factor 2 (y − target) × f'(z2) = dL/dz2 stands in both. So compute it once
# and use it twice: that is the whole saving, and in a deep network it is nearly
# all of the work. For the sigmoid, f'(z) = f(z) (1 − f(z)).
#
# The same with l for the number of a layer, however many there are:
#
#     dL/dw(l) = dL/da(l) × da(l)/dz(l) × dz(l)/dw(l)

# %% [markdown] lang="zh"
# # 用公式反向传播
#
# 先是输出层，再是隐藏层：
#
#     dL/dw2 = dL/dy × dy/dz2 × dz2/dw2 = 2 (y − target) × f'(z2) × h
#
#     dL/dw1 = dL/dh × dh/dz1 × dz1/dw1
#            = (2 (y − target) × f'(z2) × w2) × f'(z1) × x
#
# 因子 2 (y − target) × f'(z2) = dL/dz2 在两个式子里都出现，
# 所以只算一次，用两次。省下的就是这些；网络很深时，省下的几乎是全部的计算量。
# 对 sigmoid 来说，f'(z) = f(z) (1 − f(z))。
#
# 用 l 表示第几层，无论有多少层都是这样：
#
#     dL/dw(l) = dL/da(l) × da(l)/dz(l) × dz(l)/dw(l)

# %% dL/dz2, dL/dw2, dL/dz1, dL/dw1
dL_dz2 = 2 * (y.data - target) * y.data * (1 - y.data)
dL_dw2, dL_db2 = dL_dz2 * h.data, dL_dz2

dL_dh = dL_dz2 * w2.data
dL_dz1 = dL_dh * h.data * (1 - h.data)
dL_dw1, dL_db1 = dL_dz1 * x, dL_dz1

L.zero_grad()
L.backward()
by_hand = {w2: dL_dw2, b2: dL_db2, w1: dL_dw1, b1: dL_db1}
for weight, gradient in by_hand.items():
    print(f"dL/d{weight.label} = {gradient:.6f}   backward {weight.grad:.6f}")
    assert math.isclose(gradient, weight.grad, rel_tol=1e-9), "w2 changed?"

# %% [markdown]
# # In which order?
#
# backward() knows no layers. It sees a graph of operations, puts the nodes in a
# topological order, each after everything that it was computed from, and walks
# this list backward. Each node in turn passes on its gradient, times the local
# derivative, to each of its parents. To go layer by layer, as one does on paper,
# is such an order too.

# %% [markdown] lang="zh"
# # 按什么顺序？
#
# backward() 不知道什么是层。它看到的是一张由运算组成的图。它把节点排成拓扑序，
# 即每个节点都排在计算它所用到的节点之后，然后倒着走这个列表。
# 轮到一个节点时，它把自己的梯度乘以局部导数，传给它的每个父节点。
# 手算时一层一层往回走，也是这样一种顺序。

# %% topological_order(L)
order = [node.label or node.op.symbol for node in topological_order(L)]
print(" ".join(order))
print(" ".join(reversed(order)))

# %% [markdown]
# # When a node has two users
#
# Where every node has one user, any order works. But in a network a neuron feeds
# all neurons of the next layer, and its gradient is the sum of what comes back:
#
#     dL/da(l) = Σ dL/dz(l+1) × dz(l+1)/da(l)
#
# Take a = w × x with two users, 3a and a², and x = 2, w = 1.5, so that a = 3:
#
#     dL/da = 3 + 2a = 3 + 6 = 9        dL/dw = 9 × x = 18
#
# The node must wait for both, the 3 and the 6, before it may pass on anything.

# %% [markdown] lang="zh"
# # 当一个节点被用到两次
#
# 如果每个节点只被用到一次，什么顺序都行。但在网络里，一个神经元的输出会送给
# 下一层的所有神经元，它的梯度是从它们那里传回来的梯度之和：
#
#     dL/da(l) = Σ dL/dz(l+1) × dz(l+1)/da(l)
#
# 取 a = w × x，它在两处被用到：3a 和 a²。设 x = 2，w = 1.5，则 a = 3：
#
#     dL/da = 3 + 2a = 3 + 6 = 9        dL/dw = 9 × x = 18
#
# 这个节点必须等 3 和 6 都到齐了，才能往下传。

# %% 3 a + a ** 2
w, x = Value(1.5, "w"), 2.0
a = (w * x).named("a")
triple = (3 * a).named("3a")
squared = (a**2).named("a²")
shared = (triple + squared).named("L")

# %% [markdown]
# # The wrong order
#
# Here is what one writes first: give each parent its share, and go on from there
# at once; mark what has been visited. It looks right, and for chains it is.
#
# But it goes L, 3a, a, w before it has seen a² at all, and w gets 3 × 2 = 6. Then
# a² brings its 6 back to the node a, which has been visited and is done with. In
# the end this node shows 9, the right answer, and w below it shows 6 in place of
# 18. No error, no warning: only a network that learns badly.

# %% [markdown] lang="zh"
# # 错误的顺序
#
# 最容易想到的写法是这样的：给每个父节点它那一份，马上从那里继续走下去，
# 走过的做个记号。看起来没错，对链条来说也确实没错。
#
# 但它从 L 走到 3a，再到 a，再到 w，这时还根本没有看到 a²。w 得到 3 × 2 = 6。
# 之后 a² 把它的 6 带给 a，可是 a 已经走过，不再处理了。
# 最后 a 自己显示 9，是正确答案，而它下面的 w 显示 6，本应是 18。
# 没有报错，没有警告，只是网络怎么也学不好。


# %% wrong_backward
def wrong_backward(output):
    """Pass on each share at once, without waiting for the other users."""
    gradients, visited = Counter({output: 1.0}), set()

    def visit(node):
        visited.add(node)
        for parent, partial in zip(node.parents, node.partials):
            gradients[parent] += gradients[node] * partial
            if parent not in visited:
                visit(parent)

    visit(output)
    return gradients


wrong = wrong_backward(shared)
print(f"a {wrong[a]:g}   w {wrong[w]:g}")

assert wrong[a] == 9.0
assert wrong[w] == 6.0, "a third of the truth"

# %% [markdown]
# # Visiting again does not help
#
# Without the mark, the node passes on 3 when the 3 comes, and then, when the 6
# comes, all of its 9: the 3 is counted twice, and w gets 6 + 18 = 24.
#
# And if each visit passed on only what is new, the sum would be right, but each
# way through the graph would be walked by itself. Double a number 20 times by
# x = x + x: the graph has 21 nodes, and 2²⁰ ways lead through it, over a million.

# %% [markdown] lang="zh"
# # 重复访问也不行
#
# 如果不做记号，3 到的时候 a 传下去 3，6 到的时候又把 9 全部传下去：
# 3 被算了两次，w 得到 6 + 18 = 24。
#
# 如果每次只传新到的那一份，总和倒是对的，但图中的每一条路都要单独走一遍。
# 用 x = x + x 把一个数翻倍 20 次：图上只有 21 个节点，
# 却有 2²⁰ 条路，一百多万条。


# %% wrong_again, count_ways
def wrong_again(output):
    """The same without a mark: what came first is passed on again."""
    gradients = Counter({output: 1.0})

    def visit(node):
        for parent, partial in zip(node.parents, node.partials):
            gradients[parent] += gradients[node] * partial
            visit(parent)

    visit(output)
    return gradients


def count_ways(output):
    """How many ways lead from the output to the leaves of its graph."""
    ways = {}
    for node in topological_order(output):
        ways[node] = sum(ways[parent] for parent in node.parents) or 1
    return ways[output]


again = wrong_again(shared)
doubled = Value(1.0)
for _ in range(20):
    doubled = doubled + doubled
nodes, ways = len(topological_order(doubled)), count_ways(doubled)
print(f"w {again[w]:g}")
print(nodes, ways)

assert again[w] == 24.0
assert (nodes, ways) == (21, 2**20)

# %% [markdown]
# # The right order
#
# First find the order, then walk it. A node enters the list after its parents;
# so, from the end of the list, it comes after all of its users, and its gradient
# is complete when its turn comes. Every edge is used once.

# %% [markdown] lang="zh"
# # 正确的顺序
#
# 先排好顺序，再走。每个节点在它的父节点之后进入列表；所以从列表末尾往回走时，
# 轮到它之前，所有用到它的节点都已经走过，它的梯度已经完整。每条边只用一次。


# %% right_backward
def in_order(output):
    """List the nodes of the graph, each after all that it came from."""
    order, visited = [], set()

    def visit(node):
        visited.add(node)
        for parent in node.parents:
            if parent not in visited:
                visit(parent)
        order.append(node)

    visit(output)
    return order


def right_backward(output):
    """Walk the order backward, and pass on only what is complete."""
    gradients = Counter({output: 1.0})
    for node in reversed(in_order(output)):
        for parent, partial in zip(node.parents, node.partials):
            gradients[parent] += gradients[node] * partial
    return gradients


right = right_backward(shared)
shared.zero_grad()
shared.backward()
print(f"a {right[a]:g}   w {right[w]:g}")
print(f"a {a.grad:g}   w {w.grad:g}   backward")

assert right[a] == a.grad == 9.0
assert right[w] == w.grad == 18.0
assert right_backward(doubled)[topological_order(doubled)[0]] == 2**20

# %% [markdown]
# # One thing is left: depth
#
# visit calls itself, one call inside the other, and Python allows about 1000
# of them. A chain of 5000 operations is too deep for it. The engine keeps a list
# of what is still to do in place of the calls, and needs no depth at all: look
# at topological_order in autograd/graph.py, it is short.

# %% [markdown] lang="zh"
# # 还剩一个问题：深度
#
# visit 会调用自己，一层套一层，而 Python 只允许大约 1000 层。
# 5000 个运算的链条对它来说太深了。引擎不用递归调用，
# 而是用一个列表记下还要做的事，所以不受深度限制：
# 可以看看 autograd/graph.py 里的 topological_order，它很短。

# %% 5000 operations | zh: 5000 个运算
start = Value(1.0)
deep = start
for _ in range(5000):
    deep = deep + 1
try:
    right_backward(deep)
    too_deep = False
except RecursionError as error:
    too_deep = True
    print(type(error).__name__)
deep.backward()
print(start.grad)

assert too_deep
assert start.grad == 1.0

# %% [markdown]
# # The pictures
#
# First the network of three layers, where every node has one user; then the node
# with two. Cover a² with your hand: the rest is what the wrong order told w.
#
# The third file is a page on which the network of three layers calculates, and
# then backpropagates, step by step. Open it in a browser: Space plays, the arrow
# keys step.

# %% [markdown] lang="zh"
# # 画出来
#
# 第一张是三层网络，每个节点只被用到一次；第二张里的节点 a 被用到两次。
# 用手遮住 a²，剩下的就是按错误的顺序 w 所能得到的一切。
#
# 第三个文件是一个网页：三层网络在上面一步一步地正向计算，再反向传播。
# 请用浏览器打开：空格键播放，方向键单步前进、后退。

# %% demo_pictures/05_*.svg
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
picture = autograd.draw(shared)
try:
    print(autograd.draw(L).save(pictures / "05_three_layers.svg"))
    print(picture.save(pictures / "05_shared.svg"))
except RenderError as error:  # no Graphviz: it says how to install one
    print(error)
picture

# %% demo_pictures/05_backprop.html
page = None
try:
    page = autograd.play(L, pictures / "05_backprop.html")
    print(page.path.resolve())
except RenderError as error:
    print(error)
page

# %% [markdown]
# # Your turn
#
# Does the order of the two users matter? Try the wrong way on a graph where a²
# comes first: it is wrong again, but not by the same amount.
#
#     other = a**2 + 3 * a
#     wrong_backward(other)[w], right_backward(other)[w]
#
# Smaller still: both operands are the same node.
#
#     both = a * a
#     wrong_backward(both)[w], right_backward(both)[w]
#
# The demo odd_even has a whole network by hand, with paper's digits.

# %% [markdown] lang="zh"
# # 轮到你了
#
# 两次用到的先后有关系吗？换成 a² 在前，再试错误的写法：还是错的，
# 但错得不一样。
#
#     other = a**2 + 3 * a
#     wrong_backward(other)[w], right_backward(other)[w]
#
# 还可以更小：两个操作数是同一个节点。
#
#     both = a * a
#     wrong_backward(both)[w], right_backward(both)[w]
#
# 演示 odd_even 手算一个完整的网络，并与纸上的数字对照。
