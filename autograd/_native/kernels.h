/* The values and partial derivatives of the table of primitives, written by `python -m docs.make kernels`. */

#ifndef AUTOGRAD_KERNELS_H
#define AUTOGRAD_KERNELS_H

#include "ieee.h"
#include "reductions.h"

static const double GAMMA_BERNOULLI[] = {
    0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576,
    -0.2531135531135531, 1.1666666666666667, -7.092156862745098, 54.971177944862156, -529.1242424242424,
};
static const double GAMMA_STIRLING[] = {
    0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380952,
    0.0008417508417508418, -0.0019175269175269174, 0.006410256410256411, -0.02955065359477124,
    0.17964437236883057, -1.3924322169059011,
};
static const double GAMMA_SLOPES[] = {
    0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
    0.007575757575757576, -0.02109279609279609, 0.08333333333333334, -0.4432598039215686, 3.0539543302701198,
    -26.456212121212122,
};
static const double GAMMA_NEAR_2[] = {
    0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
    0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
    2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08,
    1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09,
    5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11,
    3.1044247747322276e-11, -1.5021384080754142e-11, 7.275974480239079e-12, -3.527742476575915e-12,
    1.711991790559618e-12, -8.315385841420285e-13,
};
static const double GAMMA_LOG_16[] = {
    2.772588722239781, 9.276187255385198e-17,
};
static const double GAMMA_LOG_ROOT_2_PI[] = {
    0.9189385332046728, -3.8782941580672414e-17,
};
#define GAMMA_LARGEST_ORDER 170
#include "gamma.h"

/* A function of one to four numbers: a value of the operands, or a partial derivative of the result and them. */
typedef union {
    double (*one)(double);
    double (*two)(double, double);
    double (*three)(double, double, double);
    double (*four)(double, double, double, double);
} Function;

/* An operation. A NULL among the functions means that the one of the table is to be called. */
typedef struct {
    const char *name;
    int arity; /* -1 for one or more operands: then `reduce` gives the value and `derive` stores the partials */
    int chooses; /* whether a partial may be BLOCKED */
    Function value;
    Function partials[3];
    double (*reduce)(const double *operands, size_t n);
    void (*derive)(double y, const double *operands, size_t n, double *partials);
} Kernel;

static double value_add(double a, double b) {
    return a + b;
}

static double value_sub(double a, double b) {
    return a - b;
}

static double value_mul(double a, double b) {
    return a * b;
}

static double value_div(double a, double b) {
    return a / b;
}

static double value_neg(double x) {
    return -x;
}

static double value_pow(double a, double b) {
    return pow(a, b);
}

static double value_mod(double a, double b) {
    return ieee_mod(a, b);
}

static double value_floor_divide(double a, double b) {
    return ieee_floor_divide(a, b);
}

static double value_exp(double x) {
    return exp(x);
}

static double value_exp2(double x) {
    return pow(2.0, x);
}

static double value_expm1(double x) {
    return expm1(x);
}

static double value_log(double x) {
    return log(x);
}

static double value_log1p(double x) {
    return log1p(x);
}

static double value_log2(double x) {
    return log2(x);
}

static double value_log10(double x) {
    return log10(x);
}

static double value_sqrt(double x) {
    return sqrt(x);
}

static double value_cbrt(double x) {
    const double t0 = cbrt(x);
    if (t0 != 0.0 && fabs(t0) < INFINITY) return t0 - (t0 - x / (t0 * t0)) / 3.0;
    return copysign(t0, x);
}

static double value_square(double x) {
    return x * x;
}

static double value_reciprocal(double x) {
    return 1.0 / x;
}

static double value_abs(double x) {
    return fabs(x);
}

static double value_sign(double x) {
    if (x > 0.0) return 1.0;
    if (x < 0.0) return -1.0;
    if (x == 0.0) return 0.0;
    return NAN;
}

static double value_floor(double x) {
    return floor(x);
}

static double value_ceil(double x) {
    return ceil(x);
}

static double value_trunc(double x) {
    return trunc(x);
}

static double value_rint(double x) {
    const double t0 = fabs(x);
    if (t0 < 4503599627370496.0) return copysign(t0 + 4503599627370496.0 - 4503599627370496.0, x);
    return x;
}

static double value_radians(double x) {
    return x * 0.017453292519943295;
}

