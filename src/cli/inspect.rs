//! `svcd inspect`: shows what a model is.

use super::arguments::Arguments;
use super::command::{Command, flag};
use super::model::{self, MODEL, NAMES, NO_EVIDENCE_CHECK};
use super::summary::Summary;
use super::{Error, output};

/// The command.
pub const COMMAND: Command = Command {
    name: "inspect",
    summary: "shows what a model is and what it is made of",
    operand: "[PATH]...",
    about: "\
Loads and checks the model as `serve` does, and shows what it is: each piece with its file or key and
the widths of its rows, the labels, the columns, what was left out, and what is doubtful. Several
files or a folder make one model. Nothing is served or written, and nothing in a file is ever
executed.",
    flags: &[MODEL, &[flag("--json", "one JSON object instead of lines"), NO_EVIDENCE_CHECK], NAMES],
    examples: &[
        ("svcd inspect model.bin", "kernel, classes, features, support vectors, where it comes from"),
        ("svcd inspect scaler.pkl svm_model.pkl label_encoder.pkl", "the model that these files make together"),
        ("svcd inspect --json model.bin", "the same for programs"),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

fn run(arguments: &Arguments) -> Result<(), Error> {
    let opened = model::open(&model::named(arguments), arguments)?;
    opened.warn();
    let summary = Summary::new(&opened);
    let text = if arguments.has("--json") { summary.json() } else { summary.text() };
    output::print(text.as_bytes())
}
