"""The least that a model's arithmetic can cost on one thread of this machine: operations and loads over measured peaks."""

from dataclasses import dataclass

from predictors import compiled
from peer import output

# subtract, multiply, add
DIFFERENCE_OPERATIONS = 3
# as svc/lanes.rs has them, gamma's multiplication included; a comparison and each step of a conversion count as one
EXP_OPERATIONS = 38
# as svc/exp2.rs has them in single precision, with what makes a squared distance of a product
SINGLE_EXP_OPERATIONS = 16
# multiply, add; for each of the other classes
PAIR_OPERATIONS = 2
# so many rows go through the support vectors together
ROWS_A_PASS = 16
NUMBER_BYTES = 8


@dataclass(frozen=True)
class Limit:
    """Peaks of one thread, for support vectors of the size of a case, and the rows a second that they allow."""

    differences_per_s: float
    polynomials_per_s: float
    load_bytes_per_s: float
    operations_a_row: int
    rows_per_s_operations: float
    rows_per_s_loads: float
    rows_per_s_single: float

    @property
    def rows_per_s(self):
        return min(self.rows_per_s_operations, self.rows_per_s_loads)


def measure(case):
    """None where the additions and multiplications are the least of the work."""
    if case.has_documents:
        return None
    if case.svc.kernel == "linear":
        return measure_linear(case)
    n_support, n_features, n_classes = case.shape
    bytes_of_vectors = NUMBER_BYTES * n_support * n_features
    told = output([compiled("limit"), str(bytes_of_vectors)])
    differences_per_s, polynomials_per_s, load_bytes_per_s, fused_per_s = map(float, told.split())
    single = n_support * (n_features + SINGLE_EXP_OPERATIONS + n_classes - 1)
    differences = DIFFERENCE_OPERATIONS * n_support * n_features
    polynomials = n_support * (EXP_OPERATIONS + PAIR_OPERATIONS * (n_classes - 1))
    return Limit(
        differences_per_s,
        polynomials_per_s,
        load_bytes_per_s,
        differences + polynomials,
        1 / (differences / differences_per_s + polynomials / polynomials_per_s),
        ROWS_A_PASS * load_bytes_per_s / bytes_of_vectors,
        fused_per_s / single,
    )


def measure_linear(case):
    """One product of a row with the weights of each pair of classes."""
    _, n_features, n_classes = case.shape
    numbers = n_classes * (n_classes - 1) // 2 * n_features
    told = output([compiled("limit"), str(NUMBER_BYTES * numbers)])
    differences_per_s, polynomials_per_s, load_bytes_per_s, fused_per_s = map(float, told.split())
    operations = PAIR_OPERATIONS * numbers
    return Limit(
        differences_per_s,
        polynomials_per_s,
        load_bytes_per_s,
        operations,
        polynomials_per_s / operations,
        ROWS_A_PASS * load_bytes_per_s / (NUMBER_BYTES * numbers),
        fused_per_s / numbers,
    )
