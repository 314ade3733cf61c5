//! What is fitted, and with which numbers.

use std::num::NonZero;

use crate::pipeline::Classes;

/// An estimator before it is fitted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    pub estimator: EstimatorName,
    pub kernel: KernelChoice,
    pub c: f64,
    pub gamma: GammaRule,
    pub degree: u32,
    pub coef0: f64,
    pub nu: f64,
    pub epsilon: f64,
    pub tol: f64,
    pub shrinking: bool,
    pub iterations_max: Option<u64>,
    pub cache_bytes: usize,
    pub threads: NonZero<usize>,
    pub class_weights: ClassWeights,
    pub imputing: Option<Imputing>,
    /// Columns that are encoded.
    pub one_hot: Vec<String>,
    pub scaling: Option<Scaling>,
    pub has_probability: bool,
}

impl Default for Recipe {
    /// scikit-learn's `SVC()`, on one core.
    fn default() -> Recipe {
        Recipe {
            estimator: EstimatorName::Svc,
            kernel: KernelChoice::Rbf,
            c: 1.0,
            gamma: GammaRule::Scale,
            degree: 3,
            coef0: 0.0,
            nu: 0.5,
            epsilon: 0.1,
            tol: 1e-3,
            shrinking: true,
            iterations_max: None,
            cache_bytes: 200 << 20,
            threads: NonZero::<usize>::MIN,
            class_weights: ClassWeights::Equal,
            imputing: None,
            one_hot: Vec::new(),
            scaling: None,
            has_probability: false,
        }
    }
}

impl Recipe {
    /// What counts in it, by the names of the flags.
    pub fn parameters(&self) -> Vec<(String, String)> {
        use EstimatorName::{NuSvc, NuSvr, OneClass, Svc, Svr};
        let mut parameters = vec![("estimator", self.estimator.word().to_owned())];
        parameters.push(("kernel", self.kernel.word().to_owned()));
        if self.kernel != KernelChoice::Linear {
            parameters.push(("gamma", self.gamma.to_string()));
        }
        if self.kernel == KernelChoice::Poly {
            parameters.push(("degree", self.degree.to_string()));
        }
        if matches!(self.kernel, KernelChoice::Poly | KernelChoice::Sigmoid) {
            parameters.push(("coef0", self.coef0.to_string()));
        }
        if matches!(self.estimator, Svc | Svr | NuSvr) {
            parameters.push(("C", self.c.to_string()));
        }
        if matches!(self.estimator, NuSvc | NuSvr | OneClass) {
            parameters.push(("nu", self.nu.to_string()));
        }
        if self.estimator == Svr {
            parameters.push(("epsilon", self.epsilon.to_string()));
        }
        parameters.push(("tol", self.tol.to_string()));
        if let Some(iterations_max) = self.iterations_max {
            parameters.push(("max-iter", iterations_max.to_string()));
        }
        if self.class_weights != ClassWeights::Equal {
            parameters.push(("class-weight", self.class_weights.to_string()));
        }
        if let Some(imputing) = self.imputing {
            parameters.push(("impute", imputing.word().to_owned()));
        }
        if !self.one_hot.is_empty() {
            parameters.push(("one-hot", self.one_hot.join(",")));
        }
        if let Some(scaling) = self.scaling {
            parameters.push(("scale", scaling.word().to_owned()));
        }
        if self.has_probability {
            parameters.push(("probability", "sigmoid".to_owned()));
        }
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EstimatorName {
    Svc,
    NuSvc,
    Svr,
    NuSvr,
    OneClass,
}

impl EstimatorName {
    /// All, as they are typed.
    pub const WORDS: [(&str, EstimatorName); 5] = [
        ("svc", EstimatorName::Svc),
        ("nusvc", EstimatorName::NuSvc),
        ("svr", EstimatorName::Svr),
        ("nusvr", EstimatorName::NuSvr),
        ("one-class", EstimatorName::OneClass),
    ];

    /// As it is typed.
    pub fn word(self) -> &'static str {
        word_of(&EstimatorName::WORDS, self)
    }

    /// Whether it predicts numbers.
    pub fn is_regression(self) -> bool {
        matches!(self, EstimatorName::Svr | EstimatorName::NuSvr)
    }
}

/// A kernel without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KernelChoice {
    Linear,
    Poly,
    Rbf,
    Sigmoid,
}

impl KernelChoice {
    /// All, as they are typed.
    pub const WORDS: [(&str, KernelChoice); 4] = [
        ("rbf", KernelChoice::Rbf),
        ("linear", KernelChoice::Linear),
        ("poly", KernelChoice::Poly),
        ("sigmoid", KernelChoice::Sigmoid),
    ];

    /// As it is typed.
    pub fn word(self) -> &'static str {
        word_of(&KernelChoice::WORDS, self)
    }
}

/// The word that stands for a value.
fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, named)| *named == value).map_or("", |(word, _)| word)
}

/// What stands for a missing number; for a missing category it is always the most frequent one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Imputing {
    Mean,
    Median,
    MostFrequent,
}

