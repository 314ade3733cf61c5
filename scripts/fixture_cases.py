"""The table of golden cases: what each model is trained on, and the rows that it predicts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, NuSVC

from fixture_rows import (
    Data,
    around,
    blobs,
    breast_cancer,
    digits,
    exactly,
    far,
    held_out,
    iris,
    labelled,
    on_support_vectors,
    rare_class,
    tied,
    wine,
    with_constant_feature,
)

IRIS_NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")


@dataclass(frozen=True)
class Case:
    """One golden model."""

    name: str
    covers: str
    # not fitted
    estimator: object
    data: Callable[[], Data]
    # makers of rows; what they give is put together in this order
    rows: tuple
    feature_names: tuple | None = None
    # rows stored in the model file itself
    probes: int = 2


def strings(data):
    return labelled(data, np.array(["setosa", "versicolor", "virginica"]))


USUAL = (held_out(20), around(12), on_support_vectors(8))
DIGITS = (held_out(16), on_support_vectors(4))

KERNELS = (
    Case(
        "iris_rbf_scale",
        "the notebook's model: rbf, gamma 'scale', feature names; the row of four ones",
        SVC(gamma="scale"),
        iris,
        (exactly([1, 1, 1, 1]), held_out(30), around(40), on_support_vectors(20)),
        IRIS_NAMES,
        probes=10,
    ),
    Case("iris_rbf_auto", "gamma 'auto', shape ovo", SVC(gamma="auto", decision_function_shape="ovo"), iris, USUAL),
    Case("iris_rbf_float", "gamma a number, C = 100", SVC(gamma=2.5, C=100), iris, USUAL),
    Case("iris_rbf_gamma_zero", "gamma 0: every kernel value is 1", SVC(gamma=0.0, class_weight={0: 3}), iris, USUAL),
    Case("iris_linear", "linear kernel", SVC(kernel="linear"), iris, USUAL),
    Case(
        "iris_poly2",
        "poly, degree 2, coef0 0, shape ovo",
        SVC(kernel="poly", degree=2, decision_function_shape="ovo"),
        iris,
        USUAL,
    ),
    Case("iris_poly3", "poly, degree 3, negative coef0", SVC(kernel="poly", coef0=-1.5), iris, USUAL),
    Case(
        "iris_poly5", "poly, degree 5, coef0, C = 0.01", SVC(kernel="poly", degree=5, coef0=0.75, C=0.01), iris, USUAL
    ),
    Case("iris_sigmoid", "sigmoid, negative coef0", SVC(kernel="sigmoid", gamma=0.01, coef0=-1), iris, USUAL),
    Case(
        "wine_poly3_unscaled", "poly on features of very different size, 13 features", SVC(kernel="poly"), wine, USUAL
    ),
    Case("wine_linear_unscaled", "linear on features of very different size", SVC(kernel="linear", C=0.1), wine, USUAL),
)

CLASSES = (
    Case("two_rbf", "two classes, 30 features", SVC(), breast_cancer, USUAL),
    Case(
        "two_linear_ovo",
        "two classes, linear, shape ovo",
        SVC(kernel="linear", decision_function_shape="ovo"),
        lambda: blobs(2, 5),
        USUAL,
    ),
    Case("two_poly3", "two classes, poly", SVC(kernel="poly", coef0=1), lambda: blobs(2, 5), USUAL),
    Case(
        "two_sigmoid",
        "two classes, sigmoid",
        make_pipeline(StandardScaler(), SVC(kernel="sigmoid", coef0=0.25)),
        lambda: blobs(2, 6),
        USUAL,
    ),
    Case("four_rbf", "four classes", SVC(), lambda: blobs(4, 3), USUAL),
    Case(
        "five_sigmoid_ovo",
        "five classes, sigmoid, shape ovo",
        make_pipeline(StandardScaler(), SVC(kernel="sigmoid", decision_function_shape="ovo")),
        lambda: blobs(5, 8),
        USUAL,
    ),
    Case("digits_rbf", "ten classes, 64 features, rbf", SVC(), digits, DIGITS),
    Case(
        "digits_linear_ovo",
        "ten classes, linear, shape ovo",
        SVC(kernel="linear", decision_function_shape="ovo"),
        lambda: digits(150),
        DIGITS,
    ),
    Case("digits_poly3", "ten classes, poly", SVC(kernel="poly", coef0=0.5), lambda: digits(150), DIGITS),
    Case(
        "one_support_vector_in_a_class",
        "a class with one training row, so with one support vector",
        SVC(kernel="linear", C=10),
        lambda: rare_class(iris(), 1, 1),
        USUAL,
    ),
    Case(
        "one_support_vector_in_each_class",
        "three training rows",
        SVC(gamma=0.1),
        lambda: Data(np.array([[0.0, 1.5], [2.25, -1.0], [-3.5, 0.5]]), np.arange(3), np.empty((0, 2))),
        (around(30), on_support_vectors(3)),
    ),
)

TIES = (
    Case("tie_iris_rbf", "rows with one vote for each class", SVC(), iris, (tied(40), held_out(5))),
    Case(
        "tie_iris_poly3", "rows with one vote for each class, poly", SVC(kernel="poly"), iris, (tied(40), held_out(5))
    ),
    Case(
        "tie_digits_linear",
        "rows where two to four of ten classes share the most votes",
        SVC(kernel="linear"),
        lambda: digits(150),
        (tied(20, noise=4.0),),
    ),
    Case(
        "break_ties_iris",
        "break_ties on rows with one vote for each class",
        SVC(break_ties=True),
        iris,
        (tied(40), held_out(5)),
    ),
    Case(
        "break_ties_digits",
        "break_ties with ten classes",
        SVC(kernel="linear", break_ties=True),
        lambda: digits(100),
        (tied(20, noise=4.0),),
    ),
    Case(
        "break_ties_two_classes",
        "break_ties where it changes nothing",
        SVC(break_ties=True),
        lambda: blobs(2, 3),
        USUAL,
    ),
    Case(
        "break_ties_ovo",
        "break_ties with the shape ovo, for which predict is refused",
        SVC(break_ties=True, decision_function_shape="ovo"),
        iris,
        USUAL,
        probes=0,
    ),
)

LABELS = (
    Case("label_string", "string labels", SVC(), lambda: strings(iris()), USUAL, IRIS_NAMES),
    Case(
        "label_string_object",
        "string labels in an object array",
        SVC(kernel="linear"),
        lambda: labelled(iris(), np.array(["c", "b", "a"], dtype=object)),
        USUAL,
    ),
    Case(
        "label_string_unusual",
        "labels and feature names that are hard to write down",
        SVC(),
        lambda: labelled(iris(), np.array(['quote " and \\', "", "été\n\t😀"])),
        USUAL,
        ("α", 'a "b" \\', " ", "x,y\n"),
    ),
    Case("label_boolean", "boolean labels", SVC(), lambda: labelled(blobs(2, 4), np.array([False, True])), USUAL),
    Case(
        "label_negative",
        "negative integer labels",
        SVC(),
        lambda: labelled(blobs(4, 4), np.array([-1, -7, 0, 3])),
        USUAL,
    ),
    Case(
        "label_minus_plus_one",
        "labels -1 and 1",
        SVC(kernel="linear"),
        lambda: labelled(blobs(2, 4), np.array([1, -1])),
        USUAL,
    ),
    Case(
        "label_float", "float labels", SVC(), lambda: labelled(iris(), np.array([-1.0, 2.0, 9007199254740992.0])), USUAL
    ),
    Case(
        "label_large_integer",
        "integer labels that no double holds",
        SVC(),
        lambda: labelled(iris(), np.array([2**53 + 1, 2**63 - 1, -(2**63)])),
        USUAL,
    ),
    Case(
        "label_byte",
        "labels of eight bits",
        SVC(),
        lambda: labelled(iris(), np.array([0, 200, 255], dtype=np.uint8)),
        USUAL,
    ),
)

TRAINING = (
    Case("nu_rbf", "NuSVC", NuSVC(nu=0.3), iris, USUAL),
    Case("nu_two_linear", "NuSVC, two classes, linear", NuSVC(nu=0.4, kernel="linear"), lambda: blobs(2, 6), USUAL),
    Case(
        "class_weight_balanced",
        "class_weight 'balanced'",
        SVC(class_weight="balanced"),
        lambda: rare_class(iris(), 2, 9),
        USUAL,
    ),
    Case("class_weight_given", "class_weight as a dict", SVC(class_weight={0: 0.5, 1: 20}), iris, USUAL),
)

FEATURES = (
    Case("features_1", "one feature", SVC(), lambda: blobs(3, 1), USUAL),
    Case("features_33_rbf", "33 features", SVC(), lambda: blobs(3, 33, train=45), USUAL),
    Case(
        "features_200_rbf",
        "200 features",
        SVC(),
        lambda: blobs(3, 200, train=18),
        (held_out(12), on_support_vectors(8)),
    ),
    Case(
        "features_200_linear",
        "200 features, linear, two classes",
        SVC(kernel="linear"),
        lambda: blobs(2, 200, train=18),
        (held_out(12), on_support_vectors(8)),
    ),
)

STEPS = (
    Case(
        "steps_standard",
        "StandardScaler; a constant feature",
        make_pipeline(StandardScaler(), SVC()),
        lambda: with_constant_feature(wine()),
        USUAL,
    ),
    Case(
        "steps_standard_no_mean",
        "StandardScaler without mean",
        make_pipeline(StandardScaler(with_mean=False), SVC()),
        wine,
        USUAL,
    ),
    Case(
        "steps_standard_no_std",
        "StandardScaler without standard deviation",
        make_pipeline(StandardScaler(with_std=False), SVC()),
        wine,
        USUAL,
    ),
    Case(
        "steps_standard_neither",
        "StandardScaler that does nothing",
        make_pipeline(StandardScaler(with_mean=False, with_std=False), SVC()),
        wine,
        USUAL,
    ),
    Case(
        "steps_min_max",
        "MinMaxScaler; a constant feature",
        make_pipeline(MinMaxScaler(), SVC()),
        lambda: with_constant_feature(wine()),
        USUAL,
    ),
    Case(
        "steps_min_max_clip",
        "MinMaxScaler with a range and clip, rows outside",
        make_pipeline(MinMaxScaler((-1, 2.5), clip=True), SVC()),
        wine,
        (*USUAL, far(6, 1e6)),
    ),
    Case("steps_robust", "RobustScaler", make_pipeline(RobustScaler(), SVC(kernel="linear")), wine, USUAL),
    Case(
        "steps_robust_no_centering",
        "RobustScaler without centering",
        make_pipeline(RobustScaler(with_centering=False, quantile_range=(5, 90)), SVC()),
        wine,
        USUAL,
    ),
    Case(
        "steps_robust_no_scaling",
        "RobustScaler without scaling",
        make_pipeline(RobustScaler(with_scaling=False), SVC()),
        wine,
        USUAL,
    ),
    Case("steps_max_abs", "MaxAbsScaler", make_pipeline(MaxAbsScaler(), SVC(kernel="poly")), wine, USUAL),
    Case(
        "steps_max_abs_clip",
        "MaxAbsScaler with clip, rows outside",
        make_pipeline(MaxAbsScaler(clip=True), SVC()),
        wine,
        (*USUAL, far(6, 1e6)),
    ),
    Case(
        "steps_chain",
        "all four scalers, one after the other",
        make_pipeline(StandardScaler(), MinMaxScaler((-2, 1), clip=True), RobustScaler(), MaxAbsScaler(), SVC()),
        wine,
        (*USUAL, far(4, 1e3)),
    ),
    Case(
        "steps_chain_reversed",
        "the same four in the other order",
        make_pipeline(MaxAbsScaler(), RobustScaler(), MinMaxScaler((-2, 1), clip=True), StandardScaler(), SVC()),
        wine,
        (*USUAL, far(4, 1e3)),
    ),
    Case(
        "steps_nested",
        "pipelines inside the pipeline, steps that pass through",
        make_pipeline(
            make_pipeline(MinMaxScaler(), "passthrough", RobustScaler()), None, make_pipeline(StandardScaler(), SVC())
        ),
        lambda: strings(iris()),
        USUAL,
        IRIS_NAMES,
    ),
)

PROBABILITY = (
    Case(
        "probability_two",
        "probability=True, two classes",
        SVC(probability=True, random_state=0),
        lambda: blobs(2, 4),
        USUAL,
    ),
    Case("probability_three", "probability=True, three classes", SVC(probability=True, random_state=0), iris, USUAL),
    Case(
        "probability_four",
        "probability=True, four classes, linear; rows whose pair probabilities are cut off",
        make_pipeline(StandardScaler(), SVC(kernel="linear", probability=True, random_state=0)),
        lambda: blobs(4, 5),
        (*USUAL, far(4, 100.0)),
    ),
    Case(
        "probability_steps",
        "probability=True after a scaler, string labels",
        make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)),
        lambda: strings(wine()),
        USUAL,
    ),
    Case("probability_nu", "NuSVC with probability=True", NuSVC(nu=0.2, probability=True, random_state=0), iris, USUAL),
)

TINY, HUGE = 5e-324, 1e150
EXTREME_ROWS = exactly(
    [0.0, 0.0, 0.0],
    [-0.0, -0.0, -0.0],
    [TINY, -TINY, 2e-308],
    [1e-160, 1e-200, -1e-170],
    [HUGE, 1, 1],
    [-HUGE, HUGE, -HUGE],
    [1e100, -0.0, TINY],
    [1e30, -1e30, 1e15],
)

EXTREMES = (
    Case(
        "far_rbf_two",
        "rows so far away that every kernel value is 0, two classes",
        SVC(gamma=1.0),
        lambda: blobs(2, 4),
        (far(15, 1e3), far(5, 1e9), held_out(5)),
    ),
    Case(
        "far_rbf_three",
        "rows so far away that every kernel value is 0, three classes; some just before that",
        SVC(gamma=1.0),
        iris,
        (far(8, 13.0), far(8, 14.0), far(8, 1e3), held_out(5)),
    ),
    Case(
        "extreme_rbf",
        "zeros of both signs, subnormal numbers, squares up to infinity",
        SVC(),
        lambda: blobs(3, 3),
        (EXTREME_ROWS, exactly([1e200, 1, 1], [1e308, -1e308, 0]), held_out(12)),
    ),
    Case(
        "extreme_linear",
        "zeros of both signs, subnormal and huge numbers, linear",
        SVC(kernel="linear"),
        lambda: blobs(3, 3),
        (EXTREME_ROWS, held_out(12)),
    ),
    Case(
        "extreme_poly2",
        "the same, poly",
        SVC(kernel="poly", degree=2, coef0=1),
        lambda: blobs(3, 3),
        (EXTREME_ROWS, held_out(12)),
    ),
    Case(
        "extreme_sigmoid",
        "zeros of both signs, subnormal numbers, tanh near 1 and -1",
        make_pipeline(StandardScaler(), SVC(kernel="sigmoid")),
        lambda: blobs(3, 3),
        (exactly([0.0, -0.0, 0.0], [TINY, -TINY, 2e-308]), far(8, 1e3), far(4, 1e6), held_out(12)),
    ),
    Case(
        "overflow_poly3",
        "kernel values that overflow: infinite and NaN decision values, break_ties",
        SVC(kernel="poly", break_ties=True),
        lambda: blobs(4, 1),
        (exactly([1e103], [-1e103], [1e150], [1e308], [-1e308]), held_out(20)),
        probes=0,
    ),
    Case(
        "exact_zero_two_linear",
        "decision values of exactly 0, written as -0.0, and infinite ones; two classes",
        SVC(kernel="linear"),
        lambda: Data(np.array([[-2.0], [2.0]]), np.arange(2), np.empty((0, 1))),
        (exactly([0.0], [-0.0], [TINY], [-TINY], [1e308], [-1e308]), around(20)),
    ),
    Case(
        "exact_zero_two_rbf",
        "decision values of exactly 0 far away and in the middle",
        SVC(gamma=0.5),
        lambda: Data(np.array([[-1.0, 2.0], [1.0, 2.0]]), np.arange(2), np.empty((0, 2))),
        (exactly([0, 2], [0, 1], [-0.0, -5], [1e6, 1e6], [1e150, 0]), around(20)),
    ),
    Case(
        "exact_zero_three_rbf",
        "pair values of exactly 0 with three classes, where predict and decision_function decide differently",
        SVC(gamma=0.5),
        lambda: Data(np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 2.0]]), np.arange(3), np.empty((0, 2))),
        (exactly([0, 0], [0, 1], [0, -3], [1e6, 1e6], [1e150, 0]), around(20)),
    ),
)

CASES = (*KERNELS, *CLASSES, *TIES, *LABELS, *TRAINING, *FEATURES, *STEPS, *PROBABILITY, *EXTREMES)
