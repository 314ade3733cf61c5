//! The classes and functions that a pickle may name: a closed list of exact pairs of module and name.
//!
//! Nothing is ever called, whatever its name; the list is there for clear errors. A name that is not on it is refused at once.

use std::fmt;

use super::class_kind::{ClassKind, class_kind};
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
    /// A sparse matrix of SciPy's, row by row.
    SparseCsr,
    /// A sparse matrix of SciPy's, column by column.
    SparseCsc,
    /// A dict by another name: `OrderedDict`, `defaultdict`, scikit-learn's `Bunch`.
    Mapping,
    /// `SVC` or `NuSVC`.
    Svc,
    /// `LinearSVC`.
    LinearSvc,
    /// `Pipeline`.
    Pipeline,
    /// `GridSearchCV`, `RandomizedSearchCV` and their halving kin: what holds a `best_estimator_`.
    Search,
    /// `StandardScaler`.
    StandardScaler,
    /// `MinMaxScaler`.
    MinMaxScaler,
    /// `RobustScaler`.
    RobustScaler,
    /// `MaxAbsScaler`.
    MaxAbsScaler,
    /// `PCA`.
    Pca,
    /// `LabelEncoder`.
    LabelEncoder,
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

    /// Whether the class is one of scikit-learn's, and what it does.
    pub(in crate::model_file) fn kind(&self) -> ClassKind {
        class_kind(self.module, self.name)
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
    let index = GLOBALS.binary_search_by(|global| (global.module, global.name).cmp(&key));
    index.ok().and_then(|index| GLOBALS.get(index)).ok_or_else(|| refusal(module, name))
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

macro_rules! globals {
    ($($module:literal: $($name:literal $meaning:ident),+;)+) => {
        &[$($(Global { module: $module, name: $name, meaning: Meaning::$meaning }),+),+]
    };
}

/// Sorted by module, then name. The names are those of scikit-learn 0.21 to 1.9, NumPy 1 and 2, and joblib 0.10 to 1.6.
const GLOBALS: &[Global] = globals! {
    "__builtin__": "bytearray" Inert, "bytes" Bytes, "object" Object;
    "_codecs": "encode" Encode;
    "builtins": "bytearray" Inert, "bytes" Bytes, "object" Object;
    "collections": "Counter" Mapping, "OrderedDict" Mapping, "defaultdict" Mapping;
    "copy_reg": "_reconstructor" Reconstructor;
    "copyreg": "_reconstructor" Reconstructor;
    "joblib._store_backends": "FileSystemStoreBackend" Inert;
    "joblib.memory": "Memory" Inert;
    "joblib.numpy_pickle": "NumpyArrayWrapper" JoblibArray;
    "numpy": "bool" Inert, "bool_" Inert, "dtype" Dtype, "float32" Inert, "float64" Inert, "int32" Inert, "int64" Inert,
        "ndarray" NdArray, "str_" Inert, "vectorize" Inert;
    "numpy._core.multiarray": "_reconstruct" Reconstruct, "scalar" Scalar;
    "numpy._core.numeric": "_frombuffer" FromBuffer;
    "numpy.core.multiarray": "_reconstruct" Reconstruct, "scalar" Scalar;
    "numpy.core.numeric": "_frombuffer" FromBuffer;
    "numpy.ma": "MaskedArray" Inert;
    "numpy.ma.core": "MaskedArray" Inert, "_mareconstruct" Inert;
    "numpy.random._mt19937": "MT19937" Inert;
    "numpy.random._pcg64": "PCG64" Inert;
    "numpy.random._pickle": "__bit_generator_ctor" Inert, "__generator_ctor" Inert, "__randomstate_ctor" Inert;
    "numpy.random.bit_generator": "SeedSequence" Inert, "__pyx_unpickle_SeedSequence" Inert;
    "numpy.random.mtrand": "RandomState" Inert;
    "scipy.sparse._arrays": "csc_array" SparseCsc, "csr_array" SparseCsr;
    "scipy.sparse._csc": "csc_array" SparseCsc, "csc_matrix" SparseCsc;
    "scipy.sparse._csr": "csr_array" SparseCsr, "csr_matrix" SparseCsr;
    "scipy.sparse.csc": "csc_matrix" SparseCsc;
    "scipy.sparse.csr": "csr_matrix" SparseCsr;
    "scipy.stats._continuous_distns": "beta_gen" Inert, "expon_gen" Inert, "gamma_gen" Inert, "halfnorm_gen" Inert,
        "lognorm_gen" Inert, "loguniform_gen" Inert, "norm_gen" Inert, "reciprocal_gen" Inert, "truncnorm_gen" Inert,
        "uniform_gen" Inert;
    "scipy.stats._distn_infrastructure": "rv_continuous_frozen" Inert, "rv_frozen" Inert;
    "sklearn.calibration": "CalibratedClassifierCV" CalibratedClassifierCv,
        "_CalibratedClassifier" CalibratedClassifier, "_SigmoidCalibration" SigmoidCalibration,
        "_TemperatureScaling" Inert;
    "sklearn.compose._column_transformer": "ColumnTransformer" Inert;
    "sklearn.datasets.base": "Bunch" Mapping;
    "sklearn.decomposition._pca": "PCA" Pca;
    "sklearn.decomposition.pca": "PCA" Pca;
    "sklearn.externals.joblib.numpy_pickle": "NumpyArrayWrapper" JoblibArray;
    "sklearn.feature_selection._univariate_selection": "SelectKBest" Inert, "f_classif" Inert;
    "sklearn.feature_selection._variance_threshold": "VarianceThreshold" Inert;
    "sklearn.frozen._frozen": "FrozenEstimator" Frozen;
    "sklearn.grid_search": "GridSearchCV" Search, "RandomizedSearchCV" Search;
    "sklearn.impute._base": "SimpleImputer" Inert;
    "sklearn.isotonic": "IsotonicRegression" Inert;
    "sklearn.linear_model._logistic": "LogisticRegression" Inert;
    "sklearn.metrics._classification": "accuracy_score" Inert, "balanced_accuracy_score" Inert,
        "brier_score_loss" Inert, "cohen_kappa_score" Inert, "f1_score" Inert, "fbeta_score" Inert,
        "jaccard_score" Inert, "log_loss" Inert, "matthews_corrcoef" Inert, "precision_score" Inert,
        "recall_score" Inert, "zero_one_loss" Inert;
    "sklearn.metrics._ranking": "average_precision_score" Inert, "roc_auc_score" Inert, "top_k_accuracy_score" Inert;
    "sklearn.metrics._scorer": "_MultimetricScorer" Inert, "_PassthroughScorer" Inert, "_PredictScorer" Inert,
        "_ProbaScorer" Inert, "_Scorer" Inert, "_ThresholdScorer" Inert, "_passthrough_scorer" Inert;
    "sklearn.metrics.pairwise": "chi2_kernel" Inert, "cosine_similarity" Inert, "laplacian_kernel" Inert,
        "linear_kernel" Inert, "polynomial_kernel" Inert, "rbf_kernel" Inert, "sigmoid_kernel" Inert;
    "sklearn.metrics.scorer": "_PredictScorer" Inert, "_passthrough_scorer" Inert;
    "sklearn.model_selection._search": "GridSearchCV" Search, "RandomizedSearchCV" Search;
    "sklearn.model_selection._search_successive_halving": "HalvingGridSearchCV" Search,
        "HalvingRandomSearchCV" Search;
    "sklearn.model_selection._split": "GroupKFold" Inert, "KFold" Inert, "LeaveOneGroupOut" Inert, "LeaveOneOut" Inert,
        "LeavePOut" Inert, "PredefinedSplit" Inert, "RepeatedKFold" Inert, "RepeatedStratifiedKFold" Inert,
        "ShuffleSplit" Inert, "StratifiedGroupKFold" Inert, "StratifiedKFold" Inert, "StratifiedShuffleSplit" Inert,
        "TimeSeriesSplit" Inert, "_CVIterableWrapper" Inert;
    "sklearn.multiclass": "OneVsOneClassifier" Inert, "OneVsRestClassifier" Inert;
    "sklearn.pipeline": "Pipeline" Pipeline;
    "sklearn.preprocessing._data": "Binarizer" Inert, "MaxAbsScaler" MaxAbsScaler, "MinMaxScaler" MinMaxScaler,
        "Normalizer" Inert, "PowerTransformer" Inert, "QuantileTransformer" Inert, "RobustScaler" RobustScaler,
        "StandardScaler" StandardScaler;
    "sklearn.preprocessing._encoders": "OneHotEncoder" Inert, "OrdinalEncoder" Inert;
    "sklearn.preprocessing._function_transformer": "FunctionTransformer" Inert;
    "sklearn.preprocessing._label": "LabelBinarizer" Inert, "LabelEncoder" LabelEncoder, "MultiLabelBinarizer" Inert;
    "sklearn.preprocessing._polynomial": "PolynomialFeatures" Inert;
    "sklearn.preprocessing.data": "MaxAbsScaler" MaxAbsScaler, "MinMaxScaler" MinMaxScaler, "RobustScaler" RobustScaler,
        "StandardScaler" StandardScaler;
    "sklearn.preprocessing.label": "LabelBinarizer" Inert, "LabelEncoder" LabelEncoder;
    "sklearn.svm._classes": "LinearSVC" LinearSvc, "LinearSVR" Inert, "NuSVC" Svc, "NuSVR" Inert, "OneClassSVM" Inert,
        "SVC" Svc, "SVR" Inert;
    "sklearn.svm.classes": "LinearSVC" LinearSvc, "LinearSVR" Inert, "NuSVC" Svc, "NuSVR" Inert, "OneClassSVM" Inert,
        "SVC" Svc, "SVR" Inert;
    "sklearn.utils": "Bunch" Mapping;
    "sklearn.utils._bunch": "Bunch" Mapping;
    "sklearn.utils._metadata_requests": "MetadataRequest" Inert, "MethodMetadataRequest" Inert;
    "sklearn.utils.deprecation": "DeprecationDict" Mapping;
};

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
