//! What a pickle holds: one object, or the items of nested tuples, lists and dicts.

use std::collections::HashSet;

use super::attributes::File;
use crate::model_file::pickle::{ClassKind, Global, Id, Meaning, Value, printable};

/// An object that is looked at by itself.
pub(super) struct Item {
    pub(super) id: Id,
    /// As Python would index it: `['model'][0]`; empty for the root.
    pub(super) place: String,
    /// The class of a part of a model inside a container that is too deep or too long to be looked into.
    pub(super) hidden: Option<String>,
}

/// The objects in a pickle, each once even if many others name it: those that are not a tuple, list or dict, and those tuples,
/// lists and dicts that are data.
pub(super) fn items(file: &File<'_>) -> Vec<Item> {
    let root = Item { id: file.pickle.root, place: String::new(), hidden: None };
    let mut seen = HashSet::from([root.id]);
    let mut searched = HashSet::new();
    let mut items = Vec::new();
    let mut pending = vec![(root, 0)];
    while let Some((item, depth)) = pending.pop() {
        let may_open = depth < DEPTH_MAX && items.len() + pending.len() < ITEMS_MAX;
        let inside = if may_open { inside(file, &item, &mut seen) } else { None };
        match inside {
            Some(inside) => pending.extend(inside.into_iter().rev().map(|item| (item, depth + 1))),
            None => items.push(Item { hidden: hidden(file, item.id, &mut searched), ..item }),
        }
    }
    items
}

/// The class of the first part of a model in a container that is not looked into; each value is searched once.
fn hidden(file: &File<'_>, container: Id, searched: &mut HashSet<Id>) -> Option<String> {
    let values = file.values();
    let mut pending = vec![container];
    while let Some(id) = pending.pop() {
        if !searched.insert(id) {
            continue;
        }
        match file.class(id) {
            Some(class) if id != container && is_part(class) => return Some(class.name().to_owned()),
            Some(_) if values.mapping(id).is_none() => {}
            _ => match values.get(id) {
                Value::Tuple(items) | Value::List(items) => pending.extend(items.iter().rev()),
                _ => pending.extend(values.mapping(id).unwrap_or_default().iter().rev().map(|(_, value)| *value)),
            },
        }
    }
    None
}

/// Whether an object of this class would be part of a model, or the whole of it.
fn is_part(class: Global<'_>) -> bool {
    let is_model = class.meaning.is_estimator() || matches!(class.meaning, Meaning::Pipeline | Meaning::Search);
    is_model || class.kind() == ClassKind::Transformer
}

/// Whether a value is a list, tuple or array of texts alone.
pub(super) fn is_texts(file: &File<'_>, items: &[Id]) -> bool {
    !items.is_empty() && items.iter().all(|id| matches!(file.values().get(*id), Value::Text(_)))
}

/// What a container holds and is not in `seen`; none if it is no container, or one of data.
fn inside(file: &File<'_>, container: &Item, seen: &mut HashSet<Id>) -> Option<Vec<Item>> {
    let values = file.values();
    let place = |key: &str| format!("{}[{key}]", container.place);
    match values.get(container.id) {
        Value::Tuple(items) | Value::List(items) if items.len() <= ITEMS_MAX && !is_texts(file, items) => {
            let new = items.iter().enumerate().filter(|(_, id)| is_shared(file, **id) || seen.insert(**id));
            Some(new.map(|(index, id)| Item { id: *id, place: place(&index.to_string()), hidden: None }).collect())
        }
        _ => {
            let entries = values.mapping(container.id).filter(|entries| entries.len() <= ITEMS_MAX)?;
            let new = entries.iter().filter(|(_, id)| is_shared(file, *id) || seen.insert(*id));
            let key = |key| match values.get(key) {
                Value::Text(text) => format!("'{}'", printable(text.chars())),
                _ => values.describe(key),
            };
            Some(new.map(|(name, id)| Item { id: *id, place: place(&key(*name)), hidden: None }).collect())
        }
    }
}

/// Plain values may be one object in Python; that says nothing.
fn is_shared(file: &File<'_>, id: Id) -> bool {
    matches!(
        file.values().get(id),
        Value::None | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_)
    )
}

/// Containers in containers that are looked into.
pub(super) const DEPTH_MAX: usize = 4;

/// Items of a container that is looked into, and of all together: more are data.
pub(super) const ITEMS_MAX: usize = 256;
