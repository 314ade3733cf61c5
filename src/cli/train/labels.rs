//! The labels of a target column, and the type that they have together.
// Places are those of the labels that were added.
#![allow(clippy::indexing_slicing)]

use std::collections::HashMap;

use crate::pipeline::Classes;

/// Different labels, and which one each row has.
#[derive(Debug, Default)]
pub(super) struct LabelDictionary {
    places: HashMap<String, usize>,
    of_rows: Vec<usize>,
}

/// Classes, at most: half a million pairs to solve.
pub(super) const CLASSES_MAX: usize = 1_000;

impl LabelDictionary {
    /// The label of the next row.
    ///
    /// # Errors
    /// Too many different ones.
    pub fn add(&mut self, label: &str) -> Result<(), String> {
        let place = match self.places.get(label) {
            Some(place) => *place,
            None if self.places.len() == LABELS_MAX => {
                return Err(format!("expected at most {LABELS_MAX} different labels, found more; {FOR_NUMBERS}"));
            }
            None => {
                let place = self.places.len();
                self.places.insert(label.to_owned(), place);
                place
            }
        };
        self.of_rows.push(place);
        Ok(())
    }
}

/// The labels as classes, sorted as scikit-learn sorts them, and the class of each row. Whole numbers stay whole numbers, true
/// and false are booleans, anything else is text. Numbers with decimals are labels only if they are asked for and have no
/// fractional part.
///
/// # Errors
/// Fewer than two classes, or more than there may be; numbers that are no labels.
pub(super) fn label_classes(dictionary: LabelDictionary, is_asked: bool) -> Result<(Classes, Vec<usize>), String> {
    let LabelDictionary { places, of_rows } = dictionary;
    let mut texts = vec![String::new(); places.len()];
    places.into_iter().for_each(|(label, place)| texts[place] = label);
    let integers: Option<Vec<i64>> = texts.iter().map(|text| text.parse().ok()).collect();
    let booleans: Option<Vec<bool>> = texts.iter().map(|text| boolean(text)).collect();
    let floats: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
    let (labels, class_of_place) = if let Some(integers) = integers {
        sorted(&integers, Classes::Integer)
    } else if let Some(booleans) = booleans {
        sorted(&booleans, Classes::Boolean)
    } else if let Some(floats) = floats {
        let are_whole = floats.iter().all(|number| number.fract() == 0.0);
        if !is_asked || !are_whole {
            let example = texts.iter().find(|text| text.parse::<i64>().is_err()).cloned().unwrap_or_default();
            return Err(format!("expected labels, found numbers with decimals such as `{example}`; {FOR_NUMBERS}"));
        }
        sorted_by(&floats, f64::total_cmp, Classes::Float)
    } else {
        sorted(&texts, Classes::String)
    };
    match labels.len() {
        1 => {
            let only = labels.iter().map(|label| label.to_string()).collect::<String>();
            Err(format!("expected at least 2 classes, found only `{only}`"))
        }
        count if count > CLASSES_MAX => {
            Err(format!("expected at most {CLASSES_MAX} classes, found {count}; {FOR_NUMBERS}"))
        }
        _ => Ok((labels, of_rows.into_iter().map(|place| class_of_place[place]).collect())),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn sorted<T: Ord + Clone>(labels: &[T], classes: fn(Vec<T>) -> Classes) -> (Classes, Vec<usize>) {
    sorted_by(labels, T::cmp, classes)
}

/// The different labels in order, and the place in this order of each label.
fn sorted_by<T: Clone>(
    labels: &[T],
    compare: fn(&T, &T) -> std::cmp::Ordering,
    classes: fn(Vec<T>) -> Classes,
) -> (Classes, Vec<usize>) {
    let mut different = labels.to_vec();
    different.sort_by(compare);
    different.dedup_by(|a, b| compare(a, b).is_eq());
    let place = |label: &T| different.binary_search_by(|other| compare(other, label)).unwrap_or_default();
    let places = labels.iter().map(place).collect();
    (classes(different), places)
}

const FOR_NUMBERS: &str = "for numbers: --estimator svr or nusvr";

/// Different labels that are kept while a file is read; how many classes they are is known at its end.
const LABELS_MAX: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[&str], is_asked: bool) -> Result<(Classes, Vec<usize>), String> {
        let mut dictionary = LabelDictionary::default();
        labels.iter().try_for_each(|label| dictionary.add(label))?;
        label_classes(dictionary, is_asked)
    }

    #[test]
    fn labels_have_the_narrowest_type_that_fits_all() {
        assert_eq!(classes(&["2", "-1", "2"], false), Ok((Classes::Integer(vec![-1, 2]), vec![1, 0, 1])));
        assert_eq!(classes(&["1", "01", "2"], false), Ok((Classes::Integer(vec![1, 2]), vec![0, 0, 1])));
        assert_eq!(classes(&["True", "false"], false), Ok((Classes::Boolean(vec![false, true]), vec![1, 0])));
        let texts = |texts: &[&str]| Classes::String(texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(classes(&["b", "a", "1"], false), Ok((texts(&["1", "a", "b"]), vec![2, 1, 0])));
        assert_eq!(classes(&["1.0", "0.0"], true), Ok((Classes::Float(vec![0.0, 1.0]), vec![1, 0])));
    }

    #[test]
    fn what_are_no_classes_is_refused() {
        let decimals =
            "expected labels, found numbers with decimals such as `1.5`; for numbers: --estimator svr or nusvr";
        assert_eq!(classes(&["1.5", "2"], false), Err(decimals.to_owned()));
        assert_eq!(classes(&["1.5", "2"], true), Err(decimals.to_owned()));
        assert_eq!(classes(&["a", "a"], false), Err("expected at least 2 classes, found only `a`".to_owned()));
        let many: Vec<String> = (0..=CLASSES_MAX).map(|label| label.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(classes(&many, false).unwrap_err().starts_with("expected at most 1000 classes, found 1001"));
    }
}
