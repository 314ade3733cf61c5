//! The model that a command works with: of one file or several, or the one in the binary, with the names that the flags give it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::command::{Flag, flag};
use super::encode::{self, ENCODE};
use super::{Error, log, output};
use crate::api::csv;
use crate::api::served::{ModelFacts, Served};
use crate::model_file::folder::{self, ModelPath};
use crate::model_file::pieces::encoded;
use crate::model_file::sha256::Digest;
use crate::model_file::{Format, Loaded, Role, UsedPiece, libsvm, load};
use crate::pipeline::{Classes, Evidence};

/// The notebook's iris model.
const EMBEDDED: &[u8] = include_bytes!("../../model.bin");

/// Which model to use.
pub(super) const MODEL: &[Flag] = &[
    flag("-m, --model PATH", "a model file or a folder; repeat it for each file, in order")
        .default("the iris model inside the binary")
        .env(&["SVCD_MODEL"])
        .repeatable(),
    LEAVE_OUT,
    ENCODE,
];

/// What does not belong to the model.
pub(super) const LEAVE_OUT: Flag =
    flag("--leave-out NAME", "a file, or a key of a saved dict, to skip; repeatable").repeatable();

/// Whether to look for a missing or wrong scaler.
pub(super) const NO_EVIDENCE_CHECK: Flag =
    flag("--no-evidence-check", "no warning when the support vectors show a missing or wrong scaler")
        .env(&["SVCD_NO_EVIDENCE_CHECK"]);

/// Names of columns and classes, for a model that has none or instead of its own.
pub(super) const NAMES: &[Flag] = &[
    flag("--feature-names A,B,..", "names of the columns, in the model's order")
        .default("the model's own, else x0,x1,..")
        .env(&["SVCD_FEATURE_NAMES"]),
    flag("--class-names X,Y,..", "labels to answer with, in the model's order")
        .default("the model's own labels")
        .env(&["SVCD_CLASS_NAMES"]),
];

/// A model ready for use.
pub(super) struct Opened {
    pub(super) loaded: Loaded,
    /// Its name: the stem of the file with the estimator, or the name of its folder.
    pub(super) name: String,
    /// The files, in words for people.
    pub(super) origin: String,
    /// Digest of the file's bytes, or of the digests of several in the order in which they are applied, whatever names the flags
    /// give.
    pub(super) sha256: Digest,
}

impl Opened {
    /// The same, after telling on standard error what it was put together from, and whatever is doubtful.
    pub(super) fn told(self) -> Opened {
        for note in notes(&self.loaded) {
            log::line(format_args!("note: {note}"));
        }
        self.warn();
        self
    }

    /// Tells on standard error whatever is doubtful.
    pub(super) fn warn(&self) {
        for warning in &self.loaded.warnings {
            log::line(format_args!("warning: {warning}"));
        }
    }
}