static double value_degrees(double x) {
    return x * 57.29577951308232;
}

static double value_sin(double x) {
    return sin(x);
}

static double value_cos(double x) {
    return cos(x);
}

static double value_tan(double x) {
    return tan(x);
}

static double value_asin(double x) {
    return asin(x);
}

static double value_acos(double x) {
    return acos(x);
}

static double value_atan(double x) {
    return atan(x);
}

static double value_atan2(double a, double b) {
    return atan2(a, b);
}

static double value_sinc(double x) {
    const double t0 = fabs(x);
    if (t0 > 0.0 && t0 < INFINITY) {
        const double t1 = ieee_mod(t0, 2.0);
        const double t2 = 3.141592653589793 * t0;
        if (t1 > 1.0) {
            const double t3 = t1 - 1.0;
            if (t3 > 0.5) return -sin(3.141592653589793 * (1.0 - t3)) / t2;
            return -sin(3.141592653589793 * t3) / t2;
        }
        if (t1 > 0.5) return sin(3.141592653589793 * (1.0 - t1)) / t2;
        return sin(3.141592653589793 * t1) / t2;
    }
    if (t0 == 0.0) return 1.0;
    return NAN;
}

static double value_sinh(double x) {
    return sinh(x);
}

static double value_cosh(double x) {
    return cosh(x);
}

static double value_tanh(double x) {
    return tanh(x);
}

static double value_asinh(double x) {
    return asinh(x);
}

static double value_acosh(double x) {
    return acosh(x);
}

static double value_atanh(double x) {
    return atanh(x);
}

static double value_sigmoid(double x) {
    if (x > -700.0) return 1.0 / (1.0 + exp(-x));
    return exp(x);
}

static double value_maximum(double a, double b) {
    if (a > b || a != a) return a;
    return b;
}

static double value_softplus(double x) {
    return value_maximum(x, 0.0) + log1p(exp(-fabs(x)));
}

static double value_relu(double x) {
    if (x <= 0.0) return 0.0;
    return x;
}

static double value_leaky_relu(double a, double b) {
    if (a > 0.0) return a;
    return b * a;
}

static double value_elu(double a, double b) {
    if (a >= 0.0) return a;
    return b * expm1(a);
}

static double value_gelu(double x) {
    const double t0 = -x / 1.4142135623730951;
    const double t1 = 0.5 * x * erfc(t0);
    if (x > -40.0 && x < 0.0) {
        const double t2 = t0 + 12884901888.0 - 12884901888.0;
        const double t3 = x + 12884901888.0 - 12884901888.0;
        return t1 * exp(t2 * t2 - 0.5 * (t3 * t3) + ((t0 - t2) * (t0 + t2) - 0.5 * ((x - t3) * (x + t3))));
    }
    return t1;
}

static double value_silu(double x) {
    return x * value_sigmoid(x);
}

static double value_mish(double x) {
    const double t0 = exp(-fabs(x));
    const double t1 = 1.0 + t0;
    if (x > 0.0) {
        const double t2 = 2.0 * t0;
        return x * (1.0 - t2 * t0 / (1.0 + t2 * t1));
    }
    return x * (t0 - t0 * (t0 * t1 / (2.0 + t0 * (2.0 + t0))));
}

static double value_erf(double x) {
    return erf(x);
}

static double value_erfc(double x) {
    return erfc(x);
}

static double value_lgamma(double x) {
    return gamma_lgamma(x);
}

static double value_digamma(double x) {
    return gamma_digamma(x);
}

static double value_polygamma(double a, double b) {
    return gamma_polygamma(a, b);
}

static double value_hypot(double a, double b) {
    return ieee_hypot(a, b);
}

static double value_logaddexp(double a, double b) {
    if (a == b) return a + 0.6931471805599453;
    const double t0 = log1p(exp(-fabs(a - b)));
    if (a > b || a != a) return a + t0;
    return b + t0;
}

static double value_minimum(double a, double b) {
    if (a < b || a != a) return a;
    return b;
}

static double value_less(double a, double b) {
    if (a < b) return 1.0;
    return 0.0;
}

static double value_less_equal(double a, double b) {
    if (a <= b) return 1.0;
    return 0.0;
}

static double value_equal(double a, double b) {
    if (a == b) return 1.0;
    return 0.0;
}

