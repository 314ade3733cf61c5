//! What support vectors reveal about the scaler that stood before them in training: a model may lack it, or have another one.
//!
//! Support vectors are rows of the training data as the SVC saw them. Behind a scaler they bear its mark: columns around 0 with a
//! deviation of about 1, or columns that fill a range. Without its scaler an SVC gives wrong labels for about half of the rows,
//! often one label for all, and nothing in its answers shows it.

use std::fmt;
use std::ops::Range;

use super::steps::Transform;
use super::{Model, Scaler, ScalerFormula, Step};

/// A sign that a model lacks its scaler, or has another one than in training; shown as a warning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Evidence {
    /// No step, but columns around 0 with a deviation of about 1.
    Standardised,
    /// No step, and the columns that do not hold whole numbers are as above: the others may be an encoder's.
    PartlyStandardised {
        /// Columns that look standardised.
        standardised: usize,
        /// Columns that differ among the support vectors.
        varying: usize,
    },
    /// No step, and columns nearly as above: a model of few support vectors, or a linear one, shows less of its scaler.
    NearlyStandardised,
    /// No step, but columns that fill 0 to 1; features that are fractions by nature may look so too.
    MinMax,
    /// The last step is a scaler that does not give such columns.
    OtherScaler {
        /// The scaler's scikit-learn class.
        scaler: &'static str,
        /// What the scaler's columns look like.
        expected: &'static str,
        /// Columns of the support vectors that do not.
        unlike: usize,
        /// Columns that differ among the support vectors.
        varying: usize,
        /// The first of those that do not: its index, from 0, its smallest and its largest number.
        first: (usize, f64, f64),
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standardised => f.write_str(
                "the support vectors look standardised: this SVM was trained behind a scaler; \
                 give it with another --model, or answers will be wrong",
            ),
            Self::NearlyStandardised => f.write_str(
                "the support vectors look nearly standardised: this SVM may have been trained behind a scaler; \
                 if so, give it with another --model, or answers will be wrong",
            ),
            Self::PartlyStandardised { standardised, varying } => write!(
                f,
                "{standardised} of {varying} columns of the support vectors look standardised: this SVM was trained behind \
                 a scaler of some columns; give what stood before it with another --model, or answers will be wrong"
            ),
            Self::MinMax => f.write_str(
                "the support vectors fill the range from 0 to 1: this SVM may have been trained behind a scaler such \
                 as MinMaxScaler; if so, give it with another --model, or answers will be wrong",
            ),
            Self::OtherScaler { scaler, expected, unlike, varying, first: (column, lowest, highest) } => write!(
                f,
                "the {scaler} does not fit the support vectors: expected {expected}, found {unlike} of {varying} columns \
                 unlike that, such as column {column} with numbers from {lowest:?} to {highest:?}; \
                 give the scaler that this SVM was trained behind, or none if there was none, or answers will be wrong"
            ),
        }
    }
}

impl Evidence {
    /// What the support vectors say against the steps of `model`, or its lack of them; `None` if nothing, or too little to judge by.
    ///
    /// A meta-estimator is judged by its first SVC.
    ///
    /// # Source
    /// Measured on 61 public SVC files: [`Self::Standardised`] held for 31, of which 24 have an application that standardises
    /// and 7 no trace of their scaler; of the other 30, which take raw numbers, counts, fractions or 0 and 1, one has a scaler.
    /// On 50 more, of 34 repositories: it held for 24, all trained behind a StandardScaler, [`Self::PartlyStandardised`] for 3 and
    /// [`Self::MinMax`] for one, all rightly; of the other 22 three have a scaler: one has 4 support vectors, one standardised
    /// columns with 10 of 12 in the bounds, one a MinMaxScaler for some columns.
    /// On 71 public repositories [`Self::NearlyStandardised`] held for 5 more, all trained behind a StandardScaler.
    pub fn of(model: &Model) -> Option<Evidence> {
        let svc = model.estimator().machine()?.parts();
        // of a selection the columns that it keeps are judged by what stands before it
        let last_step = model.shown_steps().filter(|step| !matches!(step, Step::Select(_))).last();
        let n_rows = svc.n_support.iter().sum::<usize>();
        if n_rows < SUPPORT_VECTORS_MIN {
            return None;
        }
        let columns: Vec<_> = summarise(&svc.support_vectors, svc.n_features_in);
        let varying: Vec<_> = columns.into_iter().enumerate().filter(|(_, column)| column.varies()).collect();
        if varying.len() < COLUMNS_MIN {
            return None;
        }
        match last_step {
            None => missing_scaler(&varying),
            Some(Step::Scaler(scaler)) => other_scaler(scaler, &varying),
            // its columns have any deviation
            Some(_) => None,
        }
    }
}

