# Written by `python -m docs.make stubs` from the table of primitives.
from typing import overload

from .value import Value

__all__ = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "pow",
    "mod",
    "floor_divide",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "cbrt",
    "square",
    "reciprocal",
    "abs",
    "sign",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "radians",
    "degrees",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sinc",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "softplus",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "mish",
    "erf",
    "erfc",
    "lgamma",
    "digamma",
    "hypot",
    "logaddexp",
    "maximum",
    "minimum",
    "less",
    "less_equal",
    "equal",
    "clip",
]

@overload
def add(a: float, b: float, /) -> float:
    """Return a + b.

    ∂y/∂a = 1
    ∂y/∂b = 1
    """

@overload
def add(a: Value, b: Value | float, /) -> Value: ...
@overload
def add(a: float, b: Value, /) -> Value: ...
@overload
def sub(a: float, b: float, /) -> float:
    """Return a - b.

    ∂y/∂a = 1
    ∂y/∂b = -1
    """

@overload
def sub(a: Value, b: Value | float, /) -> Value: ...
@overload
def sub(a: float, b: Value, /) -> Value: ...
@overload
def mul(a: float, b: float, /) -> float:
    """Return a * b.

    ∂y/∂a = b
    ∂y/∂b = a
    """

@overload
def mul(a: Value, b: Value | float, /) -> Value: ...
@overload
def mul(a: float, b: Value, /) -> Value: ...
@overload
def div(a: float, b: float, /) -> float:
    """Return a / b.

    ∂y/∂a = 1 / b
    ∂y/∂b = -y / b, with y = div(a, b)
    """

@overload
def div(a: Value, b: Value | float, /) -> Value: ...
@overload
def div(a: float, b: Value, /) -> Value: ...
@overload
def neg(x: float, /) -> float:
    """Return -x.

    dy/dx = -1
    """

@overload
def neg(x: Value, /) -> Value: ...
@overload
def pow(x: float, n: float, /) -> float:
    """Return x**n.

    ∂y/∂x = n * x**(n - 1)
    ∂y/∂n = y * log(x), with y = pow(x, n)
    """

@overload
def pow(x: Value, n: Value | float, /) -> Value: ...
@overload
def pow(x: float, n: Value, /) -> Value: ...
@overload
def mod(a: float, b: float, /) -> float:
    """Return a - b * floor(a / b), the remainder with the sign of b.

    ∂y/∂a = 1
    ∂y/∂b = -(a // b)
    """

@overload
def mod(a: Value, b: Value | float, /) -> Value: ...
@overload
def mod(a: float, b: Value, /) -> Value: ...
@overload
def floor_divide(a: float, b: float, /) -> float:
    """Return floor(a / b).

    ∂y/∂a = 0
    ∂y/∂b = 0
    """

@overload
def floor_divide(a: Value, b: Value | float, /) -> Value: ...
@overload
def floor_divide(a: float, b: Value, /) -> Value: ...
@overload
def exp(x: float, /) -> float:
    """Return e**x.

    dy/dx = y, with y = exp(x)
    """

@overload
def exp(x: Value, /) -> Value: ...
@overload
def exp2(x: float, /) -> float:
    """Return 2**x.

    dy/dx = log(2) * y, with y = exp2(x)
    """

@overload
def exp2(x: Value, /) -> Value: ...
@overload
def expm1(x: float, /) -> float:
    """Return exp(x) - 1, exact near 0.

    dy/dx = exp(x)
    """

@overload
def expm1(x: Value, /) -> Value: ...
@overload
def log(x: float, /) -> float:
    """Return the natural logarithm of x.

    dy/dx = 1 / x
    """

@overload
def log(x: Value, /) -> Value: ...
@overload
def log1p(x: float, /) -> float:
    """Return log(1 + x), exact near 0.

    dy/dx = 1 / (1 + x)
    """

@overload
def log1p(x: Value, /) -> Value: ...
@overload
def log2(x: float, /) -> float:
    """Return the logarithm of x to base 2.

    dy/dx = log2(e) / x
    """

@overload
def log2(x: Value, /) -> Value: ...
@overload
def log10(x: float, /) -> float:
    """Return the logarithm of x to base 10.

    dy/dx = log10(e) / x
    """

