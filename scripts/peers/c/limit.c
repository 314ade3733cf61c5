/* What one thread of this machine can do at best with the operations of an rbf kernel, each rounded by itself: no fused
 * multiply-add. Argument: bytes of the support vectors. Prints the operations a second of squared differences (subtract, multiply,
 * add) and of polynomials (multiply, add) in registers, the bytes a second that a loop loads from so much memory, and the fused
 * multiply-adds a second in single precision. */
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __AVX512F__
#define BYTES 64
#define SUMS 24
#else
#define BYTES 32
#define SUMS 13
#endif
#define LANES (BYTES / sizeof(double))
#define TRIALS 15
#define ROUNDS 2000000

typedef double vector __attribute__((vector_size(BYTES)));

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

/* Keeps a value in a register and hides from the compiler where it comes from. */
#define HIDE(value) __asm__ volatile("" : "+x"(value))

static double difference_rate(void) {
    vector sums[SUMS] = {0}, row = {0}, vector_value = {0};
    double best = 0;
    /* else the compiler knows that it is zero, and leaves the subtraction out */
    HIDE(vector_value);
    for (int trial = 0; trial < TRIALS; trial++) {
        double began = seconds_now();
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 32
            for (int i = 0; i < SUMS; i++) {
                HIDE(row);
                vector difference = row - vector_value;
                sums[i] += difference * difference;
            }
        }
        double rate = 3.0 * SUMS * LANES * ROUNDS / (seconds_now() - began);
        best = rate > best ? rate : best;
#pragma GCC unroll 32
        for (int i = 0; i < SUMS; i++) {
            HIDE(sums[i]);
        }
    }
    return best;
}

static double polynomial_rate(void) {
    vector sums[SUMS] = {0}, factor = {0}, term = {0};
    double best = 0;
    HIDE(factor);
    HIDE(term);
    for (int trial = 0; trial < TRIALS; trial++) {
        double began = seconds_now();
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 32
            for (int i = 0; i < SUMS; i++) {
                sums[i] = sums[i] * factor + term;
            }
        }
        double rate = 2.0 * SUMS * LANES * ROUNDS / (seconds_now() - began);
        best = rate > best ? rate : best;
#pragma GCC unroll 32
        for (int i = 0; i < SUMS; i++) {
            HIDE(sums[i]);
        }
    }
    return best;
}

/* Labels may come from single precision, where products may be fused: there each lane has one instruction for a product. */
#ifdef __AVX512F__
typedef __m512 singles;
#define FUSED(a, b, c) _mm512_fmadd_ps(a, b, c)
#else
typedef __m256 singles;
#define FUSED(a, b, c) _mm256_fmadd_ps(a, b, c)
#endif

static double fused_rate(void) {
    singles sums[SUMS] = {0}, factor = {0}, term = {0};
    double best = 0;
    HIDE(factor);
    HIDE(term);
    for (int trial = 0; trial < TRIALS; trial++) {
        double began = seconds_now();
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 32
            for (int i = 0; i < SUMS; i++) {
                sums[i] = FUSED(factor, term, sums[i]);
                HIDE(sums[i]);
            }
        }
        double rate = 1.0 * SUMS * (BYTES / sizeof(float)) * ROUNDS / (seconds_now() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

static double load_rate(size_t bytes) {
    size_t count = (bytes + 8 * BYTES - 1) / (8 * BYTES) * 8;
    vector *memory = aligned_alloc(64, count * BYTES);
    if (memory == NULL) {
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        memory[i] = (vector){0};
    }
    size_t passes = 200000000 / (count * BYTES) + 1;
    double best = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double began = seconds_now();
        for (size_t pass = 0; pass < passes; pass++) {
            for (size_t i = 0; i < count; i += 8) {
#pragma GCC unroll 8
                for (int j = 0; j < 8; j++) {
                    vector value = memory[i + j];
                    HIDE(value);
                }
            }
        }
        double rate = 1.0 * count * BYTES * passes / (seconds_now() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

int main(int argc, char **argv) {
    size_t bytes = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (bytes == 0) {
        fputs("usage: limit BYTES\n", stderr);
        return 2;
    }
    printf("%.0f %.0f %.0f %.0f\n", difference_rate(), polynomial_rate(), load_rate(bytes), fused_rate());
    return 0;
}
