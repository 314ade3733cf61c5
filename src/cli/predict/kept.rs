//! Columns of the input that stand before the answers.

use crate::api::csv::{BadRecord, Record, Syntax, exact, field_of, fields};

/// Which columns, and how they are named.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    syntax: Syntax,
    /// Index of the field and name of each, in the order in which they are written.
    columns: Vec<(usize, String)>,
    /// JSON has no bytes that are not UTF-8.
    is_text: bool,
}

impl Kept {
    /// `columns`: index of the field, and name. `is_text`: whether fields have to be UTF-8.
    pub(super) fn new(columns: Vec<(usize, String)>, syntax: Syntax, is_text: bool) -> Kept {
        Kept { syntax, columns, is_text }
    }

    pub(super) fn is_any(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Whether nothing can be wrong with them.
    pub(super) fn is_always_whole(&self) -> bool {
        !self.is_any() || !self.is_text
    }

    /// Their names, each with a comma after it.
    pub(super) fn header(&self) -> String {
        let names = self.columns.iter().map(|(_, name)| field_of(name.as_bytes()).into_owned());
        names.map(|name| String::from_utf8_lossy(&name).into_owned() + ",").collect()
    }

    /// # Errors
    /// A field that cannot be written.
    pub(super) fn check(&self, record: &Record<'_>) -> Result<(), BadRecord> {
        let is_wrong = |field: &&[u8]| std::str::from_utf8(field).is_err();
        match self.is_text && self.values(record).iter().any(is_wrong) {
            false => Ok(()),
            true => Err(BadRecord {
                line: record.line,
                field: None,
                expected: "UTF-8 in the columns to keep".to_owned(),
                found: "other bytes".to_owned(),
                help: None,
            }),
        }
    }

    /// Appends what a record has in them, each with a comma after it: as members of a JSON object, or as fields.
    pub(super) fn push(&self, record: &Record<'_>, is_json: bool, text: &mut Vec<u8>) {
        match is_json {
            true => self.push_members(record, text),
            false => self.push_fields(record, text),
        }
    }

    fn push_fields(&self, record: &Record<'_>, text: &mut Vec<u8>) {
        for field in self.values(record) {
            text.extend_from_slice(&field_of(&exact(field)));
            text.push(b',');
        }
    }

    fn push_members(&self, record: &Record<'_>, text: &mut Vec<u8>) {
        for ((_, name), field) in self.columns.iter().zip(self.values(record)) {
            let quoted = |text: &[u8]| serde_json::to_vec(&String::from_utf8_lossy(text)).unwrap_or_default();
            text.extend(quoted(name.as_bytes()));
            text.extend_from_slice(b": ");
            text.extend(quoted(&exact(field)));
            text.extend_from_slice(b", ");
        }
    }

    /// The field of each column; an empty one where the record is too short.
    fn values<'a>(&self, record: &Record<'a>) -> Vec<&'a [u8]> {
        let all: Vec<_> = fields(record.text, self.syntax).collect();
        self.columns.iter().map(|(index, _)| all.get(*index).copied().unwrap_or_default()).collect()
    }
}
