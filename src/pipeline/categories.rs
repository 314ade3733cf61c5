//! What a column of categories knows: a dictionary of strings, numbers, booleans, None and NaN, each with its index.
//!
//! A cell of such a column is the index of its category, as f64, or [`UNKNOWN`]. The index is found while the cell is read, from a
//! borrowed value and without an allocation: numbers by binary search, strings by their hash.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::strings::Strings;
use super::{ElementType, Error};

/// The cell of a category that is in no dictionary, where the model takes it.
pub const UNKNOWN: f64 = -1.0;

/// The most categories of one column: a column with more holds names or texts.
pub const CATEGORIES_MAX: usize = 1 << 20;

/// Bytes of text of all categories of one column together: 64 for each of [`CATEGORIES_MAX`].
pub const CATEGORY_BYTES_MAX: usize = 64 << 20;

/// A category, or a value that is looked up as one. As in Python, `True` equals 1 and `False` 0; None and NaN differ.
#[derive(Debug, Clone, Copy)]
pub enum Category<'a> {
    /// A finite number. In a dictionary, -0.0 is 0.0.
    Number(f64),
    /// A boolean.
    Boolean(bool),
    /// Text, exactly as it is.
    String(&'a str),
    /// Python's None, JSON's `null`.
    None,
    /// Not a number, as pandas marks what is missing.
    NaN,
}

/// The categories of one column, different ones, in this order: numbers and booleans ascending, strings by their code points, None,
/// NaN. Clones share one dictionary.
#[derive(Debug, Clone, PartialEq)]
pub struct Categories {
    dictionary: Arc<Dictionary>,
    takes_unknown: bool,
    refuses_missing: bool,
}

#[derive(Debug, Default, PartialEq)]
struct Dictionary {
    /// Ascending.
    numbers: Vec<f64>,
    /// Whether the numbers are False and True.
    are_booleans: bool,
    strings: Strings,
    has_none: bool,
    has_nan: bool,
}

