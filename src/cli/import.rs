//! `svcd import`: turns a model file of any format into a `model.bin`.

mod check;

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::command::{Command, flag};
use super::encode::ENCODE;
use super::model::{self, LEAVE_OUT, NAMES, NO_EVIDENCE_CHECK, Opened};
use super::summary::{self, Summary};
use super::{Error, output};
use crate::model_file::{Format, native};

/// The command.
pub const COMMAND: Command = Command {
    name: "import",
    summary: "turns the files of a model into one model.bin",
    operand: "PATH...",
    about: "\
Loads and checks the model as `serve` does, shows what it found, and writes svcd's own format: small,
protected by a checksum, independent of Python and of library versions. Several files, a folder, or the
items of a saved dict, tuple or list become one model. Transformers apply in the order given; in a folder
or a dict their widths decide, and an ambiguous order is an error.

With --check, svcd first compares its answers with those of the training library. ROWS.csv has the model's
columns, a column predict, and optionally decision_function_0, .., predict_proba_0, .. and score_samples_0.
Any difference is a failure. The rows are stored in model.bin, and every later load checks them again.",
    flags: &[
        &[
            flag("-o, --output FILE", "where to write; an existing file is replaced").default("model.bin"),
            flag("--check ROWS.csv", "rows with the answers that the model must give"),
            LEAVE_OUT,
            ENCODE,
            NO_EVIDENCE_CHECK,
        ],
        NAMES,
    ],
    examples: &[
        ("svcd import iris.json", "writes model.bin"),
        (
            "svcd import iris.json -o iris.bin --class-names setosa,versicolor,virginica",
            "names as labels instead of numbers",
        ),
        ("svcd import -o model.bin scaler.pkl svm.pkl", "scaler and SVM in one file"),
        ("svcd import iris.json --check rows.csv", "only if the answers are those in rows.csv"),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

fn run(arguments: &Arguments) -> Result<(), Error> {
    let target = arguments.path("--output").unwrap_or_else(|| PathBuf::from("model.bin"));
    let sources = arguments.operand_paths();
    let mut opened = model::open(&sources, arguments)?.told();
    // A model.bin with other names is as good as it was.
    if opened.loaded.provenance.format != Format::ModelBin {
        model::check_target("--output", &target, &sources)?;
    }
    let verdict = match arguments.path("--check") {
        Some(rows) => check_rows(&rows, &mut opened)?,
        None => String::new(),
    };
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("write", &target.display().to_string(), cause);
    let bytes = native::to_bytes(&opened.loaded).map_err(|cause| failed(&cause))?;
    output::replace(&target, &bytes)?;
    let text = Summary::new(&opened).text();
    let written = summary::fact("written", &format!("{}, {} bytes", target.display(), bytes.len()));
    output::print((text + &verdict + &written).as_bytes())
}

/// Compares the model with what the rows expect, and stores the rows with it. Returns the line that says what was compared.
fn check_rows(path: &Path, opened: &mut Opened) -> Result<String, Error> {
    let model = &opened.loaded.model;
    let checked =
        check::check(path, model).map_err(|cause| Error::failed_to("check", &path.display().to_string(), &cause))?;
    let text = format!("{} rows: {}", checked.rows, checked.verdict());
    opened.loaded.probes = Some(checked.probes);
    Ok(summary::fact("checked", &text))
}
