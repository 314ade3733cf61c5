//! The model that a command works with: a file or the one in the binary, with the names that the flags give it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::arguments::Arguments;
use super::command::{Flag, flag};
use super::{Error, log};
use crate::api::csv;
use crate::api::served::{ModelFacts, Served};
use crate::model_file::sha256::Digest;
use crate::model_file::{Format, Loaded, libsvm, load};
use crate::pipeline::{Classes, Evidence};

/// The notebook's iris model.
const EMBEDDED: &[u8] = include_bytes!("../../model.bin");

/// Which model to use.
pub(super) const MODEL: Flag = flag("-m, --model FILE", "model file of any supported format")
    .default("the iris model inside the binary")
    .env(&["SVCD_MODEL"]);

/// Whether to look for a missing or wrong scaler.
pub(super) const NO_EVIDENCE_CHECK: Flag =
    flag("--no-evidence-check", "no warning when the support vectors show that a scaler is missing or another one")
        .env(&["SVCD_NO_EVIDENCE_CHECK"]);

/// Names of columns and classes, for a model that has none or instead of its own.
pub(super) const NAMES: &[Flag] = &[
    flag("--feature-names A,B,..", "names of the columns, in the model's order")
        .default("the model's own, else x0,x1,..")
        .env(&["SVCD_FEATURE_NAMES"]),
    flag("--class-names X,Y,..", "labels to answer instead, in the model's order")
        .default("the model's own labels")
        .env(&["SVCD_CLASS_NAMES"]),
];

/// A model ready for use.
pub(super) struct Opened {
    pub(super) loaded: Loaded,
    /// Its name: the stem of the file's.
    pub(super) name: String,
    /// The file, in words for people.
    pub(super) origin: String,
    /// Digest of the file's bytes, whatever names the flags give.
    pub(super) sha256: Digest,
}

impl Opened {
    /// The same, after a warning on standard error for whatever is doubtful about the file.
    pub(super) fn with_warnings_told(self) -> Opened {
        for warning in &self.loaded.warnings {
            log::line(format_args!("warning: {warning}"));
        }
        self
    }
}

/// Loads the file, or the embedded model when there is none, and names its columns and classes as the flags say.
pub(super) fn open(path: Option<PathBuf>, arguments: &Arguments) -> Result<Opened, Error> {
    let (name, origin) = match &path {
        Some(path) => (name_of(path), path.display().to_string()),
        None => ("iris".to_owned(), "the iris model inside the binary".to_owned()),
    };
    let failed = |cause| Error::failed_to("load", &origin, &cause);
    let bytes = match &path {
        Some(path) => Cow::Owned(load::read_path(path).map_err(failed)?),
        None => Cow::Borrowed(EMBEDDED),
    };
    let sha256 = Digest::of(&bytes);
    let mut loaded = rename(load::load_bytes(&bytes).map_err(failed)?, arguments)?;
    if !arguments.has(NO_EVIDENCE_CHECK.name()) {
        loaded.warnings.extend(Evidence::of(&loaded.model).map(|evidence| evidence.to_string()));
    }
    Ok(Opened { loaded, name, origin, sha256 })
}

/// Directories where KServe and SageMaker put a model.
const PLATFORM_DIRECTORIES: [&str; 2] = ["/mnt/models", "/opt/ml/model"];

/// A directory with a model file; the spelling is KServe's.
pub(super) const MODEL_DIRECTORY: Flag =
    flag("--model_dir DIR", "directory that holds the one model file; counts when no --model is given")
        .default("/mnt/models, then /opt/ml/model, if there is something in it");

/// The file to serve; `None` for the model in the binary. A flag goes before the variable, and that before a directory that
/// a platform has filled.
pub(super) fn locate(arguments: &Arguments) -> Result<Option<PathBuf>, Error> {
    let file = arguments.path("--model");
    match arguments.path("--model_dir") {
        Some(directory) if !arguments.is_given("--model") => find_in(&directory).map(Some),
        _ if file.is_some() => Ok(file),
        _ => {
            let filled = PLATFORM_DIRECTORIES.map(Path::new).into_iter().find(|directory| is_filled(directory));
            filled.map(find_in).transpose()
        }
    }
}

