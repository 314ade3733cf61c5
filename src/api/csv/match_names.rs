//! A header's names against the model's columns.

use std::collections::{HashMap, HashSet};

use super::bad_record::BadRecord;
use super::fields::{exact, fields};
use super::records::Record;
use super::{Layout, Syntax};
use crate::api::names::{NAME_BYTES_MAX, NAMES_MAX, nearest};
use crate::api::rows::FieldNames;
use crate::api::spelling::difference;

/// Columns besides the model's. A header with more of them is not a table but an attempt to fill the memory.
pub const EXTRA_COLUMNS_MAX: usize = 1 << 16;

/// The names of a header, to the last blank.
pub(super) fn names(header: &Record<'_>, syntax: Syntax) -> Vec<String> {
    fields(header.text, syntax).map(|field| String::from_utf8_lossy(&exact(field)).into_owned()).collect()
}

/// The column of each name: the one with the same text. If a column's exact text is not among the names, blanks at both ends are
/// ignored, unless two of the model's columns would then be the same.
pub(super) fn columns_of(names: &[String], columns: &FieldNames) -> Vec<Option<usize>> {
    let mut found: Vec<_> = names.iter().zip(0..).map(|(name, at)| columns.own_position(name, at)).collect();
    let missing = missing(&found, columns);
    if missing.is_empty() {
        return found;
    }
    let mut trimmed: HashMap<&str, Option<usize>> = HashMap::new();
    for column in 0..columns.count() {
        trimmed.entry(columns.name(column).trim()).and_modify(|known| *known = None).or_insert(Some(column));
    }
    trimmed.retain(|_, column| column.is_some_and(|column| missing.binary_search(&column).is_ok()));
    for (slot, name) in found.iter_mut().zip(names).filter(|(slot, _)| slot.is_none()) {
        *slot = trimmed.get(name.trim()).copied().flatten();
    }
    found
}

/// The columns that are not among the found ones, in order.
pub(super) fn missing(found: &[Option<usize>], columns: &FieldNames) -> Vec<usize> {
    let mut is_there = vec![false; columns.count()];
    for column in found.iter().flatten() {
        if let Some(slot) = is_there.get_mut(*column) {
            *slot = true;
        }
    }
    (0..columns.count()).filter(|column| !is_there.get(*column).is_some_and(|is_there| *is_there)).collect()
}

/// How many columns a header has.
///
/// # Errors
/// A header with far too many columns, or one that has no end.
pub(super) fn check(header: &Record<'_>, syntax: Syntax, columns: &FieldNames) -> Result<usize, BadRecord> {
    let wrong = |expected, found| Err(BadRecord { line: header.line, field: None, expected, found, help: None });
    if header.is_open {
        return wrong("a closing quote".to_owned(), "the end of the input".to_owned());
    }
    let (count, most) = (fields(header.text, syntax).count(), columns.count() + EXTRA_COLUMNS_MAX);
    match count > most {
        true => wrong(format!("at most {most} columns"), count.to_string()),
        false => Ok(count),
    }
}

/// The layout of a header, by name. `is_shown`: whether the error may repeat a name of the header.
///
/// # Errors
/// A column that is missing, with the name that was probably meant for it, or one that is there twice.
pub fn by_name(header: &Record<'_>, syntax: Syntax, columns: &FieldNames, is_shown: bool) -> Result<Layout, BadRecord> {
    let count = check(header, syntax, columns)?;
    let wrong = |expected, found| BadRecord { line: header.line, field: None, expected, found, help: None };
    let names = names(header, syntax);
    let layout = columns_of(&names, columns);
    if let Some(column) = missing(&layout, columns).first() {
        let unused = names.iter().zip(0..).filter(|(_, at)| layout.get(*at).is_some_and(Option::is_none));
        let unused: Vec<_> = unused.map(|(name, at)| (at, name.as_str())).collect();
        let name = columns.name(*column);
        return Err(wrong(format!("a column `{name}`"), found_instead(name, &unused, count, is_shown)));
    }
    let mut seen = HashSet::new();
    match layout.iter().flatten().find(|column| !seen.insert(**column)) {
        Some(column) => {
            let found = layout.iter().filter(|other| **other == Some(*column)).count();
            Err(wrong(format!("one column `{}`", columns.name(*column)), found.to_string()))
        }
        None => Ok(Layout::new(layout, columns.count(), syntax)),
    }
}

