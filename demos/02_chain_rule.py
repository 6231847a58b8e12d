# %% [markdown]
# # The chain rule: rates that multiply
#
# A derivative is a rate: how fast one thing changes when another one does. The
# chain rule says what happens when one rate follows another: they multiply.
#
# You climb a mountain, 0.3 km higher every hour. With every km that you climb, it
# gets 6.5 °C colder. How fast does it get colder for you?
#
#     dT/dt = dT/dh × dh/dt = (−6.5 °C per km) × (0.3 km per hour)
#           = −1.95 °C per hour
#
# Look at the units: the km cancel. This is all of the chain rule; what remains is
# to follow it through longer chains, and through chains that meet.

# %% [markdown] lang="zh"
# # 链式法则：变化率相乘
#
# 导数就是变化率：一个量变化时，另一个量变化得有多快。
# 变化一环扣一环时会怎样？链式法则说：把变化率乘起来。
#
# 你在爬山，每小时升高 0.3 千米；每升高 1 千米，气温下降 6.5 °C。
# 那么你感受到的气温变化有多快？
#
#     dT/dt = dT/dh × dh/dt = (−6.5 °C/千米) × (0.3 千米/小时)
#           = −1.95 °C/小时
#
# 看看单位：千米约掉了。链式法则就是这么回事，
# 剩下的只是把它用到更长的链条上，以及几条链条汇合的地方。

# %% T(h(t))
import math
from pathlib import Path

import autograd
from autograd import Value, grad, gradcheck, sigmoid, sqrt
from autograd.view import RenderError

t = Value(2, "t")
h = (0.3 * t).named("h")
T = (20 - 6.5 * h).named("T")
T.backward()
print(f"t = {t:.4g} h   h = {h:.4g} km   T = {T:.4g} °C")
print(f"dT/dt = {t.grad:.4g} °C/h")

assert math.isclose(t.grad, -6.5 * 0.3)

# %% [markdown]
# # From Beijing to Tokyo: do times multiply?
#
# The chain rule is often told as a journey from Beijing through Shanghai to
# Tokyo. If the weather makes the first flight longer, what becomes of the whole
# time? And the answer is given as one product:
#
#     dtotal/dfirst = dtotal/dsecond × dsecond/dfirst
#
# A good picture, with one thing to take care of: the times add up, only rates
# multiply. And there are two ways from "first" to "total". One leads through
# whatever comes second; the other is direct, at a rate of 1, since an hour more
# in the air is an hour more. Where two ways meet, their products add up:
#
#     dtotal/dfirst = 1 + dtotal/dsecond × dsecond/dfirst
#
# Say that the flight to Tokyo leaves 4 hours after you start, whatever happens.
# The second part is to wait for it: one hour more in the air is one hour less to
# wait, a rate of −1. The product alone would say that a delay of one hour brings
# you to Tokyo an hour earlier! With both ways it is 1 + 1 × (−1) = 0: you arrive
# on time, as long as you catch that flight.

# %% [markdown] lang="zh"
# # 从北京到东京：时间能相乘吗？
#
# 讲链式法则时，常举“从北京到上海，再转机到东京”的例子：
# 如果北京到上海的时间因为天气变长了，总时间会怎么变？
# 给出的答案是一个乘积：
#
#     d总时间/d第一段 = d总时间/d第二段 × d第二段/d第一段
#
# 这个比喻很好，只有一点要留意：时间是相加的，相乘的只是变化率。
# 而且从“第一段”到“总时间”有两条路。一条经过第二段；另一条是直接的，
# 变化率为 1：在空中多飞一小时，总时间就多一小时。
# 两条路汇合时，各自的乘积要相加：
#
#     d总时间/d第一段 = 1 + d总时间/d第二段 × d第二段/d第一段
#
# 假设去东京的航班总在你出发 4 小时后起飞。第二段就是先等它、再飞 3 小时：
# 第一段多飞一小时，就少等一小时，变化率是 −1。
# 如果只看那个乘积，晚点一小时反而会早到东京一小时！
# 两条路都算上，就是 1 + 1 × (−1) = 0：只要赶得上航班，到达的时间不变。

