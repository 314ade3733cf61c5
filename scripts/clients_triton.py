"""Queries svcd with tritonclient, plain and asyncio, in JSON and in binary.

A plain module for check_clients.py. The two clients have the same calls; one of them returns coroutines.
"""

import inspect

import numpy as np
import tritonclient.http
import tritonclient.http.aio
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

# Of the labels of each model.
DATATYPES = {"iris": "INT64", "text": "BYTES", "flag": "BOOL", "float": "FP64", "number": "FP64", "side": "INT64"}


def check(served, checker):
    with tritonclient.http.InferenceServerClient(f"{served.host}:{served.port}") as client:
        run(check_model(tritonclient.http, client, served, checker))


async def check_aio(served, checker):
    async with tritonclient.http.aio.InferenceServerClient(f"{served.host}:{served.port}") as client:
        await check_model(tritonclient.http.aio, client, served, checker)


def run(coroutine):
    """Runs a coroutine in which nothing ever waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("a call of the plain client waits")


async def call(function, *arguments, **options):
    """The outcome of a call of either client."""
    outcome = function(*arguments, **options)
    return await outcome if inspect.isawaitable(outcome) else outcome


async def check_model(http, client, served, checker):
    await check_management(client, served, checker)
    for is_binary in (True, False):
        await check_inference(http, client, served, checker, is_binary)
        await check_errors(http, client, served, checker, is_binary)
        await check_compression(http, client, served, checker, is_binary)
    await check_types(http, client, served, checker)
    await check_columns(http, client, served, checker)
    await check_classification(http, client, served, checker)


async def check_management(client, served, checker):
    name = served.name
    checker.equal("is_server_live", await call(client.is_server_live), True)
    checker.equal("is_server_ready", await call(client.is_server_ready), True)
    checker.equal("is_model_ready", await call(client.is_model_ready, name), True)
    checker.equal("is_model_ready with version", await call(client.is_model_ready, name, "1"), True)
    checker.equal("is_model_ready of another version", await call(client.is_model_ready, name, "2"), False)
    checker.equal("is_model_ready of another model", await call(client.is_model_ready, "other"), False)
    server = await call(client.get_server_metadata)
    checker.equal("server name", server["name"], "svcd")
    checker.contains("server extensions", server["extensions"], "binary_tensor_data")
    index = await call(client.get_model_repository_index)
    checker.equal("repository index", index, [{"name": name, "version": "1", "state": "READY", "reason": ""}])
    others = {output: ("FP64", [-1, *values.shape[1:]]) for output, values in served.outputs.items()}
    outputs = {"predict": (DATATYPES[name], [-1]), **others}
    for version in ("", "1"):
        metadata = await call(client.get_model_metadata, name, version)
        checker.equal("metadata name", metadata["name"], name)
        checker.equal("metadata versions", metadata["versions"], ["1"])
        checker.equal("metadata inputs", metadata["inputs"], [{"name": "X", "datatype": "FP64", "shape": [-1, 4]}])
        found = {output["name"]: (output["datatype"], output["shape"]) for output in metadata["outputs"]}
        checker.equal("metadata outputs", found, outputs)
        checker.equal("metadata features", metadata["svcd"]["feature_names"], list(served.feature_names))
        checker.equal("metadata classes", metadata["svcd"].get("classes"), served.classes)
        checker.equal("metadata target", metadata["svcd"]["target"], served.target)


async def check_inference(http, client, served, checker, is_binary):
    how = "binary" if is_binary else "JSON"
    inputs = [tensor(http, served.rows, is_binary)]
    # Without outputs the client asks for binary data, whatever the input is.
    result = await call(client.infer, served.name, inputs)
    check_labels(f"{how} default", result.as_numpy("predict"), served, checker)
    result = await call(client.infer, served.name, inputs, model_version="1", request_id="a-1.b")
    checker.equal(f"{how} id", result.get_response()["id"], "a-1.b")
    names = [*served.outputs, "predict", "output-0"]
    for is_binary_output in (True, False):
        outputs = [http.InferRequestedOutput(name, binary_data=is_binary_output) for name in names]
        result = await call(client.infer, served.name, inputs, outputs=outputs)
        what = f"{how} to {'binary' if is_binary_output else 'JSON'}"
        found = [output["name"] for output in result.get_response()["outputs"]]
        checker.equal(f"{what} order", found, names)
        check_labels(f"{what} predict", result.as_numpy("predict"), served, checker)
        check_labels(f"{what} output-0", result.as_numpy("output-0"), served, checker)
        for name, values in served.outputs.items():
            checker.near(f"{what} {name}", result.as_numpy(name), values)


async def check_compression(http, client, served, checker, is_binary):
    """The client counts the JSON as it is before it compresses it together with the tensors."""
    for algorithm in ("gzip", "deflate"):
        how = f"{algorithm} {'binary' if is_binary else 'JSON'}"
        inputs = [tensor(http, served.rows, is_binary)]
        outputs = [http.InferRequestedOutput(name, binary_data=is_binary) for name in ("predict", *served.outputs)]
        options = {"outputs": outputs, "request_compression_algorithm": algorithm}
        # Whoever asks for a compressed answer gets a plain one.
        for more in ({}, {"response_compression_algorithm": algorithm}):
            result = await call(client.infer, served.name, inputs, **options, **more)
            check_labels(how, result.as_numpy("predict"), served, checker)
            for name, values in served.outputs.items():
                checker.near(f"{how} {name}", result.as_numpy(name), values)


async def check_types(http, client, served, checker):
    """Inputs of every type, against scikit-learn's answer for the same array."""
    for dtype in ("bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"):
        rows = served.rows.astype(dtype)
        labels = served.estimator.predict(rows.astype("f8"))
        names = [name for name in served.outputs if name != "predict_proba"]
        scores = {name: getattr(served.estimator, name)(rows.astype("f8")) for name in names}
        # The client has no JSON for FP16.
        for is_binary in (True,) if dtype == "f2" else (True, False):
            outputs = [http.InferRequestedOutput(name) for name in ("predict", *scores)]
            result = await call(client.infer, served.name, [tensor(http, rows, is_binary)], outputs=outputs)
            checker.predicted(f"{dtype} labels", as_labels(result.as_numpy("predict")), labels)
            for name, values in scores.items():
                checker.near(f"{dtype} {name}", result.as_numpy(name), values)