/// Fewer support vectors are no sample: of a column whose deviation is 5, ten numbers show one below 2.5 one time in fifty, three
/// numbers one time in three.
const SUPPORT_VECTORS_MIN: usize = 10;

/// A single column may lie around 0 by its nature; there are public models of two columns, standardised ones too.
const COLUMNS_MIN: usize = 2;

/// A column with its index.
type Indexed = (usize, Column);

/// What one pass over a column leaves.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// Where the sums are taken from, so that numbers far from 0 lose no digits: its first number.
    origin: f64,
    n: f64,
    sum: f64,
    sum_of_squares: f64,
    lowest: f64,
    highest: f64,
    is_whole: bool,
}

fn summarise(rows: &[f64], width: usize) -> Vec<Column> {
    let mut columns: Vec<_> = rows.iter().take(width).map(|first| Column::starting(*first)).collect();
    for row in rows.chunks_exact(width.max(1)) {
        columns.iter_mut().zip(row).for_each(|(column, x)| column.add(*x));
    }
    columns
}

impl Column {
    fn starting(origin: f64) -> Column {
        let (lowest, highest) = (f64::INFINITY, f64::NEG_INFINITY);
        Column { origin, n: 0.0, sum: 0.0, sum_of_squares: 0.0, lowest, highest, is_whole: true }
    }

    fn add(&mut self, x: f64) {
        let distance = x - self.origin;
        self.n += 1.0;
        self.sum += distance;
        self.sum_of_squares += distance * distance;
        self.lowest = self.lowest.min(x);
        self.highest = self.highest.max(x);
        self.is_whole &= x.fract() == 0.0;
    }

    fn mean(&self) -> f64 {
        self.origin + self.sum / self.n
    }

    /// As NumPy and StandardScaler have it: divided by n.
    fn deviation(&self) -> f64 {
        let mean = self.sum / self.n;
        (self.sum_of_squares / self.n - mean * mean).max(0.0).sqrt()
    }

    fn varies(&self) -> bool {
        self.lowest < self.highest
    }
}

fn missing_scaler(varying: &[Indexed]) -> Option<Evidence> {
    let are_standardised =
        |columns: &[Indexed]| share(columns, &looks_standardised) >= STANDARDISED_SHARE_MIN && are_negative(columns);
    if are_standardised(varying) {
        return Some(Evidence::Standardised);
    }
    let fractional: Vec<_> = varying.iter().copied().filter(|(_, column)| !column.is_whole).collect();
    if fractional.len() < COLUMNS_MIN {
        return None;
    }
    if are_standardised(&fractional) {
        let standardised = fractional.iter().filter(|(_, column)| looks_standardised(column)).count();
        return Some(Evidence::PartlyStandardised { standardised, varying: varying.len() });
    }
    let is_inside = |column: &Column| column.lowest >= -ROUNDING_MAX && column.highest <= 1.0 + ROUNDING_MAX;
    let fills = |column: &Column| column.lowest <= END_MAX && column.highest >= 1.0 - END_MAX;
    if share(varying, &is_inside) == 1.0 && share(&fractional, &fills) > FILLED_SHARE {
        return Some(Evidence::MinMax);
    }
    let are_nearly = share(varying, &looks_nearly_standardised) >= STANDARDISED_SHARE_MIN && are_negative(varying);
    are_nearly.then_some(Evidence::NearlyStandardised)
}

