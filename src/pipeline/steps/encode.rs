//! scikit-learn's encoders of categories: each category of a column stands for the same few numbers in every row.
//!
//! In a model, the cell of a column that an encoder sees first is the index of its category in the column's dictionary. After a
//! step that makes numbers, and where another step takes the same column as numbers, it is the number itself, which is looked up.

use serde::{Deserialize, Serialize};

use super::transform::Transform;
use crate::pipeline::{Categories, Category, Error};

/// An encoder: a few numbers for each category of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// Which of scikit-learn's classes it was.
    pub kind: EncoderKind,
    /// Its columns in order, one or more.
    pub columns: Vec<EncodedColumn>,
}

/// What was fitted.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EncoderKind {
    /// `OneHotEncoder`
    OneHot,
    /// `OrdinalEncoder`
    Ordinal,
    /// `TargetEncoder`
    Target,
    /// A `LabelEncoder` that was fitted on a column of the rows.
    Label,
    /// A `LabelBinarizer` that was fitted on a column of the rows.
    LabelBinarizer,
    /// `MissingIndicator`: the dictionary of each column is what is missing. A column of which no number is made has to be there.
    MissingIndicator,
}

/// A column's dictionary, and what each of its categories becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncodedColumn {
    categories: Categories,
    codes: Codes,
    /// Not in a file: what stands before the encoder tells it.
    #[serde(skip)]
    cells: CellForm,
}

/// What the categories become, in the order of their dictionary.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Codes {
    /// Zeros, and a 1 in one place.
    OneHot {
        /// How many numbers.
        width: u32,
        /// For each category the place of its 1, or `width` where it has none.
        places: Vec<u32>,
        /// The same for a category that is not in the dictionary; none where it is refused.
        unknown: Option<u32>,
    },
    /// Any numbers.
    Numbers {
        /// How many, one or more.
        width: u32,
        /// For each category its numbers, row major; NaN stands for a missing one.
        numbers: Vec<f64>,
        /// The same for a category that is not in the dictionary; none where it is refused.
        unknown: Option<Vec<f64>>,
    },
}

/// What a cell before an encoder is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum CellForm {
    /// The index of a category, or [`UNKNOWN`](crate::pipeline::UNKNOWN).
    #[default]
    Indices,
    /// The number that is the category.
    Numbers,
}

impl Encoder {
    /// A `LabelEncoder` of a column: each category becomes its place in the list.
    ///
    /// # Errors
    /// [`Error::Part`] for what is no dictionary.
    pub fn of_labels(listed: &[Category<'_>]) -> Result<Encoder, Error> {
        let numbers = (0..listed.len()).map(|index| index as f64).collect();
        let column = EncodedColumn::new(listed, Codes::Numbers { width: 1, numbers, unknown: None })?;
        Ok(Encoder { kind: EncoderKind::Label, columns: vec![column] })
    }
}

impl EncodedColumn {
    /// A column whose dictionary is that of `listed`, in any order. `codes`: in the order of `listed`.
    ///
    /// # Errors
    /// [`Error::Part`] for what is no dictionary, or for another number of codes.
    pub fn new(listed: &[Category<'_>], codes: Codes) -> Result<EncodedColumn, Error> {
        let categories = Categories::new(listed.iter().copied(), codes.takes_unknown())?;
        codes.check(listed.len())?;
        // where each category of the dictionary stands in the list
        let mut order = vec![0; listed.len()];
        for (place, category) in listed.iter().enumerate() {
            if let Some(slot) = categories.position(*category).and_then(|index| order.get_mut(index)) {
                *slot = place;
            }
        }
        let codes = codes.picked(order.into_iter().map(Some));
        Ok(EncodedColumn { categories, codes, cells: CellForm::Indices })
    }

    /// Its dictionary.
    pub(in crate::pipeline) fn categories(&self) -> &Categories {
        &self.categories
    }

    /// Makes it the encoder of cells of another dictionary. `own`: what stands before the encoder makes of a category.
    pub(in crate::pipeline) fn link<'a>(
        &mut self,
        dictionary: &'a Categories,
        own: impl Fn(Category<'a>) -> Category<'a>,
    ) {
        let picked = dictionary.iter().map(|category| self.categories.position(own(category)));
        self.codes = self.codes.picked(picked);
        self.categories = dictionary.taking_unknown(self.codes.takes_unknown());
        self.cells = CellForm::Indices;
    }

    /// Makes it an encoder of numbers, which are looked up.
    pub(in crate::pipeline) fn link_to_numbers(&mut self) {
        self.cells = CellForm::Numbers;
    }

    /// How many numbers its cells become.
    pub(in crate::pipeline) fn width(&self) -> usize {
        self.codes.width()
    }

    /// The categories that have their 1 in one place; none of codes that are other numbers.
    pub(in crate::pipeline) fn categories_at(&self, place: usize) -> Option<impl Iterator<Item = Category<'_>>> {
        let Codes::OneHot { places, .. } = &self.codes else { return None };
        let here = move |own: &u32| *own as usize == place;
        Some(places.iter().zip(self.categories.iter()).filter(move |(own, _)| here(own)).map(|(_, category)| category))
    }

