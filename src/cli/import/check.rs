//! `--check ROWS.csv`: compares rows with the answers that the training library gave to them.
//!
//! The header names the model's columns (in any order; by position where the model has no names), `predict`, and if wanted
//! `decision_function_0`, .., `predict_proba_0`, .. and `score_samples_0` in the model's own shape, as `svcd predict` writes them.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::api::csv::{self, BadRecord, Layout, ReadOptions, Record, Records, Syntax, texts};
use crate::api::rows::FieldNames;
use crate::cli::text_input;
use crate::model_file::{PROBE_ROWS_MAX, Probes};
use crate::pipeline::{Answers, Asked, Error, Label, Model, OutputName, Scratch};

/// A larger file of rows is refused: a check needs a sample, not a data set.
const CHECK_FILE_BYTES_MAX: u64 = 64 << 20;
/// What rounding may change: relative to the row's magnitude for decision values and numbers, absolute for probabilities.
const TOLERANCE: f64 = 1e-12;

/// Outputs that a file may have besides `predict`.
const SCORES: [OutputName; 3] = [OutputName::DecisionFunction, OutputName::PredictProba, OutputName::ScoreSamples];

/// Compares every row of the file.
///
/// # Errors
/// The first difference, or the first thing that is wrong with the file, with its line.
pub(super) fn check<'a>(path: &Path, model: &'a Model) -> Result<Checker<'a>, String> {
    let size = fs::metadata(path).map_err(|cause| cause.to_string())?.len();
    if size > CHECK_FILE_BYTES_MAX {
        return Err(format!("size: expected at most {CHECK_FILE_BYTES_MAX} bytes, found {size}"));
    }
    let bytes = read(path).map_err(|cause| cause.to_string())?;
    if Records::new(&bytes, Syntax::default()).next().is_none() {
        return Err("expected a header and rows, found none".to_owned());
    }
    let (mut checker, records) = Checker::new(&bytes, model).map_err(|error| place(&error))?;
    for record in records {
        checker.row(&record)?;
    }
    if checker.rows == 0 {
        return Err("expected rows after the header, found none".to_owned());
    }
    Ok(checker)
}

/// The text of a file, compressed or not.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // one byte above the limit shows that there is more
    text_input::text(Box::new(File::open(path)?))?.take(CHECK_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > CHECK_FILE_BYTES_MAX {
        true => Err(io::Error::other(format!("size: expected at most {CHECK_FILE_BYTES_MAX} bytes, found more"))),
        false => Ok(bytes),
    }
}

fn place(error: &BadRecord) -> String {
    let line = error.line + 1;
    match error.field {
        Some((field, _)) => format!("line {line}, column {}: {error}", field + 1),
        None => format!("line {line}: {error}"),
    }
}

/// The columns of an output in the file.
struct Scores {
    output: OutputName,
    columns: FieldNames,
    layout: Layout,
}

/// What is compared with what.
pub(super) struct Checker<'a> {
    model: &'a Model,
    columns: FieldNames,
    features: Layout,
    /// Index of the field with the label or the number.
    predict: usize,
    /// The other outputs that the file has and the model too.
    scores: Vec<Scores>,
    /// Rows compared so far.
    pub(super) rows: usize,
    /// The first rows, to be stored with the model.
    pub(super) probes: Probes,
    scratch: Scratch,
}