fn are_negative(columns: &[Indexed]) -> bool {
    share(columns, &|column| column.lowest < 0.0) >= NEGATIVE_SHARE_MIN
}

/// Mean and deviation as behind a StandardScaler, and not whole: the numbers -1, 0 and 1, as some data sets have them, are raw.
fn looks_standardised(column: &Column) -> bool {
    is_near_standard(column, MEAN_MAX, DEVIATION_MIN..DEVIATION_MAX)
}

fn looks_nearly_standardised(column: &Column) -> bool {
    is_near_standard(column, NEAR_MEAN_MAX, NEAR_DEVIATION_MIN..NEAR_DEVIATION_MAX)
}

fn is_near_standard(column: &Column, mean_max: f64, deviations: Range<f64>) -> bool {
    let deviation = column.deviation();
    !column.is_whole && column.mean().abs() < mean_max && deviation > deviations.start && deviation < deviations.end
}

/// Support vectors are no fair sample of the training rows: their means stray from 0 by less than this.
const MEAN_MAX: f64 = 1.0;
/// Their deviations stray from 1 as far down as this,
const DEVIATION_MIN: f64 = 0.4;
/// and as far up as this.
const DEVIATION_MAX: f64 = 2.5;
/// The wider bounds of what is nearly standardised.
const NEAR_MEAN_MAX: f64 = 1.5;
/// Lower bound of its deviations.
const NEAR_DEVIATION_MIN: f64 = 0.25;
/// Upper bound of its deviations.
const NEAR_DEVIATION_MAX: f64 = 3.0;
/// Of the columns that vary, so many look standardised behind a StandardScaler; the rest are rare values, or not scaled.
const STANDARDISED_SHARE_MIN: f64 = 0.85;
/// Of the columns that vary, so many have a number below zero; counts, fractions and measures have none.
const NEGATIVE_SHARE_MIN: f64 = 0.9;

/// MinMaxScaler's own rounding goes beyond the ends of its range by less.
const ROUNDING_MAX: f64 = 1e-9;
/// A column reaches an end of the range if it comes as near as this: the outermost training row need not be a support vector.
const END_MAX: f64 = 0.05;
/// Most columns: more than this share.
const FILLED_SHARE: f64 = 0.5;

fn share(columns: &[Indexed], is_so: &dyn Fn(&Column) -> bool) -> f64 {
    columns.iter().filter(|(_, column)| is_so(column)).count() as f64 / columns.len() as f64
}

fn other_scaler(scaler: &Scaler, columns: &[Indexed]) -> Option<Evidence> {
    let judged = |share_allowed: f64, expected, is_unlike: &dyn Fn(&Column) -> bool| {
        let (first, column) = columns.iter().find(|(_, column)| is_unlike(column))?;
        (share(columns, is_unlike) > share_allowed).then(|| Evidence::OtherScaler {
            scaler: scaler.name(),
            expected,
            unlike: columns.iter().filter(|(_, column)| is_unlike(column)).count(),
            varying: columns.len(),
            first: (*first, column.lowest, column.highest),
        })
    };
    match &scaler.formula {
        // without a deviation of 1 nothing is known of the columns but their unit's mean
        ScalerFormula::Standard { scale: None, .. } => None,
        ScalerFormula::Standard { mean: Some(_), .. } => {
            judged(UNLIKE_SHARE_MAX, "columns around 0 with a deviation of about 1", &|column| {
                is_never_standard(column) || column.mean().abs() > FAR_MEAN
            })
        }
        ScalerFormula::Standard { mean: None, .. } => {
            judged(UNLIKE_SHARE_MAX, "columns with a deviation of about 1", &is_never_standard)
        }
        ScalerFormula::MinMax { clip: None, .. } if fill_one_range(columns) => None,
        ScalerFormula::MinMax { clip, .. } => {
            let (lowest, highest) = clip.unwrap_or(UNKNOWN_RANGE);
            let beyond = if clip.is_some() { OUTSIDE_WIDTHS * (highest - lowest) } else { 0.0 };
            judged(OUTSIDE_SHARE_MAX, "numbers inside its feature range", &|column| {
                column.lowest < lowest - beyond || column.highest > highest + beyond
            })
        }
        ScalerFormula::MaxAbs { .. } => {
            let beyond = 1.0 + OUTSIDE_WIDTHS * 2.0;
            judged(OUTSIDE_SHARE_MAX, "numbers from -1 to 1", &|column| {
                column.lowest < -beyond || column.highest > beyond
            })
        }
        ScalerFormula::Robust { center: Some(_), scale: Some(_) } => {
            judged(UNLIKE_SHARE_MAX, "numbers on both sides of 0", &|column| {
                column.lowest > ROBUST_FAR || column.highest < -ROBUST_FAR
            })
        }
        ScalerFormula::Robust { .. } | ScalerFormula::Sparse { .. } => None,
    }
}

