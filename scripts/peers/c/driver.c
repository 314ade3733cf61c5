/* A predictor in C without server: predicts when it is told to, and says how long it took. The predictor itself is `load` and
 * `label_of`, in another file.
 *
 * Arguments MODEL ROWS LABELS FEATURES; rows are little-endian doubles, row by row. Writes the labels as 32-bit integers and says
 * "ready". Then, for each line "PASSES ROWS_AT_ONCE" on standard input, it predicts all rows so often and prints the seconds.
 * Predictors of this kind take one row at a time, so the second number changes nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "driver.h"

static void *checked(void *pointer, const char *what) {
    if (pointer == NULL) {
        perror(what);
        exit(1);
    }
    return pointer;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fputs("usage: driver MODEL ROWS LABELS FEATURES\n", stderr);
        return 2;
    }
    size_t features = strtoul(argv[4], NULL, 10);
    FILE *file = checked(fopen(argv[2], "rb"), argv[2]);
    fseek(file, 0, SEEK_END);
    size_t numbers = ftell(file) / sizeof(double), rows = numbers / features;
    rewind(file);
    double *values = checked(malloc(numbers * sizeof(double)), "rows");
    if (fread(values, sizeof(double), numbers, file) != numbers) {
        checked(NULL, argv[2]);
    }
    fclose(file);
    load(argv[1], values, rows, features);

    int32_t *labels = checked(malloc(rows * sizeof(int32_t)), "labels");
    for (size_t row = 0; row < rows; row++) {
        labels[row] = label_of(row);
    }
    file = checked(fopen(argv[3], "wb"), argv[3]);
    fwrite(labels, sizeof(int32_t), rows, file);
    fclose(file);
    puts("ready");
    fflush(stdout);

    unsigned long passes, at_once;
    while (scanf("%lu %lu", &passes, &at_once) == 2) {
        double began = seconds_now();
        for (unsigned long pass = 0; pass < passes; pass++) {
            for (size_t row = 0; row < rows; row++) {
                labels[row] = label_of(row);
            }
            /* the labels are needed, as far as the compiler knows */
            __asm__ volatile("" : : "r"(labels) : "memory");
        }
        printf("%.9f\n", seconds_now() - began);
        fflush(stdout);
    }
    return 0;
}
