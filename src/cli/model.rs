//! The model that a command works with: a file, or the one in the binary, with the names that the flags give it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::args::Arguments;
use super::{Error, Flag};
use crate::api::csv;
use crate::model_file::sha256::Digest;
use crate::model_file::{Loaded, load};
use crate::svc::{Classes, Model, Parts};

/// The notebook's iris model.
const EMBEDDED: &[u8] = include_bytes!("../../model.bin");

/// Which model.
pub(super) const MODEL: Flag = Flag {
    name: "--model",
    short: "-m",
    value: "FILE",
    environment: &["SVCD_MODEL"],
    default: "the iris model inside the binary",
    help: "model file of any supported format",
};

/// Names for a model that has none, or other ones.
pub(super) const NAMES: &[Flag] = &[
    Flag {
        name: "--feature-names",
        short: "",
        value: "A,B,..",
        environment: &["SVCD_FEATURE_NAMES"],
        default: "the model's own, else x0,x1,..",
        help: "names of the columns, in the model's order",
    },
    Flag {
        name: "--class-names",
        short: "",
        value: "X,Y,..",
        environment: &["SVCD_CLASS_NAMES"],
        default: "the model's own labels",
        help: "labels to answer instead, in the model's order",
    },
];

/// A model ready for use.
pub(super) struct Opened {
    pub(super) loaded: Loaded,
    /// What it is called: the stem of its file.
    pub(super) name: String,
    /// The file for people.
    pub(super) origin: String,
    /// Of the file's bytes, whatever names the flags give.
    pub(super) sha256: Digest,
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
    let loaded = load::load_bytes(&bytes).map_err(failed)?;
    Ok(Opened { loaded: rename(loaded, arguments)?, name, origin, sha256 })
}

/// Bytes that a model's name may have, so that no path needs percent-encoding.
pub(super) const NAME_BYTES_MAX: usize = 64;

/// Whether `name` can stand in a path as it is.
pub(super) fn is_name(name: &str) -> bool {
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
    let names = |flag: &str, count: usize| {
        let expected = format!("{count} names, comma-separated");
        arguments.value(flag, expected, |text| Some(csv::texts(text.as_bytes())).filter(|names| names.len() == count))
    };
    let model = &loaded.model;
    let feature_names = names("--feature-names", model.n_features_in())?;
    let class_names = names("--class-names", model.n_classes())?;
    if feature_names.is_none() && class_names.is_none() {
        return Ok(loaded);
    }
    let mut parts: Parts = model.parts().clone();
    if feature_names.is_some() {
        parts.feature_names_in = feature_names;
    }
    if let Some(names) = class_names {
        parts.classes = Classes::String(names);
    }
    let model = Model::new(parts).map_err(|error| Error::Usage(format!("the names do not fit: {error}")))?;
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
}
