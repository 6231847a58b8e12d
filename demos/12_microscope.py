# %% [markdown]
# # The REPL as a microscope: look into a graph
#
# Every number that you compute with Values keeps its history, and the prompt is
# the best place to look at it. This demo shows what to type: first to look at a
# graph in good health, then to find out why a gradient is wrong.
#
# Step through it slowly, and at each prompt look at something of your own.

# %% [markdown] lang="zh"
# # 把 REPL 当显微镜：看看计算图里面
#
# 用 Value 算出的每个数都保留着自己的来历，要查看它，最好就在提示符下。
# 这个演示告诉你该输入什么：先看一张正常的图，再学着找出梯度为什么不对。
#
# 请慢慢地一步一步走，每到提示符都看一看自己感兴趣的东西。

# %% a neuron and its loss | zh: 一个神经元和它的损失
from pathlib import Path

import autograd
from autograd import (
    GradcheckError,
    Value,
    detect_anomaly,
    grad,
    gradcheck,
    no_grad,
    primitive,
    relu,
    sigmoid,
    sqrt,
    why,
)
from autograd.graph import topological_order
from autograd.view import RenderError, backward_steps

w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.4, "b")
z = w * x + b
a = sigmoid(z)
e = a - 1
L = e**2
L

# %% [markdown]
# # Where does it come from?
#
# Five attributes of a Value tell all that there is to know:
#
#     .op          the operation that made it; None for a leaf, which nothing made
#     .operands    what the operation was given, as you wrote it
#     .parents     the Values among the operands
#     .partials    the local derivatives, one for each parent
#     .grad        the gradient, after backward()

# %% [markdown] lang="zh"
# # 它从哪里来？
#
# 要了解一个 Value，看五个属性就够了：
#
#     .op          得到它的运算；叶子不由任何运算得到，所以是 None
#     .operands    运算的操作数，与你写的一样
#     .parents     操作数中的那些 Value
#     .partials    局部导数，每个父节点对应一个
#     .grad        梯度，调用 backward() 之后才有

# %% L.op, L.operands, L.parents, L.partials
print(L.op.name, L.operands)
print(L.parents, L.partials)
print(L.parents[0] is e, e.parents[0] is a, w.op)

assert L.parents[0] is e and e.parents[0] is a and w.op is None
assert L.partials == (2 * e.data,)
assert a.partials == (a.data * (1 - a.data),)

# %% [markdown]
# # The whole graph as a list
#
# topological_order(L) is everything that L was computed from, each node after its
# parents: read it downward and you follow the forward pass, upward and you follow
# backward().
#
# One thing to know: == compares numbers, so "w in some_list" finds any Value with
# the same number. To ask for this very node, use a set, or "is".

# %% [markdown] lang="zh"
# # 把整张图列出来
#
# topological_order(L) 是算出 L 所用到的全部节点，每个都排在父节点之后：
# 从上往下读是正向传播，从下往上读是 backward()。
#
# 有一点要知道：== 比较的是数值，所以“w in 某个列表”会找到任何数值相同的
# Value。要问是不是这个节点本身，请用集合，或者用 is。


# %% topological_order(L)
def table(output):
    """Print a line for each node that the output was computed from."""
    for node in topological_order(output):
        op = node.op.symbol if node.op else node.label
        numbers = f"data {node.data:9.4g}   grad {node.grad:9.4g}"
        print(f"{op:4} {numbers}   {node.partials}")


L.backward()
table(L)

twin = Value(w.data)
print(twin in topological_order(L), twin in set(topological_order(L)))
assert twin in topological_order(L)
assert twin not in set(topological_order(L))
assert w in set(topological_order(L))

# %% [markdown]
# # Slowly, please
#
# backward_steps(L) writes out the calculation, one line for each step. And
# draw(L, names=globals()) makes a picture in which each Value has the name of
# your own variable. A node that no variable holds, here the product w × x, has
# only a number in the steps, v3, and no name in the picture.

# %% [markdown] lang="zh"
# # 慢一点
#
# backward_steps(L) 把计算过程写出来，一步一行。
# draw(L, names=globals()) 画成图，图中每个 Value 用的就是你的变量名。
# 没有变量指向的节点，比如这里的乘积 w × x，在步骤中只有编号 v3，在图中没有名字。

# %% backward_steps, draw
for step in backward_steps(L, names=globals()):
    print(step)

pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
picture = autograd.draw(L, names=globals())
try:
    print(picture.save(pictures / "12_microscope.svg"))
except RenderError as problem:  # no Graphviz: it says how to install one
    print(problem)
picture

# %% [markdown]
# # A probe: hooks
#
# A hook is called with the gradient as it passes a node, in every backward pass,
# until you remove it. It can look, or return another number to send on: here it
# looks at a, and then cuts what reaches z to at most 0.1 in size.

