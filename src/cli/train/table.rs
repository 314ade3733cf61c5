//! A CSV file as rows of numbers and what they stand for.
// Places in a header are below its length.
#![allow(clippy::indexing_slicing)]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::categories::{CategoryDictionary, finish_all};
use super::data::{KnownAnswers, TrainingData};
use super::labels::{LabelDictionary, label_classes};
use super::options::TableOptions;
use super::recipe::EstimatorName;
use super::watch::INTERRUPTED;
use crate::api::csv::{BadRecord, Layout, Record, Records, exact, fields, open_table};
use crate::api::rows::FieldNames;
use crate::cli::blocks::{Block, BlockReader};
use crate::cli::{reading, text_input};
use crate::model_file::sha256::{Digest, Hasher};
use crate::pipeline::{Categories, ColumnKind, Columns};

/// A table and the hash of its file.
pub(super) struct TrainingTable {
    pub data: TrainingData,
    pub sha256: Digest,
    /// The column with the answers, as the header has it, or by its place.
    pub target: Option<String>,
}

/// Reads a table.
///
/// # Errors
/// What is wrong with it, with line and column.
pub(super) fn read(path: &Path, options: &TableOptions, should_stop: &AtomicBool) -> Result<TrainingTable, String> {
    let hasher = Arc::new(Mutex::new(Hasher::default()));
    let file = File::open(path).map_err(|cause| cause.to_string())?;
    let input = HashingInput { file, hasher: Arc::clone(&hasher) };
    let input = text_input::text(Box::new(input)).map_err(|cause| cause.to_string())?;
    let mut blocks = BlockReader::new(input, options.reading.likely_syntax());
    let block = blocks.next().map_err(|cause| cause.to_string())?;
    let block = block.ok_or("expected a header and rows, found an empty file")?;
    let opening = open_table(&block.text, &options.wanted(), &options.reading);
    let opening = opening.ok_or("expected a header and rows, found none")?;
    let plan = Plan::new(opening.names, opening.n_fields, options)?;
    let syntax = opening.syntax;
    let (rest, lines) = opening.rows.rest();
    blocks.restart(Block { text: rest.to_vec(), lines_before: block.lines_before + lines }, syntax);

    let layout = Layout::by_position_where(plan.numbers(), syntax);
    let mut reader = RowReader::new(plan, layout, options)?;
    while let Some(block) = blocks.next().map_err(|cause| cause.to_string())? {
        if should_stop.load(Ordering::Relaxed) {
            return Err(INTERRUPTED.to_owned());
        }
        for record in Records::new(&block.text, syntax) {
            reader.row(&record, block.lines_before)?;
        }
    }
    let hasher = hasher.lock().unwrap_or_else(PoisonError::into_inner).clone();
    reader.finish(hasher.finish())
}

/// A file that is hashed as it is read.
struct HashingInput {
    file: File,
    hasher: Arc<Mutex<Hasher>>,
}

impl Read for HashingInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        self.hasher.lock().unwrap_or_else(PoisonError::into_inner).add(read);
        Ok(count)
    }
}

/// Which field is what.
struct Plan {
    names: Option<Vec<String>>,
    is_feature: Vec<bool>,
    /// Which of the features are categories.
    is_category: Vec<bool>,
    target: Option<usize>,
    weight: Option<usize>,
}

impl Plan {
    fn new(names: Option<Vec<String>>, n_fields: usize, options: &TableOptions) -> Result<Plan, String> {
        if let Some(names) = &names {
            check_names(names, options)?;
        }
        let find = |flag: &str, wanted: &str| find_column(flag, wanted, names.as_deref(), n_fields);
        let target = match (&options.target, options.estimator) {
            (_, EstimatorName::OneClass) => None,
            (Some(target), _) => Some(find("--target", target)?),
            (None, _) => n_fields.checked_sub(1),
        };
        let weight = options.weight.as_deref().map(|weight| find("--sample-weight", weight)).transpose()?;
        let mut is_feature = vec![true; n_fields];
        for wanted in &options.ignored {
            is_feature[find("--ignore", wanted)?] = false;
        }
        for (flag, place) in [("--target", target), ("--sample-weight", weight)] {
            if let Some(place) = place
                && !std::mem::replace(&mut is_feature[place], false)
            {
                return Err(format!("{flag}: expected a column that no other flag names, found one named twice"));
            }
        }
        let mut is_category = vec![false; n_fields];
        for wanted in &options.one_hot {
            let place = find("--one-hot", wanted)?;
            if !is_feature[place] || std::mem::replace(&mut is_category[place], true) {
                return Err(format!("--one-hot: expected columns to learn from, each once, found `{wanted}`"));
            }
        }
        if !is_feature.contains(&true) {
            return Err(format!("expected columns to learn from, found {n_fields} columns in all"));
        }
        Ok(Plan { names, is_feature, is_category, target, weight })
    }