static double value_where(double a, double b, double c) {
    if (a != 0.0) return b;
    return c;
}

static double value_clip(double a, double b, double c) {
    return value_minimum(value_maximum(a, b), c);
}

static double partial_add_0(double y, double a, double b) {
    return 1.0;
}

static double partial_add_1(double y, double a, double b) {
    return 1.0;
}

static double partial_sub_0(double y, double a, double b) {
    return 1.0;
}

static double partial_sub_1(double y, double a, double b) {
    return -1.0;
}

static double partial_mul_0(double y, double a, double b) {
    return b;
}

static double partial_mul_1(double y, double a, double b) {
    return a;
}

static double partial_div_0(double y, double a, double b) {
    return 1.0 / b;
}

static double partial_div_1(double y, double a, double b) {
    return -y / b;
}

static double partial_neg_0(double y, double x) {
    return -1.0;
}

static double partial_pow_0(double y, double a, double b) {
    if (a > 0.0) {
        if (b >= 0.5) return b * pow(a, b - 1.0);
        const double t0 = fabs(y);
        if (b < 0.5 && t0 >= 2.2250738585072014e-308 && t0 < INFINITY) return b * y / a;
        if (b != 0.0) return b * pow(a, b - 1.0);
        return 0.0;
    }
    const double t0 = fabs(y);
    if (b < 0.5 && a < 0.0 && t0 >= 2.2250738585072014e-308 && t0 < INFINITY) return b * y / a;
    if (b != 0.0) return b * pow(a, b - 1.0);
    return 0.0;
}

static double partial_pow_1(double y, double a, double b) {
    if (a == 0.0 && b >= 0.0) return 0.0;
    return y * log(a);
}

static double partial_mod_0(double y, double a, double b) {
    return 1.0;
}

static double partial_mod_1(double y, double a, double b) {
    return -ieee_floor_divide(a, b);
}

static double partial_floor_divide_0(double y, double a, double b) {
    return BLOCKED;
}

static double partial_floor_divide_1(double y, double a, double b) {
    return BLOCKED;
}

static double partial_exp_0(double y, double x) {
    return y;
}

static double partial_exp2_0(double y, double x) {
    return 0.6931471805599453 * y;
}

static double partial_expm1_0(double y, double x) {
    return exp(x);
}

static double partial_log_0(double y, double x) {
    return 1.0 / x;
}

static double partial_log1p_0(double y, double x) {
    return 1.0 / (1.0 + x);
}

static double partial_log2_0(double y, double x) {
    return 1.4426950408889634 / x;
}

static double partial_log10_0(double y, double x) {
    return 0.4342944819032518 / x;
}

static double partial_sqrt_0(double y, double x) {
    return 0.5 / y;
}

static double partial_cbrt_0(double y, double x) {
    return 1.0 / (3.0 * y * y);
}

static double partial_square_0(double y, double x) {
    return 2.0 * x;
}

static double partial_reciprocal_0(double y, double x) {
    return -y * y;
}

static double partial_abs_0(double y, double x) {
    return value_sign(x);
}

static double partial_sign_0(double y, double x) {
    return BLOCKED;
}

static double partial_floor_0(double y, double x) {
    return BLOCKED;
}

static double partial_ceil_0(double y, double x) {
    return BLOCKED;
}

static double partial_trunc_0(double y, double x) {
    return BLOCKED;
}

static double partial_rint_0(double y, double x) {
    return BLOCKED;
}

static double partial_radians_0(double y, double x) {
    return 0.017453292519943295;
}

static double partial_degrees_0(double y, double x) {
    return 57.29577951308232;
}

static double partial_sin_0(double y, double x) {
    return cos(x);
}

static double partial_cos_0(double y, double x) {
    return -sin(x);
}

static double partial_tan_0(double y, double x) {
    return 1.0 + y * y;
}

static double partial_asin_0(double y, double x) {
    return 1.0 / sqrt((1.0 - x) * (1.0 + x));
}

static double partial_acos_0(double y, double x) {
    return -1.0 / sqrt((1.0 - x) * (1.0 + x));
}

static double partial_atan_0(double y, double x) {
    if (x > -1000000000.0 && x < 1000000000.0) return 1.0 / (1.0 + x * x);
    return 1.0 / x / x;
}