/// What there is instead of a column `name`: among the names with their places that stand for no other column, the one that
/// differs least.
pub(super) fn found_instead(name: &str, unused: &[(usize, &str)], count: usize, is_shown: bool) -> String {
    let short = unused.iter().filter(|(_, other)| other.len() <= NAME_BYTES_MAX);
    let unused: Vec<_> = short.take(NAMES_MAX).copied().collect();
    let same = unused.iter().find_map(|(at, other)| Some((*at, *other, difference(name, other)?)));
    let near = || {
        let near = nearest(name, unused.iter().map(|(_, other)| *other))?;
        let (at, other) = unused.iter().find(|(_, other)| *other == near)?;
        Some((*at, *other, String::new()))
    };
    let Some((at, other, difference)) = same.or_else(near) else {
        return format!("none among {count} column{}", if count == 1 { "" } else { "s" });
    };
    if !is_shown {
        let difference = if difference.is_empty() { "slightly".to_owned() } else { format!("in {difference}") };
        return format!("none; column {} of the header differs only {difference}", at + 1);
    }
    let difference = if difference.is_empty() { difference } else { format!(", which differs in {difference}") };
    format!("none, only `{other}`{difference}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::csv::Records;

    fn columns(names: &[&str]) -> FieldNames {
        FieldNames::new(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    fn of(header: &str, model: &[&str]) -> Result<Vec<Option<usize>>, String> {
        let record = Record { line: 0, text: header.as_bytes(), is_open: false };
        let layout = by_name(&record, Syntax::default(), &columns(model), true);
        let names = names(&record, Syntax::default());
        layout.map(|_| columns_of(&names, &columns(model))).map_err(|error| error.to_string())
    }

    const MODEL: [&str; 2] = ["a", "b, or \"c\""];

    #[test]
    fn a_header_gives_the_order_and_may_have_more_columns() {
        let mut records = Records::new(b"\"b, or \"\"c\"\"\",id,a\n1,x,2\n\"3e0\", ,-4.5\n", Syntax::default());
        let layout = by_name(&records.next().unwrap(), Syntax::default(), &columns(&MODEL), true).unwrap();
        let mut rows = Vec::new();
        records.for_each(|record| layout.read(&record, &columns(&MODEL), &mut rows).unwrap());
        assert_eq!(rows, [2.0, 1.0, -4.5, 3.0]);
    }

    #[test]
    fn a_header_without_a_column_or_with_it_twice_is_refused() {
        let refusal = |header: &str| of(header, &MODEL).unwrap_err();
        assert_eq!(refusal("a,B_or_C"), "expected a column `b, or \"c\"`, found none, only `B_or_C`");
        assert_eq!(refusal("x"), "expected a column `a`, found none among 1 column");
        assert_eq!(refusal("a,\"b, or \"\"c\"\"\",a"), "expected one column `a`, found 2");
    }

    #[test]
    fn blanks_count_only_where_the_same_text_is_not_there() {
        assert_eq!(of("b, a ", &["a ", "b"]), Ok(vec![Some(1), Some(0)]));
        assert_eq!(of("\"a \",a,b", &["a ", "b"]), Ok(vec![Some(0), None, Some(1)]));
        assert_eq!(of(" \"a\" ,b", &["a", "b"]), Ok(vec![Some(0), Some(1)]));
        // two names, or two columns, that are the same without blanks
        assert_eq!(of(" a,a ,b", &["a", "b"]), Err("expected one column `a`, found 2".to_owned()));
        assert_eq!(of("a,a", &["a", "a "]), Err("expected a column `a `, found none among 2 columns".to_owned()));
        assert_eq!(
            of("a, a", &["a", "a "]),
            Err("expected a column `a `, found none, only ` a`, which differs in blanks".to_owned())
        );
        assert_eq!(of("a,a ", &["a", "a "]), Ok(vec![Some(0), Some(1)]));
    }

    #[test]
    fn a_header_of_many_hostile_names_costs_little() {
        let name = "\u{e9}\u{430}".repeat(25);
        let header = format!("{name},").repeat(EXTRA_COLUMNS_MAX);
        let started = std::time::Instant::now();
        let found = of(&header, &[&"\u{e9}a".repeat(25), "b"]).unwrap_err();
        assert!(found.contains("which differs in a lookalike character"), "{}", &found[..200]);
        let found = of(&header, &["c"]).unwrap_err();
        assert!(found.ends_with("found none among 65537 columns"), "{}", &found[..200]);
        assert!(started.elapsed().as_secs() < 5);
    }

    #[test]
    fn the_suggested_name_stands_for_no_other_column() {
        assert_eq!(
            of("petal length,petal widht", &["petal length", "petal width"]),
            Err("expected a column `petal width`, found none, only `petal widht`".to_owned())
        );
        assert_eq!(
            of("petal length,x", &["petal length", "petal length 2"]),
            Err("expected a column `petal length 2`, found none among 2 columns".to_owned())
        );
    }
}
