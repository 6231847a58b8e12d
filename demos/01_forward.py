# %% [markdown]
# # From apples to numbers: the forward pass
#
# How do you teach a child to tell an apple from an orange? You look at features
# together, colour, shape and size, until the child has found a rule; and then
# the child applies the rule to fruit that it has never seen.
#
# A neural network is taught in the same way, by examples. But it sees nothing
# except numbers, so this is the path of everything that it does:
#
#     fruit ──→ features ──→ numbers ──→ multiply, add, bend ──→ an answer
#
# Following that path from left to right is called a forward pass.

# %% [markdown] lang="zh"
# # 从苹果到数字：正向传播
#
# 怎样教一个小孩分辨苹果和橙子？带着他一起看特征：颜色、形状、大小，
# 直到他自己总结出规律；以后见到没见过的水果，他就用这个规律来判断。
#
# 教神经网络也是这样，靠的是例子。只不过它除了数字什么也看不见，
# 所以它做的每件事都是沿着这条路走：
#
#     水果 ──→ 特征 ──→ 数字 ──→ 相乘、相加、非线性变换 ──→ 答案
#
# 从左到右走一遍，就叫正向传播。

# %% colour, roundness, size | zh: 颜色、圆度、大小
from pathlib import Path

import autograd
from autograd import Value, dot, relu, sigmoid
from autograd.language import say
from autograd.view import RenderError

#           colour: 0 is red, 1 is orange
#           |     roundness: 1 is a perfect ball
#           |     |     size: the diameter in decimetres (10 cm)
apples = [[0.05, 0.90, 0.80], [0.15, 0.85, 0.70], [0.30, 0.95, 0.75]]
oranges = [[0.80, 0.97, 0.75], [0.95, 0.90, 0.85], [0.70, 0.95, 0.70]]

# %% [markdown]
# # A rule is a few multiplications
#
# A person would say: red and round is an apple, orange and round is an orange.
# Both are round! So the shape decides nothing here, and neither does the size;
# only the colour counts.
#
# A neuron says the same with one weight for each feature, the number that tells
# how much this feature counts, and with a bias, which sets the threshold:
#
#     z = 8 × colour + 0 × roundness + 0 × size − 4        a = sigmoid(z)
#
# sigmoid(z) = 1 / (1 + exp(−z)) bends any z into a number between 0 and 1. Read
# it as a degree of belief: near 1 means "orange", near 0 means "apple".
#
# Here we chose the weights, as a human teacher tells the rule.

# %% [markdown] lang="zh"
# # 规律就是几次乘法
#
# 人会说：红色加圆形是苹果，橙色加圆形是橙子。可两种水果都是圆的！
# 所以在这里形状决定不了什么，大小也一样，起作用的只有颜色。
#
# 神经元也能表达这条规律：每个特征配一个权重，表示这个特征有多重要；
# 再加一个偏置，用来设定门槛：
#
#     z = 8 × 颜色 + 0 × 圆度 + 0 × 大小 − 4        a = sigmoid(z)
#
# sigmoid(z) = 1 / (1 + exp(−z)) 把任意的 z 压缩到 0 到 1 之间。
# 可以把它看作有多大把握：接近 1 表示“橙子”，接近 0 表示“苹果”。
#
# 这里的权重是我们自己定的，就像人类老师把规律直接告诉学生。

# %% w · fruit + b, then sigmoid | zh: w · 水果 + b，再经过 sigmoid
w, b = [8.0, 0.0, 0.0], -4.0
for fruit in apples + oranges:
    z = dot(w, fruit, b)
    a = sigmoid(z)
    numbers = "  ".join(f"{number:.2f}" for number in fruit)
    answer = "🍊" if a > 0.5 else "🍎"
    print(f"{numbers}   z = {z:5.2f}   a = {a:.2f}   {answer}")
    assert (a > 0.5) == (fruit[0] > 0.5), "the colour alone should decide"

# %% [markdown]
# # The machine finds the rule by itself
#
# Learning is to find the weights from the examples. Begin with zeros, which
# answer 0.5 to everything, and let each example push the weights a little
# towards its own answer, a few hundred times. How the machine knows which way to
# push, and how far, is what the rest of these demos is about.
#
# Then two pieces of fruit that it has never seen.

# %% [markdown] lang="zh"
# # 机器自己发现规律
#
# 所谓学习，就是从例子中把权重找出来。权重从 0 开始，这时对什么都回答 0.5；
# 然后让每个例子把权重朝自己的答案推一点，重复几百遍。
# 机器怎么知道该往哪边推、推多远？后面的演示讲的就是这件事。
#
# 最后给它看两个从没见过的水果。

