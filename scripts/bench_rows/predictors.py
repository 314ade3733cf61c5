"""The predictors in the comparison. To add one, add a function and a line in `of`."""

import importlib.metadata
import re
import sys
from pathlib import Path

import m2cgen
import onnx_model
from cases import FOLDER
from peer import SCRIPTS, output, run
from peers_compiled import built_rust_peers, locked_versions
from predictor import Predictor

C = SCRIPTS / "peers" / "c"


def of(case, svcd):
    """The first one is what the others are compared with, the second one says which answers are right."""
    predictors = [ours(case), sklearn(case)]
    if case.gives_labels and not case.has_documents:
        predictors.append(onnxruntime(case))
        if not case.is_pipeline:
            predictors.append(libsvm(case, svcd))
    if case.name == "iris":
        predictors.append(generated_c(case))
    return [*predictors, ours_without_vectors(case)]


def ours(case):
    return Predictor("svcd", rust_command(case), locked_versions())


def ours_without_vectors(case):
    """Without what the processor has beyond the instructions that all of its kind have."""
    return Predictor("svcd (baseline)", (*rust_command(case), "baseline"), locked_versions())


def rust_command(case):
    return (str(built_rust_peers() / "kernel"), str(case.model_file), str(case.path("rows")), "{answers}", case.method)


def borders(case, rows, near):
    return [str(built_rust_peers() / "borders"), str(case.model_file), str(case.path("rows")), str(rows), str(near)]


def sklearn(case):
    return python("scikit-learn", "sklearn", case.model_file, case, "scikit-learn", "numpy")


def onnxruntime(case):
    onnx_model.write(case)
    return python("onnxruntime, FP32", "onnxruntime", case.path("onnx"), case, "onnxruntime", "skl2onnx")


def python(name, library, model, case, *packages):
    script = Path(__file__).with_name("python_predictor.py")
    command = (sys.executable, str(script), library, str(model), str(case.path("rows")), "{answers}", features(case), case.method)
    return Predictor(name, command, onnx_model.versions(*packages))


def libsvm(case, svcd):
    model = case.path("libsvm")
    run([svcd, "export", str(case.model_file), "-o", str(model)])
    version = re.search(r"LIBSVM_VERSION (\d)(\d+)", Path("/usr/include/libsvm/svm.h").read_text())
    return c("LIBSVM", compiled("libsvm", "-lsvm"), model, case, f"LIBSVM {version[1]}.{version[2]} as Debian has it")


def generated_c(case):
    case.path("c").write_text(m2cgen.export_to_c(case.model))
    program = compiled("m2cgen", f'-DM2CGEN_CODE="{case.path("c")}"', "-lm")
    return c("m2cgen, C", program, case.model_file, case, f"m2cgen {importlib.metadata.version('m2cgen')}, {gcc()}")


def c(name, program, model, case, versions):
    command = (program, str(model), str(case.path("rows")), "{answers}", features(case))
    return Predictor(name, command, versions)


def features(case):
    return "text" if case.has_documents else str(case.model.n_features_in_)


def compiled(name, *flags):
    """A program of peers/c, for this very processor; no operation is fused with another."""
    program, sources = FOLDER / name, [str(C / f"{name}.c")]
    if name != "limit":
        sources.append(str(C / "driver.c"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    run(["gcc", "-O3", "-march=native", "-ffp-contract=off", "-o", str(program), *sources, *flags])
    return str(program)


def gcc():
    return output(["gcc", "--version"]).splitlines()[0]
