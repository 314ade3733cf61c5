"""A fitted scikit-learn SVC as the JSON that svcd reads; the form itself is described in src/model_file/json.rs.

A plain module for the other scripts. Needs only scikit-learn and NumPy.
"""

import copy
import json

import sklearn
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, NuSVC


def svc_document(estimator, feature_names=None, probe_rows=None):
    """The JSON form of a fitted SVC or NuSVC, or of a Pipeline of scalers that ends in one, as a dict.

    feature_names: for an estimator that was fitted without names; its own come first.
    probe_rows: rows to store with scikit-learn's answers; svcd tries them whenever it loads the model.
    """
    svc = final_svc(estimator)
    document = {"format": "svcd-svc", "format_version": 1, "sklearn_version": sklearn.__version__}
    if steps := [scaler_document(scaler) for scaler in scalers(estimator)]:
        document["steps"] = steps
    document |= kernel_document(svc)
    document |= {
        "classes_": svc.classes_.tolist(),
        "n_support_": svc.n_support_.tolist(),
        "support_vectors_": svc.support_vectors_.tolist(),
        # the private ones: scikit-learn turns the sign of the public ones round for two classes
        "_dual_coef_": svc._dual_coef_.tolist(),
        "_intercept_": svc._intercept_.tolist(),
        "decision_function_shape": svc.decision_function_shape,
        "break_ties": bool(svc.break_ties),
    }
    names = getattr(estimator, "feature_names_in_", feature_names)
    if names is not None:
        document["feature_names_in_"] = [str(name) for name in names]
    if svc._probA.size > 0:
        document |= {"_probA": svc._probA.tolist(), "_probB": svc._probB.tolist()}
    if probe_rows is not None:
        document["probes"] = {
            "rows": [[float(number) for number in row] for row in probe_rows],
            "predict": estimator.predict(probe_rows).tolist(),
            "decision_function_ovo": decision_values(estimator, probe_rows, "ovo").tolist(),
        }
    return document


def decision_values(estimator, rows, shape):
    """scikit-learn's decision_function of that shape, whatever the estimator's own is; one column for two classes."""
    estimator = copy.deepcopy(estimator)
    final_svc(estimator).decision_function_shape = shape
    return estimator.decision_function(rows).reshape(len(rows), -1)


def final_svc(estimator):
    """The SVC at the end of the pipeline, or the estimator itself. Raises where svcd has no form for it."""
    if isinstance(estimator, Pipeline):
        return final_svc(estimator.steps[-1][1])
    if type(estimator) not in (SVC, NuSVC):
        raise TypeError(f"expected an SVC or a NuSVC, found {type(estimator).__name__}")
    if estimator.kernel not in KERNEL_NUMBERS:
        raise ValueError(f"expected one of the kernels {', '.join(KERNEL_NUMBERS)}, found {estimator.kernel!r}")
    if estimator._sparse:
        raise ValueError("expected a model trained on dense rows, found one trained on a sparse matrix")
    return estimator


def scalers(estimator):
    """Every scaler before the SVC in the order in which they are applied, also those of pipelines inside."""
    if not isinstance(estimator, Pipeline):
        return []
    *before, (_, last) = estimator.steps
    return flat_steps(step for _, step in before) + scalers(last)


def flat_steps(steps):
    flat = []
    for step in steps:
        if isinstance(step, Pipeline):
            flat += flat_steps(step for _, step in step.steps)
        elif step is not None and step != "passthrough":
            flat.append(step)
    return flat


def scaler_document(scaler):
    """One entry of "steps"."""
    # the exact type: a subclass may transform in another way
    if type(scaler) not in SCALER_ATTRIBUTES:
        known = ", ".join(scaler.__name__ for scaler in SCALER_ATTRIBUTES)
        raise TypeError(f"expected one of the scalers {known}, found {type(scaler).__name__}")
    return {type(scaler).__name__: SCALER_ATTRIBUTES[type(scaler)](scaler)}


def numbers(array, used=True):
    return array.tolist() if used else None


SCALER_ATTRIBUTES = {
    StandardScaler: lambda s: {"mean_": numbers(s.mean_, s.with_mean), "scale_": numbers(s.scale_, s.with_std)},
    MinMaxScaler: lambda s: {
        "scale_": numbers(s.scale_),
        "min_": numbers(s.min_),
        "feature_range": [float(bound) for bound in s.feature_range],
        "clip": bool(s.clip),
    },
    RobustScaler: lambda s: {
        "center_": numbers(s.center_, s.with_centering),
        "scale_": numbers(s.scale_, s.with_scaling),
    },
    MaxAbsScaler: lambda s: {"scale_": numbers(s.scale_), "clip": bool(s.clip)},
}


def kernel_document(svc):
    """The kernel's name and the numbers that it uses."""
    values = {"_gamma": float(svc._gamma), "coef0": float(svc.coef0), "degree": int(svc.degree)}
    return {"kernel": svc.kernel} | {name: values[name] for name in KERNEL_NUMBERS[svc.kernel]}


KERNEL_NUMBERS = {
    "linear": (),
    "poly": ("_gamma", "coef0", "degree"),
    "rbf": ("_gamma",),
    "sigmoid": ("_gamma", "coef0"),
}


def write_json(path, document):
    """Writes a dict with one line for each key, and one for each row of a table. NaN and infinity are refused."""
    text = ",\n".join(f"{json.dumps(key)}: {json_lines(value)}" for key, value in document.items())
    path.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


def json_lines(value):
    # Python writes the shortest decimals that read back as the same double
    compact = {"allow_nan": False, "separators": (",", ":")}
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return "[\n" + ",\n".join(json.dumps(row, **compact) for row in value) + "\n]"
    return json.dumps(value, **compact)
