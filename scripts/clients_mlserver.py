# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "mlserver==1.7.1",
#     "fastapi==0.115.14",
#     "numpy==2.4.6",
#     "pandas==2.3.3",
#     "orjson==3.11.9",
# ]
# ///
"""Queries svcd with MLServer's own codecs: the pandas codec turns a DataFrame into a request, the NumPy and string codecs read the response.

A separate program, as MLServer needs other versions than the other clients; clients_tables.py runs it. Standard input: JSON with `url`,
`columns` (for each a name, the pandas type and the values) and `outputs`. Prints the outputs of the answer as JSON.
"""

import json
import sys
import urllib.request

import orjson
import pandas as pd
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.types import InferenceResponse, RequestOutput

# For an answer, in seconds.
PATIENCE = 20


def main():
    asked = json.load(sys.stdin)
    frame = pd.DataFrame({name: pd.Series(values, dtype=dtype) for name, dtype, values in asked["columns"]})
    request = PandasCodec.encode_request(frame, use_bytes=False)
    request.outputs = [RequestOutput(name=name) for name in asked["outputs"]]
    # NaN is null there, as MLServer writes it
    content = orjson.dumps(request.model_dump(exclude_none=True))
    posted = urllib.request.Request(asked["url"], content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(posted, timeout=PATIENCE) as answer:
        response = InferenceResponse.model_validate_json(answer.read())
    print(json.dumps({output.name: decoded(output) for output in response.outputs}))


def decoded(output):
    return StringCodec.decode_output(output) if output.datatype == "BYTES" else NumpyCodec.decode_output(output).tolist()


if __name__ == "__main__":
    main()