    /// For each field whether it is a number to learn from.
    fn numbers(&self) -> impl Iterator<Item = bool> {
        self.is_feature.iter().zip(&self.is_category).map(|(is_feature, is_category)| *is_feature && !is_category)
    }

    /// For each feature the place of its field, and whether it is a category.
    fn features(&self) -> impl Iterator<Item = (usize, bool)> {
        let places = self.is_feature.iter().zip(&self.is_category).enumerate();
        places.filter(|(_, (is_feature, _))| **is_feature).map(|(place, (_, is_category))| (place, *is_category))
    }

    fn name(&self, place: usize) -> String {
        match self.names.as_ref().and_then(|names| names.get(place)) {
            Some(name) => name.clone(),
            None => place.to_string(),
        }
    }

    /// Names of the features, if there is a header.
    fn feature_names(&self) -> Option<Vec<String>> {
        let names = self.names.as_ref()?.iter().zip(&self.is_feature);
        Some(names.filter(|(_, is_feature)| **is_feature).map(|(name, _)| name.clone()).collect())
    }
}

fn check_names(names: &[String], options: &TableOptions) -> Result<(), String> {
    for (place, name) in names.iter().enumerate() {
        let is_ignored = options.ignored.iter().any(|ignored| ignored == name || *ignored == place.to_string());
        if name.is_empty() && !is_ignored {
            return Err(format!(
                "header: expected a name for each column, found none for column {}; if it numbers the rows: --ignore {place}",
                place + 1
            ));
        }
        if names.iter().take(place).any(|before| before == name) {
            return Err(format!("header: expected each name once, found `{name}` twice"));
        }
    }
    Ok(())
}

/// The place of a column by its name, or by its number, from 0; -1 is the last one.
fn find_column(flag: &str, wanted: &str, names: Option<&[String]>, n_fields: usize) -> Result<usize, String> {
    if let Some(place) = names.and_then(|names| names.iter().position(|name| name == wanted)) {
        return Ok(place);
    }
    let by_number = wanted.parse::<i64>().ok().and_then(|number| {
        let place = if number < 0 { number.checked_add(i64::try_from(n_fields).ok()?)? } else { number };
        usize::try_from(place).ok().filter(|place| *place < n_fields)
    });
    by_number.ok_or_else(|| match names {
        Some(names) => {
            let near = crate::api::names::nearest(wanted, names.iter().map(String::as_str));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            format!("{flag}: expected the name of a column or a number below {n_fields}, found `{wanted}`{near}")
        }
        None => format!(
            "{flag}: expected the number of a column, from 0 to {}, as there is no header, found `{wanted}`",
            n_fields.saturating_sub(1)
        ),
    })
}

/// Rows as they come.
struct RowReader<'a> {
    plan: Plan,
    layout: Layout,
    /// The features that are numbers.
    columns: FieldNames,
    /// For each feature that is a category, its dictionary so far.
    categories: Vec<Option<CategoryDictionary>>,
    /// The numbers of a row with categories.
    row: Vec<f64>,
    options: &'a TableOptions,
    numbers: Vec<f64>,
    n_rows: usize,
    n_features: usize,
    targets: Targets,
    weights: Vec<f64>,
}

/// Targets as they come.
enum Targets {
    Labels(LabelDictionary),
    Numbers(Vec<f64>),
}

