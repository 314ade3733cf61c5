//! The words of a text vectorizer: its vocabulary, and those that it skips.

use super::attributes::Attributes;
use super::pipelines::sequence;
use crate::model_file::Error;
use crate::model_file::numpy;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::text::{ENGLISH_STOP_WORDS, WORDS_MAX, WordList};

/// The tokens that are skipped.
///
/// # Errors
/// [`Error::Attribute`] for what is not a list of words.
pub(super) fn stop_words(vectorizer: &Attributes<'_, '_>) -> Result<WordList, Error> {
    let (values, id) = (vectorizer.file.values(), vectorizer.require("stop_words")?);
    let mut list = WordList::default();
    let mut push = |word: &str| list.push(word).map_err(Error::Model);
    match values.get(id) {
        Value::None => {}
        Value::Text(text) if text.is("english") => ENGLISH_STOP_WORDS.lines().try_for_each(push)?,
        Value::Text(_) => return Err(vectorizer.expected("stop_words", "`english`, a list or None")),
        _ => {
            let items = values.set(id).or_else(|| sequence(values, id));
            let items = items.ok_or_else(|| vectorizer.expected("stop_words", "`english`, a list or None"))?;
            // a list may name a word twice; what is no text, no token is
            let texts = items.iter().filter_map(|id| match values.get(*id) {
                Value::Text(text) => text.well_formed(),
                _ => None,
            });
            let mut words: Vec<_> = texts.collect();
            let bytes = words.iter().map(|word| word.len() + size_of::<u32>()).sum();
            vectorizer.file.decode(bytes).map_err(|problem| vectorizer.error("stop_words", problem))?;
            words.sort_unstable();
            words.dedup();
            words.iter().try_for_each(|word| push(word))?;
        }
    }
    Ok(list)
}

/// The words in the order of their columns.
///
/// # Errors
/// [`Error::NotServed`] for a vectorizer that has none; [`Error::Attribute`] for what is no vocabulary.
pub(super) fn vocabulary(vectorizer: &Attributes<'_, '_>) -> Result<WordList, Error> {
    let values = vectorizer.file.values();
    // one that was given needs no fit
    let given = vectorizer.get("vocabulary").filter(|id| !matches!(values.get(*id), Value::None));
    let (name, id) = match (vectorizer.get("vocabulary_"), given) {
        (Some(fitted), _) => ("vocabulary_", fitted),
        (None, Some(given)) => ("vocabulary", given),
        (None, None) => {
            let class = vectorizer.class.name();
            return Err(Error::NotServed(format!("the {class} is not fitted: call fit before saving it")));
        }
    };
    let by_column = match (values.mapping(id), values.set(id), sequence(values, id)) {
        (Some(entries), ..) => by_column(vectorizer, name, entries)?,
        (_, Some(items), _) => {
            let mut items = checked_len(vectorizer, name, items)?.to_vec();
            items.sort_by_cached_key(|id| raw_text(vectorizer, *id));
            items
        }
        (.., Some(items)) => checked_len(vectorizer, name, items)?.to_vec(),
        _ => return Err(vectorizer.expected(name, "a dict of words")),
    };
    list_of(vectorizer, name, &by_column)
}

fn checked_len<'l, T>(vectorizer: &Attributes<'_, '_>, name: &str, items: &'l [T]) -> Result<&'l [T], Error> {
    if items.len() > WORDS_MAX {
        return Err(vectorizer.error(name, format!("expected at most {WORDS_MAX} words, found {}", items.len())));
    }
    Ok(items)
}

/// Text as it is sorted by Python: by code points, surrogates too.
fn raw_text(vectorizer: &Attributes<'_, '_>, id: Id) -> Vec<u8> {
    match vectorizer.file.values().get(id) {
        Value::Text(text) => text.sort_key().into_owned(),
        _ => Vec::new(),
    }
}

/// The word of each column: every column from 0 has exactly one.
fn by_column(vectorizer: &Attributes<'_, '_>, name: &str, entries: &[(Id, Id)]) -> Result<Vec<Id>, Error> {
    let entries = checked_len(vectorizer, name, entries)?;
    let mut columns: Vec<Option<Id>> = vec![None; entries.len()];
    for (word, column) in entries {
        let number =
            numpy::integer(vectorizer.file.values(), *column).map_err(|problem| vectorizer.error(name, problem))?;
        match usize::try_from(number).ok().and_then(|column| columns.get_mut(column)) {
            Some(place @ None) => *place = Some(*word),
            found => {
                let why = if found.is_some() { "twice" } else { "among them" };
                let expected = format!("expected each column from 0 to {} once", entries.len().saturating_sub(1));
                return Err(vectorizer.error(name, format!("{expected}, found {number} {why}")));
            }
        }
    }
    Ok(columns.into_iter().flatten().collect())
}

fn list_of(vectorizer: &Attributes<'_, '_>, name: &str, words: &[Id]) -> Result<WordList, Error> {
    let values = vectorizer.file.values();
    let text = |id: &Id| match values.get(*id) {
        Value::Text(text) => Ok(text),
        _ => Err(vectorizer.error(name, format!("expected words, found {}", values.describe(*id)))),
    };
    let bytes = words.iter().try_fold(0_usize, |sum, id| Ok::<_, Error>(sum.saturating_add(text(id)?.bytes())))?;
    let all = bytes.saturating_add(words.len().saturating_mul(size_of::<u32>()));
    vectorizer.file.decode(all).map_err(|problem| vectorizer.error(name, problem))?;
    let mut list = WordList::with_capacity(words.len(), bytes);
    for id in words {
        // a word with a surrogate keeps its column, and no document has it
        list.push(&text(id)?.well_formed().unwrap_or_default()).map_err(Error::Model)?;
    }
    Ok(list)
}
