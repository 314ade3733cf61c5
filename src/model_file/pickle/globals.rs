//! The classes and functions that a pickle may name: a closed list of exact pairs of module and name.
//!
//! Nothing is ever called, whatever its name; the list is there for clear errors. A name that is not on it is refused at once.

use std::fmt;

use super::text::printable;

/// A class or function of the list.
#[derive(Debug)]
pub(in crate::model_file) struct Global {
    module: &'static str,
    name: &'static str,
    pub(in crate::model_file) meaning: Meaning,
}

/// What a class or function is to a reader of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model_file) enum Meaning {
    /// Python's `object`.
    Object,
    /// Python's `bytes`; without arguments, the empty bytes.
    Bytes,
    /// `copyreg._reconstructor`: how protocols 0 and 1 make an object.
    Reconstructor,
    /// `_codecs.encode`: how protocols 0 to 2 make bytes from text.
    Encode,
    /// NumPy's class of arrays, an argument of `Reconstruct`.
    NdArray,
    /// NumPy's type of an array's items.
    Dtype,
    /// `numpy.core.multiarray._reconstruct`: an array that gets its items as state.
    Reconstruct,
    /// `numpy.core.numeric._frombuffer`: an array of protocol 5.
    FromBuffer,
    /// `numpy.core.multiarray.scalar`: one number or text in NumPy's type.
    Scalar,
    /// joblib's stand-in for an array; the items follow the object.
    JoblibArray,
    /// `SVC` or `NuSVC`.
    Svc,
    /// `Pipeline`.
    Pipeline,
    /// `GridSearchCV` or `RandomizedSearchCV`.
    Search,
    /// `StandardScaler`.
    StandardScaler,
    /// `MinMaxScaler`.
    MinMaxScaler,
    /// `RobustScaler`.
    RobustScaler,
    /// `MaxAbsScaler`.
    MaxAbsScaler,
    /// `CalibratedClassifierCV`.
    CalibratedClassifierCv,
    /// One classifier of a `CalibratedClassifierCV` with its calibrators.
    CalibratedClassifier,
    /// The sigmoid of a `CalibratedClassifier`.
    SigmoidCalibration,
    /// `FrozenEstimator`: an estimator that a calibration does not fit again.
    Frozen,
    /// Allowed where no prediction depends on it: splitters, scorers, random number generators, encoders beside the model.
    Inert,
}

impl Global {
    /// The class's or function's own name, without its module.
    pub(in crate::model_file) fn name(&self) -> &'static str {
        self.name
    }

    /// How a message names an object of the class.
    pub(super) fn noun(&self) -> String {
        match self.meaning {
            Meaning::NdArray | Meaning::Reconstruct | Meaning::FromBuffer | Meaning::JoblibArray => {
                "an array".to_owned()
            }
            Meaning::Scalar => "a NumPy scalar".to_owned(),
            Meaning::Bytes | Meaning::Encode => "bytes".to_owned(),
            _ => format!("`{}`", self.name),
        }
    }
}

impl fmt::Display for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

/// The class or function with exactly this module and name, or why it is refused.
pub(super) fn find(module: &str, name: &str) -> Result<&'static Global, String> {
    let key = (module, name);
    match GLOBALS.binary_search_by(|global| (global.module, global.name).cmp(&key)) {
        Ok(index) => GLOBALS.get(index).ok_or_else(|| refusal(module, name)),
        Err(_) => Err(refusal(module, name)),
    }
}

fn refusal(module: &str, name: &str) -> String {
    let full = printable(module.chars().chain(['.']).chain(name.chars()));
    let package = module.split('.').next().unwrap_or_default();
    let advice = match (package, module) {
        ("sklearn" | "scipy" | "imblearn" | "xgboost" | "lightgbm", _) => {
            "svcd serves SVC and NuSVC, alone, behind scalers in a Pipeline, or as the best_estimator_ of a search; save that alone"
        }
        ("cloudpickle" | "dill", _) => {
            "it is a part of a program; save a model of scikit-learn's own classes with pickle or joblib"
        }
        (_, "joblib.numpy_pickle") => "this form of joblib's is older than 0.10; save the model with a newer joblib",
        _ => "svcd reads data, it does not run code",
    };
    format!("refuses `{full}`: {advice}")
}

const fn global(module: &'static str, name: &'static str, meaning: Meaning) -> Global {
    Global { module, name, meaning }
}

