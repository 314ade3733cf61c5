//! The classes and functions that a pickle may name. Those with a meaning to the readers stand on a list of exact pairs of module and
//! name; all others are foreign: known by name only.
//!
//! Nothing is ever called, whatever its name.

use std::fmt;

use super::class_kind::{ClassKind, class_kind};
use super::text::printable;

/// A class or function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model_file) struct Global<'a> {
    module: &'a str,
    name: &'a str,
    pub(in crate::model_file) meaning: Meaning,
}

/// What a class or function is to a reader of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model_file) enum Meaning {
    /// Python's `object`.
    Object,
    /// Python's `slice`, called with its ends.
    Slice,
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
    /// Python's `set` or `frozenset`, as protocols 2 and 3 make it of a list.
    Set,
    /// Python's `getattr`: a method of a class.
    GetAttr,
    /// Python's `str`.
    Str,
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
    /// `SGDClassifier`.
    Sgd,
    /// `SVR` or `NuSVR`.
    Svr,
    /// `LinearSVR`.
    LinearSvr,
    /// `OneClassSVM`.
    OneClass,
    /// `TransformedTargetRegressor`.
    TransformedTarget,
    /// `FunctionTransformer`, as the transformer of a target.
    FunctionTransformer,
    /// `Pipeline`; imbalanced-learn's too.
    Pipeline,
    /// `ColumnTransformer`.
    ColumnTransformer,
    /// `FeatureUnion`.
    FeatureUnion,
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
    /// `IncrementalPCA`.
    IncrementalPca,
    /// `TruncatedSVD`.
    TruncatedSvd,
    /// `LinearDiscriminantAnalysis`, as a transformer.
    Lda,
    /// `SelectKBest` and its kin: selections of columns by scores or p-values.
    Univariate,
    /// `VarianceThreshold`.
    VarianceThreshold,
    /// `RFE` or `RFECV`, which may be the last step too.
    Rfe,
    /// `SequentialFeatureSelector`.
    Sequential,
    /// `SelectFromModel`.
    FromModel,
    /// `Normalizer`.
    Normalizer,
    /// `Binarizer`.
    Binarizer,
    /// `PolynomialFeatures`.
    Polynomial,
    /// `KBinsDiscretizer`.
    KBins,
    /// `PowerTransformer`.
    Power,
    /// `QuantileTransformer`.
    Quantile,
    /// `CountVectorizer`.
    CountVectorizer,
    /// `TfidfVectorizer`.
    TfidfVectorizer,
    /// `HashingVectorizer`.
    HashingVectorizer,
    /// `TfidfTransformer`.
    TfidfTransformer,
    /// `LabelEncoder`.
    LabelEncoder,
    /// `SimpleImputer`.
    SimpleImputer,
    /// `MissingIndicator`.
    MissingIndicator,
    /// `OneHotEncoder`.
    OneHotEncoder,
    /// `OrdinalEncoder`.
    OrdinalEncoder,
    /// `TargetEncoder`.
    TargetEncoder,
    /// `CalibratedClassifierCV`.
    CalibratedClassifierCv,
    /// One classifier of a `CalibratedClassifierCV` with its calibrators.
    CalibratedClassifier,
    /// The sigmoid of a `CalibratedClassifier`.
    SigmoidCalibration,
    /// `IsotonicRegression`: the curve of a `CalibratedClassifier`.
    IsotonicRegression,
    /// `OneVsRestClassifier`.
    OneVsRest,
    /// `OneVsOneClassifier`.
    OneVsOne,
    /// `FixedThresholdClassifier`.
    FixedThreshold,
    /// `TunedThresholdClassifierCV`.
    TunedThreshold,
    /// `FrozenEstimator`: an estimator that a calibration does not fit again.
    Frozen,
    /// Nothing to the readers: allowed where no answer depends on it.
    Foreign,
}

