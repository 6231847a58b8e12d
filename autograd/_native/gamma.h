/* The logarithm of the gamma function and its derivatives, with the bits of autograd/gamma.py. The numbers in GAMMA_...
   are from there: kernels.h, which includes this file, has them. */

#ifndef AUTOGRAD_GAMMA_H
#define AUTOGRAD_GAMMA_H

#include "ieee.h"

#define GAMMA_WHOLE 0x1p52
#define GAMMA_PI 3.141592653589793
#define GAMMA_COUNT(numbers) (sizeof(numbers) / sizeof((numbers)[0]))
#define GAMMA_SERIES(numbers, w) gamma_series(numbers, GAMMA_COUNT(numbers), w)

static double gamma_series(const double *numbers, size_t n, double w) {
    double total = 0.0;
    while (n-- > 0) total = (total + numbers[n]) * w;
    return total;
}

static double gamma_product_rest(double a, double b, double product) {
    double split = 134217729.0 * a;
    const double a1 = split - (split - a);
    split = 134217729.0 * b;
    const double b1 = split - (split - b), a2 = a - a1, b2 = b - b1;
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
}

static double gamma_from_whole(double x) { return x + ((GAMMA_WHOLE - x) - GAMMA_WHOLE); }

static double gamma_sum(const double *numbers, size_t n) {
    double total;
    IEEE_SUM(total, n, numbers[k]);
    return total;
}

/* --- the logarithm --- */

static double gamma_lgamma_positive(double x) {
    if (x < 0.5) return (GAMMA_SERIES(GAMMA_NEAR_2, x) - log1p(x)) - log(x);
    if (x < 1.35) return GAMMA_SERIES(GAMMA_NEAR_2, x - 1.0) - log1p(x - 1.0);
    if (x < 10.0) {
        double product = 1.0;
        while (x >= 2.5) {
            x -= 1.0;
            product *= x;
        }
        return GAMMA_SERIES(GAMMA_NEAR_2, x - 2.0) + log(product);
    }
    const double l = log(x);
    if (x > 1e290) return x * (l - 1.0);
    const double product = (x - 0.5) * l, rest = 1.0 / x;
    const double terms[] = {product, gamma_product_rest(x - 0.5, l, product), -x, GAMMA_LOG_ROOT_2_PI[0],
                            GAMMA_LOG_ROOT_2_PI[1], GAMMA_SERIES(GAMMA_STIRLING, rest * rest) * x};
    return gamma_sum(terms, GAMMA_COUNT(terms));
}

static double gamma_lgamma(double x) {
    if (isnan(x) || isinf(x)) return fabs(x);
    if (x > 0.0) return gamma_lgamma_positive(x);
    const double rest = x > -GAMMA_WHOLE ? fabs(gamma_from_whole(x)) : 0.0;
    if (rest == 0.0) return INFINITY;
    if (x > -1e-17) return -log(-x);
    return -log(-x * sin(GAMMA_PI * rest) / GAMMA_PI) - gamma_lgamma_positive(-x);
}

/* --- its first derivative --- */

static double gamma_digamma_positive(double x) {
    if (x < 1e-17) return -1.0 / x;
    double terms[40], y = x;
    size_t n = 0;
    if (x < 16.5) {
        const int whole = (int)floor(x + 0.5);
        const double part = x - whole;
        terms[n++] = GAMMA_LOG_16[0];
        terms[n++] = GAMMA_LOG_16[1];
        terms[n++] = log1p(part / 16.0);
        for (int i = whole; i < 16; i++) {
            y = i + part;
            const double quotient = 1.0 / y, product = quotient * y;
            const double error = gamma_product_rest(quotient, y, product) + quotient * (part - (y - i));
            terms[n++] = -quotient;
            terms[n++] = -((1.0 - product) - error) * quotient;
        }
        y = 16.0 + part;
    }
    else
        terms[n++] = log(x);
    terms[n++] = -0.5 / y;
    terms[n++] = -GAMMA_SERIES(GAMMA_SLOPES, 1.0 / (y * y));
    return gamma_sum(terms, n);
}

static double gamma_digamma(double x) {
    if (x > 0.0) return gamma_digamma_positive(x);
    if (!(-GAMMA_WHOLE < x && x < 0.0)) return x == 0.0 ? -1.0 / x : NAN;
    const double rest = gamma_from_whole(x);
    if (rest == 0.0) return NAN;
    const double terms[] = {-1.0 / rest, gamma_digamma_positive(1.0 + rest), -gamma_digamma_positive(1.0 - rest),
                            gamma_digamma_positive(1.0 - x)};
    return gamma_sum(terms, 4);
}

/* --- the others --- */

static double gamma_term(double n, double x) {
    double factorial = 1.0, power = x;
    for (int i = 1; i <= (int)n; i++) {
        factorial *= i;
        power *= x;
    }
    if (isfinite(power)) return factorial / power;
    double quotient = 1.0 / x;
    for (int i = 1; i <= (int)n; i++) quotient *= i / x;
    return quotient;
}

static double gamma_polygamma_positive(double n, double x) {
    double terms[16 + GAMMA_LARGEST_ORDER + 3], y = x;
    size_t count = 0;
    while (y < 16.0 + n) {
        terms[count] = gamma_term(n, y);
        y = x + (double)++count;
    }
    const double first = gamma_term(n - 1.0, y), w = 1.0 / (y * y);
    double power = 1.0, rest = 0.5 * n / y;
    for (int j = 1; j <= (int)GAMMA_COUNT(GAMMA_BERNOULLI); j++) {
        power *= (n + 2 * j - 2) * (n + 2 * j - 1) / ((2 * j - 1) * (2 * j)) * w;
        rest += GAMMA_BERNOULLI[j - 1] * power;
    }
    terms[count++] = first;
    terms[count++] = first * rest;
    return gamma_sum(terms, count);
}

static double gamma_polygamma(double n, double x) {
    if (!(0.0 <= n && n <= GAMMA_LARGEST_ORDER) || n != floor(n) || isnan(x)) return NAN;
    if (n == 0.0) return gamma_digamma(x);
    const double sign = fmod(n, 2.0) == 1.0 ? 1.0 : -1.0;
    if (x > 0.0) return sign * gamma_polygamma_positive(n, x);
    if (x == 0.0) return sign * gamma_term(n, x);
    const double rest = x > -GAMMA_WHOLE ? gamma_from_whole(x) : 0.0;
    if (rest == 0.0) return sign > 0.0 && !isinf(x) ? INFINITY : NAN;
    const double pole = gamma_term(n, rest);
    if (isinf(pole)) return sign * pole;
    const double terms[] = {pole, gamma_polygamma_positive(n, 1.0 + rest),
                            sign * gamma_polygamma_positive(n, 1.0 - rest),
                            -sign * gamma_polygamma_positive(n, 1.0 - x)};
    return sign * gamma_sum(terms, 4);
}

#endif