/// Sorted by module, then name. The names are those of scikit-learn 0.21 to 1.9, NumPy 1 and 2, and joblib 0.10 to 1.6.
const GLOBALS: &[Global] = &[
    global("__builtin__", "bytearray", Meaning::Inert),
    global("__builtin__", "bytes", Meaning::Bytes),
    global("__builtin__", "object", Meaning::Object),
    global("_codecs", "encode", Meaning::Encode),
    global("builtins", "bytearray", Meaning::Inert),
    global("builtins", "bytes", Meaning::Bytes),
    global("builtins", "object", Meaning::Object),
    global("copy_reg", "_reconstructor", Meaning::Reconstructor),
    global("copyreg", "_reconstructor", Meaning::Reconstructor),
    global("joblib._store_backends", "FileSystemStoreBackend", Meaning::Inert),
    global("joblib.memory", "Memory", Meaning::Inert),
    global("joblib.numpy_pickle", "NumpyArrayWrapper", Meaning::JoblibArray),
    global("numpy", "bool", Meaning::Inert),
    global("numpy", "bool_", Meaning::Inert),
    global("numpy", "dtype", Meaning::Dtype),
    global("numpy", "float32", Meaning::Inert),
    global("numpy", "float64", Meaning::Inert),
    global("numpy", "int32", Meaning::Inert),
    global("numpy", "int64", Meaning::Inert),
    global("numpy", "ndarray", Meaning::NdArray),
    global("numpy", "str_", Meaning::Inert),
    global("numpy", "vectorize", Meaning::Inert),
    global("numpy._core.multiarray", "_reconstruct", Meaning::Reconstruct),
    global("numpy._core.multiarray", "scalar", Meaning::Scalar),
    global("numpy._core.numeric", "_frombuffer", Meaning::FromBuffer),
    global("numpy.core.multiarray", "_reconstruct", Meaning::Reconstruct),
    global("numpy.core.multiarray", "scalar", Meaning::Scalar),
    global("numpy.core.numeric", "_frombuffer", Meaning::FromBuffer),
    global("numpy.ma", "MaskedArray", Meaning::Inert),
    global("numpy.ma.core", "MaskedArray", Meaning::Inert),
    global("numpy.ma.core", "_mareconstruct", Meaning::Inert),
    global("numpy.random._mt19937", "MT19937", Meaning::Inert),
    global("numpy.random._pcg64", "PCG64", Meaning::Inert),
    global("numpy.random._pickle", "__bit_generator_ctor", Meaning::Inert),
    global("numpy.random._pickle", "__generator_ctor", Meaning::Inert),
    global("numpy.random._pickle", "__randomstate_ctor", Meaning::Inert),
    global("numpy.random.bit_generator", "SeedSequence", Meaning::Inert),
    global("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence", Meaning::Inert),
    global("numpy.random.mtrand", "RandomState", Meaning::Inert),
    global("scipy.sparse._csr", "csr_array", Meaning::Inert),
    global("scipy.sparse._csr", "csr_matrix", Meaning::Inert),
    global("scipy.sparse.csr", "csr_matrix", Meaning::Inert),
    global("scipy.stats._continuous_distns", "beta_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "expon_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "gamma_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "halfnorm_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "lognorm_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "loguniform_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "norm_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "reciprocal_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "truncnorm_gen", Meaning::Inert),
    global("scipy.stats._continuous_distns", "uniform_gen", Meaning::Inert),
    global("scipy.stats._distn_infrastructure", "rv_continuous_frozen", Meaning::Inert),
    global("scipy.stats._distn_infrastructure", "rv_frozen", Meaning::Inert),
    global("sklearn.calibration", "CalibratedClassifierCV", Meaning::CalibratedClassifierCv),
    global("sklearn.calibration", "_CalibratedClassifier", Meaning::CalibratedClassifier),
    global("sklearn.calibration", "_SigmoidCalibration", Meaning::SigmoidCalibration),
    global("sklearn.calibration", "_TemperatureScaling", Meaning::Inert),
    global("sklearn.compose._column_transformer", "ColumnTransformer", Meaning::Inert),
    global("sklearn.decomposition._pca", "PCA", Meaning::Inert),
    global("sklearn.feature_selection._univariate_selection", "SelectKBest", Meaning::Inert),
    global("sklearn.feature_selection._univariate_selection", "f_classif", Meaning::Inert),
    global("sklearn.feature_selection._variance_threshold", "VarianceThreshold", Meaning::Inert),
    global("sklearn.frozen._frozen", "FrozenEstimator", Meaning::Frozen),
    global("sklearn.impute._base", "SimpleImputer", Meaning::Inert),
    global("sklearn.isotonic", "IsotonicRegression", Meaning::Inert),
    global("sklearn.linear_model._logistic", "LogisticRegression", Meaning::Inert),
    global("sklearn.metrics._classification", "accuracy_score", Meaning::Inert),
    global("sklearn.metrics._classification", "balanced_accuracy_score", Meaning::Inert),
    global("sklearn.metrics._classification", "brier_score_loss", Meaning::Inert),
    global("sklearn.metrics._classification", "cohen_kappa_score", Meaning::Inert),
    global("sklearn.metrics._classification", "f1_score", Meaning::Inert),
    global("sklearn.metrics._classification", "fbeta_score", Meaning::Inert),
    global("sklearn.metrics._classification", "jaccard_score", Meaning::Inert),
    global("sklearn.metrics._classification", "log_loss", Meaning::Inert),
    global("sklearn.metrics._classification", "matthews_corrcoef", Meaning::Inert),
    global("sklearn.metrics._classification", "precision_score", Meaning::Inert),
    global("sklearn.metrics._classification", "recall_score", Meaning::Inert),
    global("sklearn.metrics._classification", "zero_one_loss", Meaning::Inert),
    global("sklearn.metrics._ranking", "average_precision_score", Meaning::Inert),
    global("sklearn.metrics._ranking", "roc_auc_score", Meaning::Inert),
    global("sklearn.metrics._ranking", "top_k_accuracy_score", Meaning::Inert),
    global("sklearn.metrics._scorer", "_MultimetricScorer", Meaning::Inert),
    global("sklearn.metrics._scorer", "_PassthroughScorer", Meaning::Inert),
    global("sklearn.metrics._scorer", "_PredictScorer", Meaning::Inert),
    global("sklearn.metrics._scorer", "_ProbaScorer", Meaning::Inert),
    global("sklearn.metrics._scorer", "_Scorer", Meaning::Inert),
    global("sklearn.metrics._scorer", "_ThresholdScorer", Meaning::Inert),
    global("sklearn.metrics._scorer", "_passthrough_scorer", Meaning::Inert),
    global("sklearn.metrics.pairwise", "chi2_kernel", Meaning::Inert),
    global("sklearn.metrics.pairwise", "cosine_similarity", Meaning::Inert),
    global("sklearn.metrics.pairwise", "laplacian_kernel", Meaning::Inert),
    global("sklearn.metrics.pairwise", "linear_kernel", Meaning::Inert),
    global("sklearn.metrics.pairwise", "polynomial_kernel", Meaning::Inert),
    global("sklearn.metrics.pairwise", "rbf_kernel", Meaning::Inert),
    global("sklearn.metrics.pairwise", "sigmoid_kernel", Meaning::Inert),
    global("sklearn.metrics.scorer", "_PredictScorer", Meaning::Inert),
    global("sklearn.metrics.scorer", "_passthrough_scorer", Meaning::Inert),
    global("sklearn.model_selection._search", "GridSearchCV", Meaning::Search),
    global("sklearn.model_selection._search", "RandomizedSearchCV", Meaning::Search),
    global("sklearn.model_selection._split", "GroupKFold", Meaning::Inert),
    global("sklearn.model_selection._split", "KFold", Meaning::Inert),
    global("sklearn.model_selection._split", "LeaveOneGroupOut", Meaning::Inert),
    global("sklearn.model_selection._split", "LeaveOneOut", Meaning::Inert),
    global("sklearn.model_selection._split", "LeavePOut", Meaning::Inert),
    global("sklearn.model_selection._split", "PredefinedSplit", Meaning::Inert),
    global("sklearn.model_selection._split", "RepeatedKFold", Meaning::Inert),
    global("sklearn.model_selection._split", "RepeatedStratifiedKFold", Meaning::Inert),
    global("sklearn.model_selection._split", "ShuffleSplit", Meaning::Inert),
    global("sklearn.model_selection._split", "StratifiedGroupKFold", Meaning::Inert),
    global("sklearn.model_selection._split", "StratifiedKFold", Meaning::Inert),
    global("sklearn.model_selection._split", "StratifiedShuffleSplit", Meaning::Inert),
    global("sklearn.model_selection._split", "TimeSeriesSplit", Meaning::Inert),
    global("sklearn.model_selection._split", "_CVIterableWrapper", Meaning::Inert),
    global("sklearn.multiclass", "OneVsOneClassifier", Meaning::Inert),
    global("sklearn.multiclass", "OneVsRestClassifier", Meaning::Inert),
    global("sklearn.pipeline", "Pipeline", Meaning::Pipeline),
    global("sklearn.preprocessing._data", "Binarizer", Meaning::Inert),
    global("sklearn.preprocessing._data", "MaxAbsScaler", Meaning::MaxAbsScaler),
    global("sklearn.preprocessing._data", "MinMaxScaler", Meaning::MinMaxScaler),
    global("sklearn.preprocessing._data", "Normalizer", Meaning::Inert),
    global("sklearn.preprocessing._data", "PowerTransformer", Meaning::Inert),
    global("sklearn.preprocessing._data", "QuantileTransformer", Meaning::Inert),
    global("sklearn.preprocessing._data", "RobustScaler", Meaning::RobustScaler),
    global("sklearn.preprocessing._data", "StandardScaler", Meaning::StandardScaler),
    global("sklearn.preprocessing._encoders", "OneHotEncoder", Meaning::Inert),
    global("sklearn.preprocessing._encoders", "OrdinalEncoder", Meaning::Inert),
    global("sklearn.preprocessing._function_transformer", "FunctionTransformer", Meaning::Inert),
    global("sklearn.preprocessing._label", "LabelBinarizer", Meaning::Inert),
    global("sklearn.preprocessing._label", "LabelEncoder", Meaning::Inert),
    global("sklearn.preprocessing._label", "MultiLabelBinarizer", Meaning::Inert),
    global("sklearn.preprocessing._polynomial", "PolynomialFeatures", Meaning::Inert),
    global("sklearn.preprocessing.data", "MaxAbsScaler", Meaning::MaxAbsScaler),
    global("sklearn.preprocessing.data", "MinMaxScaler", Meaning::MinMaxScaler),
    global("sklearn.preprocessing.data", "RobustScaler", Meaning::RobustScaler),
    global("sklearn.preprocessing.data", "StandardScaler", Meaning::StandardScaler),
    global("sklearn.preprocessing.label", "LabelBinarizer", Meaning::Inert),
    global("sklearn.preprocessing.label", "LabelEncoder", Meaning::Inert),
    global("sklearn.svm._classes", "LinearSVC", Meaning::Inert),
    global("sklearn.svm._classes", "LinearSVR", Meaning::Inert),
    global("sklearn.svm._classes", "NuSVC", Meaning::Svc),
    global("sklearn.svm._classes", "NuSVR", Meaning::Inert),
    global("sklearn.svm._classes", "OneClassSVM", Meaning::Inert),
    global("sklearn.svm._classes", "SVC", Meaning::Svc),
    global("sklearn.svm._classes", "SVR", Meaning::Inert),
    global("sklearn.svm.classes", "LinearSVC", Meaning::Inert),
    global("sklearn.svm.classes", "LinearSVR", Meaning::Inert),
    global("sklearn.svm.classes", "NuSVC", Meaning::Svc),
    global("sklearn.svm.classes", "NuSVR", Meaning::Inert),
    global("sklearn.svm.classes", "OneClassSVM", Meaning::Inert),
    global("sklearn.svm.classes", "SVC", Meaning::Svc),
    global("sklearn.svm.classes", "SVR", Meaning::Inert),
    global("sklearn.utils._metadata_requests", "MetadataRequest", Meaning::Inert),
    global("sklearn.utils._metadata_requests", "MethodMetadataRequest", Meaning::Inert),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_found_and_nothing_beside_it() {
        assert!(GLOBALS.is_sorted_by(|a, b| (a.module, a.name) < (b.module, b.name)));
        for global in GLOBALS {
            assert_eq!(find(global.module, global.name).unwrap().meaning, global.meaning);
            for (module, name) in [("", global.name), (global.module, ""), (global.name, global.module)] {
                assert!(find(module, name).is_err());
            }
            assert!(find(global.module, &format!("{}.__init__", global.name)).is_err());
        }
    }

    #[test]
    fn a_refusal_names_what_it_refuses_and_says_what_to_do() {
        let refusal = |module, name| find(module, name).unwrap_err();
        assert_eq!(refusal("posix", "system"), "refuses `posix.system`: svcd reads data, it does not run code");
        assert_eq!(
            refusal("sklearn.ensemble._forest", "RandomForestClassifier"),
            "refuses `sklearn.ensemble._forest.RandomForestClassifier`: svcd serves SVC and NuSVC, alone, behind scalers in a \
             Pipeline, or as the best_estimator_ of a search; save that alone"
        );
        assert_eq!(
            refusal("dill._dill", "_create_type"),
            "refuses `dill._dill._create_type`: it is a part of a program; save a model of scikit-learn's own classes with \
             pickle or joblib"
        );
        assert_eq!(
            refusal("joblib.numpy_pickle", "NDArrayWrapper"),
            "refuses `joblib.numpy_pickle.NDArrayWrapper`: this form of joblib's is older than 0.10; save the model with a \
             newer joblib"
        );
        assert_eq!(refusal("a\nb", ""), "refuses `a\\nb.`: svcd reads data, it does not run code");
    }
}