    /// The index of a cell's category; none for an unknown one.
    fn index(&self, cell: f64) -> Option<usize> {
        match self.cells {
            // checked when the row came in
            CellForm::Indices => (cell >= 0.0).then_some(cell as usize),
            CellForm::Numbers => self.categories.index(Category::Number(cell)),
        }
    }

    fn check(&self) -> Result<(), Error> {
        self.codes.check(self.categories.len())?;
        if self.codes.takes_unknown() != self.categories.takes_unknown() {
            return Err(Error::part("categories", "a code for unknown ones where they are taken", "another"));
        }
        Ok(())
    }

    fn encode(&self, cell: f64, output: &mut Vec<f64>) {
        let index = self.index(cell);
        match &self.codes {
            Codes::OneHot { width, places, unknown } => {
                let start = output.len();
                output.resize(start + *width as usize, 0.0);
                let place = index.map_or(*unknown, |index| places.get(index).copied());
                if let Some(one) = place.and_then(|place| output.get_mut(start + place as usize)) {
                    *one = 1.0;
                }
            }
            Codes::Numbers { width, numbers, unknown } => {
                let width = *width as usize;
                let known = index.and_then(|index| numbers.get(index * width..(index + 1) * width));
                match known.or(unknown.as_deref()) {
                    Some(numbers) => output.extend_from_slice(numbers),
                    // not so: refused before
                    None => output.resize(output.len() + width, f64::NAN),
                }
            }
        }
    }

    /// The cell whose numbers are nearest to these.
    fn decode(&self, output: &[f64]) -> f64 {
        let distance = |index: usize| match &self.codes {
            Codes::OneHot { places, .. } => {
                let place = places.get(index).and_then(|place| output.get(*place as usize));
                // less the sum of the squares, which is the same for all
                place.map_or(0.0, |number| 1.0 - 2.0 * number)
            }
            Codes::Numbers { width, numbers, .. } => {
                let numbers = numbers.iter().skip(index * *width as usize);
                numbers.zip(output).map(|(one, other)| (one - other) * (one - other)).sum()
            }
        };
        let nearest = (0..self.categories.len()).min_by(|one, other| distance(*one).total_cmp(&distance(*other)));
        match (nearest, self.cells) {
            (None, _) => f64::NAN,
            (Some(index), CellForm::Indices) => index as f64,
            (Some(index), CellForm::Numbers) => {
                self.categories.get(index).and_then(Category::number).unwrap_or(f64::NAN)
            }
        }
    }
}

/// Equal are codes that no answer tells apart: NaN is NaN.
impl PartialEq for Codes {
    fn eq(&self, other: &Codes) -> bool {
        let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        match (self, other) {
            (
                Codes::OneHot { width, places, unknown },
                Codes::OneHot { width: other_width, places: other_places, unknown: other_unknown },
            ) => width == other_width && places == other_places && unknown == other_unknown,
            (
                Codes::Numbers { width, numbers, unknown },
                Codes::Numbers { width: other_width, numbers: other_numbers, unknown: other_unknown },
            ) => {
                let is_same = unknown.as_deref().map(bits) == other_unknown.as_deref().map(bits);
                width == other_width && bits(numbers) == bits(other_numbers) && is_same
            }
            _ => false,
        }
    }
}

impl Codes {
    /// Whether there is a code for what is not in the dictionary.
    pub fn takes_unknown(&self) -> bool {
        match self {
            Codes::OneHot { unknown, .. } => unknown.is_some(),
            Codes::Numbers { unknown, .. } => unknown.is_some(),
        }
    }

