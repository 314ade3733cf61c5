"""Models with the sums that explain their answers, for svcd's tests; a part of make_fixtures.py.

For each case it writes CASE.p4, a pickle of the newest scikit-learn, and to explanations.json its rows and, for each of them, the terms that add up
to the decision, computed with NumPy from scikit-learn's attributes: kernel values of the row and `support_vectors_` times `_dual_coef_`, or the
row times `coef_`. Each sum is compared with `decision_function` or `predict` first. Also the lowest and the highest value of each column
among the support vectors, as the training rows have them, and for the first row the decision over the first column.
"""

import json
import pathlib
import pickle

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, OneClassSVM

POINTS = 33


def make(folder):
    """Makes the files in `folder`."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    explained = {}
    for name, model, x, rows in cases():
        (folder / f"{name}.p4").write_bytes(pickle.dumps(model, protocol=4))
        explained[name] = explain_case(model, x, rows)
    lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in explained.items()]
    (folder / "explanations.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"explain: {len(explained)} models")


def data(width, n_classes):
    """Training rows of few digits, their labels, their numbers, and rows to ask for."""
    random = np.random.RandomState(width * 10 + n_classes)
    x = random.randint(-16, 17, size=(14 * n_classes, width)) / 8
    y = np.arange(len(x)) % n_classes
    x[:, 0] += y
    x[:, -1] -= y % 2
    numbers = np.round(2 * x[:, 0] + np.sin(3 * x[:, -1]), 2)
    return x, y, numbers, random.randint(-20, 29, size=(2, width)) / 8


def cases():
    """Name, fitted model, training rows, rows to ask for."""
    kernels = {"rbf": {}, "poly": {"coef0": 0.5, "gamma": 0.25}, "sigmoid": {"gamma": 0.0625}, "linear": {}}
    x, y, numbers, rows = data(3, 3)
    for kernel, parameters in kernels.items():
        yield f"svc_{kernel}", SVC(kernel=kernel, **parameters).fit(x, y), x, rows
    yield "nu_svc_strings", NuSVC(nu=0.4, gamma="scale").fit(x, np.array(["a", "b", "ä"])[y]), x, rows
    yield "svc_break_ties", SVC(C=0.1, break_ties=True).fit(x, y), x, rows
    yield "linear_svc", LinearSVC(random_state=0, max_iter=100000).fit(x, y), x, rows
    yield "svr", SVR(C=2.0).fit(x, numbers), x, rows
    yield "linear_svr", LinearSVR(random_state=0, max_iter=100000).fit(x, numbers), x, rows
    yield "one_class", OneClassSVM(nu=0.3).fit(x), x, rows
    target = TransformedTargetRegressor(SVR(C=2.0), transformer=StandardScaler())
    yield "transformed", target.fit(x, numbers), x, rows
    x, y, _, rows = data(4, 5)
    yield "svc_five", make_pipeline(MinMaxScaler((-1, 1)), SVC(C=4.0, decision_function_shape="ovo")).fit(x, y), x, rows
    x, y, _, rows = data(12, 2)
    yield "svc_two", make_pipeline(StandardScaler(), SVC()).fit(x, y == 1), x, rows
    yield "linear_svc_two", make_pipeline(StandardScaler(), LinearSVC(random_state=0, max_iter=100000)).fit(x, y), x, rows


def parts(model):
    """The steps before the estimator, as a function, and the estimator."""
    if isinstance(model, Pipeline):
        return model[:-1].transform, model[-1]
    return (lambda rows: rows), model


def explain_case(model, x, rows):
    transform, estimator = parts(model)
    explained = [explain(estimator, transform(row[None]), model, row) for row in rows]
    inner = getattr(estimator, "regressor_", estimator)
    case = {"rows": rows.tolist(), "explanations": explained}
    if hasattr(inner, "support_vectors_"):
        # the training rows themselves, not the scaled ones
        support = x[inner.support_]
        case["support"] = support.tolist()
        case["ranges"] = [[low, high] for low, high in zip(support.min(axis=0).tolist(), support.max(axis=0).tolist())]
        places = np.linspace(support[:, 0].min(), support[:, 0].max(), POINTS)
        moved = np.repeat(rows[:1], POINTS, axis=0)
        moved[:, 0] = places
        pair = explained[0]["pair"]
        case["curve"] = [[place, decision(inner, transform(row[None]), pair)[0]] for place, row in zip(places.tolist(), moved)]
    return case


def explain(estimator, row, model, original):
    """What adds up to the decision of a row."""
    inner = getattr(estimator, "regressor_", estimator)
    pair, votes = None, {}
    if hasattr(estimator, "classes_"):
        pair, votes = classes_of(estimator, row)
    value, terms, intercept = decision(inner, row, pair)
    expected = reference(inner, row, pair)
    assert abs(value - expected) < 1e-9 * max(1, abs(expected)), (type(inner), value, expected)
    predicted = model.predict(original[None])[0]
    if pair is not None:
        assert estimator.classes_[pair[0]] == predicted
    return {"predict": predicted.item(), "pair": pair, **votes, "decision": value, "intercept": intercept, "terms": terms}


def classes_of(estimator, row):
    """The predicted class and its rival, by their indices, and the votes if there are more than two classes."""
    k = len(estimator.classes_)
    if isinstance(estimator, LinearSVC):
        scores = estimator.decision_function(row)[0]
        scores = np.array([-scores, scores]) if k == 2 else scores
        winner = int(np.argmax(scores))
        return [winner, int(np.argmax(np.where(np.arange(k) == winner, -np.inf, scores)))], {}
    votes = np.zeros(k, dtype=int)
    for i in range(k):
        for j in range(i + 1, k):
            votes[i if pair_value(estimator, row, i, j) > 0 else j] += 1
    winner = list(estimator.classes_).index(estimator.predict(row)[0])
    others = np.where(np.arange(k) == winner, -1, votes)
    return [winner, int(np.argmax(others))], {"votes": votes.tolist()} if k > 2 else {}


def kernel_values(estimator, row):
    parameters = {"gamma": estimator._gamma} if estimator.kernel != "linear" else {}
    if estimator.kernel in ("poly", "sigmoid"):
        parameters["coef0"] = estimator.coef0
    if estimator.kernel == "poly":
        parameters["degree"] = estimator.degree
    return pairwise_kernels(row, estimator.support_vectors_, metric=estimator.kernel, **parameters)[0]


def pair_terms(estimator, row, i, j):
    """[support vector, class, kernel, coefficient] for each vector of two classes, i < j, above zero for i; and the intercept."""
    ends = np.concatenate([[0], np.cumsum(estimator.n_support_)])
    values = kernel_values(estimator, row)
    terms = []
    for own, other in ((i, j), (j, i)):
        for vector in range(ends[own], ends[own + 1]):
            coefficient = estimator._dual_coef_[other - 1 if other > own else other, vector]
            terms.append([vector, own, values[vector].item(), coefficient.item()])
    place = i * (2 * len(estimator.classes_) - i - 1) // 2 + j - i - 1
    return terms, estimator._intercept_[place].item()


def pair_value(estimator, row, i, j):
    terms, intercept = pair_terms(estimator, row, i, j)
    return sum(kernel * coefficient for *_, kernel, coefficient in terms) + intercept


def decision(estimator, row, pair):
    """The value, its terms, its intercept; the terms of a linear model are [feature, input, weight]."""
    if hasattr(estimator, "support_vectors_") and pair is not None:
        terms, intercept = pair_terms(estimator, row, min(pair), max(pair))
        sign = 1 if pair[0] < pair[1] else -1
        terms = [[*start, sign * coefficient] for *start, coefficient in terms]
        intercept *= sign
    elif hasattr(estimator, "support_vectors_"):
        values = zip(kernel_values(estimator, row).tolist(), estimator.dual_coef_[0].tolist())
        terms = [[vector, None, kernel, coefficient] for vector, (kernel, coefficient) in enumerate(values)]
        intercept = estimator.intercept_[0].item()
    else:
        weights, intercept = np.atleast_2d(estimator.coef_), np.atleast_1d(estimator.intercept_)
        if pair is None:
            weights, intercept = weights[0], intercept[0]
        elif len(weights) == 1:
            sign = 1 if pair[0] == 1 else -1
            weights, intercept = sign * weights[0], sign * intercept[0]
        else:
            weights, intercept = weights[pair[0]] - weights[pair[1]], intercept[pair[0]] - intercept[pair[1]]
        terms = [[feature, value, weight] for feature, (value, weight) in enumerate(zip(row[0].tolist(), weights.tolist()))]
        intercept = float(intercept)
    return sum(a * b for *_, a, b in terms) + intercept, terms, intercept


def reference(estimator, row, pair):
    """The same value as scikit-learn's own methods give it."""
    if pair is None:
        return (estimator.decision_function if hasattr(estimator, "decision_function") else estimator.predict)(row)[0]
    scores = estimator.decision_function(row)[0]
    if len(estimator.classes_) == 2:
        return scores if pair[0] == 1 else -scores
    if isinstance(estimator, LinearSVC):
        return scores[pair[0]] - scores[pair[1]]
    shape, estimator.decision_function_shape = estimator.decision_function_shape, "ovo"
    break_ties, estimator.break_ties = estimator.break_ties, False
    values = estimator.decision_function(row)[0]
    estimator.decision_function_shape, estimator.break_ties = shape, break_ties
    i, j = min(pair), max(pair)
    value = values[i * (2 * len(estimator.classes_) - i - 1) // 2 + j - i - 1]
    return value if pair[0] < pair[1] else -value
