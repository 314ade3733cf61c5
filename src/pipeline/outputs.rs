//! What a model can be asked for, as data, and its answers.

use super::{Classes, ElementType, Error, Label};

/// An output of a model: what it is called, and what it gives for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// What it is.
    pub name: OutputName,
    /// What one value is.
    pub element: ElementType,
    /// Values for a row, one or more.
    pub width: usize,
    /// Whether the values are labels of the model's target, which are answered as indices.
    pub is_labels: bool,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputName {
    /// The label, or the number.
    Predict,
    /// Decision values in the model's own shape.
    DecisionFunction,
    /// A probability for each class.
    PredictProba,
    /// The decision value without the offset that makes zero the border: of a one-class SVM.
    ScoreSamples,
    /// A score for each class whatever the model's own shape: its one-vs-rest value. With two classes minus the decision value, and
    /// the decision value. Of a calibrated model its probabilities: it has no other scores. Of a `LinearSVC` its decision function.
    ClassScores,
    /// A value for each pair of classes whatever the model's own shape, as `decision_function` of the shape "ovo" has them.
    PairScores,
}

/// What a model was trained to find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// One of these classes.
    Classes(&'a Classes),
    /// A number.
    Number,
    /// Whether a row is like the training rows: 1, or not: -1.
    Inlier,
}

impl<'a> Target<'a> {
    /// What messages and documents call it.
    pub fn name(self) -> &'static str {
        match self {
            Target::Classes(_) => "classes",
            Target::Number => "number",
            Target::Inlier => "inlier",
        }
    }

    /// What `predict` gives, in words.
    pub fn gives(self) -> &'static str {
        match self {
            Target::Classes(_) => "one of its classes",
            Target::Number => "a number",
            Target::Inlier => "1 for a row like the training rows, else -1",
        }
    }

    /// The classes, where it is one of some.
    pub fn classes(self) -> Option<&'a Classes> {
        if let Target::Classes(classes) = self { Some(classes) } else { None }
    }

    /// How many labels `predict` chooses from; 0 where it gives a number.
    pub fn n_labels(self) -> usize {
        match self {
            Target::Classes(classes) => classes.len(),
            Target::Number => 0,
            Target::Inlier => SIDES.len(),
        }
    }

    /// The label with this index, as `predict` gives it.
    pub fn label(self, index: usize) -> Option<Label<'a>> {
        match self {
            Target::Classes(classes) => classes.label(index),
            Target::Number => None,
            Target::Inlier => SIDES.get(index).copied().map(Label::Integer),
        }
    }

    /// All labels in order.
    pub fn labels(self) -> impl Iterator<Item = Label<'a>> {
        (0..self.n_labels()).filter_map(move |index| self.label(index))
    }
}

/// What `predict` of a one-class SVM says of a row that is unlike the training rows, and of one that is like them.
const SIDES: [i64; 2] = [-1, 1];

impl OutputName {
    /// Those that a client can ask for by name, in the order in which they are listed.
    pub const LISTED: [OutputName; 4] =
        [OutputName::Predict, OutputName::DecisionFunction, OutputName::PredictProba, OutputName::ScoreSamples];

    /// scikit-learn's name of the method.
    pub fn as_str(self) -> &'static str {
        match self {
            OutputName::Predict => "predict",
            OutputName::DecisionFunction => "decision_function",
            OutputName::PredictProba => "predict_proba",
            OutputName::ScoreSamples => "score_samples",
            OutputName::ClassScores => "class_scores",
            OutputName::PairScores => "pair_scores",
        }
    }

    /// The output of this name.
    pub fn parse(name: &str) -> Option<OutputName> {
        OutputName::LISTED.into_iter().find(|output| output.as_str() == name)
    }
}

impl Output {
    /// Numbers, `width` of them.
    pub(super) fn numbers(name: OutputName, width: usize) -> Output {
        Output { name, element: ElementType::Float, width, is_labels: false }
    }

    /// A label of one of `classes`.
    pub(super) fn label(classes: &Classes) -> Output {
        Output { name: OutputName::Predict, element: classes.element_type(), width: 1, is_labels: true }
    }

    /// 1 or -1.
    pub(super) fn side() -> Output {
        Output { name: OutputName::Predict, element: ElementType::Integer, width: 1, is_labels: true }
    }

    /// Names for its values where they stand in columns: `predict`, `decision_function_0`, ...
    pub fn column_names(self) -> impl Iterator<Item = String> {
        let name = self.name.as_str();
        let is_indexed = self.name != OutputName::Predict;
        (0..self.width).map(move |index| if is_indexed { format!("{name}_{index}") } else { name.to_owned() })
    }
}

/// Which answers to compute, each at most once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked(u8);

impl Asked {
    pub(super) const ORDER: [OutputName; 6] = [
        OutputName::Predict,
        OutputName::DecisionFunction,
        OutputName::PredictProba,
        OutputName::ScoreSamples,
        OutputName::ClassScores,
        OutputName::PairScores,
    ];