static double partial_atan2_0(double y, double a, double b) {
    const double t0 = ieee_hypot(b, a);
    if (t0 != 0.0) return b / t0 / t0;
    return 0.0;
}

static double partial_atan2_1(double y, double a, double b) {
    const double t0 = ieee_hypot(b, a);
    if (t0 != 0.0) return -(a / t0 / t0);
    return -0.0;
}

static double partial_sinc_0(double y, double x) {
    if (x > -0.5 && x < 0.5) {
        const double t0 = 3.141592653589793 * x;
        const double t1 = t0 * t0;
        return 9.869604401089358 * x * (-0.3333333333333333 + t1 * (0.03333333333333333 + t1 * (-0.0011904761904761906 + t1 * (2.2045855379188714e-05 + t1 * (-2.505210838544172e-07 + t1 * (1.9270852604185937e-09 + t1 * (-1.0706029224547743e-11 + t1 * (4.498331606952833e-14 + t1 * (-1.4797143443923793e-16 + t1 * (3.9145882126782523e-19 + t1 * (-8.509974375387505e-22 + t1 * (1.5472680682522736e-24 + t1 * (-2.387759364586842e-27 + t1 * (3.166789608205361e-30 + t1 * 0.0))))))))))))));
    }
    const double t0 = ieee_mod(fabs(x), 2.0) - 1.0;
    if (t0 > -0.25 && t0 < 0.25) return (-cos(3.141592653589793 * t0) - y) / x;
    const double t1 = fabs(t0);
    if (t1 > 0.75) return (cos(3.141592653589793 * (1.0 - t1)) - y) / x;
    return (sin(3.141592653589793 * (t1 - 0.5)) - y) / x;
}

static double partial_sinh_0(double y, double x) {
    return cosh(x);
}

static double partial_cosh_0(double y, double x) {
    return sinh(x);
}

static double partial_tanh_0(double y, double x) {
    if (y > -0.5 && y < 0.5) return 1.0 - y * y;
    const double t0 = exp(-2.0 * fabs(x));
    const double t1 = 1.0 + t0;
    return 4.0 * t0 / (t1 * t1);
}

static double partial_asinh_0(double y, double x) {
    return 1.0 / ieee_hypot(1.0, x);
}

static double partial_acosh_0(double y, double x) {
    return 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0));
}

static double partial_atanh_0(double y, double x) {
    return 1.0 / ((1.0 - x) * (1.0 + x));
}

static double partial_sigmoid_0(double y, double x) {
    if (x < 1.0) return y * (1.0 - y);
    return y * value_sigmoid(-x);
}

static double partial_softplus_0(double y, double x) {
    return value_sigmoid(x);
}

static double partial_relu_0(double y, double x) {
    if (x <= 0.0) return BLOCKED;
    return 1.0;
}

static double partial_leaky_relu_0(double y, double a, double b) {
    if (a > 0.0) return 1.0;
    return b;
}

static double partial_leaky_relu_1(double y, double a, double b) {
    if (a > 0.0) return BLOCKED;
    return a;
}

static double partial_elu_0(double y, double a, double b) {
    if (a > 0.0) return 1.0;
    return b * exp(a);
}

static double partial_elu_1(double y, double a, double b) {
    if (a > 0.0) return BLOCKED;
    return expm1(a);
}

static double partial_gelu_0(double y, double x) {
    const double t0 = 0.5 * erfc(-x / 1.4142135623730951);
    if (x > -40.0 && x < 40.0) {
        const double t1 = x + 12884901888.0 - 12884901888.0;
        return t0 + x * (0.3989422804014327 * (exp(-0.5 * (t1 * t1)) * exp(-0.5 * ((x - t1) * (x + t1)))));
    }
    return t0 + x * (0.3989422804014327 * exp(-0.5 * x * x));
}

static double partial_silu_0(double y, double x) {
    return value_sigmoid(x) * (1.0 + x * value_sigmoid(-x));
}

static double partial_mish_0(double y, double x) {
    const double t0 = value_softplus(x);
    const double t1 = exp(-2.0 * fabs(t0));
    const double t2 = 1.0 + t1;
    return tanh(t0) + x * (value_sigmoid(x) * (4.0 * t1 / (t2 * t2)));
}

