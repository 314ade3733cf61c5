//! `--check ROWS.csv`: compares rows with the answers that the training library gave to them.
//!
//! The header names the model's columns (in any order; by position where the model has no names), `predict`, and if wanted
//! `decision_function_0`, .. and `predict_proba_0`, .. in the model's own shape, as `svcd predict` writes them.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::api::csv::{BadRecord, Layout, Record, Records, texts};
use crate::api::rows::FieldNames;
use crate::model_file::{PROBE_ROWS_MAX, Probes};
use crate::pipeline::{Label, Model, OutputName, Scratch};

/// A larger file of rows is refused: a check needs a sample, not a data set.
const CHECK_FILE_BYTES_MAX: u64 = 64 << 20;
/// What rounding may change: relative to the row's magnitude for decision values, absolute for probabilities.
const TOLERANCE: f64 = 1e-12;

/// Compares every row of the file.
///
/// # Errors
/// The first difference, or the first thing that is wrong with the file, with its line.
pub(super) fn check<'a>(path: &Path, model: &'a Model) -> Result<Checker<'a>, String> {
    let size = fs::metadata(path).map_err(|cause| cause.to_string())?.len();
    if size > CHECK_FILE_BYTES_MAX {
        return Err(format!("size: expected at most {CHECK_FILE_BYTES_MAX} bytes, found {size}"));
    }
    let bytes = fs::read(path).map_err(|cause| cause.to_string())?;
    let mut records = Records::new(&bytes);
    let header = records.next().ok_or("expected a header and rows, found none")?;
    let mut checker = Checker::new(&header, model).map_err(|error| place(&error))?;
    for record in records {
        checker.row(&record)?;
    }
    if checker.rows == 0 {
        return Err("expected rows behind the header, found none".to_owned());
    }
    Ok(checker)
}

fn place(error: &BadRecord) -> String {
    let line = error.line + 1;
    match error.field {
        Some((field, _)) => format!("line {line}, column {}: {error}", field + 1),
        None => format!("line {line}: {error}"),
    }
}

/// What is compared with what.
pub(super) struct Checker<'a> {
    model: &'a Model,
    features: Layout,
    /// Index of the field with the label.
    predict: usize,
    pub(super) decision_function: Option<Layout>,
    pub(super) predict_proba: Option<Layout>,
    /// Rows compared so far.
    pub(super) rows: usize,
    /// The first rows, to be stored with the model.
    pub(super) probes: Probes,
    scratch: Scratch,
}

impl<'a> Checker<'a> {
    fn new(header: &Record<'_>, model: &'a Model) -> Result<Checker<'a>, BadRecord> {
        let names = texts(header.text);
        let is_answer = |name: &str| {
            name == "predict" || name.starts_with("decision_function") || name.starts_with("predict_proba")
        };
        let scores = |name: OutputName| {
            let is_asked = names.iter().any(|found| found.starts_with(name.as_str()));
            let output = model.output(name).ok().filter(|_| is_asked);
            let columns = output.map(|output| output.column_names().collect::<Vec<_>>());
            columns.map(|columns| Layout::by_name(header, &FieldNames::new(&columns), true)).transpose()
        };
        let features = match model.has_feature_names() {
            true => Layout::by_name(header, &FieldNames::new(model.feature_names()), true)?,
            false => Layout::by_position_where(names.iter().map(|name| !is_answer(name))),
        };
        let predict = names.iter().position(|name| name == "predict").ok_or_else(|| BadRecord {
            line: header.line,
            field: None,
            expected: "a column `predict` with the expected labels".to_owned(),
            found: "none".to_owned(),
        })?;
        Ok(Checker {
            model,
            features,
            predict,
            decision_function: scores(OutputName::DecisionFunction)?,
            predict_proba: scores(OutputName::PredictProba)?,
            rows: 0,
            probes: Probes::default(),
            scratch: Scratch::default(),
        })
    }

    fn row(&mut self, record: &Record<'_>) -> Result<(), String> {
        let line = record.line + 1;
        let wrong = |problem: &dyn fmt::Display| format!("line {line}: {problem}");
        let model = self.model;
        let mut row = Vec::new();
        self.features.read(record, &mut row).map_err(|error| place(&error))?;
        let mut classes = Vec::new();
        model.predict(&row, &mut self.scratch, &mut classes).map_err(|cause| wrong(&cause))?;
        let fields = texts(record.text);
        let expected = fields.get(self.predict).map_or("", String::as_str);
        let class = classes.first().copied().unwrap_or_default();
        match model.classes().label(class) {
            Some(label) if is_same(label, expected) => {}
            found => {
                let found = found.map_or_else(|| "none".to_owned(), |label| label.to_string());
                return Err(wrong(&format!("`predict`: expected `{expected}`, found `{found}`")));
            }
        }
        if let Some(layout) = &self.decision_function {
            let mut found = Vec::new();
            let decide = model.decision_function(&row, &mut self.scratch, &mut found);
            let magnitude = decide.and_then(|()| model.decision_magnitude(&row)).map_err(|cause| wrong(&cause))?;
            // A one-vs-rest value is the sum of all pairs of its class, and keeps at most a third of their errors.
            let pairs = (model.n_classes() as f64 / 3.0).max(1.0);
            compare("decision_function", layout, record, &found, TOLERANCE * magnitude * pairs)?;
        }
        if let Some(layout) = &self.predict_proba {
            let mut found = Vec::new();
            model.predict_proba(&row, &mut self.scratch, &mut found).map_err(|cause| wrong(&cause))?;
            compare("predict_proba", layout, record, &found, TOLERANCE)?;
        }
        if self.rows < PROBE_ROWS_MAX {
            self.probes.predict.push(class);
            // The file may hold values of another shape or none; ours have just been compared as far as possible.
            let values = &mut self.probes.decision_function_ovo;
            Probes::push_values(model, &row, &mut self.scratch, values).map_err(|cause| wrong(&cause))?;
            self.probes.rows.extend_from_slice(&row);
        }
        self.rows += 1;
        Ok(())
    }
}

fn compare(name: &str, layout: &Layout, record: &Record<'_>, found: &[f64], tolerance: f64) -> Result<(), String> {
    let mut expected = Vec::new();
    layout.read(record, &mut expected).map_err(|error| place(&error))?;
    for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
        // Written so that NaN is a difference.
        let is_equal = (expected - found).abs() <= tolerance;
        if !is_equal {
            let line = record.line + 1;
            return Err(format!("line {line}: `{name}_{index}`: expected {expected:?}, found {found:?}"));
        }
    }
    Ok(())
}

/// Whether a field is this label: pandas writes `True`, and `1.0` for an integer in a column with gaps.
fn is_same(label: Label<'_>, text: &str) -> bool {
    match label {
        Label::Integer(value) => {
            text.parse() == Ok(value) || text.strip_suffix(".0").is_some_and(|text| text.parse() == Ok(value))
        }
        Label::String(value) => text == value,
        Label::Boolean(value) => text.eq_ignore_ascii_case(if value { "true" } else { "false" }),
        Label::Float(value) => text.parse() == Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_compared_as_what_they_are() {
        assert!(is_same(Label::Integer(-3), "-3") && is_same(Label::Integer(2), "2.0"));
        assert!(!is_same(Label::Integer(9_007_199_254_740_993), "9007199254740992"));
        assert!(is_same(Label::Boolean(true), "True") && !is_same(Label::Boolean(false), "0"));
        assert!(is_same(Label::Float(1.0), "1") && is_same(Label::Float(0.1), "0.1"));
        assert!(is_same(Label::String("1"), "1") && !is_same(Label::String("1"), "1.0"));
    }
}
