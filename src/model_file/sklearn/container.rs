//! The one model in a tuple, list or dict: what a program saved together with the labels' encoder or the names of columns.

use std::collections::HashSet;

use super::attributes::File;
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning, Value};

/// The estimator to serve, and a remark if it was not the whole of what was saved.
pub(super) fn the_model(file: &File<'_>) -> Result<(Id, Option<String>), Error> {
    let values = file.values();
    let root = file.pickle.root;
    let kind = match values.get(root) {
        Value::Tuple(items) if items.len() <= ITEMS_MAX => "tuple",
        Value::List(items) if items.len() <= ITEMS_MAX => "list",
        Value::Dict(entries) if entries.len() <= ITEMS_MAX => "dict",
        _ => return Ok((root, None)),
    };
    let items = items(file, root);
    let (models, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| is_model(file, item.id));
    let listed = |items: &[&Item]| {
        let shown: Vec<String> = items.iter().take(SHOWN_ITEMS_MAX).map(|item| item.shown(file)).collect();
        let more = if items.len() > SHOWN_ITEMS_MAX { ", ..." } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    match models.as_slice() {
        [model] if others.is_empty() => {
            Ok((model.id, Some(format!("the file holds a {kind}; served is {}", model.shown(file)))))
        }
        [model] => {
            let remark =
                format!("the file holds a {kind}; served is {}, not looked at: {}", model.shown(file), listed(&others));
            let encoder =
                others.iter().any(|item| file.class(item.id).is_some_and(|class| class.name() == "LabelEncoder"));
            let labels =
                if encoder { "; answers are the model's own labels, not those of the LabelEncoder" } else { "" };
            Ok((model.id, Some(remark + labels)))
        }
        [] if others.is_empty() => Err(Error::NotServed(format!("expected a fitted SVC, found an empty {kind}"))),
        [] => Err(Error::NotServed(format!("expected a fitted SVC, found a {kind} of {}", listed(&others)))),
        models => Err(Error::NotServed(format!(
            "expected one model, found a {kind} of several: {}; save the one to serve",
            listed(models)
        ))),
    }
}

struct Item {
    id: Id,
    /// As Python would index it: `['model']`, `[0]`.
    place: String,
}

impl Item {
    fn shown(&self, file: &File<'_>) -> String {
        format!("{} at {}", file.values().describe(self.id), self.place)
    }
}

/// All that a container holds, and what the containers in it hold; each object once, though many may name it.
fn items(file: &File<'_>, root: Id) -> Vec<Item> {
    let values = file.values();
    let mut seen = HashSet::from([root]);
    let mut found = Vec::new();
    let mut pending = vec![(Item { id: root, place: String::new() }, 0)];
    while let Some((container, depth)) = pending.pop() {
        let inside: Vec<(Id, Place)> = match values.get(container.id) {
            Value::Tuple(items) | Value::List(items) if depth < DEPTH_MAX && items.len() <= ITEMS_MAX => {
                items.iter().enumerate().map(|(index, id)| (*id, Place::Index(index))).collect()
            }
            Value::Dict(entries) if depth < DEPTH_MAX && entries.len() <= ITEMS_MAX => {
                entries.iter().map(|(key, value)| (*value, Place::Key(*key))).collect()
            }
            _ => {
                found.push(container);
                continue;
            }
        };
        for (id, place) in inside.into_iter().rev().filter(|(id, _)| seen.insert(*id)) {
            let place = match place {
                Place::Index(index) => format!("{}[{index}]", container.place),
                Place::Key(key) => format!("{}[{}]", container.place, values.describe(key)),
            };
            pending.push((Item { id, place }, depth + 1));
        }
    }
    found
}

enum Place {
    Index(usize),
    Key(Id),
}

fn is_model(file: &File<'_>, id: Id) -> bool {
    let meaning = file.class(id).map(|class| class.meaning);
    matches!(meaning, Some(Meaning::Svc | Meaning::Pipeline | Meaning::Search | Meaning::CalibratedClassifierCv))
}

/// Containers in containers that are looked into.
const DEPTH_MAX: usize = 4;

/// Items of a container that is looked into: a list of more is data.
const ITEMS_MAX: usize = 256;

/// Items that a message lists.
const SHOWN_ITEMS_MAX: usize = 8;
