//! `svcd import`: a model file of any format into a `model.bin`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::Arguments;
use super::model::{self, NAMES};
use super::summary::Summary;
use super::{Command, Error, Flag, output};
use crate::model_file::native;

/// The command.
pub const COMMAND: Command = Command {
    name: "import",
    summary: "turns a model file into a model.bin",
    operand: "FILE",
    is_operand_optional: false,
    about: "\
Loads and checks the model as `serve` does, gives it names if asked, shows what it found, and writes
svcd's own format: small, checked by a checksum, independent of Python and of library versions.",
    flags: &[
        &[Flag {
            name: "--output",
            short: "-o",
            value: "FILE",
            environment: &[],
            default: "model.bin",
            help: "where to write; an existing file is replaced",
        }],
        NAMES,
    ],
    examples: &[
        ("svcd import iris.json", "writes model.bin"),
        ("svcd import iris.json -o iris.bin --class-names setosa,versicolor,virginica", "answers names, not numbers"),
    ],
    usage_code: 2,
    run,
};

fn run(arguments: &Arguments) -> Result<(), Error> {
    let target = arguments.path("--output").unwrap_or_else(|| PathBuf::from("model.bin"));
    let opened = model::open(arguments.operand().map(PathBuf::from), arguments)?;
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("write", &target.display().to_string(), cause);
    let bytes = native::to_bytes(&opened.loaded).map_err(|cause| failed(&cause))?;
    replace(&target, &bytes).map_err(|cause| failed(&cause))?;
    let text = Summary::new(&opened).text();
    output::print(format!("{text}{:<24} {}, {} bytes\n", "written", target.display(), bytes.len()).as_bytes())
}

/// Writes a file beside `target` and moves it there: nobody ever reads half of it.
fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = target.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let write = || {
        let mut file = File::create_new(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, target)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}
