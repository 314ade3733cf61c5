//! `POST /explain` and `/v1/models/M:explain`: why rows get their answers.
//!
//! Rows come as for `:predict`. The content is read twice, once for its rows and once for what else is asked.

mod asked;

use crate::api::answers::{Length, push_joined, push_numbers};
use crate::api::disclosure::Shown;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Form, Part, PathStep, RowForm, Table};
use crate::api::served::Served;
use crate::api::{Error, JSON, Problem};
use crate::http::{Response, Status};
use crate::pipeline::{
    self, CURVE_POINTS, ColumnKind, ColumnRange, Decided, Explanation, FeatureTerm, LargestWeights, Rows, Scratch,
    SupportRow, SupportTerm, Terms,
};
pub use asked::CURVES_MAX;
use asked::{Besides, EXPECTED};

/// Rows of a request, at most.
pub const ROWS_MAX: usize = 64;
/// Numbers of the support vectors that are listed, at most.
const LISTED_NUMBERS_MAX: usize = 1 << 16;

static FORM: Form =
    Form { keys: &["instances", "inputs"], parts: &[Part::Rows(RowForm::Either), Part::Inputs], expected: EXPECTED };

/// Answers with the terms that add up to each row's decision.
///
/// # Errors
/// `Error::Model` for a model that cannot be explained, and for a row that it cannot take; `Error::Content` for the first thing that is
/// wrong with the content.
pub fn respond(call: &Call<'_>, buffers: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let Call { request, served, instance, .. } = *call;
    served.model.check_explained().map_err(|error| Error::Model(error.to_string()))?;
    let shown = instance.options.disclosure.to(request);
    let RequestBuffers { numbers, texts, prediction, .. } = buffers;
    let texts = &*texts;
    let asking = FORM.read(request, (&served.columns, texts), &served.model, numbers)?;
    let table = Table::new(asking.order.as_deref(), numbers);
    let width = served.model.n_features_in();
    let n_rows = table.n_rows(width);
    if n_rows > ROWS_MAX {
        let key = FORM.keys.get(asking.key).copied().unwrap_or_default();
        let problem =
            Problem::at(&served.columns, &[PathStep::Key(key)], format!("at most {ROWS_MAX} rows"), n_rows.to_string());
        return Err(Error::Content(problem));
    }
    let wanted = Besides::read(call, shown)?;
    prediction.charge_content(n_rows, length(served, &wanted, shown), &mut content)?;
    content.extend_from_slice(b"{\"explanations\":[");
    let writer = Writer { served, shown, wanted: &wanted };
    let documents = &*texts.documents();
    let mut block = Vec::new();
    table.each_block(width, 1, &mut block, |index, cells| {
        let row = Rows { cells, documents };
        if index > 0 {
            content.push(b',');
        }
        prediction.compute(served, request, |scratch| {
            writer.push_row(index, row, &|| request.goes_on(), scratch, &mut content)
        })?;
        served.ranges.count(row.cells, &mut prediction.outside);
        Ok(())
    })?;
    content.push(b']');
    if wanted.lists_support_vectors {
        content.extend_from_slice(b",\"support_vectors\":[");
        let rows = served.model.support_rows(LISTED_NUMBERS_MAX / width);
        push_joined(rows, b",", &mut content, |row, content| writer.push_support_row(&row, content));
        content.push(b']');
    }
    if wanted.tells_weights {
        content.extend_from_slice(b",\"weights\":[");
        push_joined(served.weights().iter(), b",", &mut content, |weights, content| {
            writer.push_weights(weights, content)
        });
        content.push(b']');
    }
    content.push(b'}');
    prediction.n_rows = n_rows;
    Ok(Response::new(Status::OK, JSON, content))
}

/// Bytes of the keys and numbers around a term, and of a point of a curve.
const TERM_BYTES_MAX: usize = 256;
const POINT_BYTES_MAX: usize = 2 * 25 + b"[,],".len();
const NUMBER_BYTES_MAX: usize = 25;
/// A count of votes, and a comma.
const VOTES_BYTES_MAX: usize = u32::MAX.ilog10() as usize + 2;

