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
#define HIDE(value) __asm__ volatile("" : "+v"(value))

/* The most a second that a trial of so many reaches. */
static double best_rate(void (*trial)(void), double count) {
    double best = 0;
    for (int i = 0; i < TRIALS; i++) {
        double began = seconds_now();
        trial();
        double rate = count / (seconds_now() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

/* A trial in registers: `step` adds to one of the sums, each of which waits for nothing but itself. What the compiler knows to be
 * zero it would leave out. */
#define TRIAL(name, type, step)                                                                                        \
    static void name(void) {                                                                                           \
        type sums[SUMS] = {0}, first = {0}, second = {0};                                                              \
        HIDE(first);                                                                                                   \
        HIDE(second);                                                                                                  \
        for (int round = 0; round < ROUNDS; round++) {                                                                 \
            _Pragma("GCC unroll 32") for (int i = 0; i < SUMS; i++) {                                                  \
                step;                                                                                                  \
                HIDE(sums[i]);                                                                                         \
            }                                                                                                          \
        }                                                                                                              \
    }

/* Labels may come from single precision, where products may be fused: there each lane has one instruction for a product. */
#ifdef __AVX512F__
typedef __m512 singles;
#define FUSED(a, b, c) _mm512_fmadd_ps(a, b, c)
#else
typedef __m256 singles;
#define FUSED(a, b, c) _mm256_fmadd_ps(a, b, c)
#endif

/* the difference is made anew for each sum */
TRIAL(differences, vector, HIDE(first); vector difference = first - second; sums[i] += difference * difference)
TRIAL(polynomials, vector, sums[i] = sums[i] * first + second)
TRIAL(fused, singles, sums[i] = FUSED(first, second, sums[i]))

static vector *memory;
static size_t count, passes;

static void loads(void) {
    for (size_t pass = 0; pass < passes; pass++) {
        for (size_t i = 0; i < count; i += 8) {
#pragma GCC unroll 8
            for (int j = 0; j < 8; j++) {
                vector value = memory[i + j];
                HIDE(value);
            }
        }
    }
}

static double load_rate(size_t bytes) {
    count = (bytes + 8 * BYTES - 1) / (8 * BYTES) * 8;
    passes = 200000000 / (count * BYTES) + 1;
    memory = aligned_alloc(64, count * BYTES);
    if (memory == NULL) {
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        memory[i] = (vector){0};
    }
    return best_rate(loads, 1.0 * count * BYTES * passes);
}

int main(int argc, char **argv) {
    size_t bytes = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (bytes == 0) {
        fputs("usage: limit BYTES\n", stderr);
        return 2;
    }
    double numbers = 1.0 * SUMS * LANES * ROUNDS;
    double differences_per_s = best_rate(differences, 3 * numbers), polynomials_per_s = best_rate(polynomials, 2 * numbers);
    printf("%.0f %.0f %.0f ", differences_per_s, polynomials_per_s, load_rate(bytes));
    /* twice as many lanes */
    printf("%.0f\n", best_rate(fused, 2 * numbers));
    return 0;
}
