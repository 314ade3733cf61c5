//! The one model in a tuple, list or dict: what a program saved together with the labels' encoder or the names of columns.

use std::collections::HashSet;

use super::attributes::File;
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning, Value, printable};

/// The estimator to serve, and a remark if it was not the whole of what was saved.
pub(super) fn the_model(file: &File<'_>) -> Result<(Id, Option<String>), Error> {
    let root = Item { id: file.pickle.root, place: String::new() };
    let Some(top) = inside(file, &root, &mut HashSet::new()) else {
        return Ok((root.id, None));
    };
    let kind = match file.values().get(root.id) {
        _ if file.values().mapping(root.id).is_some() => "dict",
        Value::Tuple(_) => "tuple",
        _ => "list",
    };
    match models(file, root).as_slice() {
        [model] => {
            let others: Vec<&Item> = top.iter().filter(|item| !model.place.starts_with(&item.place)).collect();
            Ok((model.id, Some(remark(file, kind, model, &others))))
        }
        [] => {
            let found = listed(file, &top.iter().collect::<Vec<_>>());
            Err(Error::NotServed(format!("expected a fitted SVC, found a {kind} of {found}")))
        }
        several => {
            let found = listed(file, &several.iter().collect::<Vec<_>>());
            Err(Error::NotServed(format!(
                "expected one model, found a {kind} of several: {found}; save the one to serve"
            )))
        }
    }
}

/// What was taken out of a container, what was left, and what the user may take for granted but does not get.
fn remark(file: &File<'_>, kind: &str, model: &Item, others: &[&Item]) -> String {
    let mut remark = format!("the file holds a {kind}; served is {}", model.shown(file));
    if !others.is_empty() {
        remark += &format!(", not looked at: {}", listed(file, others));
    }
    for other in others {
        remark += match file.class(other.id).map(|class| class.name()) {
            Some("LabelEncoder") => "; answers are the model's own labels, not those of the LabelEncoder",
            Some("StandardScaler" | "MinMaxScaler" | "RobustScaler" | "MaxAbsScaler") => {
                "; rows are not scaled: save a Pipeline of the scaler and the model for that"
            }
            _ => "",
        };
    }
    remark
}

fn listed(file: &File<'_>, items: &[&Item]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = items.iter().take(SHOWN_ITEMS_MAX).map(|item| item.shown(file)).collect();
    let more = if items.len() > SHOWN_ITEMS_MAX { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

struct Item {
    id: Id,
    /// As Python would index it: `['model'][0]`.
    place: String,
}

impl Item {
    fn shown(&self, file: &File<'_>) -> String {
        format!("{} at {}", file.values().describe(self.id), self.place)
    }
}

/// The models in a container and in the containers in it; each object once, though many may name it.
fn models(file: &File<'_>, root: Item) -> Vec<Item> {
    let mut seen = HashSet::from([root.id]);
    let mut models = Vec::new();
    let mut pending = vec![(root, 0)];
    while let Some((item, depth)) = pending.pop() {
        let meaning = file.class(item.id).map(|class| class.meaning);
        let is_model = matches!(
            meaning,
            Some(
                Meaning::Svc
                    | Meaning::LinearSvc
                    | Meaning::Pipeline
                    | Meaning::Search
                    | Meaning::CalibratedClassifierCv
            )
        );
        if is_model {
            models.push(item);
        } else if depth < DEPTH_MAX {
            let items = inside(file, &item, &mut seen).unwrap_or_default();
            pending.extend(items.into_iter().rev().map(|item| (item, depth + 1)));
        }
    }
    models
}

/// What a container holds and is not in `seen`; none if it is no container, or one of data.
fn inside(file: &File<'_>, container: &Item, seen: &mut HashSet<Id>) -> Option<Vec<Item>> {
    let values = file.values();
    match values.get(container.id) {
        Value::Tuple(items) | Value::List(items) if items.len() <= ITEMS_MAX => {
            let new = items.iter().enumerate().filter(|(_, id)| seen.insert(**id));
            Some(new.map(|(index, id)| Item { id: *id, place: format!("{}[{index}]", container.place) }).collect())
        }
        _ => {
            let entries = values.mapping(container.id).filter(|entries| entries.len() <= ITEMS_MAX)?;
            let new = entries.iter().filter(|(_, id)| seen.insert(*id));
            let place = |key| match values.get(key) {
                Value::Text(text) => format!("{}['{}']", container.place, printable(text.chars())),
                _ => format!("{}[{}]", container.place, values.describe(key)),
            };
            Some(new.map(|(key, id)| Item { id: *id, place: place(*key) }).collect())
        }
    }
}

/// Containers in containers that are looked into.
const DEPTH_MAX: usize = 4;

/// Items of a container that is looked into: more are data.
const ITEMS_MAX: usize = 256;

/// Items that a message lists.
const SHOWN_ITEMS_MAX: usize = 8;
