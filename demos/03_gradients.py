# %% [markdown]
# # Gradients: how steep, and which way is up
#
# Imagine that you stand on a hillside in thick fog. You cannot see the summit or
# the valley, but your feet tell you two things: which way the ground rises most,
# and how steep it is there. These two together are the gradient.
#
# It is made of derivatives, one for each coordinate, as if the others stood
# still. We begin with one, go on to two, and end with as many as a network has
# weights.

# %% [markdown] lang="zh"
# # 梯度：有多陡，哪边是上坡
#
# 想象你在浓雾中站在山坡上。看不见山顶，也看不见山谷，
# 但双脚能告诉你两件事：地面朝哪边升得最快，以及那里有多陡。
# 这两样合在一起，就是梯度。
#
# 梯度由导数组成，每个坐标方向各有一个。我们从一个方向开始，再到两个，
# 最后，网络有多少权重，就有多少个。

# %% grad
import math
from pathlib import Path

from autograd import Value, dot, grad

# %% [markdown]
# # One dimension: x² has the slope 2x
#
# On a line there is only left and right, and the gradient is the derivative. Its
# sign says which way is up, its size how steep it is:
#
#     f(x) = x²     df/dx = 2x
#
# grad takes a function and gives back the function of its slope.

# %% [markdown] lang="zh"
# # 一维：x² 的斜率是 2x
#
# 在直线上只有左和右，梯度就是导数。它的正负表示哪边是上坡，大小表示有多陡：
#
#     f(x) = x²     df/dx = 2x
#
# grad 接收一个函数，返回它的导函数，也就是求斜率的函数。


# %% x ** 2
def square(x):
    """A valley with its bottom at 0."""
    return x**2


slope = grad(square)
for x in (-2.0, -1.0, 0.0, 1.0, 2.0):
    up = "←" if slope(x) < 0 else "→" if slope(x) > 0 else "·"
    print(f"x = {x:4g}   f = {square(x):g}   df/dx = {slope(x):4g}   {up}")
    assert slope(x) == 2 * x

# %% [markdown]
# # Two dimensions: x² + y² has the gradient [2x, 2y]
#
# Now you can also walk north and south. There is one derivative for each axis,
# taken as if the other coordinate stood still; that is what ∂ says:
#
#     f(x, y) = x² + y²     gradient = [∂f/∂x, ∂f/∂y] = [2x, 2y]
#
# At (3, 4) it is [6, 8]. As an arrow it points away from the middle, and it is
# √(6² + 8²) = 10 long: this is the steepness.

# %% [markdown] lang="zh"
# # 二维：x² + y² 的梯度是 [2x, 2y]
#
# 现在还可以往南北方向走。每个坐标轴有一个导数，求导时把另一个坐标看作常数，
# 符号 ∂ 就是这个意思：
#
#     f(x, y) = x² + y²     梯度 = [∂f/∂x, ∂f/∂y] = [2x, 2y]
#
# 在 (3, 4) 处，梯度是 [6, 8]。把它画成箭头，它背向中心，
# 长度为 √(6² + 8²) = 10，这就是坡度。


# %% x ** 2 + y ** 2
def bowl(x, y):
    """A round bowl with its bottom at (0, 0)."""
    return x**2 + y**2


gradient = grad(bowl, argnums=(0, 1))(3.0, 4.0)
steepness = math.hypot(*gradient)
print(gradient, steepness)

x, y = Value(3, "x"), Value(4, "y")
bowl(x, y).backward()  # the same with Values: each finds its own part
print(x.grad, y.grad)

assert gradient == (x.grad, y.grad) == (6.0, 8.0)
assert steepness == 10.0

# %% [markdown]
# # Is that really the steepest way?
#
# Do not believe it: try. Take a tiny step from (3, 4) in each of 360 directions,
# and see how much the ground rises, divided by the length of the step.
#
# Along the gradient the rise is 10, its own length. At an angle to it the rise is
# 10 × cos(angle): nothing at 90°, since there you walk across the slope, and −10
# straight against it, the fastest way down. Learning will go that way.

# %% [markdown] lang="zh"
# # 这真的是最陡的方向吗？
#
# 不要轻信，试一试：从 (3, 4) 出发，朝 360 个方向各迈一小步，
# 看地面升高了多少（除以步长）。
#
# 顺着梯度走，升高率是 10，正是梯度的长度。偏离梯度一个角度，
# 升高率就是 10 × cos(角度)：90° 时为 0，因为这时是横着走；
# 正好逆着梯度走时是 −10，下降最快。学习时走的就是这个方向。