impl Categories {
    /// The dictionary of these, in any order. `takes_unknown`: whether the model answers for others too.
    ///
    /// # Errors
    /// [`Error::Part`] for more than [`CATEGORIES_MAX`], for strings of more than [`CATEGORY_BYTES_MAX`] together, for infinity, and
    /// for one that stands there twice.
    pub fn new<'a>(
        categories: impl IntoIterator<Item = Category<'a>>,
        takes_unknown: bool,
    ) -> Result<Categories, Error> {
        let mut collected = Vec::new();
        let mut bytes = 0;
        for category in categories {
            let (category, length) = match category {
                Category::Number(number) if number.is_infinite() => {
                    return Err(Error::part("categories", "finite numbers", number));
                }
                Category::Number(number) if number.is_nan() => (Category::NaN, 0),
                Category::String(text) => (category, text.len()),
                _ => (category, 0),
            };
            bytes += length;
            if collected.len() >= CATEGORIES_MAX {
                return Err(Error::part("categories", format_args!("at most {CATEGORIES_MAX}"), "more"));
            }
            if bytes > CATEGORY_BYTES_MAX {
                let expected = format_args!("at most {CATEGORY_BYTES_MAX} bytes of text");
                return Err(Error::part("categories", expected, "more"));
            }
            collected.push(category);
        }
        collected.sort_unstable_by(Category::order);
        let twice = collected.iter().zip(collected.iter().skip(1)).find(|(one, next)| one.order(next).is_eq());
        if let Some((category, _)) = twice {
            return Err(Error::part("categories", "different ones", format_args!("{category} twice")));
        }
        Ok(Categories {
            dictionary: Arc::new(Dictionary::of_sorted(&collected)),
            takes_unknown,
            refuses_missing: false,
        })
    }

    /// The dictionary of a column that two steps see: what both know, or take as unknown.
    ///
    /// # Errors
    /// As [`new`](Self::new), for too many.
    pub(super) fn joined(&self, other: &Categories) -> Result<Categories, Error> {
        let takes_unknown = self.takes_unknown && other.takes_unknown;
        if self.dictionary == other.dictionary {
            return Ok(self.taking_unknown(takes_unknown));
        }
        let is_taken = |by: &Categories, category| by.takes_unknown || by.position(category).is_some();
        let own = self.iter().filter(|category| is_taken(other, *category));
        let new = other.iter().filter(|category| self.takes_unknown && self.position(*category).is_none());
        Categories::new(own.chain(new), takes_unknown)
    }

    /// The same for a column that may not be missing: without None and NaN, which do not count as unknown either.
    ///
    /// # Errors
    /// None: it is no larger.
    pub(super) fn without_missing(&self) -> Result<Categories, Error> {
        let there = self.iter().filter(|category| !category.is_missing());
        Ok(Categories { refuses_missing: true, ..Categories::new(there, self.takes_unknown)? })
    }

    /// The same dictionary for a model that answers for other categories too, or does not.
    #[must_use]
    pub(super) fn taking_unknown(&self, takes_unknown: bool) -> Categories {
        Categories { takes_unknown, ..self.clone() }
    }

    /// Whether the model answers for categories that are not here: their cell is [`UNKNOWN`].
    pub fn takes_unknown(&self) -> bool {
        self.takes_unknown
    }

    /// Whether a missing value has a cell.
    pub fn takes_missing(&self) -> bool {
        self.dictionary.has_none || self.dictionary.has_nan || (self.takes_unknown && !self.refuses_missing)
    }

    /// How many there are, None and NaN too.
    pub fn len(&self) -> usize {
        let Dictionary { numbers, strings, has_none, has_nan, .. } = &*self.dictionary;
        numbers.len() + strings.len() + usize::from(*has_none) + usize::from(*has_nan)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The category with this index, from 0.
    pub fn get(&self, index: usize) -> Option<Category<'_>> {
        let Dictionary { numbers, are_booleans, strings, has_none, .. } = &*self.dictionary;
        if let Some(number) = numbers.get(index) {
            return Some(if *are_booleans { Category::Boolean(*number != 0.0) } else { Category::Number(*number) });
        }
        let index = index - numbers.len();
        match strings.get(index) {
            Some(text) => Some(Category::String(text)),
            None if index == strings.len() && *has_none => Some(Category::None),
            None => (index + numbers.len() < self.len()).then_some(Category::NaN),
        }
    }

    /// All in order. The strings of the first 1,000 are what an error message may compare a wrong one with.
    pub fn iter(&self) -> impl Iterator<Item = Category<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The type of all categories except None and NaN: integers if all numbers are whole. `None` for strings mixed with numbers,
    /// and where there are neither.
    pub fn element_type(&self) -> Option<ElementType> {
        let Dictionary { numbers, are_booleans, strings, .. } = &*self.dictionary;
        match (numbers.is_empty(), strings.is_empty()) {
            (true, false) => Some(ElementType::String),
            (false, true) if *are_booleans => Some(ElementType::Boolean),
            (false, true) if numbers.iter().all(|number| number.fract() == 0.0) => Some(ElementType::Integer),
            (false, true) => Some(ElementType::Float),
            _ => None,
        }
    }

    /// The index of a category. None and NaN stand for each other where only one of them is known: a client's `null` and an empty
    /// field mean whichever it is.
    pub fn index(&self, category: Category<'_>) -> Option<usize> {
        let other = match category {
            Category::None => Category::NaN,
            Category::NaN => Category::None,
            Category::Number(number) if number.is_nan() => Category::None,
            _ => return self.position(category),
        };
        self.position(category).or_else(|| self.position(other))
    }

    /// The cell of a category: its index, or [`UNKNOWN`] where that is taken; none where the model refuses it.
    pub fn cell(&self, category: Category<'_>) -> Option<f64> {
        match self.index(category) {
            Some(index) => Some(index as f64),
            None if self.refuses_missing && category.is_missing() => None,
            None => self.takes_unknown.then_some(UNKNOWN),
        }
    }

    /// Whether a number is a cell of this column.
    pub(super) fn is_cell(&self, cell: f64) -> bool {
        let is_index = cell >= 0.0 && cell < self.len() as f64 && cell.fract() == 0.0;
        is_index || (self.takes_unknown && cell == UNKNOWN)
    }

    /// The index of exactly this category.
    pub(super) fn position(&self, category: Category<'_>) -> Option<usize> {
        let Dictionary { numbers, strings, has_none, has_nan, .. } = &*self.dictionary;
        let number = |wanted: f64| numbers.binary_search_by(|number| number.total_cmp(&(wanted + 0.0))).ok();
        match category {
            Category::Number(wanted) if wanted.is_nan() => self.position(Category::NaN),
            Category::Number(wanted) => number(wanted),
            Category::Boolean(wanted) => number(f64::from(u8::from(wanted))),
            Category::String(text) => Some(numbers.len() + strings.position(text)?),
            Category::None => has_none.then(|| numbers.len() + strings.len()),
            Category::NaN => has_nan.then(|| self.len() - 1),
        }
    }
}

