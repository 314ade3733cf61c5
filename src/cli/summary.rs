//! The facts about a model: as lines for people, as JSON for programs.

use std::fmt::Write;
use std::{iter, mem};

use serde::Serialize;

use super::diagram;
use super::model::Opened;
use crate::escape::{self, escaped};
use crate::model_file::{Loaded, PROBE_ROWS_MAX, Role, TrainingRecord};
use crate::pipeline::text::Vectorizer;
use crate::pipeline::{ClassLabels, Columns, Estimator, KernelParameters, OutputName, Rule};
use crate::svc::Svc;

/// The facts in the order they are shown, with scikit-learn's names where it has one.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    model: &'a str,
    file: &'a str,
    sha256: String,
    format: String,
    source: String,
    sklearn_version: Option<&'a str>,
    /// How it was trained here.
    #[serde(skip_serializing_if = "Option::is_none")]
    training: Option<&'a TrainingRecord>,
    /// scikit-learn's class and what is inside, of which the first is shown.
    estimator: String,
    /// What it answers with: `classes`, `number` or `inlier`.
    target: &'static str,
    steps: Vec<String>,
    /// None, and so are its numbers and the support vectors, where the estimator is linear.
    kernel: Option<&'static str>,
    gamma: Option<f64>,
    coef0: Option<f64>,
    degree: Option<u32>,
    classes: Option<ClassLabels<'a>>,
    n_features_in: usize,
    feature_names_in: Option<&'a [String]>,
    /// Names of the columns that take a missing value, and of those that are categories.
    may_be_missing: Vec<&'a str>,
    categories: Vec<CategoryFacts<'a>>,
    vocabularies: Vec<VocabularyFacts>,
    support_vectors: Option<usize>,
    n_support: Option<&'a [usize]>,
    decision_function_shape: Option<&'static str>,
    break_ties: Option<bool>,
    probability: bool,
    /// Of an SVC, whether labels alone come from single precision, or from one vector of weights a pair, where that is proven to change none.
    proves_labels: Option<bool>,
    /// Members of a calibrated model. 0 for any other model.
    calibrated_classifiers: usize,
    probe_rows: usize,
    /// Empty for a model that was whole.
    pieces: Vec<PieceFacts<'a>>,
    left_out: Vec<LeftOutFacts<'a>>,
    warnings: &'a [String],
    #[serde(skip)]
    loaded: &'a Loaded,
}

/// A column of categories.
#[derive(Serialize)]
struct CategoryFacts<'a> {
    name: &'a str,
    count: usize,
}

/// What a vectorizer knows.
#[derive(Serialize)]
struct VocabularyFacts {
    vectorizer: &'static str,
    columns: usize,
    /// Whether a column is a word, not a hash of several.
    has_words: bool,
}

impl VocabularyFacts {
    fn of(vectorizer: &Vectorizer) -> VocabularyFacts {
        let has_words = vectorizer.vocabulary().is_some();
        VocabularyFacts { vectorizer: vectorizer.class(), columns: vectorizer.n_columns(), has_words }
    }

    fn text(&self) -> String {
        format!("{} {} of {}", self.columns, if self.has_words { "words" } else { "hashes" }, self.vectorizer)
    }
}

fn category_facts(columns: &Columns) -> Vec<CategoryFacts<'_>> {
    let named = columns.names().iter().zip(columns.kinds());
    named.filter_map(|(name, kind)| Some(CategoryFacts { name, count: kind.categories()?.len() })).collect()
}

/// What one piece is.
#[derive(Serialize)]
struct PieceFacts<'a> {
    place: &'a str,
    what: &'a str,
    role: &'static str,
    n_features_in: Option<usize>,
    n_features_out: Option<usize>,
}

/// Something beside the model.
#[derive(Serialize)]
struct LeftOutFacts<'a> {
    place: &'a str,
    what: &'a str,
}

fn piece_facts(loaded: &Loaded) -> Vec<PieceFacts<'_>> {
    let facts = loaded.pieces.iter().map(|piece| {
        let (role, n_features_in, n_features_out) = match piece.role {
            Role::Transformer { width_in, width_out } => ("transformer", Some(width_in), Some(width_out)),
            Role::Estimator { width_in } => ("estimator", Some(width_in), None),
            Role::Column => ("column", None, None),
            Role::Labels => ("labels", None, None),
            Role::Names => ("names", None, None),
        };
        PieceFacts { place: &piece.place, what: &piece.what, role, n_features_in, n_features_out }
    });
    facts.collect()
}