# %% w and b, found from the examples | zh: 从例子中找出 w 和 b
w_found, b_found = [Value(0.0), Value(0.0), Value(0.0)], Value(0.0)
for _ in range(300):
    L = Value(0.0)
    for fruit in apples + oranges:
        a = sigmoid(dot(w_found, fruit, b_found))
        L += (a - (fruit in oranges)) ** 2  # what it should be: 0 or 1
    L.zero_grad()
    L.backward()
    for value in (*w_found, b_found):
        value.data -= value.grad

print("w =", *(f"{value:.2f}" for value in w_found), f"  b = {b_found:.2f}")
for fruit in ([0.2, 0.93, 0.72], [0.85, 0.94, 0.78]):
    a = sigmoid(dot(w_found, fruit, b_found))
    print(f"{fruit}   a = {a:.2f}   {'🍊' if a > 0.5 else '🍎'}")

assert all(abs(w_found[0]) > abs(value) for value in w_found[1:])

# %% [markdown]
# # Eyes, brain, mouth: layers
#
# One neuron draws one border. For more than that, neurons stand in layers, and
# each layer looks at the answers of the layer before it:
#
#     input layer (eyes) ──→ hidden layer (brain) ──→ output layer (mouth)
#
# The smallest such network has one neuron in each. Let it say whether a number
# is odd (1) or even (0), and send 5 forward:
#
#     hidden   z1 = 5 × 0.5 + 0.2 = 2.7       a1 = ReLU(2.7) = max(0, 2.7) = 2.7
#     output   z2 = 2.7 × 0.8 − 1.0 = 1.16    a2 = sigmoid(1.16) ≈ 0.76
#
# 0.76 is more than 0.5, so the answer is "odd".
#
# This time the numbers are Values: they calculate as numbers do, and remember
# how they were calculated.

# %% [markdown] lang="zh"
# # 眼睛、大脑、嘴巴：一层一层
#
# 一个神经元只能划出一条分界线。要做更多的事，就把神经元排成层，
# 每一层都看前一层给出的答案：
#
#     输入层（眼睛） ──→ 隐藏层（大脑） ──→ 输出层（嘴巴）
#
# 最小的这种网络每层只有一个神经元。让它判断一个数是奇数（1）还是偶数（0），
# 把 5 传进去：
#
#     隐藏层   z1 = 5 × 0.5 + 0.2 = 2.7       a1 = ReLU(2.7) = max(0, 2.7) = 2.7
#     输出层   z2 = 2.7 × 0.8 − 1.0 = 1.16    a2 = sigmoid(1.16) ≈ 0.76
#
# 0.76 大于 0.5，所以答案是“奇数”。
#
# 这次的数是 Value：计算起来和普通的数一样，还记得自己是怎么算出来的。

# %% 5 goes in: 2.7, 1.16, 0.76 | zh: 输入 5：2.7、1.16、0.76
x = Value(5, "x")
w1, b1 = Value(0.5, "w1"), Value(0.2, "b1")
w2, b2 = Value(0.8, "w2"), Value(-1.0, "b2")

z1 = (w1 * x + b1).named("z1")
a1 = relu(z1).named("a1")
z2 = (w2 * a1 + b2).named("z2")
a2 = sigmoid(z2).named("a2")
for value in (z1, a1, z2, a2):
    print(f"{value.label} = {value:.4g}")

assert [f"{value:.3g}" for value in (z1, a1, z2)] == ["2.7", "2.7", "1.16"]
assert round(a2.data, 2) == 0.76

# %% [markdown]
# # Does it know what odd means?
#
# It was right about 5. Before you believe in a network, ask it more than once:
# here are 0 to 9. A 1 is the answer "odd", a 0 the answer "even".

# %% [markdown] lang="zh"
# # 它真的懂什么是奇数吗？
#
# 对 5 它答对了。不过在相信一个网络之前，应该多问它几次：
# 下面是 0 到 9。1 表示回答“奇数”，0 表示回答“偶数”。


# %% 0, 1, ..., 9 go in | zh: 输入 0、1、…、9
def is_odd(number):
    """What the network says about a number."""
    return sigmoid(w2 * relu(w1 * number + b1) + b2) > 0.5


says = [int(is_odd(number)) for number in range(10)]
truth = [number % 2 for number in range(10)]
right = sum(ours == theirs for ours, theirs in zip(says, truth))
print("x     ", *range(10))
print(say("truth ", "真实  "), *truth)
print(say("says  ", "回答  "), *says)
print(f"{right}/10")

