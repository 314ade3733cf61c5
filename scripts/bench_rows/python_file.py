"""scikit-learn or onnxruntime between two CSV files, as a data scientist would write it.

Arguments: scikit-learn or onnxruntime, the pickle or ONNX file, the CSV file of rows, the file for labels.
"""

import pickle
import sys

import pandas as pd


def main():
    library, model, rows, labels = sys.argv[1:]
    rows = pd.read_csv(rows).to_numpy()
    if library == "scikit-learn":
        with open(model, "rb") as file:
            found = pickle.load(file).predict(rows)
    else:
        import onnxruntime

        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        found = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: rows.astype("float32")})[0]
    pd.DataFrame({"predict": found}).to_csv(labels, index=False)


if __name__ == "__main__":
    main()
