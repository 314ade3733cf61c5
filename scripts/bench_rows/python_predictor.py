"""scikit-learn or onnxruntime as a predictor of the comparison; see predictor.py.

Arguments: sklearn or onnxruntime, the pickle or ONNX file, the file of rows, the file for answers, the number of features or `text`, the
method of scikit-learn.
"""

import pickle
import sys
import time
from pathlib import Path

import numpy as np


def main():
    library, model, rows, answers, n_features, method = sys.argv[1:]
    if n_features == "text":
        rows = Path(rows).read_text().splitlines()
    else:
        rows = np.fromfile(rows, dtype="<f8").reshape(-1, int(n_features))
    if library == "onnxruntime":
        # its rbf kernel takes no other numbers; they are brought into this form before the clock runs
        rows = rows.astype(np.float32)
        predict = onnxruntime(model)
    else:
        predict = sklearn(model, method)
    found = predict(rows)
    found.astype("<f8" if found.dtype.kind == "f" else "<i4").tofile(answers)
    print("ready", flush=True)
    for line in sys.stdin:
        passes, at_once = map(int, line.split())
        pieces = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        began = time.perf_counter()
        for _ in range(passes):
            for piece in pieces:
                predict(piece)
        print(time.perf_counter() - began, flush=True)


def sklearn(model, method):
    with open(model, "rb") as file:
        return getattr(pickle.load(file), method)


def onnxruntime(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    label, name = session.get_outputs()[0].name, session.get_inputs()[0].name
    return lambda rows: session.run([label], {name: rows})[0]


if __name__ == "__main__":
    main()
