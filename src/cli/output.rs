//! Where commands write: standard output, and files that are whole or not there.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Error, log};

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
    let mut replacement = Replacement::new(target)?;
    replacement.write(bytes)?;
    replacement.finish()
}

/// A file beside the one that it is to replace. Unless it is finished, it is removed and the other one stays as it was.
pub(super) struct Replacement {
    file: File,
    beside: PathBuf,
    /// As the user names it.
    shown: PathBuf,
    target: PathBuf,
}

impl Replacement {
    /// # Errors
    /// When there is something else than a regular file, or no file can be made beside it.
    pub(super) fn new(target: &Path) -> Result<Replacement, Error> {
        let failed = |cause: &dyn fmt::Display| Error::failed_to("write", &target.display().to_string(), cause);
        let (real, beside) = places(target);
        let before = fs::metadata(&real).ok();
        if before.as_ref().is_some_and(|found| !found.is_file()) {
            return Err(failed(&"expected a regular file or none, found a folder, device or FIFO"));
        }
        let file = File::create_new(&beside).map_err(|cause| failed(&cause))?;
        let replacement = Replacement { file, beside, shown: target.to_owned(), target: real };
        if let Some(before) = before {
            replacement.file.set_permissions(before.permissions()).map_err(|cause| failed(&cause))?;
        }
        Ok(replacement)
    }

    /// The same; a signal that ends the process removes the file beside the target.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when signals are handled elsewhere.
    pub(super) fn removed_on_signal(target: &Path) -> Result<Replacement, Error> {
        let (_, beside) = places(target);
        let remove = move || {
            let _ = fs::remove_file(&beside);
            std::process::exit(ENDED_BY_SIGNAL);
        };
        ctrlc::set_handler(remove).map_err(|cause| Error::failed_to("write", &target.display().to_string(), &cause))?;
        Replacement::new(target)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|cause| self.failed(&cause))
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<(), Error> {
        let moved = self.file.sync_all().and_then(|()| fs::rename(&self.beside, &self.target));
        moved.map_err(|cause| self.failed(&cause))
    }

    fn failed(&self, cause: &dyn fmt::Display) -> Error {
        Error::failed_to("write", &self.shown.display().to_string(), cause)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After a move there is nothing under this name.
        let _ = fs::remove_file(&self.beside);
    }
}

/// A flag that the first signal to end sets, for the work under way to look at; the second signal ends the process.
///
/// # Errors
/// When signals are handled elsewhere.
pub(super) fn set_on_signal() -> Result<Arc<AtomicBool>, Error> {
    let flag = Arc::new(AtomicBool::new(false));
    let of_handler = Arc::clone(&flag);
    let handle = move || {
        if of_handler.swap(true, Ordering::Relaxed) {
            std::process::exit(ENDED_BY_SIGNAL);
        }
    };
    ctrlc::set_handler(handle).map_err(|cause| Error::Failed(format!("failed to watch for signals: {cause}")))?;
    Ok(flag)
}

/// Ends the process as one that a signal has ended, with a line on standard error.
pub(super) fn end_by_signal(line: &str) -> ! {
    log::line(format_args!("{line}"));
    std::process::exit(ENDED_BY_SIGNAL);
}

/// The file that is replaced, which of a link is the one that it names, and the file beside it.
fn places(target: &Path) -> (PathBuf, PathBuf) {
    let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    let mut beside = real.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    (real, PathBuf::from(beside))
}

/// What shells say of a process that an interrupt has ended.
const ENDED_BY_SIGNAL: i32 = 130;

/// Whether two paths name the same file, as far as they name one at all.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    identity(one).is_some() && identity(one) == identity(other)
}
