/* Float functions with the results of autograd/ieee.py, to the last bit, if C's own operators and functions differ.

   Compile with -ffp-contract=off and without -ffast-math: a fused multiplication and addition rounds once less. */

#ifndef AUTOGRAD_IEEE_H
#define AUTOGRAD_IEEE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A derivative of 0 that stays 0 whatever gradient it meets, as BLOCKED of autograd/operation.py. It is kept as a nan
   that no calculation makes. */
#define BLOCKED ieee_blocked()

static inline double ieee_blocked(void) {
    const uint64_t bits = 0x7ff8b10c00000000;
    double blocked;
    memcpy(&blocked, &bits, sizeof(blocked));
    return blocked;
}

static inline int ieee_is_blocked(double d) {
    const double blocked = BLOCKED;
    return memcmp(&d, &blocked, sizeof(d)) == 0;
}

/* a % b of Python: the sign is that of b; nan where Python raises an exception */
static double ieee_mod(double a, double b) {
    if (b == 0.0 || isinf(a)) return NAN;
    const double rest = fmod(a, b);
    if (rest == 0.0) return copysign(0.0, b);
    return (b < 0.0) != (rest < 0.0) ? rest + b : rest;
}

/* a // b of Python, a / b for b = 0 */
static double ieee_floor_divide(double a, double b) {
    if (b == 0.0) return a / b;
    const double rest = fmod(a, b);
    double quotient = (a - rest) / b;
    if (rest != 0.0 && (b < 0.0) != (rest < 0.0)) quotient -= 1.0;
    if (quotient == 0.0) return copysign(0.0, a / b);
    const double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

/* x*x - product, exactly: Dekker's multiplication of halves; |x| < 1 */
static double ieee_square_rest(double x, double product) {
    const double split = 134217729.0 * x, high = split - (split - x), low = x - high;
    return ((high * high - product) + 2.0 * high * low) + low * low;
}

/* the correctly rounded root of a*a + b*b, as math.hypot: the squares at a scale at which they are exact in two parts */
static double ieee_hypot(double a, double b) {
    a = fabs(a);
    b = fabs(b);
    if (isinf(a) || isinf(b)) return INFINITY;
    if (isnan(a) || isnan(b)) return NAN;
    if (a < b) {
        const double swapped = a;
        a = b;
        b = swapped;
    }
    if (b == 0.0) return a;
    int exponent;
    a = frexp(a, &exponent);
    b = ldexp(b, -exponent);
    const double a2 = a * a, b2 = b * b, sum = a2 + b2;
    const double rest = ((a2 - sum) + b2) + (ieee_square_rest(a, a2) + ieee_square_rest(b, b2));
    const double root = sqrt(sum + rest) / 2.0, square = root * root; /* halved, so that it is below 1 */
    const double missing = ((sum / 4.0 - square) + (rest / 4.0 - ieee_square_rest(root, square)));
    return ldexp(root + missing / (2.0 * root), exponent + 1);
}

/* --- sums that are rounded once --- */

/* A sum in twice the precision: `rest` is the sum of the rounding errors of `sum`. */
typedef struct {
    double sum, rest, rests, size;
} ieee_Twofold;

static inline void ieee_add(ieee_Twofold *s, double x) {
    const double sum = s->sum + x, shadow = sum - s->sum, rest = (s->sum - (sum - shadow)) + (x - shadow);
    s->sum = sum;
    s->rest += rest;
    s->rests += fabs(rest);
    s->size += fabs(x);
}

/* Whether the error of `rest` cannot change how the sum of n numbers is rounded. */
static inline int ieee_is_certain(const ieee_Twofold *s, size_t n) {
    const double bound = (double)(n + 4) * 0x1p-52 * s->rests;
    return s->size < 0x1p1000 && s->sum + (s->rest - bound) == s->sum + (s->rest + bound);
}

/* The exact sum, as math.fsum finds it: Shewchuk's partial sums, which do not overlap. Floats have 2098 binary places,
   and no two partial sums share one. */
typedef struct {
    size_t count;
    double infinite, special, partials[2100];
} ieee_Exact;

/* Returns whether a partial sum left the range of floats. */
static int ieee_add_exactly(ieee_Exact *s, const double term) {
    double x = term;
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        double y = s->partials[i];
        if (fabs(x) < fabs(y)) {
            const double swapped = x;
            x = y;
            y = swapped;
        }
        const double high = x + y, low = y - (high - x);
        if (low != 0.0) s->partials[kept++] = low;
        x = high;
    }
    s->count = kept;
    if (isfinite(x)) {
        if (x != 0.0) s->partials[s->count++] = x;
        return 0;
    }
    if (isfinite(term)) return 1;
    if (isinf(term)) s->infinite += term;
    s->special += term;
    s->count = 0;
    return 0;
}

/* The exact sum, rounded half to even. */
static double ieee_round(const ieee_Exact *s) {
    if (s->special != 0.0) return isnan(s->infinite) ? NAN : s->special;
    size_t n = s->count;
    double high = n ? s->partials[--n] : 0.0, low = 0.0;
    while (n && low == 0.0) {
        const double x = high, y = s->partials[--n];
        high = x + y;
        low = y - (high - x);
    }
    if (n && ((low < 0.0 && s->partials[n - 1] < 0.0) || (low > 0.0 && s->partials[n - 1] > 0.0))) {
        const double twice = 2.0 * low, other = high + twice; /* if low is half a digit, the next partial sum decides */
        if (twice == other - high) high = other;
    }
    return high;
}

/* Set `result` to the sum of `term`, an expression in k, for k = 0, 1, ..., n - 1; at a smaller scale if it overflows
   on the way. */
#define IEEE_SUM(result, n, term)                                                        \
    do {                                                                                 \
        const size_t terms = (n);                                                        \
        ieee_Twofold twofold = {0.0, 0.0, 0.0, 0.0};                                     \
        for (size_t k = 0; k < terms; k++) ieee_add(&twofold, (term));                   \
        if (ieee_is_certain(&twofold, terms)) {                                          \
            (result) = twofold.sum + twofold.rest;                                       \
            break;                                                                       \
        }                                                                                \
        ieee_Exact exact;                                                                \
        int overflow = 1;                                                                \
        for (double scale = 1.0; overflow; scale *= 0x1p-64) {                           \
            exact.count = 0;                                                             \
            exact.infinite = exact.special = 0.0;                                        \
            overflow = 0;                                                                \
            for (size_t k = 0; k < terms && !overflow; k++)                              \
                overflow = ieee_add_exactly(&exact, (term) * scale);                     \
            (result) = ieee_round(&exact) / scale;                                       \
        }                                                                                \
    } while (0)

#endif
