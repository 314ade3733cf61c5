# /// script
# requires-python = ">=3.11"
# dependencies = ["libsvm-official==3.37.0", "numpy==2.4.6", "scipy==1.17.1"]
# ///
"""Makes tests/fixtures/libsvm: models written by LIBSVM, rows, and LIBSVM's own answers for them.

Needs: a C++ compiler (the package is built from source). Prints: one line for each model. Run from anywhere:

    uv run scripts/make_libsvm_fixtures.py

For each NAME it writes NAME.model, by `svm_save_model`, and NAME.json with the answers of the model as it was read back from
that file (LIBSVM writes eight digits of a support vector, so the model in memory differs). The models written_* are not
written by LIBSVM but here, from a model in LIBSVM's memory, as svcd must write it: `%.17g` and, for support vectors, the fewest digits
that read back the same double; written_*.parts.json is the same model in svcd's JSON form. LIBSVM's answers for them show that LIBSVM
reads what svcd writes.

Everything is deterministic: seeded rows, one thread, and C's `rand` from its first number on (LIBSVM's cross-validation for
probabilities), so the order of the cases matters.
"""

import ctypes
import json
import os
import random
from pathlib import Path

# with threads LIBSVM adds in the same order, but takes a hundred times longer for small models
os.environ["OMP_NUM_THREADS"] = "1"

from libsvm.svm import gen_svm_nodearray, libsvm  # noqa: E402
from libsvm.svmutil import svm_load_model, svm_parameter, svm_problem, svm_save_model, svm_train  # noqa: E402

OUT = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "libsvm"

# name, labels in order of first appearance, features, options of svm-train, more for `data` and `rows`
CASES = [
    ("linear_2", [1, 2], 4, "-s 0 -t 0 -c 1", {}),
    ("linear_5", [0, 1, 2, 3, 4], 3, "-s 0 -t 0 -c 0.5", {}),
    ("polynomial_3", [0, 1, 2], 4, "-s 0 -t 1 -d 3 -g 0.3 -r 1.5 -c 2", {}),
    ("polynomial_degree_0", [0, 1], 2, "-s 0 -t 1 -d 0 -g 1", {}),
    ("rbf_3", [0, 1, 2], 4, "-s 0 -t 2 -g 0.25 -c 1", {}),
    ("rbf_5", [10, 20, 30, 40, 50], 4, "-s 0 -t 2 -g 0.1 -c 10", {}),
    ("sigmoid_2", [0, 1], 3, "-s 0 -t 3 -g 0.1 -r -0.5 -c 1", {}),
    ("sigmoid_5", [0, 1, 2, 3, 4], 3, "-s 0 -t 3 -g 0.05 -r 0.25 -c 1", {}),
    ("nu_linear_3", [0, 1, 2], 4, "-s 1 -t 0 -n 0.3", {}),
    ("nu_polynomial_2", [0, 1], 4, "-s 1 -t 1 -d 2 -g 0.5 -r 1 -n 0.4", {}),
    ("nu_rbf_5", [0, 1, 2, 3, 4], 4, "-s 1 -t 2 -g 0.2 -n 0.2", {}),
    ("nu_sigmoid_3", [0, 1, 2], 3, "-s 1 -t 3 -g 0.1 -n 0.5", {}),
    # LIBSVM puts 1 first although -1 comes first in the data, for these two labels only
    ("labels_swapped", [-1, 1], 4, "-s 0 -t 2 -g 0.3 -c 1", {}),
    ("labels_unsorted", [40, -2147483648, 7], 4, "-s 0 -t 2 -g 0.3 -c 1", {}),
    ("probability_2", [3, 1], 4, "-s 0 -t 2 -g 0.3 -c 1 -b 1", {}),
    ("probability_3", [2, 0, 1], 4, "-s 0 -t 2 -g 0.3 -c 1 -b 1", {}),
    ("probability_5", [0, 1, 2, 3, 4], 4, "-s 0 -t 0 -c 1 -b 1", {}),
    ("nu_probability_3", [5, 6, 4], 3, "-s 1 -t 3 -g 0.1 -n 0.4 -b 1", {}),
    ("zeros", [0, 1, 2], 12, "-s 0 -t 2 -g 0.1 -c 1", {"zeros": 0.7}),
    ("zeros_linear", [0, 1], 12, "-s 0 -t 0 -c 1", {"zeros": 0.8}),
    ("digits_rounded", [0, 1, 2], 4, "-s 0 -t 2 -g 0.3 -c 1", {"decimals": 17}),
    ("small_and_large", [0, 1], 4, "-s 0 -t 2 -g 1e-12 -c 100", {"units": [1e-6, 1e3, 1e6, 1e-3]}),
    # rows with features that no support vector has
    ("above_linear", [0, 1, 2], 3, "-s 0 -t 0 -c 1", {"more_features": 2}),
    ("above_polynomial", [0, 1, 2], 3, "-s 0 -t 1 -d 3 -g 0.3 -r 1 -c 1", {"more_features": 2}),
    ("above_rbf", [0, 1, 2], 3, "-s 0 -t 2 -g 0.3 -c 1 -b 1", {"more_features": 2}),
    ("above_sigmoid", [0, 1, 2], 3, "-s 0 -t 3 -g 0.1 -c 1", {"more_features": 2}),
]