impl<'a> Summary<'a> {
    /// The facts about a loaded model, whose probe rows gave the stored answers.
    pub(super) fn new(opened: &'a Opened) -> Summary<'a> {
        let (loaded, model) = (&opened.loaded, &opened.loaded.model);
        let svc = model.estimator().svc().map(Svc::parts);
        let parameters = model.kernel().map(|kernel| kernel.parameters());
        let KernelParameters { gamma, coef0, degree } = parameters.unwrap_or_default();
        Summary {
            model: &opened.name,
            file: &opened.origin,
            sha256: opened.sha256.to_string(),
            format: loaded.provenance.format.to_string(),
            source: loaded.provenance.source.to_string(),
            sklearn_version: loaded.provenance.sklearn_version.as_deref(),
            training: loaded.provenance.training.as_ref(),
            estimator: model.estimator().description(),
            target: model.target().name(),
            steps: model.step_descriptions(),
            kernel: model.kernel().map(|kernel| kernel.name()),
            gamma,
            coef0,
            degree,
            classes: model.classes().map(ClassLabels),
            n_features_in: model.n_features_in(),
            feature_names_in: model.has_feature_names().then(|| model.feature_names()),
            may_be_missing: model.columns().missing().collect(),
            categories: category_facts(model.columns()),
            vocabularies: model.vectorizers().into_iter().map(VocabularyFacts::of).collect(),
            support_vectors: model.n_support_vectors(),
            n_support: svc.map(|svc| svc.n_support.as_slice()),
            decision_function_shape: svc.map(|svc| svc.decision_function_shape.name()),
            break_ties: svc.map(|svc| svc.break_ties),
            proves_labels: matches!(model.estimator(), Estimator::Svc { .. }).then(|| model.proves_labels()),
            probability: model.output(OutputName::PredictProba).is_ok(),
            calibrated_classifiers: match model.estimator() {
                Estimator::Meta(meta) if matches!(meta.rule, Rule::Calibrated(_)) => meta.n_members(),
                _ => 0,
            },
            probe_rows: loaded.probes.as_ref().map_or(0, |probes| probes.count(model)),
            pieces: if loaded.is_assembled() { piece_facts(loaded) } else { Vec::new() },
            left_out: loaded
                .left_out
                .iter()
                .map(|left| LeftOutFacts { place: &left.place, what: &left.what })
                .collect(),
            warnings: &loaded.warnings,
            loaded,
        }
    }

    /// One object, indented.
    pub(super) fn json(&self) -> String {
        // Text and numbers alone cannot fail to serialize.
        escape::json(&serde_json::to_string_pretty(self).unwrap_or_default()) + "\n"
    }

    /// One line for each fact.
    pub(super) fn text(&self) -> String {
        let mut text = FactLines::default();
        text.line("model", self.model);
        text.line("file", self.file);
        text.line("sha256", &self.sha256);
        let source = if self.source == self.format { String::new() } else { format!(" (source: {})", self.source) };
        text.line("format", format!("{}{source}", self.format));
        let by_sklearn = |version: &str| format!("scikit-learn {version}");
        let by_svcd = || self.training.map(|_| "svcd".to_owned());
        let trained_by = self.sklearn_version.map(by_sklearn).or_else(by_svcd);
        text.line("trained by", trained_by.unwrap_or("unknown".to_owned()));
        self.training.iter().for_each(|training| text.training(training));
        let steps = if self.steps.is_empty() { "none".to_owned() } else { self.steps.join(", ") };
        text.line("steps", steps);
        text.line("estimator", &self.estimator);
        text.line("target", self.target);
        if let Some(kernel) = self.kernel {
            text.line("kernel", self.kernel_text(kernel));
        }
        if let Some(ClassLabels(classes)) = self.classes {
            let labels: Vec<_> = classes.iter().map(|label| label.to_string()).collect();
            text.lines("classes", wrapped(&format!("{}:", labels.len()), &labels));
        }
        match self.feature_names_in {
            Some(names) => text.lines("features", wrapped(&format!("{}:", self.n_features_in), names)),
            None => text.line("features", format!("{}, without names", self.n_features_in)),
        }
        if !self.may_be_missing.is_empty() {
            let names: Vec<_> = self.may_be_missing.iter().map(|name| (*name).to_owned()).collect();
            text.lines("may be missing", wrapped(&format!("{}:", names.len()), &names));
        }
        if !self.categories.is_empty() {
            let of = |CategoryFacts { name, count }: &CategoryFacts<'_>| format!("{name} ({count})");
            let names: Vec<_> = self.categories.iter().map(of).collect();
            text.lines("categories", wrapped(&format!("{}:", names.len()), &names));
        }
        if !self.vocabularies.is_empty() {
            let all: Vec<_> = self.vocabularies.iter().map(VocabularyFacts::text).collect();
            text.line("vocabulary", all.join(", "));
        }
        self.machine_lines(&mut text);
        text.line(
            "probe rows",
            match self.probe_rows {
                0 => format!("none: nothing to compare the answers with (at most {PROBE_ROWS_MAX} can be stored)"),
                count => format!("{count}, all answered as stored"),
            },
        );
        text.lines("pieces", diagram::pieces(self.loaded));
        text.lines("left out", diagram::left_out(&self.loaded.left_out));
        for warning in self.warnings {
            text.line("warning", warning);
        }
        text.0
    }

    /// Support vectors, and what follows from them.
    fn machine_lines(&self, text: &mut FactLines) {
        let yes_no = |value: bool| if value { "yes" } else { "no" };
        if let Some(count) = self.support_vectors {
            let by_class = self.n_support.map_or_else(String::new, |n_support| {
                format!(" ({})", shortened(&n_support.iter().map(usize::to_string).collect::<Vec<_>>()))
            });
            text.line("support vectors", format!("{count}{by_class}"));
        }
        if let Some(shape) = self.decision_function_shape {
            text.line("decision_function_shape", shape);
        }
        if let Some(break_ties) = self.break_ties {
            text.line("break_ties", yes_no(break_ties));
        }
        if self.classes.is_some() {
            text.line("probabilities", yes_no(self.probability));
        }
        if self.kernel == Some("rbf") && self.break_ties == Some(false) && self.proves_labels == Some(false) {
            text.line(
                "labels alone",
                "in double precision: the model's numbers are too large to bound the error of single precision",
            );
        }
    }

    fn kernel_text(&self, kernel: &str) -> String {
        let mut text = kernel.to_owned();
        for (name, value) in [("gamma", self.gamma), ("coef0", self.coef0)] {
            if let Some(value) = value {
                let _ = write!(text, ", {name} {value:?}");
            }
        }
        if let Some(degree) = self.degree {
            let _ = write!(text, ", degree {degree}");
        }
        text
    }
}

/// One line for each fact, or more where its value takes more.
#[derive(Default)]
struct FactLines(String);

impl FactLines {
    fn training(&mut self, training: &TrainingRecord) {
        let TrainingRecord { data_sha256, n_train, n_test, seed, parameters, scores } = training;
        self.line("trained on", format!("{n_train} rows, {n_test} held out, seed {seed}"));
        self.line("data sha256", data_sha256);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
        self.line("asked for", parameters.join(", "));
        scores.iter().for_each(|(name, score)| self.line(name, format!("{score:?} on the held-out rows")));
    }

