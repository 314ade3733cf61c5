//! Models that tests make up: the one place that spells out all parts of a model. The unit tests, `tests/it` and the fuzz
//! targets include this file.
// No crate that includes it uses all of it.
#![allow(dead_code)]

use svcd::pipeline::{
    Branch, Branches, BranchesKind, Classes, Codes, ColumnKind, Columns, EncodedColumn, Encoder, EncoderKind, Error,
    Estimator, Fill, FilledColumn, Model, OwnCategory, Scaler, ScalerFormula, Step, Steps, UNKNOWN,
};
use svcd::svc::{DecisionFunctionShape, Kernel, Probability, Svc, SvcParts};

/// What a made-up model consists of. A test names what it is about; the rest is the default's: two classes 0 and 1, one
/// feature, a linear kernel, one support vector for each class.
#[derive(Clone)]
pub struct MadeUp {
    pub scalers: Vec<ScalerFormula>,
    pub kernel: Kernel,
    pub classes: Classes,
    pub feature_names: Option<Vec<String>>,
    /// What the columns hold; numbers if it is empty. Others reach the SVC as their cells, and a missing number as 100.
    pub kinds: Vec<ColumnKind>,
    pub n_support: Vec<usize>,
    /// Row major. Their number and `n_support` say how many features there are.
    pub support_vectors: Vec<f64>,
    pub dual_coef: Vec<f64>,
    pub intercept: Vec<f64>,
    pub decision_function_shape: DecisionFunctionShape,
    pub break_ties: bool,
    pub probability: Option<Probability>,
}

impl Default for MadeUp {
    fn default() -> Self {
        Self::one_vector_each(&[1.0, -1.0], &[0.0])
    }
}

impl MadeUp {
    /// Classes 0, 1, ..., as many as the pairs of `intercept` are of, and for each one support vector, the number 1.
    pub fn one_vector_each(dual_coef: &[f64], intercept: &[f64]) -> Self {
        let n_classes = (1..).find(|k| k * (k - 1) / 2 == intercept.len()).expect("an intercept for each pair");
        Self {
            scalers: vec![],
            kernel: Kernel::Linear,
            classes: Classes::Integer((0..n_classes as i64).collect()),
            feature_names: None,
            kinds: vec![],
            n_support: vec![1; n_classes],
            support_vectors: vec![1.0; n_classes],
            dual_coef: dual_coef.to_vec(),
            intercept: intercept.to_vec(),
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        }
    }

    fn n_features_in(&self) -> usize {
        self.support_vectors.len() / self.n_support.iter().sum::<usize>()
    }

    /// The parts of its SVC, not checked.
    pub fn svc_parts(self) -> SvcParts {
        SvcParts {
            n_features_in: self.n_features_in(),
            kernel: self.kernel,
            n_support: self.n_support,
            support_vectors: self.support_vectors,
            dual_coef: self.dual_coef,
            intercept: self.intercept,
            decision_function_shape: self.decision_function_shape,
            break_ties: self.break_ties,
            probability: self.probability,
        }
    }

    /// Its SVC. Panics if the parts do not fit together.
    pub fn svc(self) -> Svc {
        Svc::new(self.svc_parts()).expect("the parts fit together")
    }

    /// The model, or what does not fit.
    pub fn try_model(self) -> Result<Model, Error> {
        let n_features_in = self.n_features_in();
        let columns = Columns::numbers(n_features_in, self.feature_names.clone())?;
        let step = |formula| Step::Scaler(Scaler { n_features_in, formula });
        let scalers = self.scalers.iter().cloned().map(step);
        let cells = (!self.kinds.is_empty()).then(|| cells(&self.kinds));
        let steps = Steps(cells.into_iter().chain(scalers).collect());
        let classes = self.classes.clone();
        Model::new(columns, steps, Estimator::Svc { svc: Svc::new(self.svc_parts())?, classes })
    }

    /// The model. Panics if the parts do not fit together.
    pub fn model(self) -> Model {
        self.try_model().expect("the parts fit together")
    }
}

/// What makes columns of these kinds out of a row, and of a row its cells.
fn cells(kinds: &[ColumnKind]) -> Step {
    let branch = |(column, kind): (usize, &ColumnKind)| {
        let step = match kind {
            ColumnKind::Number | ColumnKind::Ignored | ColumnKind::Text => None,
            ColumnKind::NumberOrMissing => {
                let column = FilledColumn::new(OwnCategory::NaN, OwnCategory::Number(100.0));
                Some(Step::Fill(Fill { columns: vec![column] }))
            }
            ColumnKind::Category(categories) => {
                let listed: Vec<_> = categories.iter().collect();
                let numbers = (0..listed.len()).map(|index| index as f64).collect();
                let unknown = categories.takes_unknown().then(|| vec![UNKNOWN]);
                let column = EncodedColumn::new(&listed, Codes::Numbers { width: 1, numbers, unknown });
                let columns = vec![column.expect("a code for each category")];
                Some(Step::Encode(Encoder { kind: EncoderKind::Ordinal, columns }))
            }
        };
        Branch::new(format!("column {column}"), vec![column], None, Steps(step.into_iter().collect()))
    };
    let branches = kinds.iter().enumerate().map(branch).collect();
    Step::Columns(Branches { kind: BranchesKind::ColumnTransformer, n_features_in: kinds.len(), branches })
}
