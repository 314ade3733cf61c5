//! A model with what its routes need besides it.

use std::hint::black_box;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::csv;
use super::input_ranges::InputRanges;
use super::rows::FieldNames;
use crate::pipeline::{
    Answers, Asked, ColumnRange, Documents, Label, LargestWeights, Model, OutputName, Rows, Scratch, SupportMean,
};

/// What is known of a model besides its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// What clients call it: `[A-Za-z0-9._-]{1,64}`, as the version.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of scikit-learn that trained it, if known.
    pub sklearn_version: Option<String>,
    /// SHA-256 of its file, 64 hexadecimal digits.
    pub sha256: String,
    /// What its users should know, one line each.
    pub warnings: Vec<String>,
}

/// A model with what its routes need besides it.
pub struct Served {
    /// The model.
    pub model: Model,
    /// Name, version, origin.
    pub facts: ModelFacts,
    /// How requests name its columns.
    pub columns: FieldNames,
    /// Where the support vectors lie.
    pub ranges: InputRanges,
    /// Each label that `predict` chooses from, as JSON.
    labels: Vec<Vec<u8>>,
    /// Bytes of a label as text, and of what follows it, at most.
    pub(super) label_bytes_max: usize,
    /// The same in binary.
    pub(super) label_binary_bytes_max: usize,
    /// Bytes of the name of a column in JSON, at most.
    pub(super) name_bytes_max: usize,
    /// The first eight bytes of the SHA-256, which answers carry.
    pub short_hash: u64,
    /// Bytes of a row by name in JSON, at least.
    pub(super) record_bytes_min: usize,
    /// What a row costs: processor time.
    pub row_nanoseconds: u64,
    /// When the model was loaded.
    pub loaded: SystemTime,
    /// What `GET /openapi.json` answers, once somebody has asked.
    pub document: OnceLock<String>,
    /// For each route, by its number, what to send there, once somebody has to be told.
    pub(super) contents: OnceLock<Vec<(usize, String)>>,
    /// What the support vectors and the scalers tell, once somebody has asked.
    support: OnceLock<SupportFacts>,
    /// Its largest weights, once somebody has asked.
    weights: OnceLock<Vec<LargestWeights>>,
    /// Buffers of the model that nobody uses now.
    scratches: Mutex<Vec<Scratch>>,
}

/// What the support vectors and the scalers reveal about the training rows, without the rows themselves.
pub struct SupportFacts {
    /// The lowest and the highest value of each column, where known.
    pub ranges: Vec<Option<ColumnRange>>,
    /// For the other columns, the range that a scaler suggests, if one does.
    pub usual_ranges: Vec<Option<ColumnRange>>,
    /// Means of classes.
    pub means: Vec<SupportMean>,
}

/// Numbers of all means together, at most: with more, none is told.
const MEAN_NUMBERS_MAX: usize = 1 << 15;

/// Features of each sign that are told of a linear value, at most.
const WEIGHTS_MAX: usize = 12;

impl Served {
    /// Prepares `model` for serving.
    pub fn new(model: Model, facts: ModelFacts) -> Served {
        // Numbers and strings alone cannot fail to serialize.
        let labels = model.target().labels().map(|label| serde_json::to_vec(&label).unwrap_or_default()).collect();
        let short_hash = facts.sha256.get(..16).and_then(|start| u64::from_str_radix(start, 16).ok());
        let label_bytes_max = model.target().labels().map(|label| {
            let text = label.to_string();
            let quoted = serde_json::to_vec(&text).unwrap_or_default().len();
            quoted.max(csv::field(&text).len()) + b", ".len()
        });
        // Text comes behind its length.
        let label_binary_bytes_max = model.target().labels().map(|label| match label {
            Label::Integer(_) | Label::Float(_) => size_of::<u64>(),
            Label::Boolean(_) => 1,
            Label::String(text) => size_of::<u32>() + text.len(),
        });
        Served {
            label_bytes_max: label_bytes_max.max().unwrap_or_default(),
            label_binary_bytes_max: label_binary_bytes_max.max().unwrap_or_default(),
            columns: FieldNames::of(model.columns()),
            ranges: InputRanges::of(&model),
            facts,
            labels,
            name_bytes_max: model.feature_name_bytes_max().saturating_mul(6).saturating_add(b"\"\"".len()),
            record_bytes_min: model.feature_names().iter().map(|name| name.len() + b"\"\":1,".len()).sum(),
            row_nanoseconds: (measure(&model).as_nanos() as f64 / slowness()) as u64,
            model,
            short_hash: short_hash.unwrap_or_default(),
            loaded: SystemTime::now(),
            document: OnceLock::new(),
            contents: OnceLock::new(),
            support: OnceLock::new(),
            weights: OnceLock::new(),
            scratches: Mutex::default(),
        }
    }

