//! Where commands write: standard output, and files that are whole or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Error;

/// Writes to standard output, and flushes.
///
/// # Errors
/// [`Error::OutputClosed`] when nobody reads, [`Error::Failed`] when it cannot be written.
pub fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::OutputClosed,
        _ => Error::Failed(format!("failed to write the output: {error}")),
    })
}

/// Writes a file beside `target` and moves it there, so that nobody ever reads half of it.
pub(super) fn replace(target: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut beside = target.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let write = || {
        let mut file = File::create_new(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, target)
    };
    write().map_err(|cause: io::Error| {
        let _ = fs::remove_file(&beside);
        Error::failed_to("write", &target.display().to_string(), &cause)
    })
}
