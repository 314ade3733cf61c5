//! From a path or bytes of any supported format to a model, by the first bytes of the content.

use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::Path;

use super::{Error, Loaded, MODEL_FILE_BYTES_MAX, json, libsvm, native};

/// Reads the model file at `path`.
///
/// # Errors
/// Everything that [`Error`] lists; the text does not repeat the path.
pub fn load_path(path: &Path) -> Result<Loaded, Error> {
    load_bytes(&read_path(path)?)
}

/// The whole content of the file at `path`, for [`load_bytes`].
///
/// # Errors
/// [`Error::Read`], [`Error::NotRegularFile`] and [`Error::TooLarge`].
pub fn read_path(path: &Path) -> Result<Vec<u8>, Error> {
    // opening a FIFO waits for a writer, so the path is asked first; the opened file again, as the path may have changed since
    check_regular(fs::metadata(path).map_err(Error::Read)?.file_type())?;
    let file = File::open(path).map_err(Error::Read)?;
    let metadata = file.metadata().map_err(Error::Read)?;
    check_regular(metadata.file_type())?;
    check_size(metadata.len())?;
    let mut bytes = Vec::new();
    // one byte above the limit shows a file that grows while it is read
    file.take(MODEL_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(Error::Read)?;
    Ok(bytes)
}

/// Reads a model from the whole content of a model file.
///
/// # Errors
/// Everything that [`Error`] lists, but for reading files.
pub fn load_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    check_size(bytes.len() as u64)?;
    let loaded = if bytes.starts_with(&native::MAGIC) {
        native::from_bytes(bytes)?
    } else if bytes.trim_ascii_start().starts_with(b"{") {
        json::from_bytes(bytes)?
    } else if bytes.starts_with(b"svm_type ") {
        libsvm::from_bytes(bytes)?
    } else {
        return Err(Error::UnknownFormat { found: bytes.iter().take(8).copied().collect() });
    };
    if let Some(probes) = &loaded.probes {
        probes.check(&loaded.model)?;
    }
    Ok(loaded)
}

fn check_size(found: u64) -> Result<(), Error> {
    if found > MODEL_FILE_BYTES_MAX { Err(Error::TooLarge { found }) } else { Ok(()) }
}

fn check_regular(file_type: FileType) -> Result<(), Error> {
    if file_type.is_file() {
        return Ok(());
    }
    Err(Error::NotRegularFile { found: if file_type.is_dir() { "a directory" } else { "a device, FIFO or socket" } })
}
