/* Sums of products, as in a product of matrices: blocks of the result stay in registers while the sums grow.

   A product is fused with a sum here if the machine can: each sum is rounded once less. */

#ifndef AUTOGRAD_PRODUCTS_H
#define AUTOGRAD_PRODUCTS_H

#include <stddef.h>

#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=fast")
#endif

#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX__)
#define LANES 4
#else
#define LANES 2
#endif
#if defined(__AVX512F__) || defined(__aarch64__) /* 32 registers, else 16 */
#define ROWS 8
#else
#define ROWS 4
#endif
#define WIDTH (2 * LANES)
#define DEPTH 192 /* of a packed block, so that it fits the fastest cache */

typedef double Lanes __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

/* c[i*ci + j] += sum of a[i*ai + k*ak] * b[k*bk + j] for i < rows, j < vectors * LANES, k < depth; only j < width of
   them are stored, at c[i*ci + j*cj]. `rows` and `vectors` are constants, so that everything is unrolled. */
static inline __attribute__((always_inline)) void products_block(
    const int rows, const int vectors, double *restrict c, long ci, long cj, const double *a, long ai, long ak,
    const double *b, long bk, long depth, long width, int is_first) {
    Lanes sums[ROWS][4];
    const int whole = cj == 1 && width == vectors * LANES;
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int q = 0; q < vectors; q++) 
            sums[i][q] = whole && !is_first ? *(Lanes *)(c + i * ci + q * LANES) : (Lanes){0.0};
    for (long k = 0; k < depth; k++) {
        Lanes row[4];
#pragma GCC unroll 4
        for (int q = 0; q < vectors; q++) row[q] = *(const Lanes *)(b + k * bk + q * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            const double x = a[i * ai + k * ak];
#pragma GCC unroll 4
            for (int q = 0; q < vectors; q++) sums[i][q] += x * row[q];
        }
    }
    if (whole) {
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
            for (int q = 0; q < vectors; q++) *(Lanes *)(c + i * ci + q * LANES) = sums[i][q];
        return;
    }
    double parts[ROWS][4 * LANES];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int q = 0; q < vectors; q++) *(Lanes *)(parts[i] + q * LANES) = sums[i][q];
    for (int i = 0; i < rows; i++)
        for (long j = 0; j < width; j++) c[i * ci + j * cj] = parts[i][j] + (is_first ? 0.0 : c[i * ci + j * cj]);
}

/* The same for any number of rows. */
static void products_rows(
    double *restrict c, long ci, long cj, const double *a, long ai, long ak, const double *b, long bk, long rows,
    long depth, long width, int is_first) {
    long i = 0;
    if (width <= LANES)
        for (; i + ROWS <= rows; i += ROWS)
            products_block(ROWS, 1, c + i * ci, ci, cj, a + i * ai, ai, ak, b, bk, depth, width, is_first);
    for (; i + ROWS <= rows; i += ROWS)
        products_block(ROWS, 2, c + i * ci, ci, cj, a + i * ai, ai, ak, b, bk, depth, width, is_first);
    for (; i + 2 <= rows; i += 2)
        products_block(2, 2, c + i * ci, ci, cj, a + i * ai, ai, ak, b, bk, depth, width, is_first);
    for (; i < rows; i++) products_block(1, 2, c + i * ci, ci, cj, a + i * ai, ai, ak, b, bk, depth, width, is_first);
}

/* c[i*ci + j*cj] += sum of a[i*ai + k*ak] * b[k*bk + j*bj] for i < rows, j < columns, k < depth; = if `is_assigned` */
static __attribute__((noinline, noipa)) void products(
    double *restrict c, long ci, long cj, const double *a, long ai, long ak, const double *b, long bk, long bj,
    long rows, long depth, long columns, int is_assigned) {
    long j = 0;
    if (bj == 1 && depth <= DEPTH && columns >= WIDTH) { /* b as it is: rows of c one after another */
        const long whole = columns - columns % WIDTH;
        for (long i = 0; i < rows; i += ROWS)
            for (j = 0; j < whole; j += WIDTH)
                products_rows(c + i * ci + j * cj, ci, cj, a + i * ai, ai, ak, b + j, bk,
                              rows - i < ROWS ? rows - i : ROWS, depth, WIDTH, is_assigned);
    }
    for (; j < columns; j += WIDTH) {
        const long width = columns - j < WIDTH ? columns - j : WIDTH;
        for (long from = 0; from < depth; from += DEPTH) {
            double block[DEPTH * WIDTH];
            const long deep = depth - from < DEPTH ? depth - from : DEPTH;
            const double *first = b + from * bk + j * bj;
            for (long k = 0; k < deep; k++) {
                for (long l = 0; l < width; l++) block[k * WIDTH + l] = first[k * bk + l * bj];
                for (long l = width; l < WIDTH; l++) block[k * WIDTH + l] = 0.0;
            }
            products_rows(c + j * cj, ci, cj, a + from * ak, ai, ak, block, WIDTH, rows, deep, width,
                          is_assigned && from == 0);
        }
    }
}

/* c[i*ci] += sum of a[k] * b[i*bi + k] for i < rows, k < depth; = if `is_assigned` */
static __attribute__((noinline, noipa)) void products_dot(
    double *restrict c, long ci, const double *a, const double *b, long bi, long rows, long depth,
    int is_assigned) {
    const long whole = depth - depth % LANES;
    for (long i = 0; i < rows; i += 4) {
        const int count = rows - i < 4 ? (int)(rows - i) : 4;
        const double *r[4];
        Lanes sums[4] = {{0.0}};
        for (int q = 0; q < 4; q++) r[q] = b + (i + (q < count ? q : 0)) * bi;
        for (long k = 0; k < whole; k += LANES) {
            const Lanes x = *(const Lanes *)(a + k);
#pragma GCC unroll 4
            for (int q = 0; q < 4; q++) sums[q] += x * *(const Lanes *)(r[q] + k);
        }
        for (int q = 0; q < count; q++) {
            double total = 0.0;
            for (int l = 0; l < LANES; l++) total += sums[q][l];
            for (long k = whole; k < depth; k++) total += a[k] * r[q][k];
            c[(i + q) * ci] = total + (is_assigned ? 0.0 : c[(i + q) * ci]);
        }
    }
}

#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#endif
