//! The steps before an SVM, fitted to rows, and the rows as the SVM sees them.
// Columns are below the width; cells of categories are indices of their dictionary.
#![allow(clippy::indexing_slicing)]

use std::borrow::Cow;

use super::data::DataView;
use super::recipe::{Imputing, Recipe};
use super::scaling::{Order, fit_scaler};
use crate::pipeline::{
    self, Branch, Branches, BranchesKind, Categories, Category, Codes, EncodedColumn, Encoder, EncoderKind, Fill,
    FilledColumn, OwnCategory, Step, Steps,
};
use crate::svc::pairwise_sum;
use crate::svc::train::TrainingRows;

/// Steps, and what they make of the rows that they were fitted to.
pub(super) struct Prepared<'a> {
    pub steps: Steps,
    pub numbers: Cow<'a, [f64]>,
    pub n_features: usize,
}

/// Fits the steps that the recipe asks for.
///
/// # Errors
/// A column without a number, or numbers that are too large.
///
/// # Source
/// scikit-learn, a `ColumnTransformer` of a `SimpleImputer` and a scaler, and of a `SimpleImputer` with the most frequent category and
/// a `OneHotEncoder(handle_unknown="ignore", sparse_output=False)`.
pub(super) fn prepare<'a>(recipe: &Recipe, data: DataView<'a>) -> Result<Prepared<'a>, String> {
    let width = data.rows.n_features;
    if data.categories.is_empty() {
        let (steps, numbers) = prepare_numbers(recipe, Cow::Borrowed(data.rows.numbers), width, Order::Rows)?;
        return Ok(Prepared { steps, numbers, n_features: width });
    }
    let of_numbers: Vec<usize> = (0..width).filter(|column| data.categories[*column].is_none()).collect();
    let of_categories: Vec<usize> = (0..width).filter(|column| data.categories[*column].is_some()).collect();
    let (category_steps, encoded, encoded_width) = encode(recipe, data, &of_categories)?;
    if of_numbers.is_empty() {
        return Ok(Prepared { steps: category_steps, numbers: Cow::Owned(encoded), n_features: encoded_width });
    }
    let own = Cow::Owned(columns(data.rows, &of_numbers));
    let (number_steps, numbers) = prepare_numbers(recipe, own, of_numbers.len(), Order::Columns)?;
    let mut joined = Vec::with_capacity(numbers.len() + encoded.len());
    for (numbers, encoded) in numbers.chunks_exact(of_numbers.len()).zip(encoded.chunks_exact(encoded_width)) {
        joined.extend_from_slice(numbers);
        joined.extend_from_slice(encoded);
    }
    let n_features = of_numbers.len() + encoded_width;
    let branch = |name: &str, columns, steps| Branch::new(name.to_owned(), columns, None, steps);
    let branches =
        vec![branch("numbers", of_numbers, number_steps), branch("categories", of_categories, category_steps)];
    let kind = BranchesKind::ColumnTransformer;
    let steps = Steps(vec![Step::Columns(Branches { kind, n_features_in: width, branches })]);
    Ok(Prepared { steps, numbers: Cow::Owned(joined), n_features })
}

/// Some columns of rows, row major.
fn columns(rows: TrainingRows<'_>, columns: &[usize]) -> Vec<f64> {
    (0..rows.count()).flat_map(|row| columns.iter().map(move |column| rows.row(row)[*column])).collect()
}

/// An imputer and a scaler of numbers, if asked for.
fn prepare_numbers<'a>(
    recipe: &Recipe,
    mut numbers: Cow<'a, [f64]>,
    width: usize,
    order: Order,
) -> Result<(Steps, Cow<'a, [f64]>), String> {
    let mut steps = Vec::new();
    if let Some(imputing) = recipe.imputing {
        let statistics = (0..width)
            .map(|column| statistic(imputing, numbers.iter().skip(column).step_by(width), order).ok_or(column))
            .collect::<Result<Vec<f64>, usize>>()
            .map_err(|column| {
                format!(
                    "column {} of the numbers: expected a number to impute in the rows to train on, found none",
                    column + 1
                )
            })?;
        if numbers.iter().any(|number| number.is_nan()) {
            let places = numbers.to_mut().iter_mut().zip(statistics.iter().cycle());
            places.filter(|(number, _)| number.is_nan()).for_each(|(number, statistic)| *number = *statistic);
        }
        let filled = |statistic| FilledColumn::new(OwnCategory::NaN, OwnCategory::Number(statistic));
        steps.push(Step::Fill(Fill { columns: statistics.into_iter().map(filled).collect() }));
    }
    if let Some(scaling) = recipe.scaling {
        let scaler = fit_scaler(scaling, TrainingRows { numbers: &numbers, n_features: width }, order);
        let scaler = Steps(vec![Step::Scaler(scaler)]);
        numbers = Cow::Owned(scaler.transform(&numbers, width).map_err(|cause| too_large(&cause))?);
        steps.extend(scaler.0);
    }
    Ok((Steps(steps), numbers))
}

