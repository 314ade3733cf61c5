/* The C code that m2cgen makes of a classifier with three classes 0, 1, 2. It gives the values of the pairs (0,1), (0,2), (1,2);
 * the votes are counted here. */
#include "driver.h"

#include M2CGEN_CODE

static const double *first;
static size_t width;

void load(const char *model, const double *values, size_t rows, size_t features) {
    (void)model;
    (void)rows;
    first = values;
    width = features;
}

int label_of(size_t row) {
    double pairs[3];
    score((double *)first + row * width, pairs);
    int votes[3] = {0};
    votes[pairs[0] > 0 ? 0 : 1]++;
    votes[pairs[1] > 0 ? 0 : 2]++;
    votes[pairs[2] > 0 ? 1 : 2]++;
    int winner = 0;
    for (int class = 1; class < 3; class++) {
        winner = votes[class] > votes[winner] ? class : winner;
    }
    return winner;
}
