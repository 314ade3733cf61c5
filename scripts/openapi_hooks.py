"""What schemathesis must know about svcd; check_openapi.py makes it load this.

JSON Schema cannot say that two arrays have the same length, that a shape fits the data next to it, or what CSV is. These hooks make
content that fits the schema agree before it is sent; content that does not fit is sent unchanged.
"""

import json
import struct

import schemathesis
from schemathesis.core.parameters import ParameterLocation

JSON = "application/json"
CSV = "text/csv"
JSON_LINES = "application/jsonlines"
OCTETS = "application/octet-stream"
# How much JSON comes in front of binary tensors, so what is right depends on the content.
JSON_LENGTH = "Inference-Header-Content-Length"
ROWS_MAX = 4


@schemathesis.hook
def before_load_schema(context, raw_schema):
    # schemathesis 4.32 turns `prefixItems` into what only older drafts know, and then refuses it. check_clients.py holds answers
    # against the document as it is.
    if isinstance(raw_schema, dict):
        if "prefixItems" in raw_schema:
            raw_schema["items"] = {"anyOf": raw_schema.pop("prefixItems")}
        for member in raw_schema.values():
            before_load_schema(context, member)
    elif isinstance(raw_schema, list):
        for element in raw_schema:
            before_load_schema(context, element)


@schemathesis.hook
def before_call(context, case, kwargs):
    if (case.headers or {}).get(JSON_LENGTH, "").isdigit():
        del case.headers[JSON_LENGTH]
    if case.meta is None or case.meta.is_negative_at(ParameterLocation.BODY):
        return
    body, record = case.body, case.operation.schema.raw_schema["components"]["schemas"]["Record"]
    names = record["required"]
    row = [value_of(record["properties"][name]) for name in names]
    # None of a model of numbers: whatever they are, they fit.
    row = row if any(isinstance(value, (str, bool)) for value in row) else None
    if case.media_type == OCTETS:
        request, numbers = binary_request(names) if row is None else binary_columns(names, row)
        case.headers[JSON_LENGTH] = str(len(request))
        case.body = request + numbers
    elif case.media_type in (CSV, JSON_LINES):
        case.body = lines(case.media_type, str(body), names, row)
    elif case.media_type != JSON or not isinstance(body, dict):
        return
    elif case.path.endswith("/infer"):
        body["inputs"] = [tensor(body["inputs"][0], len(names))] if row is None else columns_of(names, row)
        if body.get("outputs"):
            # Each output once.
            body["outputs"] = list({output["name"]: output for output in body["outputs"]}.values())
    elif case.path.endswith(("predict", "explain", "/invocations")):
        for frame in [body.get("inputs"), *(body.get("instances") or [])]:
            if isinstance(frame, dict):
                cut_columns(frame, names)
        for rows in (body.get("inputs"), body.get("instances")):
            if row is not None and isinstance(rows, list):
                rows[:] = [list(row) if isinstance(one, list) else one for one in rows]
    if case.path == "/invocations" and "dataframe_split" in body:
        columns = body["dataframe_split"].get("columns", names)
        rows = body["dataframe_split"]["data"]
        values = dict(zip(names, row or []))
        rows[:] = [[values.get(column, 0.5 + index + len(one)) for index, column in enumerate(columns)] for one in rows]


def value_of(schema):
    """A value that a column takes; a text or a boolean only of a column of such."""
    for choice in schema.get("anyOf", schema.get("oneOf", [])):
        if (value := value_of(choice)) is not None:
            return value
    for key in ("enum", "examples"):
        if known := [value for value in schema.get(key, []) if value is not None]:
            return known[0]
    types = schema.get("type", [])
    return "a text" if "string" in ([types] if isinstance(types, str) else types) else 1


def columns_of(names, row):
    """A tensor for each column, of two rows."""
    types = [datatype_of(value) for value in row]
    return [{"name": name, "shape": [2], "datatype": kind, "data": [value] * 2} for name, kind, value in zip(names, types, row)]


def datatype_of(value):
    return "BOOL" if isinstance(value, bool) else "BYTES" if isinstance(value, str) else "FP64"


def binary_columns(names, row):
    """The JSON of a request with a tensor of one row for each column, and what is behind it."""
    inputs, binary = [], b""
    for name, value in zip(names, row):
        match value:
            case bool():
                element = bytes([value])
            case str():
                element = struct.pack("<I", len(value.encode())) + value.encode()
            case _:
                element = struct.pack("<d", value)
        parameters = {"binary_data_size": len(element)}
        inputs.append({"name": name, "shape": [1], "datatype": datatype_of(value), "parameters": parameters})
        binary += element
    return json.dumps({"inputs": inputs}).encode(), binary


def cut_columns(frame, names):
    """Gives columns one length, the shortest; numbers are no columns."""
    columns = [frame[name] for name in names if isinstance(frame.get(name), list)]
    for column in columns:
        del column[min(map(len, columns)) :]


def tensor(example, width):
    """A tensor whose parts agree: a row, or several, of numbers that every datatype has."""
    n_rows = 1 + len(example["shape"]) % ROWS_MAX
    element = True if example["datatype"] == "BOOL" else 1
    # In JSON there is no FP16.
    datatype = "FP32" if example["datatype"] == "FP16" else example["datatype"]
    data = [element] * (n_rows * width)
    return {"name": example["name"], "shape": [n_rows, width], "datatype": datatype, "data": data}


def binary_request(names):
    """The JSON of a request, and the numbers behind it."""
    numbers = struct.pack(f"<{len(names)}d", *range(len(names)))
    parts = {"datatype": "FP64", "shape": [1, len(names)], "parameters": {"binary_data_size": len(numbers)}}
    return json.dumps({"inputs": [{"name": "X", **parts}]}).encode(), numbers


def lines(media_type, text, names, row):
    """Rows that depend on a text, with a header or without, by position or by name; `row`: of a model that takes more than numbers."""
    numbers = [ord(character) / 8 for character in text.ljust(len(names), "0")]
    starts = range(0, len(numbers) - len(names) + 1, len(names))
    rows = [numbers[start : start + len(names)] if row is None else row for start in starts][:ROWS_MAX]
    by_name = len(text) % 2 == 1
    if media_type == CSV:
        header = [",".join('"' + name.replace('"', '""') + '"' for name in names)] if by_name else []
        return "\n".join(header + [",".join(map(str, row)) for row in rows])
    return "\n".join(json.dumps(dict(zip(names, row)) if by_name else row) for row in rows)


def as_bytes(context, value):
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def as_text(context, response):
    return response.content.decode("latin-1")


for media_type in (CSV, JSON_LINES, OCTETS):
    schemathesis.serializer(media_type)(as_bytes)
for media_type in (CSV, JSON_LINES, OCTETS, "text/html"):
    schemathesis.deserializer(media_type)(as_text)
