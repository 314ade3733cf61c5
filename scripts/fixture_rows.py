"""Training data and rows to predict, from which the cases in fixture_cases.py are put together. All seeds are fixed."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from svc_json import decision_values, final_svc


@dataclass(frozen=True)
class Data:
    """Rows to train with, their labels, and rows that stay out of the training."""

    x: np.ndarray
    y: np.ndarray
    rest: np.ndarray


def iris(train=120):
    return shuffled(load_iris(return_X_y=True), train)


def wine(train=120):
    return shuffled(load_wine(return_X_y=True), train)


def breast_cancer(train=200):
    return shuffled(load_breast_cancer(return_X_y=True), train)


def digits(train=200, classes=10):
    x, y = load_digits(return_X_y=True)
    kept = y < classes
    return shuffled((x[kept], y[kept]), train)


def shuffled(table, train):
    x, y = table
    order = np.random.RandomState(0).permutation(len(x))
    return Data(x[order[:train]], y[order[:train]], x[order[train:]])


def blobs(classes, features, train=60, spread=1.0):
    """Overlapping clouds with full-length decimals, in units that differ from feature to feature."""
    random = np.random.RandomState(classes * 1000 + features)
    centers = random.normal(0, 2, (classes, features))
    units = 10.0 ** random.uniform(-1, 1, features)
    y = np.arange(train + 40) % classes
    x = (centers[y] + random.normal(0, spread * np.sqrt(features), (len(y), features))) * units
    return Data(x[:train], y[:train], x[train:])


def labelled(data, labels):
    """The same data with other labels: the class index becomes an index into `labels`."""
    return Data(data.x, labels[data.y], data.rest)


def with_constant_feature(data):
    def widened(x):
        return np.column_stack([x, np.full(len(x), 7.5)])

    return Data(widened(data.x), data.y, widened(data.rest))


def rare_class(data, rare, kept):
    """The same data with only `kept` training rows of one class."""
    rows = np.flatnonzero((data.y != rare) | (np.cumsum(data.y == rare) <= kept))
    return Data(data.x[rows], data.y[rows], data.rest)


# What follows makes rows out of a fitted estimator and its data; a case lists what it wants of each kind.


def held_out(count):
    """Rows that were not trained with."""
    return lambda estimator, data: data.rest[:count]


def on_support_vectors(count):
    """Training rows that became support vectors, spread over the classes."""

    def rows(estimator, data):
        support = final_svc(estimator).support_
        return data.x[support[:: max(1, len(support) // count)][:count]]

    return rows


def around(count, reach=0.5):
    """Random rows in the box of the training rows, widened to both sides by `reach` of its size."""

    def rows(estimator, data):
        low, high = data.x.min(axis=0), data.x.max(axis=0)
        margin = reach * (high - low)
        return np.random.RandomState(7).uniform(low - margin, high + margin, (count, data.x.shape[1]))

    return rows


def far(count, distance):
    """Rows in that distance from the training rows in every feature."""

    def rows(estimator, data):
        signs = np.random.RandomState(11).choice([-1.0, 1.0], (count, data.x.shape[1]))
        return data.x[np.arange(count) % len(data.x)] + distance * signs

    return rows


def exactly(*rows):
    """These rows."""
    return lambda estimator, data: np.array(rows, dtype=float)


def tied(count, noise=None):
    """Rows where two or more classes share the largest number of votes; with three classes each of them has one.

    Searched in random rows around the training rows; with `noise` in held-out rows plus normal noise of that size.
    """

    def rows(estimator, data):
        if noise is None:
            candidates = around(20_000, reach=1.0)(estimator, data)
        else:
            candidates = data.rest + np.random.RandomState(13).normal(0, noise, data.rest.shape)
        votes = vote_counts(estimator, candidates)
        found = candidates[(votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1]
        if len(found) < count:
            raise RuntimeError(f"expected {count} rows with tied votes, found {len(found)}")
        return found[:count]

    return rows


def vote_counts(estimator, rows):
    """Votes of each class, (rows, classes)."""
    classes = len(final_svc(estimator).classes_)
    votes = np.zeros((len(rows), classes), dtype=int)
    for (i, j), values in zip(pairs(classes), decision_values(estimator, rows, "ovo").T, strict=True):
        votes[np.arange(len(rows)), np.where(values > 0, i, j)] += 1
    return votes


def pairs(classes):
    return [(i, j) for i in range(classes) for j in range(i + 1, classes)]


def reproducible(estimator, rows):
    """Which of the rows have answers that no other order of summation can change.

    The label changes with a pair value's sign, so a value has to be exactly zero or further away from it than rounding
    reaches; with break_ties it also changes with the order of the two largest values. Rows where values overflow are
    kept: the cases choose them so that every order overflows.
    """
    values = decision_values(estimator, rows, "ovo")
    doubtful = (
        np.isfinite(values) & (values != 0) & (np.abs(values) <= 1e-11 * magnitudes(estimator, rows)[:, np.newaxis])
    )
    keep = ~doubtful.any(axis=1)
    svc = final_svc(estimator)
    if svc.break_ties and len(svc.classes_) > 2:
        largest = np.sort(decision_values(estimator, rows, "ovr"), axis=1)
        gap = largest[:, -1] - largest[:, -2]
        keep &= ~((gap != 0) & (np.abs(gap) <= 1e-9))
    return keep


def magnitudes(estimator, rows):
    """For each row the largest sum of the magnitudes that make up a pair value, as in src/svc/magnitude.rs."""
    svc = final_svc(estimator)
    inside = np.abs(kernel_magnitudes(svc, scaled(estimator, rows)))
    ends = np.cumsum(svc.n_support_)
    of_class = [slice(end - count, end) for end, count in zip(ends, svc.n_support_, strict=True)]
    dual_coef = np.abs(svc._dual_coef_)
    sums = [
        inside[:, of_class[i]] @ dual_coef[j - 1, of_class[i]] + inside[:, of_class[j]] @ dual_coef[i, of_class[j]]
        for i, j in pairs(len(svc.classes_))
    ]
    return (np.array(sums).T + np.abs(svc._intercept_)).max(axis=1)


def kernel_magnitudes(svc, rows):
    """Kernel values of rows and support vectors with absolute values inside, (rows, support vectors)."""
    vectors = svc.support_vectors_
    dot = np.abs(rows) @ np.abs(vectors).T
    match svc.kernel:
        case "linear":
            return dot
        case "poly":
            return (svc._gamma * dot + abs(svc.coef0)) ** svc.degree
        case "rbf":
            distances = ((rows[:, np.newaxis, :] - vectors[np.newaxis, :, :]) ** 2).sum(axis=2)
            # beyond this distance exp gives zero, and zero times infinity must not come up
            exponents = np.minimum(svc._gamma * distances, 1000.0)
            return np.exp(-exponents) * (1 + exponents)
        case "sigmoid":
            return 1 + svc._gamma * dot + abs(svc.coef0)


def scaled(estimator, rows):
    """The rows as the SVC at the end of a pipeline sees them."""
    if not hasattr(estimator, "steps"):
        return rows
    return scaled(estimator.steps[-1][1], estimator[:-1].transform(rows) if len(estimator) > 1 else rows)
