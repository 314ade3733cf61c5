/* LIBSVM's svm_predict. Its rows are lists of index and value, made before the clock runs. */
#include <stdio.h>
#include <stdlib.h>
#include <libsvm/svm.h>

#include "driver.h"

static struct svm_model *svm;
static struct svm_node *nodes;
static size_t width;

void load(const char *model, const double *values, size_t rows, size_t features) {
    svm = svm_load_model(model);
    width = features + 1;
    nodes = malloc(rows * width * sizeof(*nodes));
    if (svm == NULL || nodes == NULL) {
        fprintf(stderr, "cannot load %s\n", model);
        exit(1);
    }
    for (size_t row = 0; row < rows; row++) {
        struct svm_node *node = nodes + row * width;
        for (size_t feature = 0; feature < features; feature++, node++) {
            node->index = feature + 1;
            node->value = values[row * features + feature];
        }
        node->index = -1;
    }
}

int label_of(size_t row) {
    return svm_predict(svm, nodes + row * width);
}