assert right < 10, "one border cannot tell the odd numbers from the even"

# %% [markdown]
# # No, it does not
#
# It calls everything from 3 on odd: 5 was luck. Both weights are positive, and
# neither ReLU nor sigmoid ever turns down. So a2 can only grow with x; it crosses
# 0.5 once, at x = 2.1, and that is the only border that it knows.
#
# Two things can help, and both are worth remembering: more neurons in the hidden
# layer, or a better feature. Give a network x mod 2 in place of x, and one neuron
# is enough, just as the colour was enough for the fruit.

# %% [markdown] lang="zh"
# # 并不懂
#
# 从 3 开始，它把所有的数都判断为奇数：答对 5 只是碰巧。两个权重都是正数，
# ReLU 和 sigmoid 又从不下降，所以 x 增大时 a2 不会减小，只在 x = 2.1 处
# 越过一次 0.5。它只有这一条分界线。
#
# 有两个办法，都值得记住：增加隐藏层的神经元，或者换一个更好的特征。
# 如果输入的不是 x，而是 x 除以 2 的余数，一个神经元就够了，
# 正如分辨水果时只看颜色就够了。

# %% x % 2
better = [int(sigmoid(8 * (number % 2) - 4) > 0.5) for number in range(10)]
print(say("says  ", "回答  "), *better)
assert better == truth

# %% [markdown]
# # Any network, in five lines
#
# Every layer does the same two things with what the layer before it answered:
#
#     z(l) = W(l) × a(l−1) + b(l)          the weights, one row for each neuron
#     a(l) = f(z(l))                       the activation function
#
# where a(0) is the input. So a forward pass is a loop over the layers, and both
# networks above are cases of it.

# %% [markdown] lang="zh"
# # 五行代码写出任意网络
#
# 每一层对前一层的输出做的都是同样两件事：
#
#     z(l) = W(l) × a(l−1) + b(l)          线性变换：W 的每一行对应一个神经元
#     a(l) = f(z(l))                       激活函数
#
# 其中 a(0) 就是输入。所以正向传播就是对各层做一次循环，
# 上面两个网络都是它的特例。


# %% layer by layer: f(W(l) a(l-1) + b(l)) | zh: 逐层计算：f(W(l) a(l-1) + b(l))
def forward(a, layers):
    """Send a list of numbers through the layers; return the last answers."""
    for W, b, f in layers:
        z = [dot(row, a, bias) for row, bias in zip(W, b)]
        a = [f(each) for each in z]
    return a


fruit_network = [([w], [b], sigmoid)]
number_network = [([[w1]], [b1], relu), ([[w2]], [b2], sigmoid)]
(belief,) = forward(oranges[0], fruit_network)
(answer,) = forward([x], number_network)
print(f"{belief:.4f}   {answer:.4f}")

assert belief == sigmoid(dot(w, oranges[0], b))
assert (answer > 0.5) == is_odd(x)

# %% [markdown]
# # What a2 remembers
#
# The forward pass left a trail: every number, and the operation that made it.
# Walking this trail backward is what the next demos are about. Open the file in
# a browser.

# %% [markdown] lang="zh"
# # a2 记住了什么
#
# 正向传播留下了一条足迹：每个数，以及算出它的运算。
# 后面的演示讲的就是沿着这条足迹往回走。请用浏览器打开下面的文件。

# %% autograd.draw(a2)
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
picture = autograd.draw(a2)
try:
    print(picture.save(pictures / "01_forward.svg"))
except RenderError as error:  # no Graphviz: it says how to install one
    print(error)
picture

# %% [markdown]
# # Your turn
#
# Everything is still here. From red over orange, the rainbow goes on to yellow
# and green, so a green apple has a colour of about 3 on our scale. What does the
# neuron say to that, and what would you give it besides the colour?
#
#     sigmoid(dot(w, [3, 0.9, 0.8], b))
#
# What does the odd-or-even network say about a large number, and about −5?
#
#     forward([100], number_network), forward([-5], number_network)

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。彩虹从红色、橙色往后是黄色和绿色，所以在我们的刻度上，
# 青苹果的颜色大约是 3。神经元会怎么说？除了颜色，你还会告诉它什么？
#
#     sigmoid(dot(w, [3, 0.9, 0.8], b))
#
# 换成很大的数，或者 −5，那个判断奇偶的网络会怎么说？
#
#     forward([100], number_network), forward([-5], number_network)
