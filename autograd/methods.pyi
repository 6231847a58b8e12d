# Written by `python -m docs.make stubs` from the table of primitives.
from .node import Node
from .value import Value

class Methods(Node):
    def neg(self) -> Value:
        """Return -x.

        dy/dx = -1
        """
    def pow(self, n: Value | float) -> Value:
        """Return x**n.

        ∂y/∂x = n * x**(n - 1)
        ∂y/∂n = y * log(x), with y = pow(x, n)
        """
    def exp(self) -> Value:
        """Return e**x.

        dy/dx = y, with y = exp(x)
        """
    def exp2(self) -> Value:
        """Return 2**x.

        dy/dx = log(2) * y, with y = exp2(x)
        """
    def expm1(self) -> Value:
        """Return exp(x) - 1, exact near 0.

        dy/dx = exp(x)
        """
    def log(self) -> Value:
        """Return the natural logarithm of x.

        dy/dx = 1 / x
        """
    def log1p(self) -> Value:
        """Return log(1 + x), exact near 0.

        dy/dx = 1 / (1 + x)
        """
    def log2(self) -> Value:
        """Return the logarithm of x to base 2.

        dy/dx = log2(e) / x
        """
    def log10(self) -> Value:
        """Return the logarithm of x to base 10.

        dy/dx = log10(e) / x
        """
    def sqrt(self) -> Value:
        """Return the square root of x.

        dy/dx = 0.5 / y, with y = sqrt(x)
        """
    def cbrt(self) -> Value:
        """Return the cube root of x, of negative numbers too.

        dy/dx = 1 / (3 * y**2), with y = cbrt(x)
        """
    def square(self) -> Value:
        """Return x * x.

        dy/dx = 2 * x
        """
    def reciprocal(self) -> Value:
        """Return 1 / x.

        dy/dx = -y**2, with y = reciprocal(x)
        """
    def abs(self) -> Value:
        """Return the absolute value of x.

        dy/dx = sign(x)
        """
    def fabs(self) -> Value:
        """Return the absolute value of x.

        dy/dx = sign(x)
        """
    def sign(self) -> Value:
        """Return the sign of x: -1.0, 0.0 or 1.0.

        dy/dx = 0
        """
    def floor(self) -> Value:
        """Return the largest whole number <= x.

        dy/dx = 0
        """
    def __floor__(self) -> Value:
        """Return the largest whole number <= x.

        dy/dx = 0
        """
    def ceil(self) -> Value:
        """Return the smallest whole number >= x.

        dy/dx = 0
        """
    def __ceil__(self) -> Value:
        """Return the smallest whole number >= x.

        dy/dx = 0
        """
    def trunc(self) -> Value:
        """Return x without the digits after the point.

        dy/dx = 0
        """
    def __trunc__(self) -> Value:
        """Return x without the digits after the point.

        dy/dx = 0
        """
    def rint(self) -> Value:
        """Return the whole number nearest to x, the even one if there are two.

        dy/dx = 0
        """
    def radians(self) -> Value:
        """Return x * pi / 180, an angle in radians from one in degrees.

        dy/dx = pi / 180
        """
    def deg2rad(self) -> Value:
        """Return x * pi / 180, an angle in radians from one in degrees.

        dy/dx = pi / 180
        """
    def degrees(self) -> Value:
        """Return x * 180 / pi, an angle in degrees from one in radians.

        dy/dx = 180 / pi
        """
    def rad2deg(self) -> Value:
        """Return x * 180 / pi, an angle in degrees from one in radians.

        dy/dx = 180 / pi
        """
    def sin(self) -> Value:
        """Return the sine of x.

        dy/dx = cos(x)
        """
    def cos(self) -> Value:
        """Return the cosine of x.

        dy/dx = -sin(x)
        """
    def tan(self) -> Value:
        """Return the tangent of x.

        dy/dx = 1 + y**2, with y = tan(x)
        """
    def asin(self) -> Value:
        """Return the angle between -pi/2 and pi/2 whose sine is x.

        dy/dx = 1 / sqrt(1 - x**2)
        """
    def arcsin(self) -> Value:
        """Return the angle between -pi/2 and pi/2 whose sine is x.

        dy/dx = 1 / sqrt(1 - x**2)
        """
    def acos(self) -> Value:
        """Return the angle between 0 and pi whose cosine is x.

        dy/dx = -1 / sqrt(1 - x**2)
        """
    def arccos(self) -> Value:
        """Return the angle between 0 and pi whose cosine is x.

        dy/dx = -1 / sqrt(1 - x**2)
        """
    def atan(self) -> Value:
        """Return the angle between -pi/2 and pi/2 whose tangent is x.

        dy/dx = 1 / (1 + x**2)
        """
    def arctan(self) -> Value:
        """Return the angle between -pi/2 and pi/2 whose tangent is x.

        dy/dx = 1 / (1 + x**2)
        """
    def atan2(self, x: Value | float) -> Value:
        """Return the angle of the point (x, y), between -pi and pi.

        ∂r/∂y = x / (x**2 + y**2)
        ∂r/∂x = -y / (x**2 + y**2)
        """
    def arctan2(self, x: Value | float) -> Value:
        """Return the angle of the point (x, y), between -pi and pi.

        ∂r/∂y = x / (x**2 + y**2)
        ∂r/∂x = -y / (x**2 + y**2)
        """
    def sinc(self) -> Value:
        """Return sin(pi * x) / (pi * x), 1 at 0.

        dy/dx = (cos(pi * x) - y) / x if x != 0 else 0, with y = sinc(x)
        """
    def sinh(self) -> Value:
        """Return (exp(x) - exp(-x)) / 2, the hyperbolic sine.

        dy/dx = cosh(x)
        """
    def cosh(self) -> Value:
        """Return (exp(x) + exp(-x)) / 2, the hyperbolic cosine.

        dy/dx = sinh(x)
        """
    def tanh(self) -> Value:
        """Return sinh(x) / cosh(x), the hyperbolic tangent, between -1 and 1.

        dy/dx = 1 - y**2, with y = tanh(x)
        """
    def asinh(self) -> Value:
        """Return the number whose hyperbolic sine is x.

        dy/dx = 1 / sqrt(1 + x**2)
        """
    def arcsinh(self) -> Value:
        """Return the number whose hyperbolic sine is x.

        dy/dx = 1 / sqrt(1 + x**2)
        """
    def acosh(self) -> Value:
        """Return the number >= 0 whose hyperbolic cosine is x.

        dy/dx = 1 / sqrt(x**2 - 1)
        """
    def arccosh(self) -> Value:
        """Return the number >= 0 whose hyperbolic cosine is x.

        dy/dx = 1 / sqrt(x**2 - 1)
        """
    def atanh(self) -> Value:
        """Return the number whose hyperbolic tangent is x.

        dy/dx = 1 / (1 - x**2)
        """
    def arctanh(self) -> Value:
        """Return the number whose hyperbolic tangent is x.

        dy/dx = 1 / (1 - x**2)
        """
    def sigmoid(self) -> Value:
        """Return 1 / (1 + exp(-x)), the logistic function, between 0 and 1.

        dy/dx = y * (1 - y), with y = sigmoid(x)
        """
    def softplus(self) -> Value:
        """Return log(1 + exp(x)), a smooth relu.

        dy/dx = sigmoid(x)
        """
    def relu(self) -> Value:
        """Return x if x > 0, else 0.

        dy/dx = 1 if x > 0 else 0
        """
    def leaky_relu(self, negative_slope: Value | float = ...) -> Value:
        """Return x if x > 0, else negative_slope * x.

        ∂y/∂x = 1 if x > 0 else negative_slope
        ∂y/∂negative_slope = 0 if x > 0 else x
        """
    def elu(self, alpha: Value | float = ...) -> Value:
        """Return x if x > 0, else alpha * (exp(x) - 1).

        ∂y/∂x = 1 if x > 0 else alpha * exp(x)
        ∂y/∂alpha = 0 if x > 0 else exp(x) - 1
        """
    def gelu(self) -> Value:
        """Return x * P(X <= x) for a standard normal X, x * (1 + erf(x / sqrt(2))) / 2.

        dy/dx = (1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2*pi)
        """
    def silu(self) -> Value:
        """Return x * sigmoid(x), also called swish.

        dy/dx = sigmoid(x) * (1 + x * (1 - sigmoid(x)))
        """
    def mish(self) -> Value:
        """Return x * tanh(softplus(x)).

        dy/dx = tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x))**2)
        """
    def erf(self) -> Value:
        """Return the error function of x, between -1 and 1.

        dy/dx = 2 / sqrt(pi) * exp(-x**2)
        """
    def erfc(self) -> Value:
        """Return 1 - erf(x), exact for large x.

        dy/dx = -2 / sqrt(pi) * exp(-x**2)
        """
    def lgamma(self) -> Value:
        """Return log(abs(gamma(x))); gamma(n + 1) is the factorial of n.

        dy/dx = digamma(x)
        """
    def digamma(self) -> Value:
        """Return the derivative of lgamma at x.

        dy/dx = polygamma(1, x)
        """
    def hypot(self, b: Value | float) -> Value:
        """Return sqrt(a**2 + b**2), without overflow.

        ∂y/∂a = a / y, with y = hypot(a, b)
        ∂y/∂b = b / y, with y = hypot(a, b)
        """
    def logaddexp(self, b: Value | float) -> Value:
        """Return log(exp(a) + exp(b)), without overflow.

        ∂y/∂a = exp(a - y), with y = logaddexp(a, b)
        ∂y/∂b = exp(b - y), with y = logaddexp(a, b)
        """
    def maximum(self, b: Value | float) -> Value:
        """Return the larger of a and b.

        ∂y/∂a = 1 if a > b else 0.5 if a == b else 0
        ∂y/∂b = 1 if b > a else 0.5 if a == b else 0
        """
    def minimum(self, b: Value | float) -> Value:
        """Return the smaller of a and b.

        ∂y/∂a = 1 if a < b else 0.5 if a == b else 0
        ∂y/∂b = 1 if b < a else 0.5 if a == b else 0
        """
    def clip(self, lo: Value | float, hi: Value | float) -> Value:
        """Return x kept between lo and hi; hi if lo > hi, as in NumPy.

        ∂y/∂x = 1 if lo <= x <= hi else 0
        ∂y/∂lo = 1 if x < lo <= hi else 0
        ∂y/∂hi = 1 if x > hi or lo > hi else 0
        """