impl Meaning {
    /// Whether objects of the class are fitted estimators that are served.
    pub(in crate::model_file) fn is_estimator(self) -> bool {
        let is_classifier = matches!(self, Self::Svc | Self::LinearSvc | Self::Sgd);
        let is_threshold = matches!(self, Self::FixedThreshold | Self::TunedThreshold);
        let is_meta = is_threshold || matches!(self, Self::CalibratedClassifierCv | Self::OneVsRest | Self::OneVsOne);
        is_classifier
            || is_meta
            || matches!(self, Self::Svr | Self::LinearSvr | Self::OneClass | Self::TransformedTarget)
    }

    /// Whether objects of the class turn a document into a row.
    pub(in crate::model_file) fn is_vectorizer(self) -> bool {
        matches!(self, Self::CountVectorizer | Self::TfidfVectorizer | Self::HashingVectorizer)
    }

    /// Whether objects of the class take whatever a pickle gives them: no answer depends on it.
    pub(super) fn is_opaque(self) -> bool {
        matches!(self, Self::Foreign | Self::Mapping)
    }
}

impl<'a> Global<'a> {
    /// The class's or function's own name, without its module.
    pub(in crate::model_file) fn name(&self) -> &'a str {
        self.name
    }

    /// What is made by calling an object of this class, which is not known.
    pub(super) fn foreign(self) -> Self {
        Self { meaning: Meaning::Foreign, ..self }
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
            Meaning::SparseCsr | Meaning::SparseCsc => "a sparse matrix".to_owned(),
            Meaning::Scalar => "a NumPy scalar".to_owned(),
            Meaning::Bytes | Meaning::Encode => "bytes".to_owned(),
            Meaning::Foreign if self.name == "NDArrayWrapper" => {
                "an array in a separate file, as joblib before 0.10 writes it: save the model with a newer joblib"
                    .to_owned()
            }
            Meaning::Foreign if self.kind() == ClassKind::Other => format!("`{self}`"),
            _ => format!("`{}`", printable(self.name.chars())),
        }
    }
}

impl fmt::Display for Global<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(self.module.chars().chain(['.']).chain(self.name.chars())))
    }
}

/// The class or function with exactly this module and name.
pub(super) fn find<'a>(module: &'a str, name: &'a str) -> Global<'a> {
    let key = (module, name);
    let index = GLOBALS.binary_search_by(|global| (global.module, global.name).cmp(&key));
    let known = index.ok().and_then(|index| GLOBALS.get(index));
    known.copied().unwrap_or(Global { module, name, meaning: Meaning::Foreign })
}

macro_rules! globals {
    ($($module:literal: $($name:literal $meaning:ident),+;)+) => {
        &[$($(Global { module: $module, name: $name, meaning: Meaning::$meaning }),+),+]
    };
}

