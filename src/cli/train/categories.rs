//! The categories of a column that is to be encoded: collected while a file is read, sorted once it is.

use std::collections::HashMap;

use crate::pipeline::{CATEGORY_BYTES_MAX, Categories, Category};

/// The texts of a column in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct CategoryDictionary {
    places: HashMap<String, usize>,
    bytes: usize,
}

/// The most different texts of one column: each becomes a column of numbers.
pub(super) const TEXTS_MAX: usize = 10_000;

/// The cell of an empty field until all are known.
const MISSING: f64 = f64::NAN;

impl CategoryDictionary {
    /// A number for a field, for now.
    ///
    /// # Errors
    /// Too many different ones.
    pub fn cell(&mut self, field: &str) -> Result<f64, String> {
        if field.is_empty() {
            return Ok(MISSING);
        }
        if let Some(place) = self.places.get(field) {
            return Ok(*place as f64);
        }
        self.bytes += field.len();
        if self.places.len() == TEXTS_MAX || self.bytes > CATEGORY_BYTES_MAX {
            return Err(format!(
                "expected at most {TEXTS_MAX} categories of {CATEGORY_BYTES_MAX} bytes, found more, as in a column of names or texts"
            ));
        }
        let place = self.places.len();
        self.places.insert(field.to_owned(), place);
        Ok(place as f64)
    }

    /// The dictionary: numbers where all texts are, booleans where all are, as pandas takes them; an empty field is a missing one. And the
    /// index of what each of the numbers given by [`cell`](Self::cell) stands for.
    ///
    /// # Errors
    /// None, as there are few enough.
    fn finish(self, has_missing: bool) -> Result<(Categories, impl Fn(f64) -> f64), String> {
        let mut texts = vec![String::new(); self.places.len()];
        for (text, place) in self.places {
            if let Some(slot) = texts.get_mut(place) {
                *slot = text;
            }
        }
        let numbers: Option<Vec<_>> = texts.iter().map(|text| number(text)).collect();
        let typed = numbers.or_else(|| texts.iter().map(|text| boolean(text)).collect());
        let typed: Vec<_> = typed.unwrap_or_else(|| texts.iter().map(|text| Category::String(text)).collect());
        // `1` and `1.0` are one number
        let mut different: Vec<Category<'_>> = Vec::new();
        let mut numbers: Vec<u64> = typed.iter().filter_map(|category| category.number()).map(bits).collect();
        if numbers.is_empty() {
            different.clone_from(&typed);
        } else {
            numbers.sort_unstable();
            numbers.dedup();
            let of_type = |number: f64| match typed.first() {
                Some(Category::Boolean(_)) => Category::Boolean(number != 0.0),
                _ => Category::Number(number),
            };
            different.extend(numbers.into_iter().map(f64::from_bits).map(of_type));
        }
        different.extend(has_missing.then_some(Category::NaN));
        let categories = Categories::new(different, false).map_err(|cause| cause.to_string())?;
        let index = |category: Category<'_>| categories.index(category).unwrap_or_default() as f64;
        let (missing, indices) = (index(Category::NaN), typed.into_iter().map(index).collect::<Vec<_>>());
        let index = move |cell: f64| match cell.is_nan() {
            true => missing,
            false => indices.get(cell as usize).copied().unwrap_or_default(),
        };
        Ok((categories, index))
    }
}

/// The dictionaries of the columns that have one. In `cells`, row major, indices take the places of what stood for them.
///
/// # Errors
/// As [`CategoryDictionary::finish`].
pub(super) fn finish_all(
    dictionaries: Vec<Option<CategoryDictionary>>,
    cells: &mut [f64],
    width: usize,
) -> Result<Vec<Option<Categories>>, String> {
    let finish = |(column, dictionary): (usize, Option<CategoryDictionary>)| {
        let Some(dictionary) = dictionary else { return Ok(None) };
        let has_missing = cells.iter().skip(column).step_by(width).any(|cell| cell.is_nan());
        let (categories, index) = dictionary.finish(has_missing)?;
        cells.iter_mut().skip(column).step_by(width).for_each(|cell| *cell = index(*cell));
        Ok(Some(categories))
    };
    dictionaries.into_iter().enumerate().map(finish).collect()
}

/// Zero has one sign.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// A finite number, and no whole one that a double cannot hold.
fn number(text: &str) -> Option<Category<'_>> {
    let is_exact = text.parse::<i64>().map_or(true, |whole| whole as f64 as i64 == whole);
    text.trim().parse().ok().filter(|number: &f64| number.is_finite() && is_exact).map(Category::Number)
}

fn boolean(text: &str) -> Option<Category<'_>> {
    match text {
        "True" | "true" => Some(Category::Boolean(true)),
        "False" | "false" => Some(Category::Boolean(false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The categories as an error message shows them, and the index of each text.
    fn read(texts: &[&str]) -> (Vec<String>, Vec<f64>) {
        let mut dictionary = CategoryDictionary::default();
        let cells: Vec<f64> = texts.iter().map(|text| dictionary.cell(text).unwrap()).collect();
        let (categories, index) = dictionary.finish(texts.contains(&"")).unwrap();
        (categories.iter().map(|category| category.to_string()).collect(), cells.into_iter().map(index).collect())
    }

    #[test]
    fn a_column_has_the_type_that_fits_all_of_it() {
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            read(&["b", "", "a", "1", "b"]),
            (strings(&["`1`", "`a`", "`b`", "NaN"]), vec![2.0, 3.0, 1.0, 0.0, 2.0])
        );
        assert_eq!(read(&["10", "9", "1e1", "-0", "0"]), (strings(&["0", "9", "10"]), vec![2.0, 1.0, 2.0, 0.0, 0.0]));
        assert_eq!(read(&["true", "", "False"]), (strings(&["False", "True", "NaN"]), vec![1.0, 2.0, 0.0]));
        assert_eq!(read(&["True", "1"]), (strings(&["`1`", "`True`"]), vec![1.0, 0.0]));
        assert_eq!(read(&["9007199254740993", "1"]).0, strings(&["`1`", "`9007199254740993`"]));
        assert_eq!(read(&["nan", "1"]).0, strings(&["`1`", "`nan`"]));
    }

    #[test]
    fn a_column_of_texts_is_refused() {
        let mut dictionary = CategoryDictionary::default();
        (0..TEXTS_MAX).for_each(|place| assert_eq!(dictionary.cell(&place.to_string()), Ok(place as f64)));
        assert!(dictionary.cell("7").is_ok() && dictionary.cell("").is_ok());
        assert!(dictionary.cell("x").unwrap_err().starts_with("expected at most 10000 categories"));
    }
}
