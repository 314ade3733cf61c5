//! What a class of scikit-learn's does, by its module: for messages about what is not read.

/// What a class or function is, as far as its names tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model_file) enum ClassKind {
    /// It turns rows into other rows: scalers, selections, encoders of columns.
    Transformer,
    /// Another estimator of scikit-learn's: one that answers, or a search or pipeline of estimators.
    OtherEstimator,
    /// It adds training rows or takes some away: imbalanced-learn's samplers, which do nothing when a model answers.
    Sampler,
    /// Anything else: other libraries, functions, helpers.
    Other,
}

/// The kind of the class with this module and name.
pub(super) fn class_kind(module: &str, name: &str) -> ClassKind {
    let mut parts = module.split('.');
    let (package, subpackage) = (parts.next(), parts.next().unwrap_or_default());
    // helpers have an underscore in front, functions a small letter
    let is_class = name.starts_with(|first: char| first.is_ascii_uppercase());
    if package == Some("imblearn") && is_class && SAMPLER_PACKAGES.contains(&subpackage) {
        return ClassKind::Sampler;
    }
    if package != Some("sklearn") || !is_class || module == "sklearn.model_selection._split" {
        return ClassKind::Other;
    }
    let is_transformer = match subpackage {
        "preprocessing" => !name.starts_with("Label") && name != "MultiLabelBinarizer",
        "cluster" => name == "FeatureAgglomeration",
        "discriminant_analysis" => false,
        "ensemble" => name == "RandomTreesEmbedding",
        "neighbors" => name.ends_with("Transformer"),
        "neural_network" => name == "BernoulliRBM",
        "pipeline" => name == "FeatureUnion",
        "compose" => name != "TransformedTargetRegressor",
        _ => TRANSFORMER_PACKAGES.contains(&subpackage),
    };
    match is_transformer {
        true => ClassKind::Transformer,
        false if ESTIMATOR_PACKAGES.contains(&subpackage) => ClassKind::OtherEstimator,
        false => ClassKind::Other,
    }
}

/// Packages all of whose classes transform.
const TRANSFORMER_PACKAGES: &[&str] = &[
    "cross_decomposition",
    "decomposition",
    "feature_extraction",
    "feature_selection",
    "impute",
    "kernel_approximation",
    "manifold",
    "random_projection",
];

/// Packages of imbalanced-learn all of whose classes sample; `base` has `FunctionSampler`.
const SAMPLER_PACKAGES: &[&str] = &["base", "combine", "over_sampling", "under_sampling"];

/// Packages whose classes are estimators of other kinds.
const ESTIMATOR_PACKAGES: &[&str] = &[
    "calibration",
    "cluster",
    "compose",
    "covariance",
    "discriminant_analysis",
    "dummy",
    "ensemble",
    "frozen",
    "gaussian_process",
    "grid_search",
    "isotonic",
    "kernel_ridge",
    "linear_model",
    "mixture",
    "model_selection",
    "multiclass",
    "multioutput",
    "naive_bayes",
    "neighbors",
    "neural_network",
    "pipeline",
    "semi_supervised",
    "svm",
    "tree",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_told_by_its_module() {
        for (module, name, expected) in [
            ("sklearn.preprocessing._data", "PowerTransformer", ClassKind::Transformer),
            ("sklearn.preprocessing.data", "StandardScaler", ClassKind::Transformer),
            ("sklearn.preprocessing._label", "LabelEncoder", ClassKind::Other),
            ("sklearn.preprocessing._label", "MultiLabelBinarizer", ClassKind::Other),
            ("sklearn.feature_extraction.text", "TfidfVectorizer", ClassKind::Transformer),
            ("sklearn.compose._column_transformer", "ColumnTransformer", ClassKind::Transformer),
            ("sklearn.compose._target", "TransformedTargetRegressor", ClassKind::OtherEstimator),
            ("sklearn.pipeline", "FeatureUnion", ClassKind::Transformer),
            ("sklearn.pipeline", "Pipeline", ClassKind::OtherEstimator),
            ("sklearn.ensemble._forest", "RandomForestClassifier", ClassKind::OtherEstimator),
            ("sklearn.ensemble._forest", "RandomTreesEmbedding", ClassKind::Transformer),
            ("sklearn.svm._classes", "SVR", ClassKind::OtherEstimator),
            ("sklearn.model_selection._split", "KFold", ClassKind::Other),
            ("sklearn.metrics._scorer", "_Scorer", ClassKind::Other),
            ("sklearn.feature_selection._univariate_selection", "f_classif", ClassKind::Other),
            ("imblearn.over_sampling._smote.base", "SMOTE", ClassKind::Sampler),
            ("imblearn.base", "FunctionSampler", ClassKind::Sampler),
            ("imblearn.pipeline", "Pipeline", ClassKind::Other),
            ("imblearn.under_sampling", "random", ClassKind::Other),
            ("sklearnex.svm", "SVC", ClassKind::Other),
            ("sklearn", "SVC", ClassKind::Other),
            ("", "", ClassKind::Other),
        ] {
            assert_eq!(class_kind(module, name), expected, "{module}.{name}");
        }
    }
}