impl<'a> RowReader<'a> {
    fn new(plan: Plan, layout: Layout, options: &'a TableOptions) -> Result<Self, String> {
        let n_features = plan.is_feature.iter().filter(|is_feature| **is_feature).count();
        let targets = match options.estimator.is_regression() {
            true => Targets::Numbers(Vec::new()),
            false => Targets::Labels(LabelDictionary::default()),
        };
        let kind = if options.takes_missing { ColumnKind::NumberOrMissing } else { ColumnKind::Number };
        let columns = match plan.numbers().filter(|is_number| *is_number).count() {
            0 => FieldNames::new(&[]),
            count => {
                let columns = Columns::new(vec![kind; count], None).map_err(|cause| cause.to_string())?;
                FieldNames::of(&columns)
            }
        };
        let categories: Vec<_> =
            plan.features().map(|(_, is_category)| is_category.then(CategoryDictionary::default)).collect();
        let (numbers, weights, row) = (Vec::new(), Vec::new(), Vec::new());
        Ok(RowReader {
            plan,
            layout,
            columns,
            categories,
            row,
            options,
            numbers,
            n_rows: 0,
            n_features,
            targets,
            weights,
        })
    }

    fn row(&mut self, record: &Record<'_>, lines_before: usize) -> Result<(), String> {
        let line = lines_before + record.line + 1;
        let bytes = (self.numbers.len() + self.n_features) * size_of::<f64>();
        if bytes > self.options.data_bytes_max {
            return Err(format!(
                "line {line}: expected at most {} bytes of numbers, found more: --data-bytes-max raises the limit",
                self.options.data_bytes_max
            ));
        }
        if self.numbers.capacity() - self.numbers.len() < self.n_features {
            // not twice as much, as of what is reserved all may be used
            let more = (self.numbers.len() / GROWTH).max(GROWTH_MIN).max(self.n_features);
            self.numbers.reserve_exact(more);
        }
        if self.options.one_hot.is_empty() {
            self.layout.read(record, &self.columns, &mut self.numbers).map_err(|error| self.explain(&error, line))?;
        } else {
            self.row_with_categories(record, line)?;
        }
        self.n_rows += 1;
        let field_at = |place: usize| fields(record.text, self.layout.syntax()).nth(place).unwrap_or_default();
        if let Some(place) = self.plan.weight {
            let weight = number(field_at(place), self.layout.syntax().decimal).filter(|weight| *weight >= 0.0);
            let found = || self.wrong(line, place, "a weight, zero or above", field_at(place));
            self.weights.push(weight.ok_or_else(found)?);
        }
        let Some(place) = self.plan.target else { return Ok(()) };
        let field = field_at(place);
        match &mut self.targets {
            Targets::Numbers(numbers) => match number(field, self.layout.syntax().decimal) {
                Some(value) => numbers.push(value),
                None => return Err(self.wrong(line, place, "a finite number", field)),
            },
            Targets::Labels(dictionary) => {
                let text = exact(field);
                match std::str::from_utf8(&text).ok().map(str::trim).filter(|label| !label.is_empty()) {
                    Some(label) => dictionary.add(label).map_err(|problem| format!("line {line}: {problem}"))?,
                    None => return Err(self.wrong(line, place, "a label", field)),
                }
            }
        }
        Ok(())
    }

    /// Numbers and, where they belong, what stands for categories until all are known.
    fn row_with_categories(&mut self, record: &Record<'_>, line: usize) -> Result<(), String> {
        self.row.clear();
        self.layout.read(record, &self.columns, &mut self.row).map_err(|error| self.explain(&error, line))?;
        let mut numbers = self.row.iter();
        let mut fields = fields(record.text, self.layout.syntax()).enumerate();
        for ((place, _), dictionary) in self.plan.features().zip(&mut self.categories) {
            let Some(dictionary) = dictionary else {
                self.numbers.extend(numbers.next());
                continue;
            };
            let text = exact(fields.find(|(field, _)| *field == place).map(|(_, field)| field).unwrap_or_default());
            let cell = match std::str::from_utf8(&text) {
                Ok(text) => dictionary.cell(text),
                Err(_) => Err("expected text in UTF-8, found other bytes".to_owned()),
            };
            let named =
                |problem: String| format!("line {line}, column {} (`{}`): {problem}", place + 1, self.plan.name(place));
            self.numbers.push(cell.map_err(named)?);
        }
        Ok(())
    }

