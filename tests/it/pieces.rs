//! Models that lie in several files, or in the items of one: scikit-learn's own answers, when its transformers, the model and the
//! encoder of labels are called one after the other. tests/fixtures/pieces/README.md says how the files were made.

mod forms;
mod goldens;
mod hostile;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;
use svcd::model_file::{Error, Loaded, folder, load};

use crate::folder::Folder;
use crate::harness::PATIENCE;
use crate::pickles::Expected;

/// Folders of tests/fixtures/pieces.
const VERSIONS: [&str; 4] = ["1.1.3", "1.3.2", "1.6.1", "1.9.1"];
const NEWEST: &str = "1.9.1";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pieces")
}

/// Path of a file, or of a folder, of one version.
fn path(version: &str, name: &str) -> String {
    fixtures().join(version).join(name).to_str().unwrap().to_owned()
}

fn bytes(version: &str, name: &str) -> Vec<u8> {
    let path = path(version, name);
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn expected(version: &str, case: &str) -> Expected {
    serde_json::from_slice(&bytes(version, &format!("{case}.expected.json"))).unwrap()
}

/// As the commands load the model of these paths.
fn load<P: AsRef<Path>>(paths: &[P], leave_out: &[&str]) -> Result<Loaded, Error> {
    let paths: Vec<_> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let leave_out: Vec<_> = leave_out.iter().map(|name| (*name).to_owned()).collect();
    load::load(folder::read(&folder::list(&paths)?)?, &leave_out)
}

/// The rows of a case as CSV without a header, in a folder that has to live as long as the path is used.
fn rows(folder: &Folder, version: &str, case: &str) -> String {
    let row = |row: Vec<f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n";
    folder.file("rows.csv", expected(version, case).rows.into_iter().map(row).collect::<String>())
}

/// What `svcd predict` prints of scikit-learn's labels.
fn labels(version: &str, case: &str) -> String {
    let line = |label: &Value| label.as_str().map_or_else(|| label.to_string(), str::to_owned) + "\n";
    "predict\n".to_owned() + &expected(version, case).predict.iter().map(line).collect::<String>()
}

/// Exit code, standard output and standard error of svcd, which must come to an end.
fn run<T: AsRef<str>>(arguments: &[T]) -> (i32, String, String) {
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.as_ref().to_owned()).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
    command.args(&arguments).env_clear().stdin(Stdio::null());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(command.output()));
    let output = receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no end: svcd {arguments:?}")).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The same for `svcd predict ROWS`, with `--model` before each path, and more arguments.
fn predict<T: AsRef<str>>(rows: &str, paths: &[T], more: &[&str]) -> (i32, String, String) {
    let models = paths.iter().flat_map(|path| ["--model", path.as_ref()]);
    run(&["predict", rows].into_iter().chain(models).chain(more.iter().copied()).collect::<Vec<_>>())
}

/// The one line on standard error of a model that is refused, without what each such line has.
fn refusal<T: AsRef<str>>(paths: &[T], more: &[&str]) -> String {
    let paths: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
    let (code, stdout, stderr) =
        run(&["inspect"].into_iter().chain(paths.iter().copied()).chain(more.iter().copied()).collect::<Vec<_>>());
    assert_eq!((code, stdout.as_str()), (1, ""), "{paths:?}: {stderr}");
    let text = stderr.strip_prefix(&format!("error: failed to load `{}`: ", paths.join(", ")));
    text.and_then(|text| text.strip_suffix('\n')).unwrap_or_else(|| panic!("{stderr}")).to_owned()
}
