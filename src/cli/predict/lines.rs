//! Input with a row on each line that is no CSV: plain text, a document a line, and JSON lines.

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
        row.push(cell).map_err(|_| "expected less, found more than there is memory for".to_owned())
    }

    /// The lines of a block that are rows, each with how many come before it.
    pub(super) fn lines<'b>(&self, block: &'b Block) -> impl Iterator<Item = (usize, &'b [u8])> {
        let text = block.text.strip_suffix(b"\n").unwrap_or(&block.text);
        let is_json = self.input == InputFormat::JsonLines;
        let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.enumerate().filter(move |(_, line)| !(is_json && line.trim_ascii().is_empty()))
    }

    fn stops(&self) -> bool {
        self.on_error() == OnError::Stop
    }
}
