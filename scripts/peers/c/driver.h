#include <stddef.h>

/* Reads the model, and brings the rows, which stay where they are, into the predictor's own form. */
void load(const char *model, const double *values, size_t rows, size_t features);

/* Predicts one of these rows. */
int label_of(size_t row);