    /// Computes with buffers that grow with the model. Requests that wait for their turn hold none, so there are only as many as are
    /// computed at a time.
    pub(super) fn with_scratch<T>(&self, compute: impl FnOnce(&mut Scratch) -> T) -> T {
        let unused = || self.scratches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = unused().pop().unwrap_or_default();
        let outcome = compute(&mut scratch);
        unused().push(scratch);
        outcome
    }

    /// What it costs to compute [`support`](Self::support); nothing once it is known.
    pub(super) fn support_work(&self) -> Duration {
        let numbers = self.model.n_support_vectors().unwrap_or_default().saturating_mul(self.model.n_features_in());
        if self.support.get().is_some() { Duration::ZERO } else { Duration::from_nanos(numbers as u64) }
    }

    /// What may be known about the training rows, without any of the rows.
    pub fn support(&self) -> &SupportFacts {
        self.support.get_or_init(|| {
            let means = self.model.target().n_labels().max(1) * self.model.n_features_in();
            let ranges = self.model.support_ranges();
            let usual = self.model.usual_ranges().into_iter().zip(&ranges);
            SupportFacts {
                usual_ranges: usual.map(|(usual, told)| usual.filter(|_| told.is_none())).collect(),
                ranges,
                means: if means <= MEAN_NUMBERS_MAX { self.model.support_means() } else { Vec::new() },
            }
        })
    }

    /// What it costs to find its largest weights; nothing once they are known.
    pub(super) fn weights_work(&self) -> Duration {
        if self.weights.get().is_some() { Duration::ZERO } else { Duration::from_nanos(self.model.n_weights() as u64) }
    }

    /// The features that weigh most, for each value of a linear model.
    pub(super) fn weights(&self) -> &[LargestWeights] {
        self.weights.get_or_init(|| self.model.largest_weights(WEIGHTS_MAX))
    }

    /// The ends of a column's curve and slider: its range, or else what is usual there.
    pub(super) fn range(&self, column: usize) -> Option<ColumnRange> {
        let SupportFacts { ranges, usual_ranges, .. } = self.support();
        let of = |ranges: &[Option<ColumnRange>]| ranges.get(column).copied().flatten();
        of(ranges).or_else(|| of(usual_ranges))
    }

    /// Whether its one column is a text.
    pub fn is_text(&self) -> bool {
        self.columns.is_text()
    }

    /// Each label that `predict` chooses from as text, in the order of their indices; none of a model that predicts numbers.
    pub fn label_texts(&self) -> Vec<String> {
        self.model.target().labels().map(|label| label.to_string()).collect()
    }

    /// The label with this index, as JSON.
    pub fn label(&self, index: usize) -> &[u8] {
        self.labels.get(index).map_or(b"null", Vec::as_slice)
    }
}

/// A row that costs so much is measured alone, others this many together; each so many times, of which the shortest counts.
const MEASURED_ALONE_MIN: Duration = Duration::from_micros(50);
/// After so long a row is not measured again. It is twice what a scheduler with a quota may keep a program waiting.
const MEASURED_MAX: Duration = Duration::from_millis(200);
const ROWS: usize = 8;
const ROUNDS: usize = 3;

/// Additions, one after the other and through memory, and how long each takes: nine cycles of a processor at 3 GHz.
const ADDITIONS: u32 = 4_096;
const ADDITION: Duration = Duration::from_nanos(3);