/// What a model was put together from, and what was left out; nothing for a model that was whole.
pub(super) fn notes(loaded: &Loaded) -> Vec<String> {
    let chain = |piece: &UsedPiece| format!("{} ({})", piece.place, piece.what);
    let mut notes = Vec::new();
    if loaded.is_assembled() {
        notes.push(format!("the model is {}", loaded.pieces.iter().map(chain).collect::<Vec<_>>().join(", ")));
    }
    if loaded.pieces.iter().any(|piece| piece.role == Role::Labels) {
        let target = loaded.model.target();
        let labels = target.labels().enumerate().take(NOTED_MAX);
        let labels: Vec<_> = labels.map(|(index, label)| format!("{index} is `{label}`")).collect();
        let more = if target.n_labels() > NOTED_MAX { ", ..." } else { "" };
        notes.push(format!("the model's labels: {}{more}", labels.join(", ")));
    }
    if !loaded.left_out.is_empty() {
        let left_out = loaded.left_out.iter().take(NOTED_MAX);
        let left_out: Vec<_> = left_out.map(|left| format!("{} ({})", left.place, left.what)).collect();
        let more = loaded.left_out.len().saturating_sub(NOTED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        notes.push(format!("left out: {}{more}", left_out.join(", ")));
    }
    notes
}

/// Items that a note lists.
const NOTED_MAX: usize = 12;

/// Loads the model of these files and folders, or the embedded one when there are none, and names its columns and classes as the
/// flags say.
pub(super) fn open(paths: &[PathBuf], arguments: &Arguments) -> Result<Opened, Error> {
    if paths.is_empty() {
        let origin = "the iris model inside the binary".to_owned();
        let loaded = load::load_bytes(EMBEDDED).map_err(|cause| Error::failed_to("load", &origin, &cause))?;
        let sha256 = Digest::of(EMBEDDED);
        return Ok(Opened { loaded: rename(loaded, arguments)?, name: "iris".to_owned(), origin, sha256 });
    }
    let origin = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let failed = |cause| Error::failed_to("load", &origin, &cause);
    let encoders = encode::given(arguments)?;
    let mut files = folder::list(paths).map_err(failed)?;
    // one that stands in the folder of the model, too
    files.retain(|file| !encoders.iter().any(|(_, path)| output::is_same_file(path, &file.path)));
    let sources = folder::read(&files).map_err(failed)?;
    let mut digests: Vec<_> =
        sources.iter().map(|source| source.content.as_ref().ok().map(|bytes| Digest::of(bytes))).collect();
    let loaded = load::load(sources, &arguments.texts("--leave-out")).map_err(failed)?;
    let mut loaded = rename(loaded, arguments)?;
    let (encoders, encoder_digests): (Vec<_>, Vec<_>) = encode::read(encoders, files.len())?.into_iter().unzip();
    if let ([file], false) = (files.as_slice(), encoders.is_empty()) {
        name_places(&mut loaded, file);
    }
    digests.extend(encoder_digests.into_iter().map(Some));
    let mut loaded = encoded(loaded, encoders).map_err(failed)?;
    let used = used_sources(&loaded);
    let used_digests: Vec<_> = used.iter().filter_map(|source| *digests.get(*source)?).collect();
    let sha256 = match used_digests.as_slice() {
        [digest] => *digest,
        digests => Digest::of_all(digests),
    };
    let estimator = loaded.pieces.iter().find(|piece| matches!(piece.role, Role::Estimator { .. }));
    let name =
        estimator.and_then(|piece| files.get(piece.source)).map_or("model".to_owned(), |file| match &file.folder {
            Some(folder) => name_of_folder(folder),
            None => name_of(&file.path),
        });
    if !arguments.has(NO_EVIDENCE_CHECK.name()) {
        loaded.warnings.extend(Evidence::of(&loaded.model).map(|evidence| evidence.to_string()));
    }
    Ok(Opened { loaded, name, origin, sha256 })
}

/// Puts the name of the only file in front of its places, which lack it: beside encoders it is one file of several.
fn name_places(loaded: &mut Loaded, file: &ModelPath) {
    let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
    let used = loaded.pieces.iter_mut().map(|piece| &mut piece.place);
    for place in used.chain(loaded.left_out.iter_mut().map(|left| &mut left.place)) {
        place.insert_str(0, &name);
    }
}

/// The files that a model is made of, in the order in which they are applied, each once.
fn used_sources(loaded: &Loaded) -> Vec<usize> {
    let mut used = Vec::new();
    for piece in &loaded.pieces {
        if !used.contains(&piece.source) {
            used.push(piece.source);
        }
    }
    used
}

/// Directories where KServe and SageMaker put a model.
const PLATFORM_DIRECTORIES: [&str; 2] = ["/mnt/models", "/opt/ml/model"];

/// A directory with a model's files; the spelling is KServe's.
pub(super) const MODEL_DIRECTORY: Flag =
    flag("--model_dir DIR", "folder with the model's files, if no --model is given")
        .default("/mnt/models, then /opt/ml/model, if it is not empty");

/// The files to serve; none for the model in the binary. A flag goes before the variable, and that before a directory that a
/// platform has filled.
pub(super) fn locate(arguments: &Arguments) -> Vec<PathBuf> {
    let files = arguments.paths("--model");
    match arguments.path("--model_dir") {
        Some(directory) if !arguments.is_given("--model") => vec![directory],
        _ if !files.is_empty() => files,
        _ => PLATFORM_DIRECTORIES
            .map(PathBuf::from)
            .into_iter()
            .find(|directory| is_filled(directory))
            .into_iter()
            .collect(),
    }
}

/// The files of a command that takes them with or without a flag.
pub(super) fn named(arguments: &Arguments) -> Vec<PathBuf> {
    let operands = arguments.operand_paths();
    if operands.is_empty() { arguments.paths("--model") } else { operands }
}

/// Refuses to write over a file that the model is read from: a pickle that is gone cannot be made again from what svcd keeps.
///
/// # Errors
/// [`Error::Usage`] with the `flag` that names the `target`.
pub(super) fn check_target(flag: &str, target: &Path, paths: &[PathBuf]) -> Result<(), Error> {
    let files = folder::list(paths).unwrap_or_default();
    if files.iter().any(|file| output::is_same_file(target, &file.path)) {
        let shown = target.display();
        return Err(Error::Usage(format!("{flag}: expected a file other than the model's, found `{shown}`")));
    }
    Ok(())
}

fn is_filled(directory: &Path) -> bool {
    let mut entries = match fs::read_dir(directory) {
        Ok(entries) => entries.flatten(),
        // loading complains about one that cannot be read
        Err(_) => return directory.is_dir(),
    };
    entries.any(|entry| !folder::is_hidden(&entry.file_name()))
}

/// What clients call the model.
pub(super) const PUBLIC_NAME: &[Flag] = &[
    flag("--model_name, --model-name NAME", "the model's name for clients")
        .default("the stem of the SVM's file, its folder's name, or iris")
        .env(&["SVCD_MODEL_NAME"]),
    flag("--model-version VERSION", "the model's version for clients").default("1").env(&["SVCD_MODEL_VERSION"]),
];

/// What clients call the model, whatever file replaces it.
pub(super) struct PublicName {
    pub(super) name: String,
    version: String,
}

impl PublicName {
    /// The name that the flags give, else that of the file.
    pub(super) fn new(arguments: &Arguments, opened: &Opened) -> Result<PublicName, Error> {
        let expected = format!("at most {NAME_BYTES_MAX} letters, digits, `.`, `_` and `-`");
        let read = |flag| arguments.value(flag, &expected, |text| is_name(text).then(|| text.to_owned()));
        let (name, version) = (read("--model-name")?, read("--model-version")?);
        Ok(PublicName {
            name: name.unwrap_or_else(|| opened.name.clone()),
            version: version.unwrap_or_else(|| "1".to_owned()),
        })
    }

    /// A model ready to be served under this name.
    pub(super) fn served(&self, opened: Opened) -> Served {
        let facts = ModelFacts {
            name: self.name.clone(),
            version: self.version.clone(),
            sklearn_version: opened.loaded.provenance.sklearn_version,
            sha256: opened.sha256.to_string(),
            warnings: opened.loaded.warnings,
        };
        Served::new(opened.loaded.model, facts)
    }
}

/// Length of a model's name at most.
const NAME_BYTES_MAX: usize = 64;

/// Whether `name` can stand in a path without percent-encoding.
fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

/// The folder's name, as [`name_of`] has it.
fn name_of_folder(folder: &Path) -> String {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    cleaned(&folder.file_name().unwrap_or(OsStr::new("model")).to_string_lossy())
}

/// The stem of the file's name, with `_` for whatever a model's name cannot have.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(OsStr::new("model")).to_string_lossy();
    cleaned(&stem)
}

