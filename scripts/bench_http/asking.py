"""Turns rows into a request in a form that a server understands, and its answer into labels."""

import json
import random
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")

# the notebook's own row, then flowers of all three kinds and rows on the borders between them
ROWS = (
    (1, 1, 1, 1),
    (5.1, 3.5, 1.4, 0.2),
    (4.5, 2.3, 1.3, 0.3),
    (7.0, 3.2, 4.7, 1.4),
    (5.7, 2.8, 4.1, 1.3),
    (6.3, 3.3, 6.0, 2.5),
    (7.7, 3.8, 6.7, 2.2),
    (5.9, 3.2, 4.8, 1.8),
    (6.0, 2.7, 5.1, 1.6),
    (6.1, 2.9, 4.6, 1.4),
    (5.4, 3.0, 3.1, 0.8),
    (-3, 0, 1e3, 1e-3),
)
# byte for byte what the notebook's author sends
NOTEBOOK_CONTENT = b'{  "sepal length (cm)": 1,  "sepal width (cm)": 1,  "petal length (cm)": 1,  "petal width (cm)":1}'
LENGTH_OF_JSON = "Inference-Header-Content-Length"


@dataclass(frozen=True)
class Request:
    """`extra`: another header field, as name and value."""

    path: str
    content_type: str
    content: bytes
    extra: tuple[str, str] | None = None

    @property
    def fields(self):
        return dict([("Content-Type", self.content_type), *([self.extra] if self.extra else [])])

    def bytes(self, connection="close"):
        fields = {"Host": "127.0.0.1", **self.fields, "Connection": connection, "Content-Length": len(self.content)}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.content


@dataclass(frozen=True)
class Form:
    """One way to ask.

    ask:      some rows -> Request; the notebook's form takes one row only
    labels:   header fields and content of the answer -> one label for each row
    answered: is found in an answer with a label, as soon as it is there
    """

    name: str
    ask: Callable
    labels: Callable
    answered: re.Pattern


def ask_notebook(rows):
    (row,) = rows
    content = json.dumps(dict(zip(FEATURES, row, strict=True))).encode() if row != ROWS[0] else NOTEBOOK_CONTENT
    return Request("/", "application/json", content)


def ask_v2(rows):
    flat = [number for row in rows for number in row]
    message = {"inputs": [{"name": "X", "shape": [len(rows), len(FEATURES)], "datatype": "FP64", "data": flat}]}
    return Request("/v2/models/iris/infer", "application/json", json.dumps(message, separators=(",", ":")).encode())


def ask_v2_binary(rows):
    tensor = struct.pack(f"<{len(rows) * len(FEATURES)}d", *(number for row in rows for number in row))
    size = {"binary_data_size": len(tensor)}
    described = {"name": "X", "shape": [len(rows), len(FEATURES)], "datatype": "FP64", "parameters": size}
    message = {"inputs": [described], "parameters": {"binary_data_output": True}}
    head = json.dumps(message, separators=(",", ":")).encode()
    extra = (LENGTH_OF_JSON, str(len(head)))
    return Request("/v2/models/iris/infer", "application/octet-stream", head + tensor, extra)


def labels_v2_binary(fields, content):
    length = int(fields[LENGTH_OF_JSON])
    (output,) = json.loads(content[:length])["outputs"]
    tensor = content[length:]
    if (output["datatype"], output["parameters"]["binary_data_size"]) != ("INT64", len(tensor)):
        raise ValueError(f"a tensor of another kind: {output}")
    return list(struct.unpack(f"<{len(tensor) // 8}q", tensor))


NOTEBOOK = Form(
    "POST /", ask_notebook, lambda _, content: [json.loads(content)["val"]], re.compile(rb'\{"val": ?\d+\}')
)
V2_JSON = Form(
    "v2 JSON", ask_v2, lambda _, content: json.loads(content)["outputs"][0]["data"], re.compile(rb'"data": ?\[\d+\]')
)
V2_BINARY = Form("v2 binary", ask_v2_binary, labels_v2_binary, re.compile(rb'"binary_data_size":'))


def batch(count):
    """Rows like those of the data: one digit after the point, the same in every run."""
    source = random.Random(0)
    limits = ((4.3, 7.9), (2.0, 4.4), (1.0, 6.9), (0.1, 2.5))
    return [tuple(round(source.uniform(*limit), 1) for limit in limits) for _ in range(count)]
