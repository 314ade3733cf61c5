//! Standard output of the commands that answer people and pipes.

use std::io::{self, Write};

use super::Error;

/// Writes to standard output, and flushes.
pub(super) fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::OutputClosed,
        _ => Error::Failed(format!("failed to write the output: {error}")),
    })
}