    fn line(&mut self, name: &str, value: impl AsRef<str>) {
        self.0 += &fact(name, value.as_ref());
    }

    fn lines(&mut self, name: &str, values: Vec<String>) {
        let names = iter::once(name).chain(iter::repeat(""));
        names.zip(values).for_each(|(name, value)| self.line(name, value));
    }
}

/// A line with the name of a fact and its value.
pub(super) fn fact(name: &str, value: &str) -> String {
    format!("{name:<NAME_CHARS$} {}\n", escaped(value))
}

/// Characters of the column with the names.
const NAME_CHARS: usize = 24;

/// All of a list, in lines below each other.
fn wrapped(start: &str, texts: &[String]) -> Vec<String> {
    const LINE_CHARS_MAX: usize = 75;
    let (mut lines, mut line) = (Vec::new(), start.to_owned());
    for (index, text) in texts.iter().enumerate() {
        let text = escaped(text).to_string() + if index + 1 < texts.len() { "," } else { "" };
        if line.chars().count() + 1 + text.chars().count() > LINE_CHARS_MAX {
            lines.push(mem::replace(&mut line, text));
        } else {
            line = line + " " + &text;
        }
    }
    lines.push(line);
    lines
}

/// The first numbers of a list that may be long.
fn shortened(names: &[String]) -> String {
    const SHOWN_MAX: usize = 12;
    let shown = names.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN_MAX { format!("{shown}, ..") } else { shown }
}
