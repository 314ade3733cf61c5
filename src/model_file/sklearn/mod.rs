//! Models of scikit-learn 0.18 to 1.9, read from the inert values of a pickle.
//!
//! In: a pickle's bytes. Out: a model and where it comes from. This is the only place that knows scikit-learn's classes and
//! attributes. Served: `SVC`, `NuSVC`, `LinearSVC`, `SGDClassifier`, `SVR`, `NuSVR`, `LinearSVR` and `OneClassSVM`, alone, at the end
//! of a `Pipeline` of the steps in `numeric` and `steps`, `ColumnTransformer`s and `FeatureUnion`s, or as the best estimator of a search; meta-estimators over the classifiers, a few deep; a
//! `TransformedTargetRegressor` over a regression; and any of these as the only model in a tuple, list or dict, with the
//! transformers, labels and names beside it. Refused, with what to do instead: other estimators, kernels that are functions, models
//! that are not fitted, and attributes of a later scikit-learn, which might change the answers.
//!
//! | attribute | until 0.21 | 0.22 | since |
//! |---|---|---|---|
//! | module | `sklearn.svm.classes` | `sklearn.svm._classes` | |
//! | support vectors per class | `n_support_` | `_n_support` | |
//! | Platt's sigmoid | `probA_`, `probB_` | the same | 0.23: `_probA`, `_probB` |
//! | width | `shape_fit_` | the same | 0.23: `n_features_in_` too |
//! | shape of decision values | 0.18: None stands for `ovo` | `ovr`, `ovo` | |
//! | solver | until 0.19: `_impl` | | |
//! | trained with probabilities | `probability` | the same | 1.9: the text `deprecated` stands for no |

mod advice;
mod attributes;
mod branches;
mod calibrated;
mod chain;
mod container;
mod csr;
mod encoders;
mod estimator;
mod fill;
mod function;
mod importances;
mod kbins;
mod linear;
mod linear_svr;
mod multiclass;
mod normalizer;
mod numeric;
mod pca;
mod piece;
mod pipelines;
mod polynomial;
mod power;
mod projection;
mod quantile;
mod read;
mod scaler;
mod select;
mod selection;
mod single;
mod steps;
mod svc;
mod target;
mod threshold;
mod vectorizers;
mod words;

pub(super) use read::pieces;