@overload
def log10(x: Value, /) -> Value: ...
@overload
def sqrt(x: float, /) -> float:
    """Return the square root of x.

    dy/dx = 0.5 / y, with y = sqrt(x)
    """

@overload
def sqrt(x: Value, /) -> Value: ...
@overload
def cbrt(x: float, /) -> float:
    """Return the cube root of x, of negative numbers too.

    dy/dx = 1 / (3 * y**2), with y = cbrt(x)
    """

@overload
def cbrt(x: Value, /) -> Value: ...
@overload
def square(x: float, /) -> float:
    """Return x * x.

    dy/dx = 2 * x
    """

@overload
def square(x: Value, /) -> Value: ...
@overload
def reciprocal(x: float, /) -> float:
    """Return 1 / x.

    dy/dx = -y**2, with y = reciprocal(x)
    """

@overload
def reciprocal(x: Value, /) -> Value: ...
@overload
def abs(x: float, /) -> float:
    """Return the absolute value of x.

    dy/dx = sign(x)
    """

@overload
def abs(x: Value, /) -> Value: ...
@overload
def sign(x: float, /) -> float:
    """Return the sign of x: -1.0, 0.0 or 1.0.

    dy/dx = 0
    """

@overload
def sign(x: Value, /) -> Value: ...
@overload
def floor(x: float, /) -> float:
    """Return the largest whole number <= x.

    dy/dx = 0
    """

@overload
def floor(x: Value, /) -> Value: ...
@overload
def ceil(x: float, /) -> float:
    """Return the smallest whole number >= x.

    dy/dx = 0
    """

@overload
def ceil(x: Value, /) -> Value: ...
@overload
def trunc(x: float, /) -> float:
    """Return x without the digits after the point.

    dy/dx = 0
    """

@overload
def trunc(x: Value, /) -> Value: ...
@overload
def rint(x: float, /) -> float:
    """Return the whole number nearest to x, the even one if there are two.

    dy/dx = 0
    """

@overload
def rint(x: Value, /) -> Value: ...
@overload
def radians(x: float, /) -> float:
    """Return x * pi / 180, an angle in radians from one in degrees.

    dy/dx = pi / 180
    """

@overload
def radians(x: Value, /) -> Value: ...
@overload
def degrees(x: float, /) -> float:
    """Return x * 180 / pi, an angle in degrees from one in radians.

    dy/dx = 180 / pi
    """

@overload
def degrees(x: Value, /) -> Value: ...
@overload
def sin(x: float, /) -> float:
    """Return the sine of x.

    dy/dx = cos(x)
    """

@overload
def sin(x: Value, /) -> Value: ...
@overload
def cos(x: float, /) -> float:
    """Return the cosine of x.

    dy/dx = -sin(x)
    """

@overload
def cos(x: Value, /) -> Value: ...
@overload
def tan(x: float, /) -> float:
    """Return the tangent of x.

    dy/dx = 1 + y**2, with y = tan(x)
    """

@overload
def tan(x: Value, /) -> Value: ...
@overload
def asin(x: float, /) -> float:
    """Return the angle between -pi/2 and pi/2 whose sine is x.

    dy/dx = 1 / sqrt(1 - x**2)
    """

@overload
def asin(x: Value, /) -> Value: ...
@overload
def acos(x: float, /) -> float:
    """Return the angle between 0 and pi whose cosine is x.

    dy/dx = -1 / sqrt(1 - x**2)
    """

@overload
def acos(x: Value, /) -> Value: ...
@overload
def atan(x: float, /) -> float:
    """Return the angle between -pi/2 and pi/2 whose tangent is x.

    dy/dx = 1 / (1 + x**2)
    """

@overload
def atan(x: Value, /) -> Value: ...
@overload
def atan2(y: float, x: float, /) -> float:
    """Return the angle of the point (x, y), between -pi and pi.

    ∂r/∂y = x / (x**2 + y**2)
    ∂r/∂x = -y / (x**2 + y**2)
    """

