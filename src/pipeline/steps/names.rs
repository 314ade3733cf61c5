//! What a number after the steps is called, as scikit-learn's `get_feature_names_out` would have it.

use super::branches::Branches;
use super::encode::Encoder;
use super::{Step, Steps};
use crate::pipeline::{Category, Model};

impl Model {
    /// The name of a number after the steps. A word is its own name, a category has the name of its column and its own, and a
    /// branch puts its name and two underscores in front. Anything else has the name of its column if the steps keep the columns,
    /// or else that of the step that made it, in lower case, and its place.
    pub fn feature_name_behind_steps(&self, feature: usize) -> String {
        let own = |column: usize| self.feature_names().get(column).cloned().unwrap_or_default();
        name_behind(&self.steps().0, feature, &own)
    }

    /// Bytes of such a name, at most.
    pub fn feature_name_bytes_max(&self) -> usize {
        let own = self.feature_names().iter().map(String::len).max().unwrap_or_default();
        bytes_behind(self.steps(), own)
    }
}

fn name_behind(steps: &[Step], feature: usize, own: &dyn Fn(usize) -> String) -> String {
    let Some((last, before)) = steps.split_last() else { return own(feature) };
    let name_before = |column: usize| name_behind(before, column, own);
    match last {
        Step::Vectorizer(vectorizer) => {
            let word = vectorizer.vocabulary().and_then(|words| words.word(feature));
            word.map_or_else(|| made_by(last, feature), str::to_owned)
        }
        Step::Columns(branches) => name_of_branch(branches, feature, &name_before),
        Step::Encode(encoder) => {
            name_of_category(encoder, feature, name_before).unwrap_or_else(|| made_by(last, feature))
        }
        Step::Select(_) => last.transform().sources(feature).first().copied().map(name_before).unwrap_or_default(),
        Step::Fill(_) | Step::Weights(_) | Step::Normalizer(_) => name_before(feature),
        step if step.keeps_columns() => name_before(feature),
        step => made_by(step, feature),
    }
}

fn name_of_branch(branches: &Branches<Steps>, feature: usize, before: &dyn Fn(usize) -> String) -> String {
    let mut column = feature;
    for branch in &branches.branches {
        let Some(rest) = column.checked_sub(branch.width_out()) else {
            let own = |place: usize| branch.columns().get(place).copied().map(before).unwrap_or_default();
            return format!("{}__{}", branch.name(), name_behind(&branch.steps().0, column, &own));
        };
        column = rest;
    }
    String::new()
}

/// None where one number stands for no single category of a column.
fn name_of_category(encoder: &Encoder, feature: usize, before: impl Fn(usize) -> String) -> Option<String> {
    let mut place = feature;
    for (index, column) in encoder.columns.iter().enumerate() {
        let Some(rest) = place.checked_sub(column.width()) else {
            let mut categories = column.categories_at(place)?;
            return match (categories.next(), categories.next()) {
                (Some(category), None) => Some(format!("{}_{}", before(index), plain(category))),
                _ => Some(format!("{}_infrequent_sklearn", before(index))),
            };
        };
        place = rest;
    }
    None
}

fn plain(category: Category<'_>) -> String {
    match category {
        Category::String(text) => text.to_owned(),
        Category::NaN => "nan".to_owned(),
        other => other.to_string(),
    }
}

fn made_by(step: &Step, feature: usize) -> String {
    format!("{}{feature}", step.name().to_ascii_lowercase())
}

/// `own`: bytes of the longest name before the steps.
fn bytes_behind(steps: &Steps, own: usize) -> usize {
    steps.0.iter().fold(own, |longest, step| match step {
        Step::Vectorizer(vectorizer) => {
            let words = vectorizer.vocabulary().into_iter().flat_map(|words| words.iter());
            words.map(str::len).max().unwrap_or_default().max(MADE_BYTES_MAX)
        }
        Step::Columns(branches) => {
            let bytes = |branch: &super::Branch<Steps>| {
                branch.name().len().saturating_add(2).saturating_add(bytes_behind(branch.steps(), longest))
            };
            branches.branches.iter().map(bytes).max().unwrap_or_default()
        }
        Step::Encode(encoder) => {
            let texts = encoder.columns.iter().flat_map(|column| column.categories().iter());
            let category = texts.map(|category| plain(category).len()).max().unwrap_or_default();
            longest.saturating_add(category).saturating_add(MADE_BYTES_MAX)
        }
        _ => longest.max(MADE_BYTES_MAX),
    })
}

/// Bytes of the name of any step and a number.
const MADE_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_text() {
        let all =
            [Category::Number(1.0), Category::Boolean(true), Category::String("a b"), Category::None, Category::NaN];
        assert_eq!(all.map(plain), ["1", "True", "a b", "None", "nan"]);
    }
}