# %% a step in each direction | zh: 朝每个方向迈一步
def rise(degrees, step=1e-6):
    """How much the bowl rises from (3, 4) in this direction, per length."""
    angle = math.radians(degrees)
    x, y = 3.0 + step * math.cos(angle), 4.0 + step * math.sin(angle)
    return (bowl(x, y) - bowl(3.0, 4.0)) / step


direction = math.degrees(math.atan2(gradient[1], gradient[0]))
steepest = max(range(360), key=rise)
print(f"{steepest}°   {direction:.2f}°")
for angle in range(0, 181, 45):
    tried = rise(direction + angle)
    formula = steepness * math.cos(math.radians(angle))
    print(f"{angle:3d}°   {tried:7.3f}   {formula:7.3f}")
    assert abs(tried - formula) < 1e-4

assert abs(steepest - direction) <= 0.5

# %% [markdown]
# # Up the slope is not always towards the summit
#
# It is often said that the gradient points to the summit, and its opposite to the
# bottom of the valley. For the round bowl it does. But feet in the fog know only
# the ground beneath them: in general the gradient points up the steepest slope
# right here, and the summit may lie elsewhere.
#
# Press the bowl together to f(x, y) = x² + 4y², whose gradient is [2x, 8y]. Its
# bottom is still at (0, 0), yet from (3, 1.5) the steepest way down misses it by
# 37 degrees. That is why one goes down in many small steps, asking again after
# each.

# %% [markdown] lang="zh"
# # 上坡方向不一定正对山顶
#
# 常有人说，梯度指向山顶，负梯度指向山脚。对圆碗来说确实如此。
# 但雾中的双脚只知道脚下的地面：一般来说，梯度指的是“此处”最陡的上坡方向，
# 山顶可能在别处。
#
# 把碗压扁，变成 f(x, y) = x² + 4y²，梯度是 [2x, 8y]。最低点仍在 (0, 0)，
# 可是从 (3, 1.5) 出发，最陡的下坡方向与指向最低点的方向差了 37 度。
# 所以下山要走许多小步，每走一步都重新问一次方向。


# %% x ** 2 + 4 * y ** 2
def flat_bowl(x, y):
    """A bowl that is steeper in y than in x."""
    return x**2 + 4 * y**2


start = (3.0, 1.5)
downhill = [-g for g in grad(flat_bowl, argnums=(0, 1))(*start)]
to_bottom = [-coordinate for coordinate in start]
lengths = math.hypot(*downhill) * math.hypot(*to_bottom)
miss = math.degrees(math.acos(dot(downhill, to_bottom) / lengths))
print(f"{downhill}   {to_bottom}   {miss:.1f}°")

assert downhill == [-6.0, -12.0]
assert 36 < miss < 38

# %% [markdown]
# # A map with arrows
#
# A map shows height by contour lines: along one of them the height is the same.
# Here is one for each bowl, drawn by hand, for SVG is only text. x goes to the
# right, y goes up, and both go from −5 to 5. The blue arrows are gradients: they
# cross the contours at right angles, and are long where contours are close. The
# red arrow goes down the flat bowl from (3, 1.5); the dashed line is the way to
# the bottom.

# %% [markdown] lang="zh"
# # 带箭头的地图
#
# 地图用等高线表示高度：同一条线上高度相同。下面给两个碗各画一张，
# 直接手写，因为 SVG 不过是文本。x 向右，y 向上，都从 −5 到 5。
# 蓝色箭头是梯度：它们与等高线垂直，等高线密的地方箭头长。
# 红色箭头是从扁碗的 (3, 1.5) 处下坡的方向，虚线才是通往最低点的方向。


# %% arrows and contours | zh: 箭头和等高线
def arrow(x, y, dx, dy, colour):
    """A line from (x, y) with a head at its end."""
    ends = f'x1="{x:.3f}" y1="{y:.3f}" x2="{x + dx:.3f}" y2="{y + dy:.3f}"'
    style = f'stroke="{colour}" stroke-width=".08"'
    return f'<line {ends} {style} marker-end="url(#{colour})"/>'


def contour_map(f, k, left):
    """The contours of x² + k y², with gradients on two of them."""
    parts = [f'<g transform="translate({left}) scale(1 -1)" fill="none">']
    for level in (1, 4, 9, 16, 25):
        rx, ry = math.sqrt(level), math.sqrt(level / k)  # an ellipse
        style = 'stroke="gray" stroke-width=".04"'
        parts.append(f'<ellipse rx="{rx:.3f}" ry="{ry:.3f}" {style}/>')
        for i in range(10 if level in (4, 16) else 0):
            angle = math.tau * i / 10
            x, y = rx * math.cos(angle), ry * math.sin(angle)
            dx, dy = grad(f, argnums=(0, 1))(x, y)
            parts.append(arrow(x, y, 0.1 * dx, 0.1 * dy, "steelblue"))
    return [*parts, '<circle r=".12" fill="gray"/>']


