"""Validates svcd's OpenAPI document against the specification, and real answers against the document.

A plain module for check_clients.py.
"""

import requests
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

# For an answer, in seconds.
PATIENCE = 20
JSON = "application/json"


def check(served, checker):
    document = requests.get(f"{served.url}/openapi.json", timeout=PATIENCE).json()
    checker.equal("errors in the document", [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()], [])
    schemas = document["components"]["schemas"]
    labels = {"classes": served.classes, "number": None, "inlier": [-1, 1]}[served.target]
    checker.equal("labels", schemas["Label"].get("enum"), labels)
    checker.equal("features", schemas["Record"]["required"], served.feature_names)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            check_operation(served, checker, document, f"{method.upper()} {path}", operation)
    check_rows(served, checker, document)
    check_agreement(served, checker, document)
    check_refusals(served, checker, document)


def check_operation(served, checker, document, name, operation):
    """Its examples fit its schemas, and so does what the server answers now."""
    method, path = name.split()
    body = operation.get("requestBody", {}).get("content", {})
    success = operation["responses"]["200"]["content"]
    if method == "GET":
        answer = requests.get(served.url + path, timeout=PATIENCE)
        checker.equal(f"{name}: status", answer.status_code, 200)
        checker.equal(f"{name}: type", answer.headers["Content-Type"] in success, True)
        if answer.headers["Content-Type"] == JSON:
            fits(checker, name, document, success[JSON]["schema"], answer.json())
    for media_type, content in body.items():
        for title, example in content.get("examples", {}).items():
            what, value = f"{name}, {media_type}, {title}", example["value"]
            fits(checker, f"{what}: example", document, content["schema"], value)
            sent = {"json": value} if media_type == JSON else {"data": value}
            fields = {"Content-Type": media_type, "Accept": media_type}
            answer = requests.post(served.url + path, **sent, headers=fields, timeout=PATIENCE)
            checker.equal(f"{what}: status", answer.status_code, 200)
            found = answer.json() if media_type == JSON else answer.text
            fits(checker, what, document, success[media_type]["schema"], found)
            checker.equal(what, found, success[media_type]["examples"][title]["value"])


def check_rows(served, checker, document):
    """Rows of the model's own data fit the schemas of requests, and their answers those of answers."""
    rows, records, labels = served.rows[:5].tolist(), served.records(5), served.labels[:5].tolist()
    tensor = {"name": "X", "shape": [5, len(rows[0])], "datatype": "FP64", "data": rows}
    v1, v2 = f"/v1/models/{served.name}", f"/v2/models/{served.name}"
    outputs = document["components"]["schemas"]["Output"]["enum"]
    of_classes = [
        (f"{v1}:classify", {"examples": records}),
        (f"{v2}/infer", {"inputs": [tensor], "outputs": [{"name": outputs[0], "parameters": {"classification": 2}}]}),
    ]
    for path, content in [
        ("/", records),
        ("/", records[0]),
        (f"{v1}:predict", {"instances": rows}),
        (f"{v2}/infer", {"inputs": [tensor], "id": "a", "outputs": [{"name": output} for output in outputs]}),
        *(of_classes if served.classes is not None else []),
        ("/invocations", {"dataframe_records": records}),
        ("/v2/repository/index", {}),
    ]:
        operation = document["paths"][path]["post"]
        fits(checker, f"request of {path}", document, operation["requestBody"]["content"][JSON]["schema"], content)
        answer = requests.post(served.url + path, json=content, timeout=PATIENCE)
        checker.equal(f"{path}: status", answer.status_code, 200)
        fits(checker, path, document, operation["responses"]["200"]["content"][JSON]["schema"], answer.json())
    # And a schema does say no: to a row that lacks a feature, to a label of another type.
    lacking = dict(list(records[0].items())[1:])
    other = 0 if isinstance(labels[0], str) else "0"
    for name, value in [("Record", lacking), ("Row", rows[0][1:]), ("Label", other), ("Val", {"val": [other]})]:
        refused = list(validator(document, {"$ref": f"#/components/schemas/{name}"}).iter_errors(value))
        checker.equal(f"{name}: refuses", bool(refused), True)


def check_agreement(served, checker, document):
    """What people get wrong, and what some of them leave open: the schema says of it what the server says."""
    record, v1 = served.records(1)[0], f"/v1/models/{served.name}"
    first, *others = record
    row, part, rest = list(record.values()), {first: record[first]}, {name: record[name] for name in others}
    columns = {name: [number] for name, number in record.items()}
    for path, content, is_right in [
        (f"{v1}:classify", {"examples": [{}]}, False),
        (f"{v1}:classify", {"examples": [record, rest]}, False),
        (f"{v1}:classify", {"examples": [rest], "context": part}, True),
        (f"{v1}:classify", {"examples": [record], "context": part}, False),
        (f"{v1}:classify", {"examples": [record], "context": None}, True),
        (f"{v1}:predict", {"inputs": {}}, False),
        (f"{v1}:predict", {"inputs": columns}, True),
        (f"{v1}:predict", {"inputs": {**columns, first: []}}, False),
        (f"{v1}:predict", {"inputs": {name: columns[name] for name in others}}, False),
        (f"{v1}:predict", {"instances": [row], "signature_name": None}, True),
        (f"{v1}:predict", {"instances": [row], "signature_name": ""}, False),
        ("/invocations", {"inputs": {}}, False),
        ("/invocations", {"instances": [row], "params": None}, True),
        ("/invocations", {"instances": [row], "params": {"output": None}}, True),
        ("/invocations", {"instances": [row], "params": {"output": ""}}, False),
        ("/invocations", {"dataframe_split": {"columns": others, "data": [row[1:]]}}, False),
        ("/invocations", {"dataframe_split": {"columns": [0.0, *others], "data": [row]}}, True),
        ("/v2/repository/index", [], False),
    ]:
        # Without classes the document has no such path.
        if path.endswith(":classify") and served.classes is None:
            continue
        schema = document["paths"][path]["post"]["requestBody"]["content"][JSON]["schema"]
        checker.equal(f"{path}: schema of {content}", validator(document, schema).is_valid(content), is_right)
        status = requests.post(served.url + path, json=content, timeout=PATIENCE).status_code
        checker.equal(f"{path}: status of {content}", status, 200 if is_right else 400)


def check_refusals(served, checker, document):
    for path, item in document["paths"].items():
        if "post" not in item:
            continue
        for status, fields, content in [
            ("400", {"Content-Type": JSON}, b"["),
            ("413", {"Content-Type": JSON}, b" " * (9 << 20)),
            ("415", {"Content-Type": "text/html"}, b"{}"),
            ("415", {"Content-Type": JSON, "Content-Encoding": "br"}, b"{}"),
            ("400", {"Content-Type": JSON, "Content-Encoding": "gzip"}, b"{}"),
        ]:
            answer = requests.post(served.url + path, data=content, headers=fields, timeout=PATIENCE)
            checker.equal(f"{path}: status", str(answer.status_code), status)
            (_, *keys) = item["post"]["responses"][status]["$ref"].split("/")
            response = document[keys[0]][keys[1]][keys[2]]
            fits(checker, f"{path}: {status}", document, response["content"][JSON]["schema"], answer.json())


def validator(document, schema):
    """References lead to the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


def fits(checker, what, document, schema, value):
    errors = [f"{error.json_path}: {error.message}" for error in validator(document, schema).iter_errors(value)]
    checker.equal(f"{what}: errors by the schema", errors, [])
