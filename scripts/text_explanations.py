"""The terms that add up to the decisions for documents, from scikit-learn's attributes; part of text_cases.py.

For each document: the classes of the decision, its value, the intercept, and the terms: [name, number, weight] of each nonzero number
in the row after the steps, named by scikit-learn's `get_feature_names_out`; for a kernel that is not linear, [support vector, kernel, coefficient].
Each sum is compared with scikit-learn's decision.
"""

import numpy as np
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.svm import SVC


def explain(estimator, asked):
    """Explanations of a fitted pipeline for documents, or for the rows of a table."""
    steps, last = estimator[:-1], estimator[-1]
    rows = steps.transform(asked)
    rows = np.asarray(rows.todense()) if hasattr(rows, "todense") else rows
    names = names_of(steps, rows.shape[1])
    scores = estimator.decision_function(asked) if hasattr(last, "classes_") else estimator.predict(asked)
    return [explain_row(last, row, names, score) for row, score in zip(rows, scores)]


def names_of(steps, width):
    if not hasattr(steps[0], "get_feature_names_out"):
        return [f"hashingvectorizer{column}" for column in range(width)]
    return list(steps.get_feature_names_out())


def explain_row(last, row, names, scores):
    pair = pair_of(last, row, scores)
    if isinstance(last, SVC) and last.kernel != "linear":
        terms, intercept = support_terms(last, row, pair)
    else:
        weights, intercept = linear(last, pair)
        terms = [[name, number, weight] for name, number, weight in zip(names, row.tolist(), weights.tolist()) if number]
    value = sum(number * weight for _, number, weight in terms) + intercept
    expected = expected_value(last, pair, scores)
    assert expected is None or abs(value - expected) < 1e-9 * max(1, abs(expected)), (value, expected)
    return {"pair": pair, "decision": value, "intercept": intercept, "terms": terms}


def pair_of(last, row, scores):
    """The predicted class and its rival, by their indices; none of a regression."""
    if not hasattr(last, "classes_"):
        return None
    classes = list(last.classes_)
    k = len(classes)
    if k == 2:
        return [int(scores > 0), int(scores <= 0)]
    if isinstance(last, SVC):
        votes = np.zeros(k, dtype=int)
        for i in range(k):
            for j in range(i + 1, k):
                votes[i if pair_value(last, row, i, j) > 0 else j] += 1
        winner = classes.index(last.predict(row[None])[0])
        return [winner, int(np.argmax(np.where(np.arange(k) == winner, -1, votes)))]
    winner = int(np.argmax(scores))
    return [winner, int(np.argmax(np.where(np.arange(k) == winner, -np.inf, scores)))]


def expected_value(last, pair, scores):
    if pair is None:
        return scores
    if len(last.classes_) == 2:
        return scores if pair[0] == 1 else -scores
    return None if isinstance(last, SVC) else scores[pair[0]] - scores[pair[1]]


def linear(last, pair):
    """Weights of the columns, and the intercept."""
    if isinstance(last, SVC):
        i, j = min(pair), max(pair)
        sign = 1 if pair[0] == i else -1
        vectors, coefficients, intercept = pair_parts(last, i, j)
        return sign * (coefficients @ vectors), sign * intercept
    weights, intercept = np.atleast_2d(last.coef_), np.atleast_1d(last.intercept_).astype(float)
    if pair is None:
        return weights[0], intercept[0].item()
    if len(weights) == 1:
        sign = 1 if pair[0] == 1 else -1
        return sign * weights[0], (sign * intercept[0]).item()
    return weights[pair[0]] - weights[pair[1]], (intercept[pair[0]] - intercept[pair[1]]).item()


def dense(matrix):
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


def pair_parts(last, i, j):
    """The support vectors of two classes, i < j, their coefficients, above zero for i, and the intercept."""
    ends = np.concatenate([[0], np.cumsum(last.n_support_)])
    coefficients, vectors = dense(last._dual_coef_), dense(last.support_vectors_)
    own, other = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
    k = len(last.classes_)
    intercept = last._intercept_[i * (2 * k - i - 1) // 2 + j - i - 1].item()
    return np.concatenate([vectors[own], vectors[other]]), np.concatenate([coefficients[j - 1, own], coefficients[i, other]]), intercept


def kernel_values(last, row, vectors):
    parameters = {"gamma": last._gamma} if last.kernel != "linear" else {}
    if last.kernel in ("poly", "sigmoid"):
        parameters["coef0"] = last.coef0
    if last.kernel == "poly":
        parameters["degree"] = last.degree
    return pairwise_kernels(row[None], vectors, metric=last.kernel, **parameters)[0]


def pair_value(last, row, i, j):
    vectors, coefficients, intercept = pair_parts(last, i, j)
    return kernel_values(last, row, vectors) @ coefficients + intercept


def support_terms(last, row, pair):
    i, j = min(pair), max(pair)
    sign = 1 if pair[0] == i else -1
    vectors, coefficients, intercept = pair_parts(last, i, j)
    ends = np.concatenate([[0], np.cumsum(last.n_support_)])
    places = [*range(ends[i], ends[i + 1]), *range(ends[j], ends[j + 1])]
    values = kernel_values(last, row, vectors)
    return [[place, value, sign * coefficient] for place, value, coefficient in zip(places, values.tolist(), coefficients.tolist())], sign * intercept