/// How long the answer becomes.
fn length(served: &Served, wanted: &Besides, shown: Shown) -> Length {
    let width = served.model.n_features_in();
    let row = if shown == Shown::Rows { width * NUMBER_BYTES_MAX } else { 0 };
    let term = (TERM_BYTES_MAX + served.label_bytes_max).saturating_add(served.name_bytes_max);
    let curve = CURVE_POINTS * POINT_BYTES_MAX + term;
    let listed = if wanted.lists_support_vectors {
        (LISTED_NUMBERS_MAX / width).min(served.model.n_support_vectors().unwrap_or_default())
    } else {
        0
    };
    let per_row = TERM_BYTES_MAX
        + 2 * served.label_bytes_max
        + served.model.target().n_labels() * VOTES_BYTES_MAX
        + wanted.limit.count().saturating_mul(term.saturating_add(row))
        + wanted.curves.len() * (curve + term);
    let weights = if wanted.tells_weights { served.weights() } else { &[] };
    let of_value = |weights: &LargestWeights| weights.towards.len() + weights.away.len() + 2;
    let weights = weights.iter().map(of_value).sum::<usize>().saturating_mul(term);
    Length { fixed: (TERM_BYTES_MAX + listed * (term + row)).saturating_add(weights), per_row, row_values: 0 }
}

/// Writes explanations as JSON.
struct Writer<'a> {
    served: &'a Served,
    shown: Shown,
    wanted: &'a Besides,
}