def title(text, x):
    """What stands above a map; gray is readable on white and on black."""
    style = 'font-family="sans-serif" font-size=".5" fill="gray"'
    place = f'x="{x}" y="-5.3" text-anchor="middle"'
    return f"<text {place} {style}>{text}</text>"


def arrowhead(colour):
    """What `arrow` puts at the end of its lines."""
    size = 'viewBox="0 0 4 4" markerWidth="4" markerHeight="4"'
    triangle = f'<path d="M0 0 4 2 0 4z" fill="{colour}"/>'
    middle = 'refX="2" refY="2" orient="auto"'
    return f'<marker id="{colour}" {size} {middle}>{triangle}</marker>'


# %% demo_pictures/03_contours.svg
picture = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 24 12"',
    ' width="960" height="480">',
    arrowhead("steelblue"),
    arrowhead("crimson"),
    *contour_map(bowl, 1, 0),
    "</g>",
    title("x² + y²", 0),
    title("x² + 4y²", 12),
    *contour_map(flat_bowl, 4, 12),
    '<g stroke="crimson" stroke-width=".05" stroke-dasharray=".2">',
    '<path d="M3 1.5 0 0"/>',
    "</g>",
    arrow(*start, 0.1 * downhill[0], 0.1 * downhill[1], "crimson"),
    "</g>",
    "</svg>",
]
pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
drawing = pictures / "03_contours.svg"
drawing.write_text("\n".join(picture) + "\n", encoding="utf-8")
print(drawing)

# %% [markdown]
# # As many dimensions as weights
#
# A network has a loss that depends on all of its weights, and the gradient of the
# loss has one entry for each:
#
#     ∇L = [∂L/∂w1, ∂L/∂w2, ..., ∂L/∂wn]
#
# Nobody can picture a hillside in a million directions, but nothing changes: the
# sign of each entry says which way to move its weight, its size how much this
# weight matters here. A small enough step against the gradient makes the loss
# smaller; how small is enough, the next demo shows.

# %% [markdown] lang="zh"
# # 有多少权重，就有多少维
#
# 网络的损失取决于它所有的权重，损失的梯度对每个权重都有一个分量：
#
#     ∇L = [∂L/∂w1, ∂L/∂w2, ..., ∂L/∂wn]
#
# 谁也想象不出一百万个方向的山坡，但道理完全一样：每个分量的正负表示
# 相应的权重该往哪边调，大小表示这个权重在此处有多重要。
# 逆着梯度走一步，只要步子够小，损失就会减小；多小才够，下一个演示会讲。

# %% [dL/dw1, dL/dw2, dL/dw3]
inputs = [1.0, 2.0, -3.0]


def loss(w):
    """The squared error of a neuron whose answer should be 1."""
    return (dot(w, inputs) - 1) ** 2


w = [0.5, -0.2, 0.1]
gradient = grad(loss)(w)
moved = [weight - 0.01 * slope for weight, slope in zip(w, gradient)]
print([round(slope, 4) for slope in gradient])
print(f"L = {loss(w):.4g} -> {loss(moved):.4g}")

error = dot(w, inputs) - 1
for entry, number in zip(gradient, inputs):
    assert math.isclose(entry, 2 * error * number)
assert loss(moved) < loss(w)

# %% [markdown]
# # Your turn
#
# Where is a function flat? At a top, at a bottom, or at neither:
#
#     grad(lambda x: x**3 - 3 * x)(1.0), grad(lambda x: x**3)(0.0)
#
# A mountain pass rises to the east and west, and falls to the north and south.
# What is its gradient in the middle of the pass, and at a point beside it?
#
#     grad(lambda p: p[0] ** 2 - p[1] ** 2)([0.0, 0.0])
#     grad(lambda p: p[0] ** 2 - p[1] ** 2)([1.0, 2.0])

# %% [markdown] lang="zh"
# # 轮到你了
#
# 函数在哪里是平的？可能是最高点，可能是最低点，也可能都不是：
#
#     grad(lambda x: x**3 - 3 * x)(1.0), grad(lambda x: x**3)(0.0)
#
# 山口朝东西方向升高，朝南北方向降低。山口正中的梯度是什么？旁边一点呢？
#
#     grad(lambda p: p[0] ** 2 - p[1] ** 2)([0.0, 0.0])
#     grad(lambda p: p[0] ** 2 - p[1] ** 2)([1.0, 2.0])
