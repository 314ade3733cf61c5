//! What a request will cost, estimated before it is read. The engine computes costly ones away from its event loops.

use std::time::Duration;

use super::csv::count_lines;
use super::dialects::explain::{CURVES_MAX, ROWS_MAX};
use super::dialects::v2::JSON_LENGTH;
use super::served::Served;
use super::{CSV, media};
use crate::http::Request;
use crate::pipeline::CURVE_POINTS;

/// Reading and writing JSON, for each byte of it: slower than it is.
const NANOSECONDS_PER_BYTE: u64 = 5;
/// Bytes of a JSON tensor besides its numbers, at least.
const TENSOR_BYTES_MIN: usize = 60;
/// Below this nobody needs to know more exactly.
const EXACT_NANOSECONDS_MIN: u64 = 200_000;

/// For rows by name alone, as JSON.
pub fn of_records(served: &Served, request: &Request<'_>) -> Duration {
    estimate(served, request, request.content.len() / served.record_bytes_min, || rows_of_text(served, request))
}

/// For content that gives the numbers of its rows as text.
pub fn of_text(served: &Served, request: &Request<'_>) -> Duration {
    let rows_max = request.content.len() / served.model.n_features_in();
    // Whatever separates the fields of CSV, there is at most one record for each line end.
    let is_csv = || request.content_type().is_some_and(|value| media::is(value, CSV));
    estimate(served, request, rows_max, || match is_csv() {
        true => count_lines(request.content) + 1,
        false => rows_of_text(served, request),
    })
}

/// For rows that are explained: each is computed once, and once more for each point of its curves.
pub fn of_explanations(served: &Served, request: &Request<'_>) -> Duration {
    let has = |word: &[u8]| request.content.windows(word.len()).any(|found| found == word);
    let curves = if has(b"\"curves\"") { CURVES_MAX.min(served.model.n_features_in()) } else { 0 };
    let rows = |rows: usize| rows.min(ROWS_MAX) * (1 + curves * CURVE_POINTS);
    let rows_max = request.content.len() / b"{}".len();
    let weights = if has(b"\"weights\"") { served.weights_work() } else { Duration::ZERO };
    served.support_work()
        + weights
        + estimate(served, request, rows(rows_max), || {
            rows(request.content.iter().filter(|byte| b"{[".contains(byte)).count())
        })
}

fn rows_of_text(served: &Served, request: &Request<'_>) -> usize {
    // Between two numbers there is a comma, or the end of a line.
    let ends = request.content.iter().filter(|byte| matches!(byte, b',' | b'\n')).count();
    ends / served.model.n_features_in() + 1
}

/// For content that may give fewer numbers than a row has: a row is at least a pair of braces.
pub fn of_objects(served: &Served, request: &Request<'_>) -> Duration {
    estimate(served, request, request.content.len() / b"{}".len(), || {
        request.content.iter().filter(|byte| **byte == b'{').count()
    })
}

/// For tensors: numbers as text or, behind text of this length, as bytes, one or more for each.
pub fn of_tensors(served: &Served, request: &Request<'_>) -> Duration {
    let rows = request.content.len().saturating_sub(TENSOR_BYTES_MIN) / served.model.n_features_in();
    estimate(served, request, rows, || match request.field(JSON_LENGTH) {
        Some(_) => rows,
        None => rows_of_text(served, request),
    })
}

/// `rows_max`: what is known of the count of rows at once; `rows`: what is known when their bytes are looked at.
fn estimate(served: &Served, request: &Request<'_>, rows_max: usize, rows: impl FnOnce() -> usize) -> Duration {
    let reading = request.content.len() as u64 * NANOSECONDS_PER_BYTE;
    let with = |rows: usize| reading.saturating_add(served.row_nanoseconds.saturating_mul(rows as u64));
    let most = with(rows_max);
    Duration::from_nanos(if most < EXACT_NANOSECONDS_MIN { most } else { with(rows()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::served::tests::served;
    use crate::http::{Limits, parser};

    fn work_of(work: fn(&Served, &Request<'_>) -> Duration, content: &str) -> u128 {
        work_of_type("application/json", work, content)
    }

    fn work_of_type(content_type: &str, work: fn(&Served, &Request<'_>) -> Duration, content: &str) -> u128 {
        let mut served = served(&["a", "b"]);
        served.row_nanoseconds = 1_000_000;
        let bytes = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: {content_type}\r\n{JSON_LENGTH}: 0\r\n\r\n");
        let head = parser::parse_head(bytes.as_bytes(), &Limits::default()).unwrap().unwrap();
        work(&served, &Request::new(&head, bytes.as_bytes(), content.as_bytes())).as_millis()
    }

    #[test]
    fn work_is_rows_times_the_cost_of_a_row() {
        assert_eq!(work_of(of_text, r#"{"x0": 1.25}"#), 1);
        assert_eq!(work_of(of_text, r#"[{"x0": 1.25}, {"x0": 3}, {"x0": 4}]"#), 3);
        assert_eq!(work_of(of_text, "1.5\n2.5\n3.5\n"), 4);
        assert_eq!(work_of(of_text, r#"[{"x0": 1.25}, {"x0": 3}, {"x0": 4}]"#), 3);
        assert_eq!(work_of(of_objects, r#"{"examples":[{},{},{}]}"#), 4);
        assert_eq!(work_of(of_records, r#"[{"x0": 1.25}, {"x0": 3}, {"x0": 4}]"#), 3);
        assert_eq!(work_of(of_tensors, &"1".repeat(68)), 8);
    }

    #[test]
    fn a_row_of_csv_counts_whatever_separates_fields_and_ends_lines() {
        for content in ["1;2\r3;4\r5;6", "1\t2\n3\t4\n5\t6", "1,2\r\n3,4\r\n5,6"] {
            assert_eq!(work_of_type("text/csv; separator=x", of_text, content), 3, "{content:?}");
        }
    }
}