# %% [markdown] lang="zh"
# # 探针：钩子（hook）
#
# 每次反向传播中，梯度经过一个节点时，就会调用挂在那里的钩子，直到把它取下。
# 钩子可以只看不动，也可以返回另一个数，让它代替原来的梯度继续传下去：
# 这里先看经过 a 的梯度，再把传到 z 的梯度限制在 ±0.1 之内。

# %% register_hook
before = w.grad
seen = []
handles = [
    a.register_hook(seen.append),
    z.register_hook(lambda gradient: max(-0.1, min(0.1, gradient))),
]
L.zero_grad()
L.backward()
print(f"a {seen[0]:.4f}   z {z.grad:.4f}   w {before:.4f} -> {w.grad:.4f}")
for handle in handles:
    handle.remove()

assert seen == [L.partials[0]]
assert z.grad == -0.1
assert w.grad == -0.1 * 2.0, "at the x with which L was computed"

# %% [markdown]
# # Looking without leaving a trace
#
# Inside no_grad() nothing is recorded: results have no parents. That is for
# measuring and for updating weights. detach() gives the number of one Value
# alone.

# %% [markdown] lang="zh"
# # 只看，不留痕迹
#
# 在 no_grad() 里什么都不记录，结果没有父节点，适合用来评估和更新权重。
# detach() 则只取出某一个 Value 的数值。

# %% no_grad, detach
with no_grad():
    quiet = sigmoid(w * x + b)
print(quiet.parents, a.parents)
print(a.detach().parents)

assert quiet.parents == a.detach().parents == ()
assert a.parents == (z,)

# %% [markdown]
# # When a gradient looks wrong: it is 0
#
# There are two kinds of zero. Either the path is cut, and the leaf is not in the
# graph at all: somebody took .data, or worked inside no_grad(). Or the path is
# there, and a factor of 0 lies on it: a ReLU that is off, say. Ask for the first
# with a set, and look for the second among the partials; or let why() do both.

# %% [markdown] lang="zh"
# # 梯度看起来不对：等于 0
#
# 零有两种。一种是路断了，叶子根本不在图里：有人用了 .data，
# 或者是在 no_grad() 里算的。另一种是路还在，但途中有一个因子是 0，
# 比如没有激活的 ReLU。第一种用集合一问便知，第二种到 .partials 里去找；
# 也可以都交给 why()。

# %% is it in the graph? where is the 0? | zh: 在图里吗？0 在哪里？
cut = w.data * x  # .data: a plain number, without history
dead = relu(w * x - 100)  # far below 0: off
for output in (cut, dead):
    nodes = topological_order(output)
    zeros = [node.op.name for node in nodes if 0.0 in node.partials]
    output.zero_grad()
    w.grad = 0.0
    output.backward()
    print(f"w.grad {w.grad:g}   {w in set(nodes)}   {zeros}")
    print(why(output, w))

assert w not in set(topological_order(cut))
assert w in set(topological_order(dead))
assert dead.partials == (0.0,)

# %% [markdown]
# # When a gradient looks wrong: it is too large
#
# If it is exactly twice, or three times, what it should be, zero_grad() was
# forgotten: leaves add up. To be sure, compare with grad, which touches no .grad.

# %% [markdown] lang="zh"
# # 梯度看起来不对：太大
#
# 如果正好是应有值的两倍、三倍，那就是忘了 zero_grad()：叶子上的梯度会累加。
# 要确认，可以和 grad 比较，它不碰任何 .grad。


# %% zero_grad, grad
def loss_of(w):
    """The loss again, as a function of the weight."""
    return (sigmoid(w * 2.0 - 0.4) - 1) ** 2


again = loss_of(w)
again.zero_grad()
again.backward()
again.backward()
truth = grad(loss_of)(w.data)
print(f"{w.grad:.4f} / {truth:.4f} = {w.grad / truth:g}")

assert w.grad == 2 * truth

# %% [markdown]
# # When a gradient looks wrong: it is nan or inf
#
# A nan spreads, and at the end everything is nan. detect_anomaly() stops at the
# first operation, forward or backward, that made one from finite numbers, and
# names it, with your line.
#
# The length of a vector at 0 is the classic: forward is harmless, √0 = 0. But the
# slope of √ at 0 is infinite, and that of p² is 2p = 0: inf × 0 = nan.

# %% [markdown] lang="zh"
# # 梯度看起来不对：是 nan 或 inf
#
# nan 会扩散，最后到处都是 nan。detect_anomaly() 会停在最早由有限的数
# 得出 nan 或 inf 的那个运算上，无论正向还是反向，并指出它和你的那一行代码
# （报错信息都是英文的，Python 自己的也一样）。
#
# 最常见的例子是零向量的长度：正向没有问题，√0 = 0。但 √ 在 0 处的斜率是无穷大，
# 而 p² 的斜率是 2p = 0：inf × 0 = nan。

# %% detect_anomaly
p = Value(0.0, "p")
length = sqrt(p**2)
length.backward()
print(length.data, p.grad)