/// What stands for a missing number of a column; none if all are missing.
///
/// # Source
/// scikit-learn, `SimpleImputer`; NumPy, `ma.mean` and `ma.median`; SciPy, `mode`.
fn statistic<'a>(imputing: Imputing, column: impl Iterator<Item = &'a f64>, order: Order) -> Option<f64> {
    let column: Vec<f64> = column.copied().collect();
    let mut known: Vec<f64> = column.iter().copied().filter(|number| !number.is_nan()).collect();
    if known.is_empty() {
        return None;
    }
    match imputing {
        Imputing::Mean => {
            let or_zero = |number: f64| if number.is_nan() { 0.0 } else { number };
            let sum = match order {
                Order::Rows => column.iter().fold(0.0, |sum, number| sum + or_zero(*number)),
                Order::Columns => pairwise_sum(&column, or_zero),
            };
            Some(sum / known.len() as f64)
        }
        Imputing::Median => {
            known.sort_by(f64::total_cmp);
            let middle = known.len() / 2;
            let is_odd = known.len() % 2 == 1;
            Some(if is_odd { known[middle] } else { (known[middle - 1] + known[middle]) / 2.0 })
        }
        Imputing::MostFrequent => {
            known.sort_by(f64::total_cmp);
            let runs = known.chunk_by(|a, b| a == b);
            // of those that are equally frequent the smallest
            runs.fold(None, |best: Option<&[f64]>, run| match best {
                Some(best) if best.len() >= run.len() => Some(best),
                _ => Some(run),
            })
            .and_then(|run| run.first().copied())
        }
    }
}

/// An encoder of these columns, behind an imputer if asked for: the steps, what they make of the rows, and how wide that is.
fn encode(recipe: &Recipe, data: DataView<'_>, of_categories: &[usize]) -> Result<(Steps, Vec<f64>, usize), String> {
    let (mut filled, mut encoded, mut places, mut widths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for column in of_categories {
        let Some(categories) = &data.categories[*column] else { continue };
        let counts = counts(data.rows, *column, categories.len());
        let missing = recipe.imputing.and(categories.index(Category::NaN));
        let fill = match missing {
            Some(missing) => most_frequent(&counts, missing).ok_or_else(|| {
                "--one-hot: expected a category in the rows to train on, found a column without one".to_owned()
            })?,
            None => usize::MAX,
        };
        let trained: Vec<usize> =
            (0..categories.len()).filter(|index| counts[*index] > 0 && Some(*index) != missing).collect();
        let place = |index: usize| trained.binary_search(&index).ok();
        places.push(
            (0..categories.len())
                .map(|index| if Some(index) == missing { place(fill) } else { place(index) })
                .collect::<Vec<_>>(),
        );
        widths.push(trained.len());
        let width = trained.len() as u32;
        let codes = Codes::OneHot { width, places: (0..width).collect(), unknown: Some(width) };
        let listed: Vec<Category<'_>> = trained.iter().filter_map(|index| categories.get(*index)).collect();
        encoded.push(EncodedColumn::new(&listed, codes).map_err(|cause| cause.to_string())?);
        // without a missing one nothing is filled, but the column of a later row may be empty
        let statistic = if missing.is_some() { Some(fill) } else { most_frequent(&counts, usize::MAX) };
        let statistic = statistic.and_then(|index| categories.get(index)).map_or(OwnCategory::NaN, OwnCategory::of);
        filled.push(FilledColumn::new(OwnCategory::NaN, statistic));
    }
    let width = widths.iter().sum();
    let mut numbers = Vec::with_capacity(data.rows.count() * width);
    for row in 0..data.rows.count() {
        let row = data.rows.row(row);
        for ((column, places), width) in of_categories.iter().zip(&places).zip(&widths) {
            let start = numbers.len();
            numbers.resize(start + width, 0.0);
            if let Some(place) = places[row[*column] as usize] {
                numbers[start + place] = 1.0;
            }
        }
    }
    let fill = recipe.imputing.map(|_| Step::Fill(Fill { columns: filled }));
    let encoder = Step::Encode(Encoder { kind: EncoderKind::OneHot, columns: encoded });
    Ok((Steps(fill.into_iter().chain([encoder]).collect()), numbers, width))
}

/// How many rows each category of a column has.
fn counts(rows: TrainingRows<'_>, column: usize, n_categories: usize) -> Vec<usize> {
    let mut counts = vec![0; n_categories];
    (0..rows.count()).for_each(|row| counts[rows.row(row)[column] as usize] += 1);
    counts
}

/// The category with the most rows but this one; of equals the first.
fn most_frequent(counts: &[usize], but: usize) -> Option<usize> {
    let others = counts.iter().enumerate().filter(|(index, count)| *index != but && **count > 0);
    others.rev().max_by_key(|(_, count)| **count).map(|(index, _)| index)
}

/// What scikit-learn says of numbers that overflow.
pub(super) fn too_large(cause: &pipeline::Error) -> String {
    format!("{cause}; the columns may hold numbers that are too large: --scale standard")
}

/// Cells of categories as the model has them, whose dictionaries know only what was trained on.
pub(super) fn cells_for<'a>(columns: &pipeline::Columns, data: DataView<'a>) -> Cow<'a, [f64]> {
    if data.categories.is_empty() {
        return Cow::Borrowed(data.rows.numbers);
    }
    let cells = |all: &Categories, own: &Categories| {
        all.iter().map(|category| own.cell(category).unwrap_or(pipeline::UNKNOWN)).collect::<Vec<f64>>()
    };
    let tables: Vec<Option<Vec<f64>>> = (data.categories.iter().zip(columns.kinds()))
        .map(|(all, kind)| Some(cells(all.as_ref()?, kind.categories()?)))
        .collect();
    let cell = |(cell, table): (&f64, &Option<Vec<f64>>)| match table {
        Some(table) => table[*cell as usize],
        None => *cell,
    };
    Cow::Owned(data.rows.numbers.iter().zip(tables.iter().cycle()).map(cell).collect())
}
