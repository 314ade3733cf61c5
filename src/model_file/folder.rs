//! Paths that a user gives: files, and folders that stand for the model files directly in them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::load::{Source, read_path};
use super::{Error, sniff};

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPath {
    /// Where it is.
    pub path: PathBuf,
    /// The folder that stood for it, if one did.
    pub folder: Option<PathBuf>,
    /// Which of the given paths it belongs to, from 0.
    pub rank: usize,
}

/// The files that these paths stand for, those of a folder in alphabetical order.
///
/// # Errors
/// [`Error::Piece`] with the folder that cannot be listed, or has too many entries.
pub fn list(paths: &[PathBuf]) -> Result<Vec<ModelPath>, Error> {
    let mut files = Vec::new();
    for (rank, path) in paths.iter().enumerate() {
        if !path.is_dir() {
            files.push(ModelPath { path: path.clone(), folder: None, rank });
            continue;
        }
        let entries = entries(path).map_err(|cause| match paths {
            [_] => cause,
            _ => Error::Piece { place: path.display().to_string(), cause: Box::new(cause), has_estimator: false },
        })?;
        files.extend(entries.into_iter().map(|entry| ModelPath { path: entry, folder: Some(path.clone()), rank }));
    }
    Ok(files)
}

/// What is directly in a folder, without hidden entries and what is no file.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for (count, entry) in fs::read_dir(folder).map_err(Error::Read)?.enumerate() {
        if count == FOLDER_ENTRIES_MAX {
            return Err(Error::NotServed(format!(
                "expected a folder of at most {FOLDER_ENTRIES_MAX} entries, found more"
            )));
        }
        let entry = entry.map_err(Error::Read)?;
        let name = entry.file_name();
        // a FIFO is no model either; what a broken link was to be nobody knows
        let is_other = fs::metadata(entry.path()).is_ok_and(|metadata| !metadata.is_file());
        if !is_hidden(&name) && !is_other {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether an entry is not one of the user's: Kubernetes mounts and file systems add such entries.
pub fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || name == "lost+found"
}

/// Reads the files. Messages call each by its name, or by its path where two have one name.
///
/// # Errors
/// [`Error::TooLarge`] when they are larger together than a single model file may be.
pub fn read(files: &[ModelPath]) -> Result<Vec<Source>, Error> {
    let (mut total, mut n_models) = (0_u64, 0);
    let mut sources = Vec::with_capacity(files.len());
    for file in files {
        let content = read_file(file);
        total = total.saturating_add(content.as_ref().map_or(0, |bytes| bytes.len() as u64));
        if total > super::MODEL_FILE_BYTES_MAX {
            return Err(Error::TooLarge { found: total });
        }
        let is_model = content.as_ref().is_ok_and(|bytes| sniff::is_model_file(bytes));
        n_models += usize::from(is_model && file.folder.is_some());
        if n_models > FOLDER_FILES_MAX {
            return Err(Error::NotServed(format!(
                "expected at most {FOLDER_FILES_MAX} model files in folders, found more"
            )));
        }
        let name = if files.len() == 1 { String::new() } else { name(file, files) };
        sources.push(Source { name, rank: file.rank, content, is_named: file.folder.is_none() });
    }
    Ok(sources)
}

fn read_file(file: &ModelPath) -> Result<Vec<u8>, Error> {
    if let Some(folder) = &file.folder {
        // as Kubernetes lays them, a link leads to a file further inside
        let target = fs::canonicalize(&file.path).map_err(Error::Read)?;
        if !target.starts_with(fs::canonicalize(folder).map_err(Error::Read)?) {
            let advice = "a link that leads out of the folder: give the file itself with another --model";
            return Err(Error::NotServed(advice.to_owned()));
        }
    }
    read_path(&file.path)
}

fn name(file: &ModelPath, files: &[ModelPath]) -> String {
    let is_called_so = |other: &&ModelPath| other.path.file_name() == file.path.file_name();
    match file.path.file_name() {
        Some(name) if files.iter().filter(is_called_so).count() == 1 => name.to_string_lossy().into_owned(),
        _ => file.path.display().to_string(),
    }
}

/// Model files in folders. A model has a handful of pieces.
const FOLDER_FILES_MAX: usize = 32;

/// A folder with more entries is not one of a model: its files are not even listed.
const FOLDER_ENTRIES_MAX: usize = 1024;