# %% first + wait + flight | zh: 第一段 + 等待 + 飞行
first = Value(2.25, "first")
wait = (4 - first).named("wait")
total = (first + wait + 3).named("total")
total.backward()
product = wait.grad * wait.partials[0]
print(f"{first:.2f} + {wait:.2f} + 3 = {total:.2f} h")
print(f"1 + {wait.grad:g} x ({wait.partials[0]:g}) = {first.grad:g}")

assert product == -1.0
assert first.grad == 1 + product == 0.0

# %% [markdown]
# # Two links: y = f(g(x))
#
# Now in letters. If y depends on g, and g on x, then
#
#     dy/dx = dy/dg × dg/dx
#
# Take g = x² and y = g³ at x = 2. Each operation knows its own rate, 2x and 3g²,
# and noted its number on the way forward, in .partials:
#
#     g = 4, dg/dx = 2 × 2 = 4        y = 64, dy/dg = 3 × 16 = 48
#
# so dy/dx = 48 × 4 = 192. And indeed y = x⁶, whose derivative is 6x⁵ = 192.

# %% [markdown] lang="zh"
# # 两环：y = f(g(x))
#
# 换成字母。如果 y 取决于 g，g 又取决于 x，那么
#
#     dy/dx = dy/dg × dg/dx
#
# 取 g = x²，y = g³，x = 2。每个运算都知道自己的变化率，即 2x 和 3g²，
# 正向计算时已经把数值记在 .partials 里：
#
#     g = 4，dg/dx = 2 × 2 = 4        y = 64，dy/dg = 3 × 16 = 48
#
# 所以 dy/dx = 48 × 4 = 192。确实，y = x⁶，它的导数是 6x⁵ = 192。

# %% dy/dg x dg/dx
x = Value(2, "x")
g = x**2
y = g**3
(dy_dg,), (dg_dx,) = y.partials, g.partials
y.backward()
print(f"dy/dx = dy/dg x dg/dx = {dy_dg:g} x {dg_dx:g} = {dy_dg * dg_dx:g}")
print(f"x.grad = {x.grad:g}")

assert dy_dg * dg_dx == x.grad == 6 * 2**5

# %% [markdown]
# # Three links: y = f(g(h(x)))
#
# One link more is one factor more:
#
#     dy/dx = dy/dg × dg/dh × dh/dx
#
# Take h = 3x, g = h², y = √g. For a positive x that is a long way to write
# y = 3x, so the three factors should multiply to 3, whatever x is.

# %% [markdown] lang="zh"
# # 三环：y = f(g(h(x)))
#
# 多一环，就多一个因子：
#
#     dy/dx = dy/dg × dg/dh × dh/dx
#
# 取 h = 3x，g = h²，y = √g。x 为正数时，这不过是绕了一大圈的 y = 3x，
# 所以无论 x 是多少，三个因子的乘积都应当是 3。

# %% dy/dg x dg/dh x dh/dx
for number in (0.5, 2.0, 7.0):
    h = 3 * Value(number)
    g = h**2
    y = sqrt(g)
    dy_dg, dg_dh, dh_dx = *y.partials, *g.partials, *h.partials
    chain = dy_dg * dg_dh * dh_dx
    factors = f"{dy_dg:<7.4g} x {dg_dh:<3g} x {dh_dx:g}"
    print(f"x = {number:<3g}   {factors} = {chain:g}")
    assert math.isclose(chain, 3)

# %% [markdown]
# # A neuron is such a chain
#
# How does the loss L of a neuron change with its weight w? Go along the chain:
#
#     z = w × x + b     a = sigmoid(z)     L = (a − y)²
#
# and take it link by link, from the loss backward:
#
#     step 1    dL/da = 2 (a − y)
#     step 2    da/dz = a (1 − a)
#     step 3    dz/dw = x
#     step 4    dL/dw = 2 (a − y) × a (1 − a) × x

# %% [markdown] lang="zh"
# # 神经元就是这样一条链
#
# 神经元的损失 L 随权重 w 怎样变化？沿着这条链走：
#
#     z = w × x + b     a = sigmoid(z)     L = (a − y)²
#
# 从损失往回，一环一环地求：
#
#     第 1 步    dL/da = 2 (a − y)
#     第 2 步    da/dz = a (1 − a)
#     第 3 步    dz/dw = x
#     第 4 步    dL/dw = 2 (a − y) × a (1 − a) × x