static double partial_erf_0(double y, double x) {
    if (x > -40.0 && x < 40.0) {
        const double t0 = x + 12884901888.0 - 12884901888.0;
        return 1.1283791670955126 * (exp(-(t0 * t0)) * exp(-((x - t0) * (x + t0))));
    }
    return 1.1283791670955126 * exp(-x * x);
}

static double partial_erfc_0(double y, double x) {
    if (x > -40.0 && x < 40.0) {
        const double t0 = x + 12884901888.0 - 12884901888.0;
        return -1.1283791670955126 * (exp(-(t0 * t0)) * exp(-((x - t0) * (x + t0))));
    }
    return -1.1283791670955126 * exp(-x * x);
}

static double partial_lgamma_0(double y, double x) {
    return gamma_digamma(x);
}

static double partial_digamma_0(double y, double x) {
    return gamma_polygamma(1.0, x);
}

static double partial_polygamma_0(double y, double a, double b) {
    return BLOCKED;
}

static double partial_polygamma_1(double y, double a, double b) {
    return gamma_polygamma(a + 1.0, b);
}

static double partial_hypot_0(double y, double a, double b) {
    return a / y;
}

static double partial_hypot_1(double y, double a, double b) {
    return b / y;
}

static double partial_logaddexp_0(double y, double a, double b) {
    if (y != -INFINITY) {
        if (a >= b) {
            const double t0 = b - a;
            const double t1 = exp(t0);
            if (t0 > -800.0) {
                const double t2 = t0 - b;
                return 1.0 / (1.0 + (t1 + t1 * (b - (t0 - t2) - (a + t2))));
            }
            return 1.0 / (1.0 + t1);
        }
        const double t0 = a - b;
        const double t1 = exp(t0);
        if (t0 > -800.0) {
            const double t2 = t0 - a;
            const double t3 = t1 + t1 * (a - (t0 - t2) - (b + t2));
            return t3 / (1.0 + t3);
        }
        return t1 / (1.0 + t1);
    }
    return 0.0;
}

static double partial_logaddexp_1(double y, double a, double b) {
    if (y != -INFINITY) {
        if (b >= a) {
            const double t0 = a - b;
            const double t1 = exp(t0);
            if (t0 > -800.0) {
                const double t2 = t0 - a;
                return 1.0 / (1.0 + (t1 + t1 * (a - (t0 - t2) - (b + t2))));
            }
            return 1.0 / (1.0 + t1);
        }
        const double t0 = b - a;
        const double t1 = exp(t0);
        if (t0 > -800.0) {
            const double t2 = t0 - b;
            const double t3 = t1 + t1 * (b - (t0 - t2) - (a + t2));
            return t3 / (1.0 + t3);
        }
        return t1 / (1.0 + t1);
    }
    return 0.0;
}

static double partial_maximum_0(double y, double a, double b) {
    if (a < b) return BLOCKED;
    if (a == b) return 0.5;
    return 1.0;
}

static double partial_maximum_1(double y, double a, double b) {
    if (a > b) return BLOCKED;
    if (a == b) return 0.5;
    return 1.0;
}

static double partial_minimum_0(double y, double a, double b) {
    if (a > b) return BLOCKED;
    if (a == b) return 0.5;
    return 1.0;
}

static double partial_minimum_1(double y, double a, double b) {
    if (a < b) return BLOCKED;
    if (a == b) return 0.5;
    return 1.0;
}

static double partial_less_0(double y, double a, double b) {
    return BLOCKED;
}

static double partial_less_1(double y, double a, double b) {
    return BLOCKED;
}

static double partial_less_equal_0(double y, double a, double b) {
    return BLOCKED;
}

static double partial_less_equal_1(double y, double a, double b) {
    return BLOCKED;
}

static double partial_equal_0(double y, double a, double b) {
    return BLOCKED;
}

static double partial_equal_1(double y, double a, double b) {
    return BLOCKED;
}

static double partial_where_0(double y, double a, double b, double c) {
    return BLOCKED;
}

static double partial_where_1(double y, double a, double b, double c) {
    if (a != 0.0) return 1.0;
    return BLOCKED;
}

static double partial_where_2(double y, double a, double b, double c) {
    if (a != 0.0) return BLOCKED;
    return 1.0;
}

