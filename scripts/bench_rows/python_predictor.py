"""scikit-learn or onnxruntime as a predictor of the comparison; see predictor.py.

Arguments: sklearn or onnxruntime, the pickle or ONNX file, the file of rows, the file for labels, the number of features.
"""

import pickle
import sys
import time

import numpy as np


def main():
    library, model, rows, labels, n_features = sys.argv[1:]
    rows = np.fromfile(rows, dtype="<f8").reshape(-1, int(n_features))
    if library == "onnxruntime":
        # its rbf kernel takes no other numbers; they are brought into this form before the clock runs
        rows = rows.astype(np.float32)
    predict = {"sklearn": sklearn, "onnxruntime": onnxruntime}[library](model)
    predict(rows).astype("<i4").tofile(labels)
    print("ready", flush=True)
    for line in sys.stdin:
        passes, at_once = map(int, line.split())
        pieces = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        began = time.perf_counter()
        for _ in range(passes):
            for piece in pieces:
                predict(piece)
        print(time.perf_counter() - began, flush=True)


def sklearn(model):
    with open(model, "rb") as file:
        return pickle.load(file).predict


def onnxruntime(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    label, name = session.get_outputs()[0].name, session.get_inputs()[0].name
    return lambda rows: session.run([label], {name: rows})[0]


if __name__ == "__main__":
    main()