# %% 2 (a - y) x a (1 - a) x x
w, x, b, y = 0.5, 2.0, -0.4, 1.0
z = w * x + b
a = sigmoid(z)
L = (a - y) ** 2

dL_da = 2 * (a - y)
da_dz = a * (1 - a)
dz_dw = x
dL_dw = dL_da * da_dz * dz_dw
print(f"z = {z:.4g}   a = {a:.4g}   L = {L:.4g}")
print(f"dL/dw = ({dL_da:.4g}) x {da_dz:.4g} x {dz_dw:g} = {dL_dw:.4g}")

# %% [markdown]
# # Three witnesses
#
# Everything above was plain numbers and school algebra. Is it right? Ask three
# witnesses that do not know our formula:
#
# - move w a little and look how L moves: a difference quotient, true to some
#   digits only, but it knows no calculus at all;
# - backward(), which takes the chain apart by itself;
# - gradcheck, which compares the two, and is careful about the digits.

# %% [markdown] lang="zh"
# # 三位证人
#
# 上面用的只是普通的数和中学代数。算得对吗？请三位不知道这个公式的证人来作证：
#
# - 把 w 稍微动一点，看 L 动了多少：这是差商，只有前若干位准确，
#   但它完全不懂微积分；
# - backward()，它自己把链条拆开；
# - gradcheck，它仔细地比较前面两者，连误差有多大也考虑在内。


# %% difference, backward, gradcheck | zh: 差商、backward、gradcheck
def loss(w):
    """The loss of the neuron, of its weight."""
    return (sigmoid(w * x + b) - y) ** 2


a = sigmoid(w * x + b)
dL_dw = 2 * (a - y) * a * (1 - a) * x
small = 1e-6
difference = (loss(w + small) - loss(w - small)) / (2 * small)

weight = Value(w, "w")
z = (weight * x + b).named("z")
a = sigmoid(z).named("a")
L = ((a - y) ** 2).named("L")
L.backward()

print(f"{dL_dw}  2 (a - y) a (1 - a) x")
print(f"{difference}  (L(w + h) - L(w - h)) / 2h")
print(f"{weight.grad}  backward")
print(gradcheck(loss, (w,)))

assert math.isclose(difference, dL_dw, rel_tol=1e-6, abs_tol=1e-9)
assert math.isclose(weight.grad, dL_dw, rel_tol=1e-12, abs_tol=1e-15)
assert weight.grad == grad(loss)(w)

# %% [markdown]
# # The picture
#
# A chain indeed: follow it from L back to w. Each box shows its number, and the
# gradient that has reached it. Open the file in a browser.

# %% [markdown] lang="zh"
# # 画出来
#
# 确实是一条链：从 L 一路往回走到 w。每个方框里是它的数值，
# 以及传到这里的梯度。请用浏览器打开下面的文件。

# %% autograd.draw(L)
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
picture = autograd.draw(L)
try:
    print(picture.save(pictures / "02_chain_rule.svg"))
except RenderError as error:  # no Graphviz: it says how to install one
    print(error)
picture

# %% [markdown]
# # Your turn
#
# Let the neuron be very sure, and wrong. How large is its gradient now, and which
# of the three factors made it so small?
#
#     weight.data = -10
#     a = sigmoid(weight * x + b); a, 2 * (a - y), a * (1 - a)
#     grad(loss)(-10.0)
#
# How fast does y = x² + 3x grow at x = 1? Two ways lead from x to y.
#
#     grad(lambda x: x**2 + 3 * x)(1.0)

# %% [markdown] lang="zh"
# # 轮到你了
#
# 让神经元非常自信，却判断错误。这时梯度有多大？
# 三个因子中，是哪一个把它变得这么小？
#
#     weight.data = -10
#     a = sigmoid(weight * x + b); a, 2 * (a - y), a * (1 - a)
#     grad(loss)(-10.0)
#
# y = x² + 3x 在 x = 1 处增长得有多快？从 x 到 y 有两条路。
#
#     grad(lambda x: x**2 + 3 * x)(1.0)