/// How many times slower than a processor this is, one or more. In a debugger or an emulator everything takes longer, so a request that
/// takes long is no reason to compute it elsewhere.
fn slowness() -> f64 {
    let time = |_| {
        let begin = Instant::now();
        black_box((0..ADDITIONS).fold(0.0, |sum: f64, number| black_box(sum + f64::from(number))));
        begin.elapsed()
    };
    let quickest = (0..ROUNDS).map(time).min().unwrap_or_default();
    (quickest.as_secs_f64() / (ADDITION * ADDITIONS).as_secs_f64()).max(1.0)
}

/// What a row of `model` costs with its costliest output: the quickest of some measurements, which other processes delay least.
fn measure(model: &Model) -> Duration {
    let (example, documents) = model.example_with_documents();
    let row: Vec<f64> = example.into_iter().map(|number| if number.is_finite() { number } else { 0.0 }).collect();
    let mut scratch = Scratch::default();
    model
        .outputs()
        .map(|output| measure_output(model, output.name, &row, &documents, &mut scratch))
        .max()
        .unwrap_or_default()
}

fn measure_output(
    model: &Model,
    name: OutputName,
    row: &[f64],
    documents: &Documents,
    scratch: &mut Scratch,
) -> Duration {
    let mut answers = Answers::default();
    let mut time = |cells: &[f64]| {
        let rows = Rows { cells, documents };
        answers.clear();
        let begin = Instant::now();
        // A model that cannot take this row costs little.
        let _ = model.answer_rows(rows, Asked::only(name), scratch, &mut answers);
        begin.elapsed()
    };
    let alone = shortest(|| time(row));
    if alone > MEASURED_ALONE_MIN {
        return alone;
    }
    let rows = row.repeat(ROWS);
    let together = (0..ROUNDS).map(|_| time(&rows) / ROWS as u32).min();
    together.unwrap_or(alone)
}

/// The shortest time of a few. The first one finds nothing in the caches, and in any of them the core may be taken away.
fn shortest(mut time: impl FnMut() -> Duration) -> Duration {
    let (mut shortest, mut spent) = (Duration::MAX, Duration::ZERO);
    for _ in 0..=ROUNDS {
        let once = time();
        (shortest, spent) = (shortest.min(once), spent + once);
        if shortest <= MEASURED_ALONE_MIN || spent > MEASURED_MAX {
            break;
        }
    }
    shortest
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::Classes;

    /// A model of two classes and one feature `x0`: above zero it is the second class.
    pub(in crate::api) fn served(labels: &[&str; 2]) -> Served {
        let made_up = MadeUp {
            classes: Classes::String(labels.map(str::to_owned).to_vec()),
            support_vectors: vec![-1.0, 1.0],
            dual_coef: vec![0.5, -0.5],
            ..MadeUp::default()
        };
        let facts = ModelFacts {
            name: "small".to_owned(),
            sha256: format!("0123456789abcdef{:048}", 0),
            ..ModelFacts::default()
        };
        Served::new(made_up.model(), facts)
    }

    #[test]
    fn the_cost_of_a_row_is_measured() {
        let work = served(&["a", "b"]).row_nanoseconds;
        assert!(0 < work && work < 100_000_000, "{work}");
    }

    #[test]
    fn the_short_hash_begins_the_long_one() {
        let served = served(&["a", "b"]);
        assert_eq!(format!("{:016x}", served.short_hash), served.facts.sha256[..16]);
    }

    #[test]
    fn a_row_is_measured_again_when_it_may_have_waited_for_the_core() {
        let shortest_of = |micros: &[u64]| {
            let mut left = micros.iter();
            let time = shortest(|| Duration::from_micros(*left.next().unwrap()));
            (time.as_micros(), left.len())
        };
        assert_eq!(shortest_of(&[90_000, 5]), (5, 0));
        assert_eq!(shortest_of(&[5, 1]), (5, 1));
        assert_eq!(shortest_of(&[400, 300, 350, 90_000, 1]), (300, 1));
        // a row that takes long is not measured again
        assert_eq!(shortest_of(&[300_000, 1]), (300_000, 1));
        assert_eq!(shortest_of(&[150_000, 140_000, 1]), (140_000, 1));
    }
}
