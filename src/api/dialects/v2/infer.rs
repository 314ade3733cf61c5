//! `POST /v2/models/M/infer`, with the binary tensor and the classification extension.

use super::reply::{self, JSON_LENGTH};
use super::request::{self, EXPECTED_CONTENT, ID_BYTES_MAX, Infer, Wanted};
use super::tensors;
use crate::api::answers::Length;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Bytes, Cells, Datatype, Table, check_text};
use crate::api::served::Served;
use crate::api::{Error, Problem};
use crate::http::Response;
use crate::pipeline::Asked;

/// Bytes of an answer besides its values: an id, whose control characters take six each, and what names the outputs.
const HEAD_BYTES_MAX: usize = 6 * ID_BYTES_MAX + (2 << 10);

/// Answers an inference request.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn infer(call: &Call<'_>, buffers: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let Call { request, served, .. } = *call;
    let RequestBuffers { numbers, texts, tensors, prediction } = buffers;
    let texts = &*texts;
    let length = request.field(JSON_LENGTH);
    let (json, binary) = match length {
        Some(length) => split(request.content, length)?,
        None => (request.content, &[][..]),
    };
    let (infer, table) = if json.is_empty() && length.is_some() {
        (Infer { binary_data_output: true, ..Infer::default() }, raw_table(served, binary)?)
    } else {
        let infer = check_text(json, EXPECTED_CONTENT)
            .and_then(|text| request::read(request, text, served, texts, numbers, tensors))
            .map_err(|error| if length.is_none() { miss_length(error) } else { error })?;
        (infer, tensors::table(request, tensors, (numbers, texts), binary, &served.columns)?)
    };
    let outputs = match infer.outputs.as_slice() {
        [] => &[Wanted::DEFAULT],
        outputs => outputs,
    };
    let (mut asked, mut length) = (Asked::default(), Length { fixed: HEAD_BYTES_MAX, per_row: 0, row_values: 0 });
    for wanted in outputs {
        let output = served.output(wanted.computed())?;
        asked = asked.and(output.name);
        let one = match wanted.classification {
            Some(count) => served.classes_length(output, count),
            None if wanted.binary_data.unwrap_or(infer.binary_data_output) => served.binary_length(output),
            None => served.text_length(output),
        };
        length.per_row += one.per_row;
        length.row_values += one.row_values;
    }
    let n_rows = served.answer(request, (&table, texts), asked, length, prediction, &mut content)?;
    Ok(reply::write(served, &infer, outputs, n_rows, &prediction.answers, content))
}

/// Says what is missing where something follows the JSON and nothing says how long that is.
fn miss_length(error: Error) -> Error {
    match error {
        Error::Content(problem)
            if ["trailing characters", "another byte"].iter().any(|it| problem.found.contains(it)) =>
        {
            let expected = format!("nothing after the JSON, or its length in bytes in `{JSON_LENGTH}`");
            Error::Content(Problem { expected, ..problem })
        }
        other => other,
    }
}

/// The JSON, and what follows it.
fn split<'a>(content: &'a [u8], length: &[u8]) -> Result<(&'a [u8], &'a [u8]), Error> {
    let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
    let length = std::str::from_utf8(length).ok().filter(|_| is_number).and_then(|text| text.parse().ok());
    length.and_then(|length| content.split_at_checked(length)).ok_or_else(|| {
        let expected = format!("a number of bytes in `{JSON_LENGTH}`, at most the length of the content");
        Error::Content(Problem::of_content(expected, "another value"))
    })
}

/// The one row of content without JSON.
fn raw_table<'a>(served: &'a Served, bytes: &'a [u8]) -> Result<Table<'a>, Error> {
    let width = served.columns.count();
    let datatype = Datatype::Fp64;
    if !served.columns.are_numbers() {
        let expected = "JSON with one tensor for each column, as some columns are not numbers";
        return Err(Error::Content(Problem::of_content(expected, "binary data alone")));
    }
    let expected = width * datatype.size();
    if bytes.len() != expected {
        let expected = format!("{expected} bytes, one row of {width} FP64 numbers");
        return Err(Error::Content(Problem::of_content(expected, bytes.len().to_string())));
    }
    Ok(Table::Rows(Cells::Bytes(Bytes { bytes, datatype, input: None, columns: &served.columns, width, column: 0 })))
}