/// Whole numbers, or a deviation ten times away from 1: no StandardScaler gives such a column, but for rare values.
fn is_never_standard(column: &Column) -> bool {
    column.is_whole || column.deviation() < 1.0 / FAR_DEVIATION || column.deviation() > FAR_DEVIATION
}

/// Whether most columns reach from one end to the other of what all of them span: a feature range, whatever its ends are.
fn fill_one_range(columns: &[Indexed]) -> bool {
    let lowest = columns.iter().fold(f64::INFINITY, |lowest, (_, column)| lowest.min(column.lowest));
    let highest = columns.iter().fold(f64::NEG_INFINITY, |highest, (_, column)| highest.max(column.highest));
    let end = END_MAX * (highest - lowest);
    share(columns, &|column| column.lowest <= lowest + end && column.highest >= highest - end) > FILLED_SHARE
}

/// Twice what the mean of a standardised column strays by.
const FAR_MEAN: f64 = 2.0;
/// Four times what its deviation strays by.
const FAR_DEVIATION: f64 = 10.0;
/// All support vectors so many times the middle half's width from the median: a training column never has that.
const ROBUST_FAR: f64 = 3.0;
/// A scaler that has seen the training rows gives most columns their look; rare values and heavy tails may spoil the others.
const UNLIKE_SHARE_MAX: f64 = 0.5;
/// A feature range that does not clip is not kept in a model. Ranges are 0 to 1 nearly always, and 0 to 5 or 10 at times.
const UNKNOWN_RANGE: (f64, f64) = (-10.0, 10.0);
/// So many widths beyond an end of its range is far outside: a scaler fitted on a part of the training rows goes a little beyond.
const OUTSIDE_WIDTHS: f64 = 1.0;
/// Hardly any column goes far outside its range: no training row does.
const OUTSIDE_SHARE_MAX: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{Calibrator, Classes, Columns, Estimator, MetaEstimator, Nested, Rule, Sigmoid, Steps};
    use crate::svc::SvcParts;

    /// Mean and deviation of a column whose numbers are one deviation below and above the mean in turn.
    type Shape = (f64, f64);

    /// Columns that look standardised.
    const STANDARD: Shape = (0.1, 1.0);
    /// A column of zeros and ones.
    const BINARY: Shape = (0.5, 0.5);

    fn made_up(columns: &[Shape], n: usize, scalers: Vec<ScalerFormula>) -> MadeUp {
        let side = |row: usize| if row.is_multiple_of(2) { -1.0 } else { 1.0 };
        let row = |row: usize| columns.iter().map(move |(mean, deviation)| mean + side(row) * deviation);
        MadeUp {
            scalers,
            n_support: vec![1, n - 1],
            support_vectors: (0..n).flat_map(row).collect(),
            dual_coef: vec![0.5; n],
            ..MadeUp::default()
        }
    }

    fn found(columns: &[Shape]) -> Option<Evidence> {
        Evidence::of(&made_up(columns, 10, vec![]).model())
    }

    /// `n` columns, of which `others` are of the second shape.
    fn mixed(n: usize, shape: Shape, others: usize, other: Shape) -> Vec<Shape> {
        let mut columns = vec![shape; n - others];
        columns.extend(vec![other; others]);
        columns
    }

    #[test]
    fn a_column_looks_standardised_by_its_mean_and_deviation() {
        let (surely, nearly) = (Some(Evidence::Standardised), Some(Evidence::NearlyStandardised));
        for (shape, expected) in [
            ((0.99, 1.05), surely),
            ((-0.99, 1.05), surely),
            ((1.01, 1.05), nearly),
            ((-1.01, 1.05), nearly),
            ((1.49, 1.55), nearly),
            ((1.51, 1.55), None),
            ((0.1, 0.41), surely),
            ((0.1, 0.39), nearly),
            ((0.1, 0.26), nearly),
            ((0.1, 0.24), None),
            ((0.1, 2.49), surely),
            ((0.1, 2.51), nearly),
            ((0.1, 2.99), nearly),
            ((0.1, 3.01), None),
            ((0.0, 1.0), None),
        ] {
            assert_eq!(found(&[shape; 3]), expected, "{shape:?}");
        }
        let text = "the support vectors look nearly standardised: this SVM may have been trained behind a scaler; \
                    if so, give it with another --model, or answers will be wrong";
        assert_eq!(Evidence::NearlyStandardised.to_string(), text);
        let text = "the support vectors look standardised: this SVM was trained behind a scaler; \
                    give it with another --model, or answers will be wrong";
        assert_eq!(Evidence::Standardised.to_string(), text);
    }

    #[test]
    fn nearly_all_columns_have_to_look_standardised_and_have_numbers_below_zero() {
        let (wide, positive) = ((0.1, 5.0), (0.9, 0.5));
        for (columns, is_standardised) in [
            (mixed(20, STANDARD, 3, wide), true),
            (mixed(20, STANDARD, 4, wide), false),
            (mixed(20, STANDARD, 2, positive), true),
            (mixed(20, STANDARD, 3, positive), false),
        ] {
            assert_eq!(found(&columns), is_standardised.then_some(Evidence::Standardised));
        }
    }

    #[test]
    fn columns_that_do_not_vary_and_too_few_of_anything_do_not_count() {
        assert_eq!(found(&mixed(9, STANDARD, 7, (3.0, 0.0))), Some(Evidence::Standardised));
        assert_eq!(found(&mixed(9, STANDARD, 8, (3.0, 0.0))), None);
        let with = |n| Evidence::of(&made_up(&[STANDARD; 5], n, vec![]).model());
        assert_eq!([9, 10].map(with), [None, Some(Evidence::Standardised)]);
    }

    #[test]
    fn whole_numbers_are_raw_and_may_stand_beside_scaled_columns() {
        assert_eq!(found(&[(0.0, 1.0); 30]), None);
        let partly = Evidence::PartlyStandardised { standardised: 2, varying: 12 };
        assert_eq!(found(&mixed(12, BINARY, 2, STANDARD)), Some(partly));
        assert_eq!(found(&mixed(12, BINARY, 1, STANDARD)), None);
        assert_eq!(found(&mixed(12, BINARY, 2, (5.3, 1.0))), None);
        let text = "2 of 12 columns of the support vectors look standardised: this SVM was trained behind a scaler of some \
                    columns; give what stood before it with another --model, or answers will be wrong";
        assert_eq!(partly.to_string(), text);
    }

    #[test]
    fn columns_that_fill_0_to_1_may_be_scaled() {
        let (full, short) = ((0.5, 0.46), (0.5, 0.44));
        for (columns, is_min_max) in [
            (mixed(4, full, 1, short), true),
            (mixed(4, full, 2, short), false),
            (mixed(4, full, 1, (0.5, 0.5 + 1e-10)), true),
            (mixed(4, full, 1, (0.5, 0.5 + 1e-8)), false),
            (mixed(9, BINARY, 2, full), true),
            (mixed(9, BINARY, 1, full), false),
            (mixed(9, (1.5, 0.5), 2, full), false),
            (vec![BINARY; 9], false),
        ] {
            assert_eq!(found(&columns), is_min_max.then_some(Evidence::MinMax), "{columns:?}");
        }
        let text = "the support vectors fill the range from 0 to 1: this SVM may have been trained behind a scaler such as \
                    MinMaxScaler; if so, give it with another --model, or answers will be wrong";
        assert_eq!(Evidence::MinMax.to_string(), text);
    }

    fn unlike(columns: &[Shape], formula: impl Fn(Vec<f64>) -> ScalerFormula) -> usize {
        let formula = formula(vec![1.0; columns.len()]);
        match Evidence::of(&made_up(columns, 10, vec![formula]).model()) {
            None => 0,
            Some(Evidence::OtherScaler { unlike, varying, .. }) if varying == columns.len() => unlike,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn columns_far_from_standard_do_not_come_from_a_standard_scaler() {
        let standard = |ones: Vec<f64>| ScalerFormula::Standard { mean: Some(ones.clone()), scale: Some(ones) };
        let no_mean = |ones| ScalerFormula::Standard { mean: None, scale: Some(ones) };
        let no_deviation = |ones| ScalerFormula::Standard { mean: Some(ones), scale: None };
        for (shape, is_unlike, without_mean) in [
            (STANDARD, false, false),
            ((1.99, 1.0), false, false),
            ((2.01, 1.0), true, false),
            ((-2.01, 1.0), true, false),
            ((0.1, 0.101), false, false),
            ((0.1, 0.099), true, true),
            ((0.1, 9.9), false, false),
            ((0.1, 10.1), true, true),
            ((3.0, 1.0), true, true),
        ] {
            let columns = [shape; 3];
            let count = |is_so| if is_so { 3 } else { 0 };
            assert_eq!(unlike(&columns, standard), count(is_unlike), "{shape:?}");
            assert_eq!(unlike(&columns, no_mean), count(without_mean), "{shape:?}");
            assert_eq!(unlike(&columns, no_deviation), 0, "{shape:?}");
        }
        assert_eq!(unlike(&mixed(4, (50.5, 1.0), 2, STANDARD), standard), 0);
        assert_eq!(unlike(&mixed(5, (50.5, 1.0), 2, STANDARD), standard), 3);
    }

    #[test]
    fn numbers_far_outside_a_range_do_not_come_from_a_scaler_to_it() {
        let clipped = |ones: Vec<f64>| ScalerFormula::MinMax { scale: ones.clone(), min: ones, clip: Some((0.0, 1.0)) };
        let open = |ones: Vec<f64>| ScalerFormula::MinMax { scale: ones.clone(), min: ones, clip: None };
        let max_abs = |scale| ScalerFormula::MaxAbs { scale, clip: false };
        let inside = (0.5, 0.3);
        for (lowest, highest, of_clipped, of_open, of_max_abs) in [
            (-0.99, 1.99, 0, 0, 0),
            (-1.01, 0.5, 2, 0, 0),
            (0.5, 2.01, 2, 0, 0),
            (-2.99, 2.99, 2, 0, 0),
            (-3.01, 0.5, 2, 0, 2),
            (0.5, 3.01, 2, 0, 2),
            (-9.9, 9.9, 2, 0, 2),
            (-10.1, 0.5, 2, 2, 2),
            (0.5, 10.1, 2, 2, 2),
        ] {
            let columns = mixed(10, inside, 2, ((lowest + highest) / 2.0, (highest - lowest) / 2.0));
            assert_eq!(unlike(&columns, clipped), of_clipped, "{lowest} {highest}");
            assert_eq!(unlike(&columns, open), of_open, "{lowest} {highest}");
            assert_eq!(unlike(&columns, max_abs), of_max_abs, "{lowest} {highest}");
        }
        assert_eq!(unlike(&mixed(10, inside, 1, (50.0, 30.0)), clipped), 0);
        // all from 0 to 255: a feature range, whatever it is
        let unit = |end: f64| (end / 2.0, end / 2.0);
        assert_eq!(unlike(&mixed(10, unit(255.0), 4, unit(90.0)), open), 0);
        assert_eq!(unlike(&mixed(10, unit(255.0), 5, unit(90.0)), open), 10);
    }

    #[test]
    fn only_numbers_all_far_from_the_median_do_not_come_from_a_robust_scaler() {
        let robust = |ones: Vec<f64>| ScalerFormula::Robust { center: Some(ones.clone()), scale: Some(ones) };
        let no_center = |ones| ScalerFormula::Robust { center: None, scale: Some(ones) };
        for (shape, count) in
            [((3.99, 1.0), 0), ((4.01, 1.0), 3), ((-3.99, 1.0), 0), ((-4.01, 1.0), 3), ((0.5, 1e3), 0)]
        {
            assert_eq!(unlike(&[shape; 3], robust), count, "{shape:?}");
            assert_eq!(unlike(&[shape; 3], no_center), 0, "{shape:?}");
        }
    }

    #[test]
    fn the_scaler_and_what_was_found_are_named() {
        let columns = [STANDARD, (50.5, 10.0), (1e300, 1e299)];
        let formula = ScalerFormula::Standard { mean: Some(vec![1.0; 3]), scale: Some(vec![1.0; 3]) };
        let first = ScalerFormula::MaxAbs { scale: vec![1.0; 3], clip: false };
        let model = made_up(&columns, 10, vec![first, formula]).model();
        let text = "the StandardScaler does not fit the support vectors: expected columns around 0 with a deviation of about 1, \
                    found 2 of 3 columns unlike that, such as column 1 with numbers from 40.5 to 60.5; give the scaler that this SVM \
                    was trained behind, or none if there was none, or answers will be wrong";
        assert_eq!(Evidence::of(&model).unwrap().to_string(), text);
    }

    #[test]
    fn sums_that_overflow_are_no_evidence_of_standard_columns() {
        assert_eq!(found(&[(0.1, 1e308); 3]), None);
    }

    #[test]
    fn a_calibrated_model_is_judged_by_the_steps_before_its_first_svc() {
        let parts = |columns: &[Shape]| -> SvcParts { made_up(columns, 10, vec![]).svc_parts() };
        let scaler = || {
            let formula = ScalerFormula::Standard { mean: Some(vec![1.0; 2]), scale: Some(vec![1.0; 2]) };
            Steps(vec![Step::Scaler(Scaler { n_features_in: 2, formula })])
        };
        let found = |steps: Steps, own: Steps, shape| {
            let classes = Classes::Integer(vec![0, 1]);
            let estimator = Estimator::of_svc(classes.clone(), parts(&[shape; 2])).unwrap();
            let first = Box::new(Nested { steps: own, estimator });
            let rule = Rule::Calibrated(vec![vec![Calibrator::Sigmoid(Sigmoid { a: -1.0, b: 0.0 })]]);
            let estimator = Estimator::Meta(MetaEstimator { classes, first, others: vec![], rule });
            Evidence::of(&Model::new(Columns::numbers(2, None).unwrap(), steps, estimator).unwrap())
        };
        assert_eq!(found(Steps::default(), Steps::default(), STANDARD), Some(Evidence::Standardised));
        assert_eq!(found(scaler(), Steps::default(), STANDARD), None);
        assert_eq!(found(Steps::default(), scaler(), STANDARD), None);
        for (steps, own) in [(scaler(), Steps::default()), (Steps::default(), scaler())] {
            assert!(matches!(found(steps, own, (9.5, 1.0)), Some(Evidence::OtherScaler { unlike: 2, .. })));
        }
    }
}