impl Dictionary {
    /// `categories`: sorted, and all different.
    fn of_sorted(categories: &[Category<'_>]) -> Dictionary {
        let number = |category: &Category<'_>| match category {
            // adding zero makes -0.0 and 0.0 the same
            Category::Number(number) => Some(number + 0.0),
            Category::Boolean(value) => Some(f64::from(u8::from(*value))),
            _ => None,
        };
        let text = |category: &Category<'_>| match *category {
            Category::String(text) => text.to_owned(),
            _ => String::new(),
        };
        let strings = categories.iter().filter(|category| matches!(category, Category::String(_)));
        let numbers: Vec<f64> = categories.iter().filter_map(number).collect();
        Dictionary {
            are_booleans: !numbers.is_empty() && !categories.iter().any(|one| matches!(one, Category::Number(_))),
            numbers,
            strings: Strings::new(strings.map(text)),
            has_none: categories.iter().any(|category| matches!(category, Category::None)),
            has_nan: categories.iter().any(|category| matches!(category, Category::NaN)),
        }
    }
}

impl Category<'_> {
    /// Whether it stands for a value that is missing.
    pub fn is_missing(self) -> bool {
        matches!(self, Category::None | Category::NaN) || matches!(self, Category::Number(number) if number.is_nan())
    }

    /// A number or a boolean as a number, NaN too.
    pub fn number(self) -> Option<f64> {
        match self {
            Category::Number(number) => Some(number),
            Category::Boolean(value) => Some(f64::from(u8::from(value))),
            Category::NaN => Some(f64::NAN),
            Category::String(_) | Category::None => None,
        }
    }

    /// Whether Python calls the two equal; NaN is NaN.
    pub(super) fn is(self, other: Category<'_>) -> bool {
        self.order(&other).is_eq()
    }

    /// The order of a dictionary; equal are those that Python calls equal.
    fn order(&self, other: &Category<'_>) -> Ordering {
        let rank = |category: &Category<'_>| match category {
            Category::Number(_) | Category::Boolean(_) => 0,
            Category::String(_) => 1,
            Category::None => 2,
            Category::NaN => 3,
        };
        let number = |category: &Category<'_>| match category {
            Category::Number(number) => number + 0.0,
            Category::Boolean(value) => f64::from(u8::from(*value)),
            _ => 0.0,
        };
        match (self, other) {
            (Category::String(one), Category::String(other)) => one.cmp(other),
            _ => rank(self).cmp(&rank(other)).then_with(|| number(self).total_cmp(&number(other))),
        }
    }
}

/// As an error message shows it: a string between backticks, anything else as Python writes it.
impl fmt::Display for Category<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(true) => f.write_str("True"),
            Self::Boolean(false) => f.write_str("False"),
            Self::String(text) => write!(f, "`{text}`"),
            Self::None => f.write_str("None"),
            Self::NaN => f.write_str("NaN"),
        }
    }
}