fn is_filled(directory: &Path) -> bool {
    // `find_in` complains about one that cannot be read.
    directory.is_dir() && entries(directory).map_or(true, |entries| !entries.is_empty())
}

/// The entries of a directory without hidden ones, which Kubernetes mounts and file systems have.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".") || name == "lost+found";
    paths.retain(|path| path.file_name().is_none_or(|name| !is_hidden(name)));
    paths.sort();
    Ok(paths)
}

/// The one model file in a directory. Files that are no models, such as MLflow's, may stand beside it.
fn find_in(directory: &Path) -> Result<PathBuf, Error> {
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("load", &directory.display().to_string(), cause);
    let mut files = entries(directory).map_err(|cause| failed(&cause))?;
    files.retain(|path| path.is_file());
    if let [file] = files.as_slice() {
        return Ok(file.clone());
    }
    let count = files.len();
    files.retain(|path| load::load_path(path).is_ok());
    match files.as_slice() {
        [file] => Ok(file.clone()),
        [] => Err(failed(&format!("expected one model file, found none among {count} files"))),
        files => {
            let name = |path: &PathBuf| format!("`{}`", path.file_name().unwrap_or_default().to_string_lossy());
            let names = files.iter().map(name).collect::<Vec<_>>().join(", ");
            Err(failed(&format!("expected one model file, found {names}; --model names the right one")))
        }
    }
}

/// What clients call the model.
pub(super) const PUBLIC_NAME: &[Flag] = &[
    flag("--model_name, --model-name NAME", "what clients call the model")
        .default("the stem of the file, or iris")
        .env(&["SVCD_MODEL_NAME"]),
    flag("--model-version VERSION", "which version of it this is").default("1").env(&["SVCD_MODEL_VERSION"]),
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

/// The stem of the file's name, with `_` for whatever a model's name cannot have.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(OsStr::new("model")).to_string_lossy();
    stem.chars().take(NAME_BYTES_MAX).map(|c| if is_name_char(c) { c } else { '_' }).collect()
}

fn rename(loaded: Loaded, arguments: &Arguments) -> Result<Loaded, Error> {
    let names = |flag: &str, expected: String, is_count: &dyn Fn(usize) -> bool| {
        let read = |text: &str| Some(csv::texts(text.as_bytes())).filter(|names| is_count(names.len()));
        arguments.value(flag, expected, read)
    };
    let (n_features, n_classes) = (loaded.model.n_features_in(), loaded.model.n_classes());
    // A LIBSVM file tells only the highest index that a support vector has, so the model may be for more features.
    let is_libsvm = loaded.provenance.source == Format::Libsvm && !loaded.model.has_feature_names();
    let expected = format!("{n_features} names{}, comma-separated", if is_libsvm { " or more" } else { "" });
    let feature_names = names("--feature-names", expected, &|n| n == n_features || (is_libsvm && n > n_features))?;
    let class_names = names("--class-names", format!("{n_classes} names, comma-separated"), &|n| n == n_classes)?;
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

    #[test]
    fn a_directory_with_one_model_file_stands_for_it() {
        let directory = Directory::new("one", &[("wine.pkl", b"whatever it is"), (".hidden", b"")]);
        fs::create_dir(directory.0.join("code")).unwrap();
        assert_eq!(find_in(&directory.0), Ok(directory.0.join("wine.pkl")));
        let beside =
            Directory::new("beside", &[("MLmodel", b"flavors: {}"), ("m.bin", EMBEDDED), ("input.json", b"{}")]);
        assert_eq!(find_in(&beside.0), Ok(beside.0.join("m.bin")));
    }

    #[test]
    fn a_directory_without_one_model_file_is_refused() {
        let refusal = |directory: &Directory| {
            let text = find_in(&directory.0).unwrap_err().to_string();
            text.replace(&directory.0.display().to_string(), "DIR")
        };
        let none = Directory::new("none", &[("a", b"x"), ("b", b"y")]);
        assert_eq!(refusal(&none), "failed to load `DIR`: expected one model file, found none among 2 files");
        let two = Directory::new("two", &[("a.bin", EMBEDDED), ("b.bin", EMBEDDED), ("c", b"")]);
        let text = "failed to load `DIR`: expected one model file, found `a.bin`, `b.bin`; --model names the right one";
        assert_eq!(refusal(&two), text);
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