static double partial_clip_0(double y, double a, double b, double c) {
    if (b <= a && a <= c) return 1.0;
    return BLOCKED;
}

static double partial_clip_1(double y, double a, double b, double c) {
    if (a < b && b <= c) return 1.0;
    return BLOCKED;
}

static double partial_clip_2(double y, double a, double b, double c) {
    if (a > c || b > c) return 1.0;
    return BLOCKED;
}

static const Kernel KERNELS[] = {
    {"add", 2, 0, .value.two = value_add, .partials[0].three = partial_add_0, .partials[1].three = partial_add_1},
    {"sub", 2, 0, .value.two = value_sub, .partials[0].three = partial_sub_0, .partials[1].three = partial_sub_1},
    {"mul", 2, 0, .value.two = value_mul, .partials[0].three = partial_mul_0, .partials[1].three = partial_mul_1},
    {"div", 2, 0, .value.two = value_div, .partials[0].three = partial_div_0, .partials[1].three = partial_div_1},
    {"neg", 1, 0, .value.one = value_neg, .partials[0].two = partial_neg_0},
    {"pow", 2, 0, .value.two = value_pow, .partials[0].three = partial_pow_0, .partials[1].three = partial_pow_1},
    {"mod", 2, 0, .value.two = value_mod, .partials[0].three = partial_mod_0, .partials[1].three = partial_mod_1},
    {"floor_divide", 2, 1, .value.two = value_floor_divide, .partials[0].three = partial_floor_divide_0, .partials[1].three = partial_floor_divide_1},
    {"exp", 1, 0, .value.one = value_exp, .partials[0].two = partial_exp_0},
    {"exp2", 1, 0, .value.one = value_exp2, .partials[0].two = partial_exp2_0},
    {"expm1", 1, 0, .value.one = value_expm1, .partials[0].two = partial_expm1_0},
    {"log", 1, 0, .value.one = value_log, .partials[0].two = partial_log_0},
    {"log1p", 1, 0, .value.one = value_log1p, .partials[0].two = partial_log1p_0},
    {"log2", 1, 0, .value.one = value_log2, .partials[0].two = partial_log2_0},
    {"log10", 1, 0, .value.one = value_log10, .partials[0].two = partial_log10_0},
    {"sqrt", 1, 0, .value.one = value_sqrt, .partials[0].two = partial_sqrt_0},
    {"cbrt", 1, 0, .value.one = value_cbrt, .partials[0].two = partial_cbrt_0},
    {"square", 1, 0, .value.one = value_square, .partials[0].two = partial_square_0},
    {"reciprocal", 1, 0, .value.one = value_reciprocal, .partials[0].two = partial_reciprocal_0},
    {"abs", 1, 0, .value.one = value_abs, .partials[0].two = partial_abs_0},
    {"sign", 1, 1, .value.one = value_sign, .partials[0].two = partial_sign_0},
    {"floor", 1, 1, .value.one = value_floor, .partials[0].two = partial_floor_0},
    {"ceil", 1, 1, .value.one = value_ceil, .partials[0].two = partial_ceil_0},
    {"trunc", 1, 1, .value.one = value_trunc, .partials[0].two = partial_trunc_0},
    {"rint", 1, 1, .value.one = value_rint, .partials[0].two = partial_rint_0},
    {"radians", 1, 0, .value.one = value_radians, .partials[0].two = partial_radians_0},
    {"degrees", 1, 0, .value.one = value_degrees, .partials[0].two = partial_degrees_0},
    {"sin", 1, 0, .value.one = value_sin, .partials[0].two = partial_sin_0},
    {"cos", 1, 0, .value.one = value_cos, .partials[0].two = partial_cos_0},
    {"tan", 1, 0, .value.one = value_tan, .partials[0].two = partial_tan_0},
    {"asin", 1, 0, .value.one = value_asin, .partials[0].two = partial_asin_0},
    {"acos", 1, 0, .value.one = value_acos, .partials[0].two = partial_acos_0},
    {"atan", 1, 0, .value.one = value_atan, .partials[0].two = partial_atan_0},
    {"atan2", 2, 0, .value.two = value_atan2, .partials[0].three = partial_atan2_0, .partials[1].three = partial_atan2_1},
    {"sinc", 1, 0, .value.one = value_sinc, .partials[0].two = partial_sinc_0},
    {"sinh", 1, 0, .value.one = value_sinh, .partials[0].two = partial_sinh_0},
    {"cosh", 1, 0, .value.one = value_cosh, .partials[0].two = partial_cosh_0},
    {"tanh", 1, 0, .value.one = value_tanh, .partials[0].two = partial_tanh_0},
    {"asinh", 1, 0, .value.one = value_asinh, .partials[0].two = partial_asinh_0},
    {"acosh", 1, 0, .value.one = value_acosh, .partials[0].two = partial_acosh_0},
    {"atanh", 1, 0, .value.one = value_atanh, .partials[0].two = partial_atanh_0},
    {"sigmoid", 1, 0, .value.one = value_sigmoid, .partials[0].two = partial_sigmoid_0},
    {"softplus", 1, 0, .value.one = value_softplus, .partials[0].two = partial_softplus_0},
    {"relu", 1, 1, .value.one = value_relu, .partials[0].two = partial_relu_0},
    {"leaky_relu", 2, 1, .value.two = value_leaky_relu, .partials[0].three = partial_leaky_relu_0, .partials[1].three = partial_leaky_relu_1},
    {"elu", 2, 1, .value.two = value_elu, .partials[0].three = partial_elu_0, .partials[1].three = partial_elu_1},
    {"gelu", 1, 0, .value.one = value_gelu, .partials[0].two = partial_gelu_0},
    {"silu", 1, 0, .value.one = value_silu, .partials[0].two = partial_silu_0},
    {"mish", 1, 0, .value.one = value_mish, .partials[0].two = partial_mish_0},
    {"erf", 1, 0, .value.one = value_erf, .partials[0].two = partial_erf_0},
    {"erfc", 1, 0, .value.one = value_erfc, .partials[0].two = partial_erfc_0},
    {"lgamma", 1, 0, .value.one = value_lgamma, .partials[0].two = partial_lgamma_0},
    {"digamma", 1, 0, .value.one = value_digamma, .partials[0].two = partial_digamma_0},
    {"polygamma", 2, 1, .value.two = value_polygamma, .partials[0].three = partial_polygamma_0, .partials[1].three = partial_polygamma_1},
    {"hypot", 2, 0, .value.two = value_hypot, .partials[0].three = partial_hypot_0, .partials[1].three = partial_hypot_1},
    {"logaddexp", 2, 0, .value.two = value_logaddexp, .partials[0].three = partial_logaddexp_0, .partials[1].three = partial_logaddexp_1},
    {"maximum", 2, 1, .value.two = value_maximum, .partials[0].three = partial_maximum_0, .partials[1].three = partial_maximum_1},
    {"minimum", 2, 1, .value.two = value_minimum, .partials[0].three = partial_minimum_0, .partials[1].three = partial_minimum_1},
    {"less", 2, 1, .value.two = value_less, .partials[0].three = partial_less_0, .partials[1].three = partial_less_1},
    {"less_equal", 2, 1, .value.two = value_less_equal, .partials[0].three = partial_less_equal_0, .partials[1].three = partial_less_equal_1},
    {"equal", 2, 1, .value.two = value_equal, .partials[0].three = partial_equal_0, .partials[1].three = partial_equal_1},
    {"where", 3, 1, .value.three = value_where, .partials[0].four = partial_where_0, .partials[1].four = partial_where_1, .partials[2].four = partial_where_2},
    {"clip", 3, 1, .value.three = value_clip, .partials[0].four = partial_clip_0, .partials[1].four = partial_clip_1, .partials[2].four = partial_clip_2},
    {"sum", -1, 0, .reduce = value_sum, .derive = partials_sum},
    {"mean", -1, 0, .reduce = value_mean, .derive = partials_mean},
    {"prod", -1, 0, .reduce = value_prod, .derive = partials_prod},
    {"dot", -1, 0, .reduce = value_dot, .derive = partials_dot},
    {"max", -1, 1, .reduce = value_max, .derive = partials_max},
    {"min", -1, 1, .reduce = value_min, .derive = partials_min},
    {"logsumexp", -1, 0, .reduce = value_logsumexp},
    {"softmax", -1, 0},
    {"log_softmax", -1, 0},
    {"take", -1, 0},
    {"norm", -1, 0},
    {NULL},
};

#endif