/// What model.bin holds: numbers, whether they are booleans, strings, None, NaN, whether others are taken.
impl Serialize for Categories {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Dictionary { numbers, are_booleans, strings, has_none, has_nan } = &*self.dictionary;
        let texts: Vec<&str> = strings.iter().collect();
        (numbers, are_booleans, texts, has_none, has_nan, self.takes_unknown).serialize(serializer)
    }
}

/// Nothing is believed: it is built anew.
impl<'de> Deserialize<'de> for Categories {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (numbers, are_booleans, texts, has_none, has_nan, takes_unknown) =
            <(Vec<f64>, bool, Vec<String>, bool, bool, bool)>::deserialize(deserializer)?;
        if are_booleans && numbers.iter().any(|number| ![0.0, 1.0].contains(number)) {
            return Err(D::Error::custom("`categories`: expected booleans, found another number"));
        }
        let number = |number: &f64| match are_booleans {
            true => Category::Boolean(*number != 0.0),
            false => Category::Number(*number),
        };
        let missing = has_none.then_some(Category::None).into_iter().chain(has_nan.then_some(Category::NaN));
        let strings = texts.iter().map(|text| Category::String(text));
        let all = numbers.iter().map(number).chain(strings).chain(missing);
        Categories::new(all, takes_unknown).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(categories: &Categories) -> String {
        categories.iter().map(|category| category.to_string()).collect::<Vec<_>>().join(" ")
    }

    fn mixed() -> Categories {
        let all = [
            Category::NaN,
            Category::String("b"),
            Category::None,
            Category::Number(2.5),
            Category::String(""),
            Category::Number(-1.0),
            Category::String("\u{e9}"),
            Category::Number(-0.0),
        ];
        Categories::new(all, false).unwrap()
    }

    #[test]
    fn every_category_is_found_at_its_place_in_the_order() {
        let categories = mixed();
        assert_eq!(shown(&categories), "-1 0 2.5 `` `b` `\u{e9}` None NaN");
        assert_eq!((categories.len(), categories.element_type()), (8, None));
        for (index, category) in categories.iter().enumerate() {
            assert_eq!(categories.index(category), Some(index), "{category}");
            assert_eq!(categories.cell(category), Some(index as f64));
            assert!(categories.is_cell(index as f64));
        }
        assert!(categories.get(8).is_none() && !categories.is_empty());
    }

    #[test]
    fn what_is_not_there_is_refused_or_unknown() {
        let unknown =
            [Category::Number(3.0), Category::Boolean(true), Category::String("B"), Category::String("e\u{301}")];
        for category in unknown {
            assert_eq!(mixed().cell(category), None, "{category}");
            assert_eq!(mixed().taking_unknown(true).cell(category), Some(UNKNOWN), "{category}");
        }
        for cell in [-1.0, 8.0, 0.5, f64::NAN, f64::INFINITY, -0.5] {
            assert!(!mixed().is_cell(cell), "{cell}");
        }
        assert!(mixed().taking_unknown(true).is_cell(UNKNOWN));
    }

    #[test]
    fn true_is_one_and_a_missing_value_is_whichever_is_known() {
        let booleans = Categories::new([Category::Boolean(true), Category::Boolean(false)], false).unwrap();
        assert_eq!((shown(&booleans).as_str(), booleans.element_type()), ("False True", Some(ElementType::Boolean)));
        assert_eq!(booleans.index(Category::Number(1.0)), Some(1));
        assert!(!booleans.takes_missing() && booleans.taking_unknown(true).takes_missing());
        let numbers = Categories::new([Category::Number(0.0), Category::Number(1.0), Category::NaN], false).unwrap();
        assert_eq!(numbers.element_type(), Some(ElementType::Integer));
        assert_eq!(numbers.index(Category::Boolean(true)), Some(1));
        assert_eq!((numbers.index(Category::None), numbers.index(Category::NaN)), (Some(2), Some(2)));
        assert_eq!((mixed().index(Category::None), mixed().index(Category::NaN)), (Some(6), Some(7)));
        assert!(numbers.takes_missing());
    }