async def check_columns(http, client, served, checker):
    """One input for each feature, in reversed order, binary and JSON in turn."""
    inputs = []
    for column in reversed(range(served.rows.shape[1])):
        values = served.rows[:, column].reshape((-1, 1) if column == 1 else -1)
        inputs.append(tensor(http, values, column % 2 == 0, served.feature_names[column]))
    result = await call(client.infer, served.name, inputs)
    check_labels("one input per feature", result.as_numpy("predict"), served, checker)


async def check_classification(http, client, served, checker):
    if served.classes is None:
        return await check_no_classification(http, client, served, checker)
    ranked = np.argsort(-served.scores, axis=1, kind="stable")[:, :2]
    for is_binary in (True, False):
        outputs = [http.InferRequestedOutput("predict", binary_data=is_binary, class_count=2)]
        result = await call(client.infer, served.name, [tensor(http, served.rows, True)], outputs=outputs)
        texts = as_labels(result.as_numpy("predict"))
        checker.equal("classification shape", texts.shape, ranked.shape)
        parts = np.array([text.split(":", 2) for text in texts.ravel()]).reshape(*ranked.shape, 3)
        checker.equal("classification order", parts[:, :, 1].astype(int), ranked)
        scores = np.take_along_axis(served.scores, ranked, axis=1)
        checker.near("classification scores", parts[:, :, 0].astype(float), scores)


async def check_no_classification(http, client, served, checker):
    outputs = [http.InferRequestedOutput("predict", class_count=2)]
    try:
        await call(client.infer, served.name, [tensor(http, served.rows, True)], outputs=outputs)
    except InferenceServerException as error:
        checker.equal("classification: status", error.status(), "400")
        checker.contains("classification: message", error.message(), "it has no classes to score; this model has `predict`")
    else:
        checker.equal("classification", "an answer", "an error")


async def check_errors(http, client, served, checker, is_binary):
    how = "binary" if is_binary else "JSON"
    rows = served.rows[:2]
    with_nan = rows.copy()
    with_nan[1, 2] = np.nan
    good = [tensor(http, rows, is_binary)]
    narrow, flat, empty, nan = ([tensor(http, rows, is_binary)] for rows in (rows[:, :3], rows[0], rows[:0], with_nan))
    unknown = {"outputs": [http.InferRequestedOutput("proba", binary_data=is_binary)]}
    for what, name, inputs, options, status, message in [
        ("wrong shape", served.name, narrow, {}, "400", "expected [N, 4], found [2, 3]"),
        ("one dimension", served.name, flat, {}, "400", "for one row [1, 4], found [4]"),
        ("no rows", served.name, empty, {}, "400", "expected at least one row"),
        ("unknown model", "other", good, {}, "404", f"unknown model, this server has `{served.name}`"),
        ("unknown version", served.name, good, {"model_version": "2"}, "404", "unknown version, this server has `1`"),
        ("NaN", served.name, nan, {}, "400", "NaN or "),
        ("unknown output", served.name, good, unknown, "400", "expected one of `predict`, "),
    ]:
        try:
            await call(client.infer, name, inputs, **options)
        except InferenceServerException as error:
            checker.equal(f"{how} {what}: status", error.status(), status)
            checker.contains(f"{how} {what}: message", error.message(), message)
        else:
            checker.equal(f"{how} {what}", "an answer", "an error")


def tensor(http, values, is_binary, name="X"):
    values = np.ascontiguousarray(values)
    infer_input = http.InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
    infer_input.set_data_from_numpy(values, binary_data=is_binary)
    return infer_input


def check_labels(what, found, served, checker):
    if served.name != "text":
        checker.equal(f"{what} type", found.dtype, served.labels.dtype)
    checker.predicted(what, as_labels(found), served.labels)


def as_labels(found):
    """Labels as scikit-learn has them: BYTES come as bytes, or as text out of JSON."""
    if found.dtype != np.object_:
        return found
    texts = [text.decode() if isinstance(text, bytes) else text for text in found.ravel()]
    return np.array(texts).reshape(found.shape)