/// Sorted by module, then name. The names are those of scikit-learn 0.18 to 1.9, NumPy 1 and 2, joblib 0.10 to 1.6, and
/// imbalanced-learn 0.4 to 0.14.
const GLOBALS: &[Global<'static>] = globals! {
    "__builtin__": "bytes" Bytes, "frozenset" Set, "getattr" GetAttr, "object" Object, "set" Set, "slice" Slice, "str" Str, "unicode" Str;
    "_codecs": "encode" Encode;
    "builtins": "bytes" Bytes, "frozenset" Set, "getattr" GetAttr, "object" Object, "set" Set, "slice" Slice, "str" Str;
    "collections": "Counter" Mapping, "OrderedDict" Mapping, "defaultdict" Mapping;
    "copy_reg": "_reconstructor" Reconstructor;
    "copyreg": "_reconstructor" Reconstructor;
    "imblearn.pipeline": "Pipeline" Pipeline;
    "joblib.numpy_pickle": "NumpyArrayWrapper" JoblibArray;
    "numpy": "dtype" Dtype, "ndarray" NdArray;
    "numpy._core.multiarray": "_reconstruct" Reconstruct, "scalar" Scalar;
    "numpy._core.numeric": "_frombuffer" FromBuffer;
    "numpy.core.multiarray": "_reconstruct" Reconstruct, "scalar" Scalar;
    "numpy.core.numeric": "_frombuffer" FromBuffer;
    "scipy.sparse._arrays": "csc_array" SparseCsc, "csr_array" SparseCsr;
    "scipy.sparse._csc": "csc_array" SparseCsc, "csc_matrix" SparseCsc;
    "scipy.sparse._csr": "csr_array" SparseCsr, "csr_matrix" SparseCsr;
    "scipy.sparse.csc": "csc_matrix" SparseCsc;
    "scipy.sparse.csr": "csr_matrix" SparseCsr;
    "sklearn.calibration": "CalibratedClassifierCV" CalibratedClassifierCv,
        "_CalibratedClassifier" CalibratedClassifier, "_SigmoidCalibration" SigmoidCalibration;
    "sklearn.compose._column_transformer": "ColumnTransformer" ColumnTransformer;
    "sklearn.compose._target": "TransformedTargetRegressor" TransformedTarget;
    "sklearn.datasets.base": "Bunch" Mapping;
    "sklearn.decomposition._incremental_pca": "IncrementalPCA" IncrementalPca;
    "sklearn.decomposition._pca": "PCA" Pca;
    "sklearn.decomposition._truncated_svd": "TruncatedSVD" TruncatedSvd;
    "sklearn.decomposition.incremental_pca": "IncrementalPCA" IncrementalPca;
    "sklearn.decomposition.pca": "PCA" Pca;
    "sklearn.decomposition.truncated_svd": "TruncatedSVD" TruncatedSvd;
    "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis" Lda;
    "sklearn.externals.joblib.numpy_pickle": "NumpyArrayWrapper" JoblibArray;
    "sklearn.feature_extraction.text": "CountVectorizer" CountVectorizer, "HashingVectorizer" HashingVectorizer,
        "TfidfTransformer" TfidfTransformer, "TfidfVectorizer" TfidfVectorizer;
    "sklearn.feature_selection._from_model": "SelectFromModel" FromModel;
    "sklearn.feature_selection._rfe": "RFE" Rfe, "RFECV" Rfe;
    "sklearn.feature_selection._sequential": "SequentialFeatureSelector" Sequential;
    "sklearn.feature_selection._univariate_selection": "GenericUnivariateSelect" Univariate, "SelectFdr" Univariate,
        "SelectFpr" Univariate, "SelectFwe" Univariate, "SelectKBest" Univariate, "SelectPercentile" Univariate;
    "sklearn.feature_selection._variance_threshold": "VarianceThreshold" VarianceThreshold;
    "sklearn.feature_selection.from_model": "SelectFromModel" FromModel;
    "sklearn.feature_selection.rfe": "RFE" Rfe, "RFECV" Rfe;
    "sklearn.feature_selection.univariate_selection": "GenericUnivariateSelect" Univariate, "SelectFdr" Univariate,
        "SelectFpr" Univariate, "SelectFwe" Univariate, "SelectKBest" Univariate, "SelectPercentile" Univariate;
    "sklearn.feature_selection.variance_threshold": "VarianceThreshold" VarianceThreshold;
    "sklearn.frozen._frozen": "FrozenEstimator" Frozen;
    "sklearn.grid_search": "GridSearchCV" Search, "RandomizedSearchCV" Search;
    "sklearn.impute": "MissingIndicator" MissingIndicator, "SimpleImputer" SimpleImputer;
    "sklearn.impute._base": "MissingIndicator" MissingIndicator, "SimpleImputer" SimpleImputer;
    "sklearn.isotonic": "IsotonicRegression" IsotonicRegression;
    "sklearn.linear_model._stochastic_gradient": "SGDClassifier" Sgd;
    "sklearn.linear_model.stochastic_gradient": "SGDClassifier" Sgd;
    "sklearn.model_selection._classification_threshold": "FixedThresholdClassifier" FixedThreshold,
        "TunedThresholdClassifierCV" TunedThreshold;
    "sklearn.model_selection._search": "GridSearchCV" Search, "RandomizedSearchCV" Search;
    "sklearn.model_selection._search_successive_halving": "HalvingGridSearchCV" Search, "HalvingRandomSearchCV" Search;
    "sklearn.multiclass": "OneVsOneClassifier" OneVsOne, "OneVsRestClassifier" OneVsRest;
    "sklearn.pipeline": "FeatureUnion" FeatureUnion, "Pipeline" Pipeline;
    "sklearn.preprocessing._data": "Binarizer" Binarizer, "MaxAbsScaler" MaxAbsScaler, "MinMaxScaler" MinMaxScaler,
        "Normalizer" Normalizer, "PolynomialFeatures" Polynomial, "PowerTransformer" Power, "QuantileTransformer" Quantile,
        "RobustScaler" RobustScaler, "StandardScaler" StandardScaler;
    "sklearn.preprocessing._discretization": "KBinsDiscretizer" KBins;
    "sklearn.preprocessing._encoders": "OneHotEncoder" OneHotEncoder, "OrdinalEncoder" OrdinalEncoder;
    "sklearn.preprocessing._function_transformer": "FunctionTransformer" FunctionTransformer;
    "sklearn.preprocessing._label": "LabelEncoder" LabelEncoder;
    "sklearn.preprocessing._polynomial": "PolynomialFeatures" Polynomial;
    "sklearn.preprocessing._target_encoder": "TargetEncoder" TargetEncoder;
    "sklearn.preprocessing.data": "Binarizer" Binarizer, "MaxAbsScaler" MaxAbsScaler, "MinMaxScaler" MinMaxScaler,
        "Normalizer" Normalizer, "PolynomialFeatures" Polynomial, "PowerTransformer" Power, "QuantileTransformer" Quantile,
        "RobustScaler" RobustScaler, "StandardScaler" StandardScaler;
    "sklearn.preprocessing.label": "LabelEncoder" LabelEncoder;
    "sklearn.svm._classes": "LinearSVC" LinearSvc, "LinearSVR" LinearSvr, "NuSVC" Svc, "NuSVR" Svr, "OneClassSVM" OneClass,
        "SVC" Svc, "SVR" Svr;
    "sklearn.svm.classes": "LinearSVC" LinearSvc, "LinearSVR" LinearSvr, "NuSVC" Svc, "NuSVR" Svr, "OneClassSVM" OneClass,
        "SVC" Svc, "SVR" Svr;
    "sklearn.utils": "Bunch" Mapping;
    "sklearn.utils._bunch": "Bunch" Mapping;
    "sklearn.utils.deprecation": "DeprecationDict" Mapping;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_found_and_nothing_beside_it() {
        assert!(GLOBALS.is_sorted_by(|a, b| (a.module, a.name) < (b.module, b.name)));
        for global in GLOBALS {
            assert_eq!(find(global.module, global.name), *global);
            assert_ne!(global.meaning, Meaning::Foreign);
            for (module, name) in [("", global.name), (global.module, ""), (global.name, global.module)] {
                assert_eq!(find(module, name), Global { module, name, meaning: Meaning::Foreign });
            }
            assert_eq!(find(global.module, &format!("{}.__init__", global.name)).meaning, Meaning::Foreign);
        }
    }

    #[test]
    fn a_message_names_classes_of_scikit_learn_shortly_and_all_others_in_full() {
        for (module, name, expected) in [
            ("posix", "system", "`posix.system`"),
            ("sklearn.ensemble._forest", "RandomForestClassifier", "`RandomForestClassifier`"),
            ("sklearn.metrics._scorer", "_Scorer", "`sklearn.metrics._scorer._Scorer`"),
            ("sklearn.svm._classes", "SVC", "`SVC`"),
            ("numpy", "ndarray", "an array"),
            (
                "joblib.numpy_pickle",
                "NDArrayWrapper",
                "an array in a separate file, as joblib before 0.10 writes it: save the model with a newer joblib",
            ),
            ("a\nb", "", "`a\\nb.`"),
            ("sklearn.svm", "S\u{1b}", "`S\\u{1b}`"),
        ] {
            assert_eq!(find(module, name).noun(), expected);
        }
    }
}
