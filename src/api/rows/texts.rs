//! The documents of a request, beside the numbers of its rows.

use std::cell::{Ref, RefCell};
use std::sync::Arc;

use super::cell::Refusal;
use super::field_names::FieldNames;
use crate::http::ledger::{Charge, Ledger, NoRoom, THREAD_BUFFER_BYTES};
use crate::pipeline::{Category, ColumnKind, Documents};

/// Documents whose memory is in the ledger. What reads a request shares them.
#[derive(Debug, Default)]
pub struct Texts(RefCell<Counted>);

#[derive(Debug, Default)]
struct Counted {
    documents: Documents,
    charge: Charge,
}

impl Texts {
    /// Belongs to `ledger` from now on; nothing is charged yet.
    pub fn attach(&self, ledger: Option<&Arc<Ledger>>) {
        self.0.borrow_mut().charge.attach(ledger);
    }

    /// Bytes that are charged.
    pub fn charged_bytes(&self) -> usize {
        self.0.borrow().charge.bytes()
    }

    /// Forgets all documents.
    pub fn clear(&self) {
        self.0.borrow_mut().documents.clear();
    }

    /// Appends a document, and gives the cell that stands for it.
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    pub fn push(&self, document: &str) -> Result<f64, NoRoom> {
        let Counted { documents, charge } = &mut *self.0.borrow_mut();
        if !documents.has_room(document.len()) {
            let grown = documents.grown_bytes(document.len());
            charge.set(grown.saturating_sub(THREAD_BUFFER_BYTES))?;
            documents.grow(document.len());
        }
        Ok(documents.push(document))
    }

    /// The documents so far.
    pub fn documents(&self) -> Ref<'_, Documents> {
        Ref::map(self.0.borrow(), |counted| &counted.documents)
    }

    /// Gives back the memory of unusually long texts.
    pub fn trim(&self) {
        let Counted { documents, charge } = &mut *self.0.borrow_mut();
        documents.clear();
        if charge.bytes() > 0 {
            *documents = Documents::default();
            // Less than before always has room.
            let _ = charge.set(0);
        }
    }
}

/// What turns values into cells: the columns, and where their texts go.
#[derive(Debug, Clone, Copy)]
pub struct CellReader<'a> {
    /// The model's columns.
    pub columns: &'a FieldNames,
    /// None where no column is a text.
    pub texts: Option<&'a Texts>,
}

impl<'a> From<&'a FieldNames> for CellReader<'a> {
    fn from(columns: &'a FieldNames) -> CellReader<'a> {
        CellReader { columns, texts: None }
    }
}

impl<'a> From<(&'a FieldNames, &'a Texts)> for CellReader<'a> {
    fn from((columns, texts): (&'a FieldNames, &'a Texts)) -> CellReader<'a> {
        CellReader { columns, texts: Some(texts) }
    }
}

/// Why a value has no cell.
#[derive(Debug)]
pub enum NoCell {
    /// The column does not take it.
    Refused(Refusal),
    /// There is no room for it.
    NoRoom(NoRoom),
}

impl CellReader<'_> {
    /// The number that stands for a value in a column.
    ///
    /// # Errors
    /// A value that the column does not take, and a text for which there is no room.
    pub fn cell(self, column: usize, value: Category<'_>) -> Result<f64, NoCell> {
        match (self.columns.kind(column), value, self.texts) {
            (Some(ColumnKind::Text), Category::String(text), Some(texts)) => texts.push(text).map_err(NoCell::NoRoom),
            _ => self.columns.cell(column, value).map_err(NoCell::Refused),
        }
    }
}