    #[test]
    fn what_two_see_together_is_what_both_take() {
        let of = |texts: &[&'static str], unknown| {
            Categories::new(texts.iter().map(|text| Category::String(text)), unknown).unwrap()
        };
        let joined = |one: &Categories, other: &Categories| {
            let joined = one.joined(other).unwrap();
            let back = other.joined(one).unwrap();
            assert_eq!(joined, back);
            (shown(&joined), joined.takes_unknown())
        };
        let (ac, ba) = (["c", "a"], ["b", "a"]);
        assert_eq!(joined(&of(&ac, true), &of(&ba, true)), ("`a` `b` `c`".to_owned(), true));
        assert_eq!(joined(&of(&ac, true), &of(&ba, false)), ("`a` `b`".to_owned(), false));
        assert_eq!(joined(&of(&ac, false), &of(&ba, false)), ("`a`".to_owned(), false));
        assert_eq!(joined(&of(&ac, false), &of(&ac, true)), ("`a` `c`".to_owned(), false));
        let both = Categories::new([Category::Boolean(true)], true).unwrap();
        let numbers = Categories::new([Category::Number(1.0), Category::Number(2.0)], true).unwrap();
        assert_eq!(joined(&both, &numbers).0, "1 2");
    }

    #[test]
    fn a_column_that_has_to_be_there_takes_no_missing_value_as_an_unknown_one() {
        let there = mixed().taking_unknown(true).without_missing().unwrap();
        assert_eq!((shown(&there).as_str(), there.takes_missing()), ("-1 0 2.5 `` `b` `\u{e9}`", false));
        assert_eq!(
            [Category::None, Category::NaN, Category::Number(f64::NAN)].map(|category| there.cell(category)),
            [None; 3]
        );
        assert_eq!(there.cell(Category::String("new")), Some(UNKNOWN));
    }

    #[test]
    fn no_dictionary_is_made_of_what_cannot_be_one() {
        let refusal = |all: Vec<Category<'_>>| Categories::new(all, false).unwrap_err().to_string();
        let text = "`categories`: expected different ones, found `a` twice";
        assert_eq!(refusal(vec![Category::String("a"), Category::String("b"), Category::String("a")]), text);
        assert_eq!(
            refusal(vec![Category::Number(1.0), Category::Boolean(true)]).split(", ").next(),
            Some("`categories`: expected different ones")
        );
        let text = "`categories`: expected finite numbers, found inf";
        assert_eq!(refusal(vec![Category::Number(f64::INFINITY)]), text);
        assert_eq!(refusal(vec![Category::NaN, Category::Number(f64::NAN)]).split_once(" twice").unwrap().1, "");
        let numbers = (0..=CATEGORIES_MAX).map(|number| Category::Number(number as f64));
        let text = "`categories`: expected at most 1048576, found more";
        assert_eq!(Categories::new(numbers, false).unwrap_err().to_string(), text);
        let long = "a".repeat(CATEGORY_BYTES_MAX / 2 + 1);
        let text = "`categories`: expected at most 67108864 bytes of text, found more";
        assert_eq!(refusal(vec![Category::String(&long), Category::String(&long[1..])]), text);
    }

    #[test]
    fn a_million_strings_are_found_each_at_once() {
        let texts: Vec<String> = (0..1_000_000).map(|number| format!("{number:06}")).collect();
        let categories = Categories::new(texts.iter().map(|text| Category::String(text)), false).unwrap();
        for (index, text) in texts.iter().enumerate().step_by(101) {
            assert_eq!(categories.index(Category::String(text)), Some(index));
        }
        assert_eq!(categories.index(Category::String("1000000")), None);
    }
}