    /// This output alone.
    pub fn only(name: OutputName) -> Asked {
        Asked::default().and(name)
    }

    /// The same and one output more.
    #[must_use]
    pub fn and(self, name: OutputName) -> Asked {
        Asked(self.0 | 1 << name as u8)
    }

    /// The outputs, in the order in which they are listed.
    pub fn names(self) -> impl Iterator<Item = OutputName> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let name = Asked::ORDER.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(*name)
        })
    }
}

/// The values of one output for many rows.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerColumn {
    /// For each row the index of a label.
    Labels(Vec<usize>),
    /// For each row so many numbers.
    Numbers {
        /// Numbers for a row.
        width: usize,
        /// All of them, row major.
        numbers: Vec<f64>,
    },
}

impl AnswerColumn {
    fn new(output: &Output) -> AnswerColumn {
        if output.is_labels {
            AnswerColumn::Labels(Vec::new())
        } else {
            AnswerColumn::Numbers { width: output.width, numbers: Vec::new() }
        }
    }

    /// Whether it is a column for this output.
    fn holds(&self, output: &Output) -> bool {
        match self {
            AnswerColumn::Labels(_) => output.is_labels,
            AnswerColumn::Numbers { width, .. } => !output.is_labels && *width == output.width,
        }
    }

    fn clear(&mut self) {
        match self {
            AnswerColumn::Labels(labels) => labels.clear(),
            AnswerColumn::Numbers { numbers, .. } => numbers.clear(),
        }
    }

    fn reserve(&mut self, n_rows: usize) {
        match self {
            AnswerColumn::Labels(labels) => labels.reserve_exact(n_rows),
            AnswerColumn::Numbers { width, numbers } => numbers.reserve_exact(n_rows * *width),
        }
    }

    fn shrink(&mut self, values: usize) {
        self.clear();
        match self {
            AnswerColumn::Labels(labels) => labels.shrink_to(values),
            AnswerColumn::Numbers { numbers, .. } => numbers.shrink_to(values),
        }
    }
}

/// Answers for rows: a column for each output that is asked for.
#[derive(Debug, Default)]
pub struct Answers(Vec<(OutputName, AnswerColumn)>);

impl Answers {
    /// Empty again, with the memory kept.
    pub fn clear(&mut self) {
        self.0.iter_mut().for_each(|(_, column)| column.clear());
    }

    /// The column of an output, if it was asked for.
    pub fn column(&self, name: OutputName) -> Option<&AnswerColumn> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, column)| column)
    }

    /// The indices of an output's labels; nothing if they were not asked for, or are numbers.
    pub fn labels(&self, name: OutputName) -> &[usize] {
        if let Some(AnswerColumn::Labels(labels)) = self.column(name) { labels } else { &[] }
    }

    /// The numbers of an output; nothing if they were not asked for, or are labels.
    pub fn numbers(&self, name: OutputName) -> &[f64] {
        if let Some(AnswerColumn::Numbers { numbers, .. }) = self.column(name) { numbers } else { &[] }
    }

    /// The numbers of an output, to be changed.
    pub(super) fn numbers_mut(&mut self, name: OutputName) -> &mut [f64] {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, AnswerColumn::Numbers { numbers, .. })) => numbers,
            _ => &mut [],
        }
    }

    /// Empty again, with room for at most so many values in each column.
    pub fn shrink(&mut self, values: usize) {
        self.0.iter_mut().for_each(|(_, column)| column.shrink(values));
    }

    /// Makes room for so many rows in each column, and no more.
    pub(super) fn reserve(&mut self, n_rows: usize) {
        self.0.iter_mut().for_each(|(_, column)| column.reserve(n_rows));
    }

    /// What there is a column for.
    pub(super) fn names(&self) -> impl Iterator<Item = OutputName> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// The column of labels, if it is the only one.
    pub(super) fn only_labels(&mut self) -> Option<&mut Vec<usize>> {
        if let [(_, AnswerColumn::Labels(labels))] = self.0.as_mut_slice() { Some(labels) } else { None }
    }

    /// The columns, to be appended to.
    pub(super) fn columns_mut(&mut self) -> impl Iterator<Item = (OutputName, &mut AnswerColumn)> {
        self.0.iter_mut().map(|(name, column)| (*name, column))
    }

    /// Makes a column for each output that is asked for; those that are there already stay as they are.
    ///
    /// # Errors
    /// That of `describe`, which tells how the model has an output.
    pub(super) fn begin(
        &mut self,
        asked: Asked,
        describe: impl Fn(OutputName) -> Result<Output, Error>,
    ) -> Result<(), Error> {
        let mut count = 0;
        for name in asked.names() {
            let output = describe(name)?;
            if !self.0.get(count).is_some_and(|(found, column)| *found == name && column.holds(&output)) {
                self.0.truncate(count);
                self.0.push((name, AnswerColumn::new(&output)));
            }
            count += 1;
        }
        self.0.truncate(count);
        Ok(())
    }
}