impl Imputing {
    /// All, as they are typed.
    pub const WORDS: [(&str, Imputing); 3] =
        [("mean", Imputing::Mean), ("median", Imputing::Median), ("most_frequent", Imputing::MostFrequent)];

    /// As it is typed.
    pub fn word(self) -> &'static str {
        word_of(&Imputing::WORDS, self)
    }
}

/// What makes the columns comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scaling {
    Standard,
    MinMax,
    Robust,
}

impl Scaling {
    /// All, as they are typed.
    pub const WORDS: [(&str, Scaling); 3] =
        [("standard", Scaling::Standard), ("minmax", Scaling::MinMax), ("robust", Scaling::Robust)];

    /// As it is typed.
    pub fn word(self) -> &'static str {
        word_of(&Scaling::WORDS, self)
    }
}

/// The kernel's `gamma`, or how it comes from the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum GammaRule {
    Scale,
    Auto,
    Number(f64),
}

impl GammaRule {
    /// As it is typed.
    pub fn parse(text: &str) -> Option<GammaRule> {
        match text {
            "scale" => Some(GammaRule::Scale),
            "auto" => Some(GammaRule::Auto),
            _ => text.parse().ok().filter(|gamma: &f64| gamma.is_finite() && *gamma >= 0.0).map(GammaRule::Number),
        }
    }
}

impl std::fmt::Display for GammaRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GammaRule::Scale => f.write_str("scale"),
            GammaRule::Auto => f.write_str("auto"),
            GammaRule::Number(gamma) => gamma.fmt(f),
        }
    }
}

/// What errors of each class cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ClassWeights {
    Equal,
    /// The rarer a class, the more.
    Balanced,
    /// By label; 1 for those that are not there.
    Given(Vec<(String, f64)>),
}

impl ClassWeights {
    /// As they are typed.
    pub fn parse(text: &str) -> Option<ClassWeights> {
        if text == "balanced" {
            return Some(ClassWeights::Balanced);
        }
        let pair = |pair: &str| {
            let (label, weight) = pair.rsplit_once('=')?;
            let weight = weight.parse().ok().filter(|weight: &f64| weight.is_finite() && *weight > 0.0)?;
            Some((label.to_owned(), weight))
        };
        text.split(',').map(pair).collect::<Option<Vec<_>>>().map(ClassWeights::Given)
    }

    /// The weight of each class. `classes`: of each row, by place.
    ///
    /// # Errors
    /// A label that is none of the classes'.
    ///
    /// # Source
    /// scikit-learn, `compute_class_weight`.
    pub fn of(&self, labels: &Classes, classes: &[usize]) -> Result<Vec<f64>, String> {
        match self {
            ClassWeights::Equal => Ok(vec![1.0; labels.len()]),
            ClassWeights::Balanced => {
                let mut counts = vec![0_usize; labels.len()];
                classes.iter().filter_map(|class| counts.get_mut(*class).map(|count| *count += 1)).for_each(drop);
                Ok(counts.iter().map(|count| classes.len() as f64 / (labels.len() as f64 * *count as f64)).collect())
            }
            ClassWeights::Given(given) => {
                let names: Vec<String> = labels.iter().map(|label| label.to_string()).collect();
                if let Some((unknown, _)) = given.iter().find(|(label, _)| !names.contains(label)) {
                    return Err(format!("--class-weight: expected labels of the target, found `{unknown}`"));
                }
                let weight = |name: &String| given.iter().find(|(label, _)| label == name).map_or(1.0, |(_, w)| *w);
                Ok(names.iter().map(weight).collect())
            }
        }
    }
}

impl std::fmt::Display for ClassWeights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ClassWeights::Equal => f.write_str("none"),
            ClassWeights::Balanced => f.write_str("balanced"),
            ClassWeights::Given(given) => {
                let pairs: Vec<_> = given.iter().map(|(label, weight)| format!("{label}={weight}")).collect();
                f.write_str(&pairs.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_they_are_typed() {
        let given = ClassWeights::Given(vec![("a=b".to_owned(), 2.5), ("c".to_owned(), 1.0)]);
        assert_eq!(ClassWeights::parse("a=b=2.5,c=1"), Some(given.clone()));
        assert_eq!(given.to_string(), "a=b=2.5,c=1");
        assert_eq!(["", "a", "a=0", "a=-1", "a=nan", "a=1,"].map(ClassWeights::parse), [const { None }; 6]);
        let labels = Classes::String(vec!["c".to_owned(), "d".to_owned()]);
        assert!(given.of(&labels, &[0, 1]).is_err());
        let given = ClassWeights::Given(vec![("d".to_owned(), 3.0)]);
        assert_eq!(given.of(&labels, &[0, 1]), Ok(vec![1.0, 3.0]));
        assert_eq!(ClassWeights::Balanced.of(&labels, &[0, 1, 1, 1]), Ok(vec![2.0, 4.0 / 6.0]));
    }
}