WRITTEN = [
    ("written_linear_2", [1, -1], 3, "-s 0 -t 0 -c 1", {"decimals": 17}),
    ("written_polynomial_3", [9, -4, 0], 4, "-s 0 -t 1 -d 3 -g 0.3 -r 1.5 -c 2", {"decimals": 17, "zeros": 0.3}),
    ("written_rbf_5", [0, 1, 2, 3, 4], 4, "-s 0 -t 2 -g 0.3 -c 1 -b 1", {"units": [1e-6, 1, 1, 1e-5], "decimals": 17}),
    ("written_sigmoid_2", [1, 0], 5, "-s 1 -t 3 -g 0.1 -r 0.1 -n 0.5", {"decimals": 17, "zeros_at": 4}),
]

# regressions and one-class models: name, features, options of svm-train, more for `data` and `rows`
SINGLE = [
    ("svr_linear", 3, "-s 3 -t 0 -c 1 -p 0.1", {}),
    ("svr_polynomial", 3, "-s 3 -t 1 -d 3 -g 0.3 -r 1 -c 1", {}),
    ("svr_rbf", 4, "-s 3 -t 2 -g 0.25 -c 2", {"zeros": 0.4}),
    ("svr_sigmoid", 3, "-s 3 -t 3 -g 0.1 -r -0.5 -c 1", {}),
    ("svr_noise", 3, "-s 3 -t 2 -g 0.25 -c 2 -b 1", {}),
    ("nu_svr_linear", 3, "-s 4 -t 0 -c 1 -n 0.5", {}),
    ("nu_svr_polynomial", 3, "-s 4 -t 1 -d 2 -g 0.5 -r 1 -c 1 -n 0.4", {}),
    ("nu_svr_rbf", 4, "-s 4 -t 2 -g 0.25 -c 2 -n 0.5", {}),
    ("nu_svr_sigmoid", 3, "-s 4 -t 3 -g 0.1 -c 1 -n 0.5", {}),
    ("one_class_linear", 3, "-s 2 -t 0 -n 0.3", {}),
    ("one_class_polynomial", 3, "-s 2 -t 1 -d 3 -g 0.3 -r 1 -n 0.3", {}),
    ("one_class_rbf", 4, "-s 2 -t 2 -g 0.25 -n 0.3", {"zeros": 0.4}),
    ("one_class_sigmoid", 3, "-s 2 -t 3 -g 0.1 -r -0.5 -n 0.3", {}),
    ("one_class_marks", 3, "-s 2 -t 2 -g 0.25 -n 0.3 -b 1", {}),
    ("above_svr_rbf", 3, "-s 3 -t 2 -g 0.3 -c 1", {"more_features": 2}),
    ("above_one_class_linear", 3, "-s 2 -t 0 -n 0.5", {"more_features": 2}),
]


