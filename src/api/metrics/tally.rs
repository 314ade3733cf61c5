//! Predictions by label, and rows by column. Both belong to a model, and a model may be replaced; a count goes on if both have its name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::counters::Count;

/// What one thread has counted with one model.
#[derive(Debug)]
pub struct Tally {
    /// Number of the model that it belongs to.
    pub generation: u64,
    names: Vec<String>,
    lines: Box<[CacheLine]>,
}

const COUNTS_PER_LINE: usize = 16;

/// Counts of neighbouring classes; no other thread writes to the same cache line.
#[derive(Debug, Default)]
#[repr(align(128))]
struct CacheLine([Count; COUNTS_PER_LINE]);

impl Tally {
    /// Counts one for each of `places`, which are those of names.
    pub fn count(&self, places: &[usize]) {
        for place in places {
            self.add(*place, 1);
        }
    }

    /// Counts more of one name.
    pub fn add(&self, place: usize, more: u64) {
        let line = self.lines.get(place / COUNTS_PER_LINE);
        if let Some(count) = line.and_then(|line| line.0.get(place % COUNTS_PER_LINE)) {
            count.add(more);
        }
    }

    fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        let counts = self.lines.iter().flat_map(|line| &line.0);
        self.names.iter().map(String::as_str).zip(counts.map(Count::get))
    }
}

/// The tallies of all threads, and what remains of those that are no longer used.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    live: Vec<Arc<Tally>>,
    ended: BTreeMap<String, u64>,
}

impl Tallies {
    /// The tally of the thread that `own` belongs to, for the model of this number, which has these names.
    pub(super) fn of<'a>(
        tallies: &Mutex<Tallies>,
        own: &'a mut Option<Arc<Tally>>,
        generation: u64,
        names: impl FnOnce() -> Vec<String>,
    ) -> &'a Tally {
        if own.as_ref().is_some_and(|tally| tally.generation != generation) {
            *own = None;
        }
        own.get_or_insert_with(|| tallies.lock().unwrap_or_else(PoisonError::into_inner).begin(generation, names()))
    }

    /// A tally for one thread and a model with these names.
    fn begin(&mut self, generation: u64, names: Vec<String>) -> Arc<Tally> {
        self.fold(&names);
        let lines = (0..names.len().div_ceil(COUNTS_PER_LINE)).map(|_| CacheLine::default()).collect();
        let tally = Arc::new(Tally { generation, names, lines });
        self.live.push(Arc::clone(&tally));
        tally
    }

    /// Counts by name, with all names of the newest model, counted or not.
    pub(super) fn totals(&mut self, newest: &[String]) -> BTreeMap<String, u64> {
        self.fold(newest);
        let mut totals = self.ended.clone();
        for (label, count) in self.live.iter().flat_map(|tally| tally.counts()) {
            *totals.entry(label.to_owned()).or_default() += count;
        }
        totals
    }

    /// Keeps what ended threads and replaced models have counted, but only for names of the newest model. The names of all models
    /// that ever were would have no bound.
    fn fold(&mut self, newest: &[String]) {
        let mut kept: BTreeMap<_, _> = newest.iter().map(|label| (label.clone(), 0)).collect();
        let over: Vec<_> = self.live.extract_if(.., |tally| Arc::strong_count(tally) == 1).collect();
        let ended = self.ended.iter().map(|(label, count)| (label.as_str(), *count));
        for (label, count) in ended.chain(over.iter().flat_map(|tally| tally.counts())) {
            if let Some(sum) = kept.get_mut(label) {
                *sum += count;
            }
        }
        self.ended = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    fn totals(tallies: &mut Tallies, newest: &[&str]) -> Vec<(String, u64)> {
        tallies.totals(&classes(newest)).into_iter().collect()
    }

    fn pairs(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
        expected.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect()
    }

    #[test]
    fn threads_are_added_up_and_classes_without_a_prediction_are_shown() {
        let mut tallies = Tallies::default();
        let (first, second) =
            (tallies.begin(1, classes(&["a", "b", "c"])), tallies.begin(1, classes(&["a", "b", "c"])));
        first.count(&[0, 2, 0]);
        second.count(&[2]);
        assert_eq!(totals(&mut tallies, &["a", "b", "c"]), pairs(&[("a", 2), ("b", 0), ("c", 2)]));
    }

    #[test]
    fn a_label_goes_on_counting_over_models_and_one_without_a_model_goes() {
        let mut tallies = Tallies::default();
        let before = tallies.begin(1, classes(&["a", "b"]));
        before.count(&[0, 1, 1]);
        let after = tallies.begin(2, classes(&["b", "c"]));
        after.count(&[0]);
        // As long as a thread counts for the old model, its labels are shown.
        assert_eq!(totals(&mut tallies, &["b", "c"]), pairs(&[("a", 1), ("b", 3), ("c", 0)]));
        drop(before);
        assert_eq!(totals(&mut tallies, &["b", "c"]), pairs(&[("b", 3), ("c", 0)]));
        assert_eq!((tallies.live.len(), tallies.ended.len()), (1, 2));
    }

    #[test]
    fn every_class_of_a_large_model_has_its_count() {
        let labels: Vec<_> = (0..100).map(|label| format!("{label:02}")).collect();
        let mut tallies = Tallies::default();
        let tally = tallies.begin(1, labels.clone());
        (0..100).for_each(|class| tally.count(&vec![class; class + 1]));
        // An index beyond the classes counts nothing.
        tally.count(&[100, 112, 1_000]);
        let totals: Vec<_> = tallies.totals(&labels).into_iter().collect();
        assert_eq!(totals, labels.into_iter().zip(1..).collect::<Vec<_>>());
    }
}