impl<'a> Checker<'a> {
    /// The checker, and the rows that follow the header in `text`.
    fn new<'t>(text: &'t [u8], model: &'a Model) -> Result<(Checker<'a>, Records<'t>), BadRecord> {
        let is_of = |name: &str, output: OutputName| match output {
            OutputName::Predict => name == output.as_str(),
            _ => name.starts_with(output.as_str()),
        };
        let is_answer = |name: &str| OutputName::LISTED.iter().any(|output| is_of(name, *output));
        let answers_in = |header: &Record<'_>, syntax| {
            let mut names = texts(header.text, syntax);
            names.retain(|name| is_answer(name));
            names
        };
        let wanted = |keep| ReadOptions { has_header: Some(true), keep, shows_names: true, ..ReadOptions::default() };
        let columns = FieldNames::of(model.columns());
        // Which of the columns are answers is known once the header is.
        let header = Records::new(text, Syntax::default()).next();
        let keep = header.map(|header| answers_in(&header, Syntax::default())).unwrap_or_default();
        let opening = csv::open(text, &columns, &wanted(keep))?;
        let syntax = opening.layout.syntax();
        let header = Records::new(text, syntax).next().unwrap_or(Record { line: 0, text: b"", is_open: false });
        let names = texts(header.text, syntax);
        let scores = SCORES.into_iter().filter_map(|output| {
            let is_asked = names.iter().any(|name| is_of(name, output));
            let columns: Vec<_> = model.output(output).ok().filter(|_| is_asked)?.column_names().collect();
            let columns = FieldNames::new(&columns);
            let layout = csv::by_name(&header, syntax, &columns, true);
            Some(layout.map(|layout| Scores { output, columns, layout }))
        });
        let scores = scores.collect::<Result<_, _>>()?;
        let predict = names.iter().position(|name| name == "predict").ok_or_else(|| BadRecord {
            line: header.line,
            field: None,
            expected: "a column `predict` with the expected answers".to_owned(),
            found: "none".to_owned(),
            help: None,
        })?;
        let checker = Checker {
            model,
            columns,
            features: opening.layout,
            predict,
            scores,
            rows: 0,
            probes: Probes::default(),
            scratch: Scratch::default(),
        };
        Ok((checker, opening.rows))
    }

    fn row(&mut self, record: &Record<'_>) -> Result<(), String> {
        let line = record.line + 1;
        let wrong = |problem: &dyn fmt::Display| format!("line {line}: {problem}");
        let model = self.model;
        let mut row = Vec::new();
        self.features.read(record, &self.columns, &mut row).map_err(|error| place(&error))?;
        let fields = texts(record.text, self.features.syntax());
        let expected = fields.get(self.predict).map_or("", String::as_str);
        let label = self.predict(&row, expected).map_err(|problem| wrong(&problem))?;
        for scores in &self.scores {
            let mut found = Vec::new();
            model.numbers(scores.output, &row, &mut self.scratch, &mut found).map_err(|cause| wrong(&cause))?;
            let tolerance = tolerance(model, scores.output, &row).map_err(|cause| wrong(&cause))?;
            scores.compare(record, &found, tolerance)?;
        }
        if self.rows < PROBE_ROWS_MAX {
            self.probes.predict.extend(label);
            // The file may hold values of another shape or none; ours have just been compared as far as possible.
            let values = &mut self.probes.decision_function_ovo;
            Probes::push_values(model, &row, &mut self.scratch, values).map_err(|cause| wrong(&cause))?;
            self.probes.rows.extend_from_slice(&row);
        }
        self.rows += 1;
        Ok(())
    }
}

/// What rounding may change in a number of an output.
fn tolerance(model: &Model, output: OutputName, row: &[f64]) -> Result<f64, Error> {
    let factor = match output {
        OutputName::PredictProba => return Ok(TOLERANCE),
        // A one-vs-rest value is the sum of all pairs of its class, and keeps at most a third of their errors.
        OutputName::DecisionFunction => (model.target().n_labels() as f64 / 3.0).max(1.0),
        _ => 1.0,
    };
    Ok(TOLERANCE * factor * model.decision_magnitude(row)?)
}

impl Checker<'_> {
    /// Compares what `predict` gives for a row with what was expected, and returns the index of the label, if it is one.
    fn predict(&mut self, row: &[f64], expected: &str) -> Result<Option<usize>, String> {
        let (model, mut answers) = (self.model, Answers::default());
        let told = |cause: Error| cause.to_string();
        model.answer(row, Asked::only(OutputName::Predict), &mut self.scratch, &mut answers).map_err(told)?;
        let found = match (answers.labels(OutputName::Predict), answers.numbers(OutputName::Predict)) {
            ([index, ..], _) => match model.target().label(*index) {
                Some(label) if is_same(label, expected) => return Ok(Some(*index)),
                found => found.map_or_else(|| "none".to_owned(), |label| label.to_string()),
            },
            (_, [number, ..]) => {
                let tolerance = tolerance(model, OutputName::Predict, row).map_err(told)?;
                if expected.parse().is_ok_and(|expected| is_near(expected, *number, tolerance)) {
                    return Ok(None);
                }
                format!("{number:?}")
            }
            _ => "none".to_owned(),
        };
        Err(format!("`predict`: expected `{expected}`, found `{found}`"))
    }

    /// What was compared of each output that the model, or another of its kind, has.
    pub(super) fn verdict(&self) -> String {
        let is_of_kind = |name: OutputName| self.model.classes().is_some() && name != OutputName::ScoreSamples;
        let verdict = |name: OutputName| {
            let is_there = self.model.output(name).is_ok();
            let verdict = match self.scores.iter().any(|scores| scores.output == name) {
                true => "all equal",
                false if is_there => "not in the file, not compared",
                false if is_of_kind(name) => "the model has none",
                false => return None,
            };
            Some(format!("; {}: {verdict}", name.as_str()))
        };
        format!("predict: all equal{}", SCORES.into_iter().filter_map(verdict).collect::<String>())
    }
}

/// Whether two numbers differ by no more than this; NaN differs from everything.
fn is_near(expected: f64, found: f64, tolerance: f64) -> bool {
    let difference = (expected - found).abs();
    expected == found || (difference.is_finite() && difference <= tolerance)
}

impl Scores {
    fn compare(&self, record: &Record<'_>, found: &[f64], tolerance: f64) -> Result<(), String> {
        let mut expected = Vec::new();
        self.layout.read(record, &self.columns, &mut expected).map_err(|error| place(&error))?;
        for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
            if !is_near(*expected, *found, tolerance) {
                let (line, name) = (record.line + 1, self.output.as_str());
                return Err(format!("line {line}: `{name}_{index}`: expected {expected:?}, found {found:?}"));
            }
        }
        Ok(())
    }
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