@overload
def atan2(y: Value, x: Value | float, /) -> Value: ...
@overload
def atan2(y: float, x: Value, /) -> Value: ...
@overload
def sinc(x: float, /) -> float:
    """Return sin(pi * x) / (pi * x), 1 at 0.

    dy/dx = (cos(pi * x) - y) / x if x != 0 else 0, with y = sinc(x)
    """

@overload
def sinc(x: Value, /) -> Value: ...
@overload
def sinh(x: float, /) -> float:
    """Return (exp(x) - exp(-x)) / 2, the hyperbolic sine.

    dy/dx = cosh(x)
    """

@overload
def sinh(x: Value, /) -> Value: ...
@overload
def cosh(x: float, /) -> float:
    """Return (exp(x) + exp(-x)) / 2, the hyperbolic cosine.

    dy/dx = sinh(x)
    """

@overload
def cosh(x: Value, /) -> Value: ...
@overload
def tanh(x: float, /) -> float:
    """Return sinh(x) / cosh(x), the hyperbolic tangent, between -1 and 1.

    dy/dx = 1 - y**2, with y = tanh(x)
    """

@overload
def tanh(x: Value, /) -> Value: ...
@overload
def asinh(x: float, /) -> float:
    """Return the number whose hyperbolic sine is x.

    dy/dx = 1 / sqrt(1 + x**2)
    """

@overload
def asinh(x: Value, /) -> Value: ...
@overload
def acosh(x: float, /) -> float:
    """Return the number >= 0 whose hyperbolic cosine is x.

    dy/dx = 1 / sqrt(x**2 - 1)
    """

@overload
def acosh(x: Value, /) -> Value: ...
@overload
def atanh(x: float, /) -> float:
    """Return the number whose hyperbolic tangent is x.

    dy/dx = 1 / (1 - x**2)
    """

@overload
def atanh(x: Value, /) -> Value: ...
@overload
def sigmoid(x: float, /) -> float:
    """Return 1 / (1 + exp(-x)), the logistic function, between 0 and 1.

    dy/dx = y * (1 - y), with y = sigmoid(x)
    """

@overload
def sigmoid(x: Value, /) -> Value: ...
@overload
def softplus(x: float, /) -> float:
    """Return log(1 + exp(x)), a smooth relu.

    dy/dx = sigmoid(x)
    """

@overload
def softplus(x: Value, /) -> Value: ...
@overload
def relu(x: float, /) -> float:
    """Return x if x > 0, else 0.

    dy/dx = 1 if x > 0 else 0
    """

@overload
def relu(x: Value, /) -> Value: ...
@overload
def leaky_relu(x: float, negative_slope: float = ...) -> float:
    """Return x if x > 0, else negative_slope * x.

    ∂y/∂x = 1 if x > 0 else negative_slope
    ∂y/∂negative_slope = 0 if x > 0 else x
    """

@overload
def leaky_relu(x: Value, negative_slope: Value | float = ...) -> Value: ...
@overload
def leaky_relu(x: float, negative_slope: Value) -> Value: ...
@overload
def elu(x: float, alpha: float = ...) -> float:
    """Return x if x > 0, else alpha * (exp(x) - 1).

    ∂y/∂x = 1 if x > 0 else alpha * exp(x)
    ∂y/∂alpha = 0 if x > 0 else exp(x) - 1
    """

@overload
def elu(x: Value, alpha: Value | float = ...) -> Value: ...
@overload
def elu(x: float, alpha: Value) -> Value: ...
@overload
def gelu(x: float, /) -> float:
    """Return x * P(X <= x) for a standard normal X, x * (1 + erf(x / sqrt(2))) / 2.

    dy/dx = (1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2*pi)
    """

@overload
def gelu(x: Value, /) -> Value: ...
@overload
def silu(x: float, /) -> float:
    """Return x * sigmoid(x), also called swish.

    dy/dx = sigmoid(x) * (1 + x * (1 - sigmoid(x)))
    """

@overload
def silu(x: Value, /) -> Value: ...
@overload
def mish(x: float, /) -> float:
    """Return x * tanh(softplus(x)).

    dy/dx = tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x))**2)
    """