found = ""
try:
    with detect_anomaly():
        sqrt(p**2).backward()
except RuntimeError as problem:
    found = str(problem)
    print(found)

assert p.grad != p.grad, "only nan differs from itself"
assert "the backward pass of sqrt(0.0) = 0.0 gives inf" in found

# %% [markdown]
# # When a gradient looks wrong: a number, but which?
#
# Then doubt the rule. gradcheck compares a derivative with differences, which
# know nothing of rules. Here somebody made a new operation, the cube, and wrote
# that its derivative is 2x²; it should be 3x².

# %% [markdown] lang="zh"
# # 梯度看起来不对：是个数，但对不对？
#
# 那就怀疑求导规则。gradcheck 把导数与差商比较，差商完全不懂规则。
# 这里有人自己写了一个立方运算，说它的导数是 2x²；其实应该是 3x²。

# %% gradcheck
wrong_cube = primitive("cube", lambda x: x**3, [lambda y, x: 2 * x**2])
cube = primitive("cube", lambda x: x**3, [lambda y, x: 3 * x**2])

complaint = ""
try:
    gradcheck(wrong_cube, (2.0,))
except GradcheckError as problem:
    complaint = str(problem)
    print(complaint)
print(gradcheck(cube, (2.0,), order=2))

assert "the derivative is 8.0, but central differences give" in complaint
assert gradcheck(loss_of, (0.5,), order=3)

# %% [markdown]
# # What to type, on one page
#
#     anything      print(why(L, w))                   names the culprit
#     it is 0       w in set(topological_order(L))     False: the path is cut
#                   node.partials                      a 0.0 cuts the flow
#     twice         L.zero_grad(); L.backward()        leaves add up
#     nan or inf    with detect_anomaly(): ...         stops at the culprit
#     doubtful      gradcheck(f, (0.5,))               against differences
#     anywhere      node.register_hook(print)          see it pass
#     everywhere    print(autograd.explain(L, w))      the whole derivation
#                   for step in backward_steps(L): print(step)
#                   autograd.draw(L, names=globals()).save("L.svg")

# %% [markdown] lang="zh"
# # 该输入什么：一页小结
#
#     任何毛病      print(why(L, w))                   直接指出元凶
#     等于 0        w in set(topological_order(L))     False 表示路断了
#                   node.partials                      有 0.0，就在这里截断
#     两倍          L.zero_grad(); L.backward()        叶子会累加
#     nan 或 inf    with detect_anomaly(): ...         停在元凶那里
#     可疑          gradcheck(f, (0.5,))               与差商比较
#     任意一处      node.register_hook(print)          看它经过
#     全部          print(autograd.explain(L, w))      完整的推导
#                   for step in backward_steps(L): print(step)
#                   autograd.draw(L, names=globals()).save("L.svg")

# %% [markdown]
# # The five ideas, once more
#
#     forward pass      from the input to the answer, layer by layer: forward
#     chain rule        rates multiply along a way, ways add up: chain_rule
#     gradient          which way, and how far: gradients, gradient_descent
#     backpropagation   the gradient of every parameter at once: backpropagation
#     vanish, explode   a product of many factors: vanishing, exploding, remedies
#
# Each has its demo, to be stepped through again. Do not learn the formulas by
# heart. Calculate something small by hand, change a number, and look at what
# happens. And of every technique ask: what does it solve, and where does it end?

# %% [markdown] lang="zh"
# # 再看一遍五个核心概念
#
#     正向传播      从输入到答案，逐层计算：forward
#     链式法则      沿着一条路相乘，几条路相加：chain_rule
#     梯度          往哪边调、调多少：gradients、gradient_descent
#     反向传播      一次求出所有参数的梯度：backpropagation
#     消失和爆炸    许多因子的乘积：vanishing、exploding、remedies
#
# 每个概念都有演示，可以再走一遍。不要死记硬背公式：
# 找个简单的例子手算，改一个数，看看会发生什么。
# 对每种技术都问一问：它解决了什么问题？有什么局限？

# %% [markdown]
# # Your turn
#
# Everything is still here. Let the neuron saturate, and find the factor that has
# made the gradient of w so small:
#
#     w.data = 20.0
#     L = sigmoid(w * x + b) ** 2; L.backward(); table(L)
#     print(why(L, w))
#
# And is this the right derivative? Trust nobody.
#
#     gradcheck(lambda x: autograd.tanh(x) ** 3, (0.7,), order=3)

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。让神经元饱和，再找出是哪个因子把 w 的梯度变得这么小：
#
#     w.data = 20.0
#     L = sigmoid(w * x + b) ** 2; L.backward(); table(L)
#     print(why(L, w))
#
# 下面这个函数的导数算得对吗？谁的话都别轻信。
#
#     gradcheck(lambda x: autograd.tanh(x) ** 3, (0.7,), order=3)
