/* Operations on any number of operands, with the bits of the table's Python code; by hand, as they are loops. */

#ifndef AUTOGRAD_REDUCTIONS_H
#define AUTOGRAD_REDUCTIONS_H

#include "ieee.h"

static double value_sum(const double *xs, size_t n) {
    double total;
    IEEE_SUM(total, n, xs[k]);
    return total;
}

static void partials_sum(double y, const double *xs, size_t n, double *d) {
    for (size_t k = 0; k < n; k++) d[k] = 1.0;
}

static double value_mean(const double *xs, size_t n) {
    double total = value_sum(xs, n);
    if (!isinf(total)) return total / (double)n;
    IEEE_SUM(total, n, xs[k] / (double)n);
    return total;
}

static void partials_mean(double y, const double *xs, size_t n, double *d) {
    for (size_t k = 0; k < n; k++) d[k] = 1.0 / (double)n;
}

/* w0*x0 + w1*x1 + ... + b of the operands w0, w1, ..., x0, x1, ..., b; there is a b if their number is odd */
static double value_dot(const double *operands, size_t n) {
    const size_t half = n / 2;
    double total;
    IEEE_SUM(total, half + n % 2, k < half ? operands[k] * operands[half + k] : operands[n - 1]);
    return total;
}

static void partials_dot(double y, const double *operands, size_t n, double *d) {
    const size_t half = n / 2;
    for (size_t k = 0; k < half; k++) {
        d[k] = operands[half + k];
        d[half + k] = operands[k];
    }
    if (n % 2) d[n - 1] = 1.0;
}

static double value_prod(const double *xs, size_t n) {
    double product = 1.0;
    for (size_t k = 0; k < n; k++) product *= xs[k];
    return product;
}

/* Each is the product of those before and those after: a division would not do for a factor of 0. */
static void partials_prod(double y, const double *xs, size_t n, double *d) {
    double product = 1.0;
    for (size_t k = 0; k < n; k++) {
        d[k] = product;
        product *= xs[k];
    }
    product = 1.0;
    for (size_t k = n; k-- > 0;) {
        d[k] *= product;
        product *= xs[k];
    }
}

/* The first of the largest or smallest; nan if there is one. */

static double value_max(const double *xs, size_t n) {
    double found = xs[0];
    for (size_t k = 1; k < n; k++)
        if (xs[k] > found || isnan(xs[k])) found = xs[k];
    return found;
}

static double value_min(const double *xs, size_t n) {
    double found = xs[0];
    for (size_t k = 1; k < n; k++)
        if (xs[k] < found || isnan(xs[k])) found = xs[k];
    return found;
}

/* Those that are the largest or smallest have equal shares. */
static void partials_max(double y, const double *xs, size_t n, double *d) {
    size_t hits = 0;
    for (size_t k = 0; k < n; k++) hits += xs[k] == y || (isnan(xs[k]) && isnan(y));
    const double share = 1.0 / (double)(hits ? hits : 1);
    for (size_t k = 0; k < n; k++) d[k] = xs[k] == y || (isnan(xs[k]) && isnan(y)) ? share : BLOCKED;
}

static void partials_min(double y, const double *xs, size_t n, double *d) {
    partials_max(y, xs, n, d);
}

static double value_logsumexp(const double *xs, size_t n) {
    const double m = value_max(xs, n);
    if (!isfinite(m)) return m;
    size_t largest = 0;
    while (xs[largest] != m) largest++;
    double rest;
    IEEE_SUM(rest, n, k == largest ? 0.0 : exp(xs[k] - m)); /* its own exp(0) = 1 is the 1 of log1p */
    return m + log1p(rest);
}

#endif
