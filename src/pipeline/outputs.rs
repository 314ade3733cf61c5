//! What a model can be asked for, and its answers.

/// What a model can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The label.
    Predict,
    /// Decision values in the model's own shape.
    DecisionFunction,
    /// A probability for each class.
    PredictProba,
}

impl Output {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Output; 3] = [Output::Predict, Output::DecisionFunction, Output::PredictProba];

    /// scikit-learn's name of the method.
    pub fn name(self) -> &'static str {
        match self {
            Output::Predict => "predict",
            Output::DecisionFunction => "decision_function",
            Output::PredictProba => "predict_proba",
        }
    }

    /// The output of this name.
    pub fn from_name(name: &str) -> Option<Output> {
        Output::ALL.into_iter().find(|output| output.name() == name)
    }
}

/// Which answers to compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Class indices.
    pub predict: bool,
    /// Decision values in the model's own shape.
    pub decision_function: bool,
    /// One score for each class, whatever the model's own shape.
    pub class_scores: bool,
    /// One value for each pair of classes, whatever the model's own shape.
    pub pair_scores: bool,
    /// One probability for each class.
    pub predict_proba: bool,
}

impl Asked {
    /// The same and one output more.
    #[must_use]
    pub fn and(self, output: Output) -> Asked {
        match output {
            Output::Predict => Asked { predict: true, ..self },
            Output::DecisionFunction => Asked { decision_function: true, ..self },
            Output::PredictProba => Asked { predict_proba: true, ..self },
        }
    }
}

/// Answers for rows, row major; what is not asked for stays empty.
#[derive(Debug, Default)]
pub struct Answers {
    /// Index of the predicted class of each row.
    pub classes: Vec<usize>,
    /// [`Model::width`](super::Model::width) values for each row.
    pub decision_function: Vec<f64>,
    /// One-vs-rest values, one for each class. With two classes minus the decision value, and the decision value. Of a
    /// calibrated model its probabilities: it has no other scores.
    pub class_scores: Vec<f64>,
    /// A value for each pair of classes, as `decision_function` of the shape "ovo" has them; one for two classes.
    pub pair_scores: Vec<f64>,
    /// One probability for each class.
    pub predict_proba: Vec<f64>,
}

impl Answers {
    /// Empty again, with the memory kept.
    pub fn clear(&mut self) {
        self.classes.clear();
        self.decision_function.clear();
        self.class_scores.clear();
        self.pair_scores.clear();
        self.predict_proba.clear();
    }
}