    fn width(&self) -> usize {
        match self {
            Codes::OneHot { width, .. } | Codes::Numbers { width, .. } => *width as usize,
        }
    }

    /// The codes at these places, where there is one; elsewhere that of an unknown category.
    fn picked(&self, places: impl Iterator<Item = Option<usize>>) -> Codes {
        match self {
            Codes::OneHot { width, places: own, unknown } => {
                let code = |place: Option<usize>| place.and_then(|place| own.get(place).copied()).or(*unknown);
                Codes::OneHot {
                    width: *width,
                    places: places.map(|place| code(place).unwrap_or(*width)).collect(),
                    unknown: *unknown,
                }
            }
            Codes::Numbers { width, numbers, unknown } => {
                let code = |place: Option<usize>| {
                    let known = place.and_then(|place| numbers.chunks_exact((*width as usize).max(1)).nth(place));
                    known.or(unknown.as_deref()).unwrap_or_default()
                };
                let numbers = places.flat_map(|place| code(place).iter().copied()).collect();
                Codes::Numbers { width: *width, numbers, unknown: unknown.clone() }
            }
        }
    }

    /// Refuses codes that are not those of `count` categories.
    fn check(&self, count: usize) -> Result<(), Error> {
        if self.width() > WIDTH_MAX {
            return Err(Error::part("categories", format_args!("at most {WIDTH_MAX} columns"), self.width()));
        }
        match self {
            Codes::OneHot { width, places, unknown } => {
                if places.len() != count {
                    return Err(Error::part("categories", format_args!("{count} places"), places.len()));
                }
                match places.iter().chain(unknown).find(|place| *place > width) {
                    Some(place) => Err(Error::part("categories", format_args!("places up to {width}"), place)),
                    None => Ok(()),
                }
            }
            Codes::Numbers { width, numbers, unknown } => {
                let width = *width as usize;
                if width == 0 || numbers.len() != count * width {
                    return Err(Error::part(
                        "categories",
                        format_args!("{} numbers", count * width.max(1)),
                        numbers.len(),
                    ));
                }
                if let Some(unknown) = unknown.as_ref().filter(|unknown| unknown.len() != width) {
                    return Err(Error::part("categories", format_args!("{width} numbers"), unknown.len()));
                }
                match numbers.iter().chain(unknown.iter().flatten()).find(|number| number.is_infinite()) {
                    Some(number) => Err(Error::part("categories", "finite numbers", number)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Transform for Encoder {
    fn name(&self) -> &'static str {
        match self.kind {
            EncoderKind::OneHot => "OneHotEncoder",
            EncoderKind::Ordinal => "OrdinalEncoder",
            EncoderKind::Target => "TargetEncoder",
            EncoderKind::Label => "LabelEncoder",
            EncoderKind::LabelBinarizer => "LabelBinarizer",
            EncoderKind::MissingIndicator => "MissingIndicator",
        }
    }

    fn width_in(&self) -> usize {
        self.columns.len()
    }

    fn width_out(&self) -> usize {
        self.columns.iter().map(EncodedColumn::width).sum()
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        if self.columns.len() != width || width == 0 {
            return Err(Error::part("categories", format_args!("categories of {width} columns"), self.columns.len()));
        }
        self.columns.iter().try_for_each(EncodedColumn::check)
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        for row in rows.chunks_exact(self.columns.len().max(1)) {
            self.columns.iter().zip(row).for_each(|(column, cell)| column.encode(*cell, output));
        }
    }

    /// A category that is not in the dictionary of a column that takes no others.
    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        let is_refused = |(cell, column): (&f64, &EncodedColumn)| {
            column.cells == CellForm::Numbers && !column.codes.takes_unknown() && column.index(*cell).is_none()
        };
        rows.iter().zip(self.columns.iter().cycle()).position(is_refused)
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        let mut rest = output;
        for column in &self.columns {
            let (own, behind) = rest.split_at_checked(column.width()).unwrap_or((rest, &[]));
            rest = behind;
            input.push(column.decode(own));
        }
    }

    fn takes_categories(&self) -> bool {
        true
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        let mut ends = self.columns.iter().scan(0, |end, column| {
            *end += column.width();
            Some(*end)
        });
        ends.position(|end| column < end).into_iter().collect()
    }
}

/// Numbers that a category becomes: more are no table any more. A million categories in 32 columns are as many.
const WIDTH_MAX: usize = 1 << 20;
