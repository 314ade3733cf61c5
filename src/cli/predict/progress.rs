//! How far `predict` has come, as a line on the terminal: with the time left where the size of the input is known.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time between two lines of progress.
const INTERVAL: Duration = Duration::from_millis(500);
/// Characters that a line may leave of the one before it.
const LINE_CHARS: usize = 60;

/// An input that counts what is read of it.
pub(super) struct CountedInput {
    file: File,
    read: Arc<AtomicU64>,
}

/// How much of an input there is, and has been read.
#[derive(Clone)]
pub(super) struct Extent {
    read: Arc<AtomicU64>,
    /// Bytes to read in all; `None` where that shows only at the end.
    bytes: Option<u64>,
}

/// The input with what tells how much of it has been read.
pub(super) fn counted(mut file: File) -> io::Result<(CountedInput, Extent)> {
    let metadata = file.metadata()?;
    // A shell may have read the beginning.
    let bytes = if metadata.is_file() { Some(metadata.len().saturating_sub(file.stream_position()?)) } else { None };
    let read = Arc::new(AtomicU64::new(0));
    Ok((CountedInput { file, read: Arc::clone(&read) }, Extent { read, bytes }))
}

impl Read for CountedInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Extent {
    /// Bytes that have been read by now.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The part of the input that so many bytes are. `None` once all has been read: what is answered last says no more of the
    /// time than that it will not be long.
    fn part(&self, read: u64) -> Option<f64> {
        let bytes = self.bytes.filter(|bytes| read < *bytes)?;
        Some(read as f64 / bytes as f64)
    }
}

/// A line on the terminal that shows the progress.
pub(super) struct ProgressLine {
    is_shown: bool,
    extent: Extent,
    rows: usize,
    started: Instant,
    next: Instant,
}

impl ProgressLine {
    /// `writes_file`: whether the answers go to a file that is named; on a terminal they show the progress themselves.
    pub(super) fn new(extent: Extent, writes_file: bool) -> ProgressLine {
        let started = Instant::now();
        let is_shown = io::stderr().is_terminal() && (writes_file || !io::stdout().is_terminal());
        ProgressLine { is_shown, extent, rows: 0, started, next: started + INTERVAL }
    }

    /// `read`: bytes of the input when the last of these rows had come.
    pub(super) fn add(&mut self, rows: usize, read: u64) {
        self.rows += rows;
        let now = Instant::now();
        if self.is_shown && now >= self.next {
            self.next = now + INTERVAL;
            self.show(self.extent.part(read));
        }
    }

    pub(super) fn end(&self) {
        if self.is_shown {
            self.show(None);
            let _ = writeln!(io::stderr());
        }
    }

    fn show(&self, part: Option<f64>) {
        let _ = write!(io::stderr(), "\r{:<LINE_CHARS$}", line(self.rows, self.started.elapsed(), part));
    }
}

fn line(rows: usize, elapsed: Duration, part: Option<f64>) -> String {
    let rate = rows as f64 / elapsed.as_secs_f64().max(1e-3);
    let line = format!("{rows} rows, {rate:.0} rows/s");
    match part {
        Some(part) if part > 0.0 => {
            let left = elapsed.as_secs_f64() * (1.0 - part) / part;
            format!("{line}, {:.0} %, {} left", part * 100.0, duration(left))
        }
        _ => line,
    }
}

/// A time in the two units that matter.
pub(in crate::cli) fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::SeekFrom;

    use super::*;

    #[test]
    fn the_time_left_is_what_the_rest_takes_at_the_same_speed() {
        let after = |seconds, part| line(1_000, Duration::from_secs(seconds), part);
        assert_eq!(after(10, None), "1000 rows, 100 rows/s");
        assert_eq!(after(10, Some(0.0)), "1000 rows, 100 rows/s");
        assert_eq!(after(10, Some(0.25)), "1000 rows, 100 rows/s, 25 %, 30 s left");
        assert_eq!(after(100, Some(0.5)), "1000 rows, 10 rows/s, 50 %, 1 min 40 s left");
        assert_eq!(after(100, Some(0.01)), "1000 rows, 10 rows/s, 1 %, 2 h 45 min left");
        assert_eq!(duration(65.2), "1 min 06 s");
    }

    #[test]
    fn the_size_of_a_file_is_known_and_that_of_a_device_is_not() {
        let path = std::env::temp_dir().join(format!("svcd-progress-{}", std::process::id()));
        std::fs::write(&path, [0; 100]).unwrap();
        let mut file = File::open(&path).unwrap();
        file.seek(SeekFrom::Start(20)).unwrap();
        let (mut input, extent) = counted(file).unwrap();
        assert_eq!(extent.part(extent.read()), Some(0.0));
        input.read_exact(&mut [0; 40]).unwrap();
        assert_eq!(extent.part(extent.read()), Some(0.5));
        // a file may grow
        std::fs::write(&path, [0; 300]).unwrap();
        io::copy(&mut input, &mut io::sink()).unwrap();
        assert_eq!((extent.read(), extent.part(extent.read())), (280, None));
        std::fs::remove_file(&path).unwrap();
        let (_, extent) = counted(File::open("/dev/null").unwrap()).unwrap();
        assert_eq!(extent.part(0), None);
    }
}