@overload
def mish(x: Value, /) -> Value: ...
@overload
def erf(x: float, /) -> float:
    """Return the error function of x, between -1 and 1.

    dy/dx = 2 / sqrt(pi) * exp(-x**2)
    """

@overload
def erf(x: Value, /) -> Value: ...
@overload
def erfc(x: float, /) -> float:
    """Return 1 - erf(x), exact for large x.

    dy/dx = -2 / sqrt(pi) * exp(-x**2)
    """

@overload
def erfc(x: Value, /) -> Value: ...
@overload
def lgamma(x: float, /) -> float:
    """Return log(abs(gamma(x))); gamma(n + 1) is the factorial of n.

    dy/dx = digamma(x)
    """

@overload
def lgamma(x: Value, /) -> Value: ...
@overload
def digamma(x: float, /) -> float:
    """Return the derivative of lgamma at x.

    dy/dx = polygamma(1, x)
    """

@overload
def digamma(x: Value, /) -> Value: ...
@overload
def hypot(a: float, b: float, /) -> float:
    """Return sqrt(a**2 + b**2), without overflow.

    ∂y/∂a = a / y, with y = hypot(a, b)
    ∂y/∂b = b / y, with y = hypot(a, b)
    """

@overload
def hypot(a: Value, b: Value | float, /) -> Value: ...
@overload
def hypot(a: float, b: Value, /) -> Value: ...
@overload
def logaddexp(a: float, b: float, /) -> float:
    """Return log(exp(a) + exp(b)), without overflow.

    ∂y/∂a = exp(a - y), with y = logaddexp(a, b)
    ∂y/∂b = exp(b - y), with y = logaddexp(a, b)
    """

@overload
def logaddexp(a: Value, b: Value | float, /) -> Value: ...
@overload
def logaddexp(a: float, b: Value, /) -> Value: ...
@overload
def maximum(a: float, b: float, /) -> float:
    """Return the larger of a and b.

    ∂y/∂a = 1 if a > b else 0.5 if a == b else 0
    ∂y/∂b = 1 if b > a else 0.5 if a == b else 0
    """

@overload
def maximum(a: Value, b: Value | float, /) -> Value: ...
@overload
def maximum(a: float, b: Value, /) -> Value: ...
@overload
def minimum(a: float, b: float, /) -> float:
    """Return the smaller of a and b.

    ∂y/∂a = 1 if a < b else 0.5 if a == b else 0
    ∂y/∂b = 1 if b < a else 0.5 if a == b else 0
    """

@overload
def minimum(a: Value, b: Value | float, /) -> Value: ...
@overload
def minimum(a: float, b: Value, /) -> Value: ...
@overload
def less(a: float, b: float, /) -> float:
    """Return 1.0 if a < b, else 0.0.

    ∂y/∂a = 0
    ∂y/∂b = 0
    """

@overload
def less(a: Value, b: Value | float, /) -> Value: ...
@overload
def less(a: float, b: Value, /) -> Value: ...
@overload
def less_equal(a: float, b: float, /) -> float:
    """Return 1.0 if a <= b, else 0.0.

    ∂y/∂a = 0
    ∂y/∂b = 0
    """

@overload
def less_equal(a: Value, b: Value | float, /) -> Value: ...
@overload
def less_equal(a: float, b: Value, /) -> Value: ...
@overload
def equal(a: float, b: float, /) -> float:
    """Return 1.0 if a == b, else 0.0.

    ∂y/∂a = 0
    ∂y/∂b = 0
    """

@overload
def equal(a: Value, b: Value | float, /) -> Value: ...
@overload
def equal(a: float, b: Value, /) -> Value: ...
@overload
def clip(x: float, lo: float, hi: float) -> float:
    """Return x kept between lo and hi; hi if lo > hi, as in NumPy.

    ∂y/∂x = 1 if lo <= x <= hi else 0
    ∂y/∂lo = 1 if x < lo <= hi else 0
    ∂y/∂hi = 1 if x > hi or lo > hi else 0
    """

@overload
def clip(x: Value, lo: Value | float, hi: Value | float) -> Value: ...
@overload
def clip(x: float, lo: Value, hi: Value | float) -> Value: ...
@overload
def clip(x: float, lo: float, hi: Value) -> Value: ...
