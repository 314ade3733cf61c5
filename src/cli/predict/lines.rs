//! Input with a row on each line that is not CSV: plain text with a document per line, and JSON lines.

use std::io::BufRead;
use std::iter;

use super::answers::{OnError, Predictor, Refused, WorkerBuffers};
use crate::api::rows::{CellReader, read_json_line};
use crate::cli::blocks::{Block, InputFormat};
use crate::http::charged::Reused;
use crate::pipeline::Category;

impl Predictor {
    /// Reads the rows of a block of lines. One that is wrong is refused or the end.
    pub(super) fn read_lines(
        &self,
        block: &Block,
        buffers: &mut WorkerBuffers,
        refused: &mut Refused,
    ) -> Result<(), String> {
        let mut row = Reused::from(Vec::new());
        for (place, (number, line)) in self.lines(block).enumerate() {
            row.clear();
            let cells = (&self.served.columns, &buffers.texts).into();
            match self.read_line(line, cells, &mut row) {
                Ok(()) => {
                    buffers.rows.extend_from_slice(&row);
                    buffers.places.push(place);
                }
                Err(problem) => {
                    let reason = format!("line {}: {problem}", block.lines_before + number + 1);
                    if self.stops() {
                        return Err(reason);
                    }
                    refused.push((place, reason));
                }
            }
        }
        Ok(())
    }

    fn read_line(&self, line: &[u8], cells: CellReader<'_>, row: &mut Reused<f64>) -> Result<(), String> {
        let text = std::str::from_utf8(line).map_err(|_| "expected text in UTF-8, found other bytes".to_owned())?;
        if self.input == InputFormat::JsonLines {
            return read_json_line(text, cells, row);
        }
        // without a limit of their own there is always room for rows
        let cell = cells.cell(0, Category::String(text)).unwrap_or_default();
        row.push(cell).map_err(|_| "expected a text that fits into memory, found more".to_owned())
    }

    /// The lines of a block that are rows, each with how many come before it.
    pub(super) fn lines<'b>(&self, block: &'b Block) -> impl Iterator<Item = (usize, &'b [u8])> {
        let text = block.text.strip_suffix(b"\n").unwrap_or(&block.text);
        let is_json = self.input == InputFormat::JsonLines;
        let lines = split(text).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.enumerate().filter(move |(_, line)| !(is_json && line.trim_ascii().is_empty()))
    }

    fn stops(&self) -> bool {
        self.on_error() == OnError::Stop
    }
}

/// What stands between line feeds: what `text.split` gives, by a search of the standard library that looks at several bytes at once.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut left = Some(text);
    iter::from_fn(move || {
        let text = left.take()?;
        let mut behind = text;
        // reading from memory never fails
        let length = behind.skip_until(b'\n').unwrap_or_default();
        let line = text.get(..length).unwrap_or_default();
        let whole = line.strip_suffix(b"\n");
        left = whole.is_some().then_some(behind);
        Some(whole.unwrap_or(line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_the_standard_library_does_it() {
        for text in ["", "a", "\n", "a\n", "\na", "a\n\nbc", "\n\n", "a long line of text, longer than a register\nb\n"]
        {
            let expected = text.as_bytes().split(|byte| *byte == b'\n');
            assert!(split(text.as_bytes()).eq(expected), "{text:?}");
        }
    }
}
