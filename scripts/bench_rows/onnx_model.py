"""The classifier of a case for onnxruntime, and the versions of what is installed here."""

import importlib.metadata
import platform
import warnings

import skl2onnx


def write(case):
    with warnings.catch_warnings():
        # it reads the attributes of Platt's sigmoid, which scikit-learn is about to remove
        warnings.simplefilter("ignore", FutureWarning)
        model = skl2onnx.to_onnx(case.model, case.rows[:1].astype("float32"), options={"zipmap": False})
    case.path("onnx").write_bytes(model.SerializeToString())


def versions(*packages):
    found = [f"{package} {importlib.metadata.version(package)}" for package in packages]
    return ", ".join([f"Python {platform.python_version()}", *found])
