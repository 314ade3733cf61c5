//! How metadata and the OpenAPI document describe what a column takes.

use serde::{Serialize, Serializer};

use super::Detail;
use crate::pipeline::{Categories, Category, ColumnKind, ElementType};

/// Categories that are listed, and bytes of them as JSON.
const LISTED_MAX: usize = 64;
const LISTED_BYTES_MAX: usize = 16 << 10;

/// What a column takes, in one word.
pub(super) fn kind_name(kind: &ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Number => "number",
        ColumnKind::NumberOrMissing => "number_or_missing",
        ColumnKind::Category(_) => "category",
        ColumnKind::Ignored => "ignored",
        ColumnKind::Text => "text",
    }
}

/// The type of a column's values; text, if its categories mix text with others.
pub(super) fn element_type(kind: &ColumnKind) -> ElementType {
    let categories = match kind {
        ColumnKind::Number | ColumnKind::NumberOrMissing | ColumnKind::Ignored => return ElementType::Float,
        ColumnKind::Text => return ElementType::String,
        ColumnKind::Category(categories) => categories,
    };
    let has_missing = categories.index(Category::None).is_some();
    match categories.element_type() {
        // No integer stands for a missing one.
        Some(ElementType::Integer) if has_missing => ElementType::Float,
        Some(element) => element,
        None => ElementType::String,
    }
}

/// The Open Inference Protocol's name of a type.
pub(super) fn datatype(element: ElementType) -> &'static str {
    match element {
        ElementType::Integer => "INT64",
        ElementType::Float => "FP64",
        ElementType::Boolean => "BOOL",
        ElementType::String => "BYTES",
    }
}

/// A category as JSON.
pub(super) struct Listed<'a>(pub(super) Category<'a>);

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Category::String(text) => serializer.serialize_str(text),
            Category::Number(number) if number.fract() == 0.0 && number.abs() < WHOLE_BELOW => {
                serializer.serialize_i64(number as i64)
            }
            Category::Number(number) => serializer.serialize_f64(number),
            Category::Boolean(value) => serializer.serialize_bool(value),
            Category::None | Category::NaN => serializer.serialize_unit(),
        }
    }
}

impl Listed<'_> {
    /// As text.
    pub(super) fn json(&self) -> String {
        // Text and numbers alone cannot fail to serialize.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Whole numbers below it are written without a fraction.
const WHOLE_BELOW: f64 = 1e15;

/// The first categories, up to a limit on their text.
pub(super) fn listed(categories: &Categories) -> Vec<Listed<'_>> {
    let mut bytes = 0;
    let short = categories.iter().take(LISTED_MAX).take_while(|category| {
        bytes += if let Category::String(text) = category { text.len() } else { 0 };
        bytes <= LISTED_BYTES_MAX
    });
    short.map(Listed).collect()
}

/// The JSON schema of a value.
pub(super) fn schema(kind: &ColumnKind, detail: Detail) -> String {
    const ANY: &str = r#"{"type":["string","number","boolean","null"]"#;
    let categories = match kind {
        ColumnKind::Number => return r#"{"type":"number"}"#.to_owned(),
        ColumnKind::NumberOrMissing => return r#"{"type":["number","null"]}"#.to_owned(),
        ColumnKind::Ignored => return r#"{"description":"Ignored."}"#.to_owned(),
        ColumnKind::Text => return r#"{"type":"string"}"#.to_owned(),
        ColumnKind::Category(categories) => categories,
    };
    let listed: Vec<_> = listed(categories).iter().map(Listed::json).collect();
    let count = categories.len();
    match detail {
        Detail::Terse => format!("{ANY}}}"),
        Detail::Full if listed.len() < count => {
            format!(r#"{ANY},"description":"One of {count} categories.","examples":[{}]}}"#, listed.join(","))
        }
        Detail::Full if categories.takes_unknown() => format!(r#"{ANY},"examples":[{}]}}"#, listed.join(",")),
        Detail::Full => format!(r#"{{"enum":[{}]}}"#, listed.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(all: &[Category<'_>], takes_unknown: bool) -> ColumnKind {
        ColumnKind::Category(Categories::new(all.to_vec(), takes_unknown).unwrap())
    }

    #[test]
    fn a_value_is_described_by_what_its_column_takes() {
        let full = |kind: &ColumnKind| (schema(kind, Detail::Full), element_type(kind));
        assert_eq!(full(&ColumnKind::Text), (r#"{"type":"string"}"#.to_owned(), ElementType::String));
        let number = ColumnKind::NumberOrMissing;
        assert_eq!(full(&number), (r#"{"type":["number","null"]}"#.to_owned(), ElementType::Float));
        let texts = kind(&[Category::String("a\"b"), Category::NaN], false);
        assert_eq!(full(&texts), (r#"{"enum":["a\"b",null]}"#.to_owned(), ElementType::String));
        let numbers = [Category::Number(1.0), Category::Number(-2.0)];
        assert_eq!(full(&kind(&numbers, false)), (r#"{"enum":[-2,1]}"#.to_owned(), ElementType::Integer));
        let missing = kind(&[&numbers[..], &[Category::None]].concat(), true);
        let any = r#"{"type":["string","number","boolean","null"],"examples":[-2,1,null]}"#;
        assert_eq!(full(&missing), (any.to_owned(), ElementType::Float));
        assert_eq!(schema(&missing, Detail::Terse), r#"{"type":["string","number","boolean","null"]}"#);
        let booleans = kind(&[Category::Boolean(true), Category::Boolean(false)], false);
        assert_eq!(full(&booleans), (r#"{"enum":[false,true]}"#.to_owned(), ElementType::Boolean));
        let many: Vec<String> = (0..1_000).map(|number| format!("{number:03}")).collect();
        let many: Vec<_> = many.iter().map(|text| Category::String(text)).collect();
        let (schema, _) = full(&kind(&many, false));
        assert!(schema.contains(r#""One of 1000 categories.","examples":["000","001""#), "{schema}");
        assert_eq!(schema.matches("\"0").count(), 64);
        let long = "x".repeat(LISTED_BYTES_MAX);
        let long = Categories::new([Category::String(&long), Category::String("y")], false).unwrap();
        assert_eq!((long.len(), listed(&long).len()), (2, 1));
    }
}