fn cleaned(name: &str) -> String {
    name.chars().take(NAME_BYTES_MAX).map(|c| if is_name_char(c) { c } else { '_' }).collect()
}

fn rename(loaded: Loaded, arguments: &Arguments) -> Result<Loaded, Error> {
    let names = |flag: &str, expected: String, is_count: &dyn Fn(usize) -> bool| {
        let read = |text: &str| {
            Some(csv::texts(text.as_bytes(), csv::Syntax::default())).filter(|names| is_count(names.len()))
        };
        arguments.value(flag, expected, read)
    };
    let n_features = loaded.model.n_features_in();
    // A LIBSVM file tells only the highest index that a support vector has, so the model may be for more features.
    let is_libsvm = loaded.provenance.source == Format::Libsvm && !loaded.model.has_feature_names();
    let expected = format!("{n_features} names{}, comma-separated", if is_libsvm { " or more" } else { "" });
    let feature_names = names("--feature-names", expected, &|n| n == n_features || (is_libsvm && n > n_features))?;
    let n_classes = loaded.model.classes().map(Classes::len);
    let expected = match n_classes {
        Some(count) => format!("{count} names, comma-separated"),
        None => format!("no names, as {} has no classes", loaded.model.estimator().name()),
    };
    let class_names = names("--class-names", expected, &|n| Some(n) == n_classes)?;
    if feature_names.is_none() && class_names.is_none() {
        return Ok(loaded);
    }
    let unfit = |error: &dyn std::fmt::Display| Error::Usage(format!("the names do not fit: {error}"));
    let mut model = loaded.model;
    if let Some(names) = feature_names.as_ref().filter(|names| names.len() > n_features) {
        model = libsvm::widened(&model, names.len()).map_err(|error| unfit(&error))?;
    }
    let model = model.renamed(feature_names, class_names.map(Classes::String)).map_err(|error| unfit(&error))?;
    Ok(Loaded { model, ..loaded })
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    #[test]
    fn a_model_is_named_after_its_file() {
        assert_eq!(name_of(Path::new("/opt/ml/model/wine.v2.pkl")), "wine.v2");
        assert_eq!(name_of(Path::new("model")), "model");
        assert_eq!(name_of(Path::new("my model (é).bin")), "my_model____");
        assert_eq!(name_of(Path::new("..")), "model");
        assert!(is_name(&name_of(Path::new(&"x".repeat(300)))));
    }

    /// A directory of its own for a test, gone when dropped.
    struct Directory(PathBuf);

    impl Directory {
        fn new(test: &str, files: &[(&str, &[u8])]) -> Directory {
            let path = std::env::temp_dir().join(format!("svcd-model-{test}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            for (name, content) in files {
                fs::write(path.join(name), content).unwrap();
            }
            Directory(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn opened(directory: &Directory) -> Result<Opened, String> {
        let opened = open(slice::from_ref(&directory.0), &Arguments::default());
        opened.map_err(|error| error.to_string().replace(&directory.0.display().to_string(), "DIR"))
    }

    #[test]
    fn a_directory_stands_for_the_model_in_it() {
        let files: [(&str, &[u8]); 5] = [
            ("MLmodel", b"flavors: {}"),
            ("m.bin", EMBEDDED),
            ("input.json", b"{}"),
            ("requirements.txt", b"click\nflask\n"),
            (".hidden", b"\x80\x04broken"),
        ];
        let beside = Directory::new("beside", &files);
        fs::create_dir(beside.0.join("code")).unwrap();
        let opened = opened(&beside).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(opened.sha256, Digest::of(EMBEDDED));
        assert!(opened.name.starts_with("svcd-model-beside"), "{}", opened.name);
        let left_out: Vec<_> = opened.loaded.left_out.iter().map(|left| left.place.as_str()).collect();
        assert_eq!(left_out, ["MLmodel", "input.json", "requirements.txt"]);
    }

    #[test]
    fn a_directory_without_one_model_is_refused() {
        let refusal = |directory: &Directory| opened(directory).err().unwrap_or_default();
        let none = Directory::new("none", &[("a", b"x"), ("b", b"y")]);
        let expected = "failed to load `DIR`: expected a fitted SVM, found no model file in `a`, no model file in `b`: \
                        svcd serves scikit-learn's SVMs";
        assert_eq!(refusal(&none), expected);
        let other = [EMBEDDED, b""].concat();
        let broken = Directory::new("broken", &[("a.bin", &other), ("b.bin", &EMBEDDED[..100])]);
        let text = "failed to load `DIR`: `b.bin`: truncated: expected 5012 bytes, found 100; if it is not part of the \
                    model: --leave-out b.bin";
        assert_eq!(refusal(&broken), text);
    }

    #[test]
    fn only_a_directory_with_something_in_it_is_filled() {
        let directory = Directory::new("filled", &[(".keep", b"")]);
        fs::create_dir(directory.0.join("lost+found")).unwrap();
        assert!(!is_filled(&directory.0) && !is_filled(&directory.0.join("none")));
        fs::create_dir(directory.0.join("code")).unwrap();
        assert!(is_filled(&directory.0));
    }
}
