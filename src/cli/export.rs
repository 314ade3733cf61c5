//! `svcd export`: writes a model of any format as LIBSVM's text, the way out of svcd.

use super::arguments::Arguments;
use super::command::{Command, flag};
use super::model::{self, MODEL, NAMES, NO_EVIDENCE_CHECK};
use super::{Error, log, output};
use crate::model_file::libsvm;

/// The command.
pub const COMMAND: Command = Command {
    name: "export",
    summary: "writes a model in LIBSVM's text format",
    operand: "[PATH]...",
    about: "\
Loads and checks the model as `serve` does, and writes what LIBSVM's svm-predict and its bindings read.
All digits are kept, even of support vectors, where LIBSVM's own writer keeps eight. A model for which
LIBSVM would give other answers is refused: scalers and PCA, linear models, calibrated models, labels that
are not integers, break_ties, scikit-learn's probabilities of two classes.",
    flags: &[
        &[
            flag("-o, --output FILE", "where to write; an existing file is replaced").default("standard output"),
            flag("--format libsvm", "the only format so far").default("libsvm"),
            NO_EVIDENCE_CHECK,
        ],
        MODEL,
        NAMES,
    ],
    examples: &[
        ("svcd export model.bin -o iris.model", "for svm-predict"),
        ("svcd import iris.model -o model.bin", "and back again"),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

fn run(arguments: &Arguments) -> Result<(), Error> {
    arguments.choice("--format", &[("libsvm", ())])?;
    let (sources, target) = (model::named(arguments), arguments.path("--output"));
    if let Some(target) = &target {
        model::check_target("--output", target, &sources)?;
    }
    let opened = model::open(&sources, arguments)?.told();
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("export", &opened.origin, cause);
    let text = libsvm::to_string(&opened.loaded.model).map_err(|cause| failed(&cause))?;
    for lost in libsvm::not_kept(&opened.loaded) {
        log::line(format_args!("left out, not in LIBSVM's format: {lost}"));
    }
    match target {
        Some(target) => output::replace(&target, text.as_bytes()),
        None => output::print(text.as_bytes()),
    }
}