impl Writer<'_> {
    /// Explains one row. `goes_on`: whether somebody still waits, asked before each curve.
    fn push_row(
        &self,
        index: usize,
        row: Rows<'_>,
        goes_on: &dyn Fn() -> bool,
        scratch: &mut Scratch,
        content: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let Self { served, wanted, .. } = self;
        let wrong = |error: pipeline::Error| Error::Model(error.after_rows(index).to_string());
        let named: Vec<usize> = match served.model.steps_keep_columns() {
            true => wanted.curves.iter().map(|(column, _)| *column).collect(),
            false => Vec::new(),
        };
        let explanation = served.model.explain(row, wanted.limit, &named, scratch).map_err(wrong)?;
        self.push_decision(&explanation, content);
        let mut curves = Vec::new();
        for (column, range) in &wanted.curves {
            if !goes_on() {
                return Err(Error::Abandoned);
            }
            let mut points = Vec::new();
            let ends = range.unwrap_or_else(|| around(row.cells.get(*column).copied().unwrap_or_default()));
            served.model.curve(row, explanation.answer, *column, ends, scratch, &mut points).map_err(wrong)?;
            curves.push((*column, points));
        }
        let features = if let Terms::Features(terms) = &explanation.terms { Some(terms.as_slice()) } else { None };
        if features.is_some() || !curves.is_empty() {
            self.push_columns(row.cells, features.unwrap_or_default(), &curves, content);
        }
        content.push(b'}');
        Ok(())
    }

    /// The start of an explanation: all but its columns and its last brace.
    fn push_decision(&self, explanation: &Explanation, content: &mut Vec<u8>) {
        content.extend_from_slice(b"{\"predict\":");
        match (explanation.answer, explanation.answer.label()) {
            (Decided::Number(number), _) => push_numbers(&[number], b"", content),
            (_, label) => content.extend_from_slice(label.map_or(b"null", |label| self.served.label(label))),
        }
        if let Some(rival) = explanation.answer.rival() {
            content.extend_from_slice(b",\"against\":");
            content.extend_from_slice(self.served.label(rival));
        }
        if !explanation.votes.is_empty() {
            content.extend_from_slice(b",\"votes\":[");
            push_joined(explanation.votes.iter(), b",", content, |votes, content| {
                content.extend_from_slice(votes.to_string().as_bytes());
            });
            content.push(b']');
        }
        push_number("decision", explanation.decision, content);
        push_number("intercept", explanation.intercept, content);
        if let Terms::Support(terms) = &explanation.terms {
            let has_classes = explanation.answer.rival().is_some();
            content.extend_from_slice(b",\"contributions\":[");
            push_joined(terms.iter(), b",", content, |term, content| self.push_term(term, has_classes, content));
            content.push(b']');
        }
        push_number("rest", explanation.rest, content);
    }

    fn push_term(&self, term: &SupportTerm, has_class: bool, content: &mut Vec<u8>) {
        self.push_support_start(term.support_vector, has_class.then_some(term.class), content);
        push_number("kernel", term.kernel, content);
        push_number("coefficient", term.coefficient, content);
        push_number("value", term.value(), content);
        let row = (self.shown == Shown::Rows).then(|| self.served.model.support_row(term.support_vector)).flatten();
        if let Some(row) = row {
            push_row(&row, content);
        }
        content.push(b'}');
    }

    fn push_support_row(&self, row: &SupportRow, content: &mut Vec<u8>) {
        self.push_support_start(row.support_vector, row.class, content);
        push_number("coefficient", row.coefficient, content);
        push_row(&row.row, content);
        content.push(b'}');
    }

    /// The features that weigh most in one of the model's values, each with its weight.
    fn push_weights(&self, weights: &LargestWeights, content: &mut Vec<u8>) {
        content.push(b'{');
        for (key, class) in [("class", weights.class), ("against", weights.against)] {
            if let Some(class) = class {
                content.extend_from_slice(format!("\"{key}\":").as_bytes());
                content.extend_from_slice(self.served.label(class));
                content.push(b',');
            }
        }
        for (key, features) in [("\"towards\":[", &weights.towards), (",\"away\":[", &weights.away)] {
            content.extend_from_slice(key.as_bytes());
            push_joined(features.iter(), b",", content, |(feature, weight), content| {
                content.extend_from_slice(b"{\"name\":");
                // Writing to a Vec cannot fail.
                let _ = serde_json::to_writer(&mut *content, &self.served.model.feature_name_behind_steps(*feature));
                push_number("weight", *weight, content);
                content.push(b'}');
            });
            content.push(b']');
        }
        content.push(b'}');
    }

    fn push_support_start(&self, support_vector: usize, class: Option<usize>, content: &mut Vec<u8>) {
        content.extend_from_slice(b"{\"support_vector\":");
        content.extend_from_slice(support_vector.to_string().as_bytes());
        if let Some(class) = class {
            content.extend_from_slice(b",\"class\":");
            content.extend_from_slice(self.served.label(class));
        }
    }

    /// The terms of a linear model, each with the curve of its column if it has one, and the other curves.
    fn push_columns(
        &self,
        row: &[f64],
        terms: &[FeatureTerm],
        curves: &[(usize, Vec<[f64; 2]>)],
        content: &mut Vec<u8>,
    ) {
        let keeps_columns = self.served.model.steps_keep_columns();
        let curve_of = |column: usize| curves.iter().find(|(other, _)| *other == column).map(|(_, points)| points);
        let of_terms =
            terms.iter().map(|term| (term.feature, Some(term), curve_of(term.feature).filter(|_| keeps_columns)));
        let has_term = |column: usize| keeps_columns && terms.iter().any(|term| term.feature == column);
        let others = curves
            .iter()
            .filter(|(column, _)| !has_term(*column))
            .map(|(column, points)| (*column, None, Some(points)));
        content.extend_from_slice(b",\"columns\":[");
        push_joined(of_terms.chain(others), b",", content, |(place, term, curve), content| {
            let is_own = term.is_none() || keeps_columns;
            content.extend_from_slice(b"{\"name\":");
            // Writing to a Vec cannot fail.
            let _ = match is_own {
                true => serde_json::to_writer(&mut *content, self.served.columns.name(place)),
                false => serde_json::to_writer(&mut *content, &self.served.model.feature_name_behind_steps(place)),
            };
            let is_number = self.served.model.columns().kinds().get(place).is_some_and(ColumnKind::is_number);
            if is_own && is_number {
                push_number("value", row.get(place).copied().unwrap_or(f64::NAN), content);
            }
            if let Some(term) = term {
                push_number("input", term.input, content);
                push_number("weight", term.weight, content);
                push_number("contribution", term.value(), content);
            }
            if let Some(points) = curve {
                content.extend_from_slice(b",\"curve\":[");
                push_joined(points.iter(), b",", content, |point, content| {
                    content.push(b'[');
                    push_numbers(point, b",", content);
                    content.push(b']');
                });
                content.push(b']');
            }
            content.push(b'}');
        });
        content.push(b']');
    }
}

/// The ends of a curve where nothing tells where the numbers of its column lie: as far to both sides as zero is, and 1 at least.
fn around(number: f64) -> ColumnRange {
    let middle = if number.is_finite() { number } else { 0.0 };
    let reach = middle.abs().max(1.0);
    // up to the largest numbers, which have nothing beyond them
    ((middle - reach).max(f64::MIN), (middle + reach).min(f64::MAX))
}

/// A member behind others.
fn push_number(key: &str, number: f64, content: &mut Vec<u8>) {
    content.extend_from_slice(b",\"");
    content.extend_from_slice(key.as_bytes());
    content.extend_from_slice(b"\":");
    push_numbers(&[number], b"", content);
}

fn push_row(row: &[f64], content: &mut Vec<u8>) {
    content.extend_from_slice(b",\"row\":[");
    push_numbers(row, b",", content);
    content.push(b']');
}