    /// The dictionaries of categories, whose indices take the places of what stood for them.
    fn finish_categories(&mut self) -> Result<Vec<Option<Categories>>, String> {
        if self.options.one_hot.is_empty() {
            return Ok(Vec::new());
        }
        let dictionaries = std::mem::take(&mut self.categories);
        let finished = finish_all(dictionaries, &mut self.numbers, self.n_features)?;
        let of_column = |categories: &Option<Categories>| categories.as_ref().map_or(1, Categories::len);
        let width: usize = finished.iter().map(of_column).sum();
        if self.n_rows.saturating_mul(width).saturating_mul(size_of::<f64>()) > self.options.data_bytes_max {
            return Err(format!(
                "expected at most {} bytes of numbers, found more with {width} columns after --one-hot: --data-bytes-max raises the limit",
                self.options.data_bytes_max
            ));
        }
        Ok(finished)
    }

    fn wrong(&self, line: usize, place: usize, expected: &str, field: &[u8]) -> String {
        let found = match String::from_utf8_lossy(field).trim() {
            "" => "an empty field".to_owned(),
            text => format!("`{}`", text.chars().take(SHOWN_CHARS_MAX).collect::<String>()),
        };
        format!("line {line}, column {} (`{}`): expected {expected}, found {found}", place + 1, self.plan.name(place))
    }

    /// `line 3, column 2 (`species`): expected .., found ..; what may help`
    fn explain(&self, error: &BadRecord, line: usize) -> String {
        let Some((field, _)) = error.field else {
            return format!("line {line}: {error}{}", error.help.map(reading::advice).unwrap_or_default());
        };
        let name = self.plan.name(field);
        let help = match (error.help, &*error.found) {
            (Some(help), _) => reading::advice(help),
            (None, "text") => {
                format!(
                    "; if these are categories: --one-hot '{name}'; if there is nothing to learn from them: \
                     --ignore '{name}'"
                )
            }
            (None, "an empty field" | "NaN or infinity") => {
                format!("; --impute median fills it; otherwise leave out the row, or the column with --ignore '{name}'")
            }
            _ => String::new(),
        };
        format!("line {line}, column {} (`{name}`): {error}{help}", field + 1)
    }

    fn finish(mut self, sha256: Digest) -> Result<TrainingTable, String> {
        let target = self.plan.target.map(|place| self.plan.name(place));
        if self.n_rows == 0 {
            return Err("expected rows after the header, found none".to_owned());
        }
        let categories = self.finish_categories()?;
        let answers = match (self.targets, &target) {
            (_, None) => KnownAnswers::Nothing,
            (Targets::Numbers(numbers), Some(_)) => KnownAnswers::Numbers(numbers),
            (Targets::Labels(dictionary), Some(name)) => {
                let (labels, of_rows) = label_classes(dictionary, self.options.is_estimator_given)
                    .map_err(|problem| format!("target `{name}`: {problem}"))?;
                KnownAnswers::Classes { labels, of_rows }
            }
        };
        let names = self.plan.feature_names();
        let weights = self.plan.weight.map(|_| self.weights);
        let data =
            TrainingData { numbers: self.numbers, n_features: self.n_features, names, categories, answers, weights };
        Ok(TrainingTable { data, sha256, target })
    }
}

/// A finite number.
fn number(field: &[u8], decimal: u8) -> Option<f64> {
    let text = exact(field);
    let text = std::str::from_utf8(&text).ok()?.trim();
    let text = if decimal == b',' { text.replace(',', ".") } else { text.to_owned() };
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Memory for numbers grows by one in so many.
const GROWTH: usize = 8;
/// Numbers for which there is room at first.
const GROWTH_MIN: usize = 1 << 16;
/// Characters of a wrong field that are shown.
const SHOWN_CHARS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_name_or_number() {
        let names = ["a".to_owned(), "1".to_owned(), "c".to_owned()];
        let find = |wanted: &str| find_column("--target", wanted, Some(&names), 3);
        assert_eq!([find("c"), find("1"), find("0"), find("-1")], [Ok(2), Ok(1), Ok(0), Ok(2)]);
        assert!(find("3").is_err() && find("-4").is_err() && find("b").is_err());
        assert!(find_column("--target", "a", None, 3).unwrap_err().contains("from 0 to 2"));
    }
}