def data(rng, labels, n_features, zeros=0.0, decimals=2, units=None, zeros_at=None, more_features=0):
    """Twelve rows around a random centre for each label, the labels taking turns, as (y, x, a function for more rows)."""
    units = units or [1.0] * n_features
    centres = [[rng.uniform(-2, 2) for _ in range(n_features)] for _ in labels]

    def row(centre):
        values = [round(value + rng.gauss(0, 1), decimals) * unit for value, unit in zip(centre, units)]
        # the product of a short number and a unit has to be short again
        values = [float(f"{value:.{decimals + 1}g}") for value in values]
        return [0.0 if rng.random() < zeros or column == zeros_at else value for column, value in enumerate(values)]

    def more():
        return row(rng.choice(centres)) + [round(rng.gauss(0, 1), 2) for _ in range(more_features)]

    turns = [(label, centre) for _ in range(12) for label, centre in zip(labels, centres)]
    return [label for label, _ in turns], [row(centre) for _, centre in turns], more


def answers(model, row):
    """LIBSVM's label, pair values and, if it was trained for them, label by probability and probabilities."""
    # not svmutil.svm_predict: for nu_svc it makes room for one pair value only
    k = model.get_nr_class()
    nodes, _ = gen_svm_nodearray(row)
    pairs = (ctypes.c_double * (k * (k - 1) // 2))()
    answer = {"row": row, "label": int(libsvm.svm_predict_values(model, nodes, pairs)), "dec_values": list(pairs)}
    if model.is_probability_model():
        probabilities = (ctypes.c_double * k)()
        answer["label_by_probability"] = int(libsvm.svm_predict_probability(model, nodes, probabilities))
        answer["probabilities"] = list(probabilities)
    return answer


def votes_are_tied(answer, k):
    votes = [0] * k
    for (i, j), value in zip([(i, j) for i in range(k) for j in range(i + 1, k)], answer["dec_values"]):
        votes[i if value > 0 else j] += 1
    return votes.count(max(votes)) > 1


def chosen_answers(model, more):
    """Sixteen rows as they come; of two thousand more, up to three with tied votes and three whose two labels differ."""
    k = model.get_nr_class()
    chosen = [answers(model, more()) for _ in range(16)]
    others = [answers(model, more()) for _ in range(2000)]
    chosen += [answer for answer in others if votes_are_tied(answer, k)][:3]
    chosen += [answer for answer in others if answer.get("label_by_probability", answer["label"]) != answer["label"]][:3]
    return chosen


def write_answers(name, model, more):
    lines = ",\n".join(json.dumps(answer) for answer in chosen_answers(model, more))
    (OUT / f"{name}.json").write_text(f"[\n{lines}\n]\n")


def trained(name, labels, n_features, options, more_for_data):
    rng = random.Random(name)
    y, x, more = data(rng, labels, n_features, **more_for_data)
    return svm_train(svm_problem(y, x), svm_parameter(options + " -q")), more


def write_single(name, n_features, options, more_for_data):
    """A model of one value for each row, with LIBSVM's values, and what it predicts of them: the value itself, or the side."""
    rng = random.Random(name)
    _, x, more = data(rng, [0, 1], n_features, **more_for_data)
    model = svm_train(svm_problem([round(sum(row) + rng.gauss(0, 0.3), 2) for row in x], x), svm_parameter(options + " -q"))
    path = str(OUT / f"{name}.model")
    svm_save_model(path, model)
    model, answers = svm_load_model(path), []
    for row in [more() for _ in range(8)]:
        value = ctypes.c_double()
        predicted = libsvm.svm_predict_values(model, gen_svm_nodearray(row)[0], ctypes.byref(value))
        answers.append({"row": row, "predict": predicted, "value": value.value})
    lines = ",\n".join(json.dumps(answer) for answer in answers)
    (OUT / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{name}: {model.l} support vectors")


def shortest(value):
    return repr(value).removesuffix(".0")


def parts(model, n_features):
    """The model in svcd's JSON form."""
    k, n = model.get_nr_class(), model.l
    vectors = []
    for i in range(n):
        vector, at = [0.0] * n_features, 0
        while model.SV[i][at].index != -1:
            vector[model.SV[i][at].index - 1] = model.SV[i][at].value
            at += 1
        vectors.append(vector)
    pairs = k * (k - 1) // 2
    document = {
        "format": "svcd-svc",
        "format_version": 1,
        "kernel": ["linear", "poly", "rbf", "sigmoid"][model.param.kernel_type],
        "_gamma": model.param.gamma,
        "coef0": model.param.coef0,
        "degree": model.param.degree,
        "classes_": model.get_labels(),
        "n_support_": model.nSV[:k],
        "support_vectors_": vectors,
        "_dual_coef_": [model.sv_coef[j][:n] for j in range(k - 1)],
        "_intercept_": [-rho for rho in model.rho[:pairs]],
        "decision_function_shape": "ovo",
        "break_ties": False,
    }
    if model.is_probability_model():
        document["_probA"], document["_probB"] = model.probA[:pairs], model.probB[:pairs]
    return document


def text(document):
    """What svcd writes for a model in its JSON form."""

    def numbers(values):
        return " ".join("%.17g" % value for value in values)

    kernel = {"poly": "polynomial"}.get(document["kernel"], document["kernel"])
    lines = ["svm_type c_svc", f"kernel_type {kernel}"]
    if kernel == "polynomial":
        lines.append(f"degree {document['degree']}")
    if kernel != "linear":
        lines.append(f"gamma {numbers([document['_gamma']])}")
    if kernel in ("polynomial", "sigmoid"):
        lines.append(f"coef0 {numbers([document['coef0']])}")
    vectors = document["support_vectors_"]
    lines += [f"nr_class {len(document['classes_'])}", f"total_sv {len(vectors)}"]
    lines.append(f"rho {numbers(-value for value in document['_intercept_'])}")
    lines.append("label " + " ".join(map(str, document["classes_"])))
    if "_probA" in document:
        lines += [f"probA {numbers(document['_probA'])}", f"probB {numbers(document['_probB'])}"]
    lines += ["nr_sv " + " ".join(map(str, document["n_support_"])), "SV"]
    width_is_lost = all(vector[-1] == 0 for vector in vectors)
    for i, vector in enumerate(vectors):
        coefficients = numbers(row[i] for row in document["_dual_coef_"])
        pairs = [f"{index}:{shortest(value)}" for index, value in enumerate(vector, 1) if value != 0]
        if i == 0 and width_is_lost:
            pairs.append(f"{len(vector)}:0")
        lines.append(" ".join([coefficients, *pairs, ""]))
    return "\n".join(lines) + "\n"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        name = case[0]
        model, more = trained(*case)
        path = str(OUT / f"{name}.model")
        svm_save_model(path, model)
        write_answers(name, svm_load_model(path), more)
        print(f"{name}: {model.l} support vectors")
    for case in WRITTEN:
        name, n_features = case[0], case[2]
        model, more = trained(*case)
        document = parts(model, n_features)
        (OUT / f"{name}.parts.json").write_text(json.dumps(document) + "\n")
        path = OUT / f"{name}.model"
        path.write_text(text(document))
        write_answers(name, svm_load_model(str(path)), more)
        print(f"{name}: {model.l} support vectors")
    for case in SINGLE:
        write_single(*case)


main()
