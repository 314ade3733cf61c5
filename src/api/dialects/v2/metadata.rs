//! Metadata of the model: what goes in, what comes out, and under `svcd` what the protocol has no place for.

use serde::Serialize;

use crate::api::described::{self, Listed};
use crate::api::disclosure::Shown;
use crate::api::route::{Call, RequestBuffers};
use crate::api::served::SupportFacts;
use crate::api::{Detail, Error, JSON};
use crate::http::{Response, Status};
use crate::pipeline::{
    Categories, Category, ClassLabels, ColumnKind, ColumnRange, KernelParameters, Label, Model, Target,
};

/// `GET /v2/models/M`
pub fn model(call: &Call<'_>, _: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let (model, facts) = (&call.served.model, &call.served.facts);
    let shown = call.instance.options.disclosure.to(call.request);
    let detail = call.instance.options.detail;
    let support = (shown >= Shown::Ranges).then(|| call.served.support());
    let of_vectors = support.filter(|_| model.n_support_vectors().is_some());
    let are_numbers = model.columns().kinds().iter().all(ColumnKind::is_number);
    let outputs = model.outputs().map(|output| TensorMetadata {
        name: output.name.as_str(),
        datatype: described::datatype(output.element),
        shape: shape(output.width),
        parameters: None,
    });
    let metadata = ModelMetadata {
        name: &facts.name,
        versions: [&facts.version],
        platform: platform(model),
        inputs: inputs(model, detail),
        outputs: outputs.collect(),
        svcd: Details {
            feature_names: model.feature_names(),
            may_be_missing: model.columns().missing().collect(),
            estimator: model.estimator().name(),
            target: model.target().name(),
            classes: model.classes().map(ClassLabels),
            kernel: model.kernel().map(|kernel| kernel.name()),
            parameters: model.kernel().map(|kernel| kernel.parameters()),
            support_vectors: model.n_support_vectors(),
            support_vectors_shown: model.n_support_vectors().map(|_| shown.name()),
            ranges: of_vectors.map(|support| support.ranges.as_slice()),
            usual_ranges: support
                .map(|support| support.usual_ranges.as_slice())
                .filter(|ranges| ranges.iter().any(Option::is_some)),
            // of categories no more than the inputs tell
            means: of_vectors.filter(|_| are_numbers || detail == Detail::Full).map(|support| means(model, support)),
            weights_shown: model.has_weights() && shown >= Shown::Ranges,
            not_explained: model.check_explained().err().map(|error| error.to_string()),
            sklearn_version: facts.sklearn_version.as_deref(),
            sha256: &facts.sha256,
            warnings: &facts.warnings,
        },
    };
    // Text and numbers alone cannot fail to serialize, and writing to a Vec cannot either.
    let _ = serde_json::to_writer(&mut content, &metadata);
    Ok(Response::new(Status::OK, JSON, content))
}

#[derive(Serialize)]
struct ModelMetadata<'a> {
    name: &'a str,
    versions: [&'a str; 1],
    platform: &'static str,
    inputs: Vec<TensorMetadata<'a>>,
    outputs: Vec<TensorMetadata<'a>>,
    svcd: Details<'a>,
}

#[derive(Serialize)]
struct TensorMetadata<'a> {
    name: &'a str,
    datatype: &'static str,
    /// -1 stands for the number of rows.
    shape: Vec<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<ColumnParameters<'a>>,
}

/// What a column takes, where some column is no number.
#[derive(Serialize)]
struct ColumnParameters<'a> {
    kind: &'static str,
    /// The first of them, of a column of categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<Listed<'a>>>,
    /// How many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories_count: Option<usize>,
}

/// One tensor of all columns if they are numbers, else one for each.
fn inputs(model: &Model, detail: Detail) -> Vec<TensorMetadata<'_>> {
    let kinds = model.columns().kinds();
    if kinds.iter().all(ColumnKind::is_number) {
        let shape = vec![-1, count(model.n_features_in())];
        return vec![TensorMetadata { name: "X", datatype: "FP64", shape, parameters: None }];
    }
    let columns = model.feature_names().iter().zip(kinds).map(|(name, kind)| {
        let categories = kind.categories().filter(|_| detail == Detail::Full);
        let parameters = ColumnParameters {
            kind: described::kind_name(kind),
            categories: categories.map(described::listed),
            categories_count: categories.map(Categories::len),
        };
        let datatype = described::datatype(described::element_type(kind));
        TensorMetadata { name, datatype, shape: vec![-1], parameters: Some(parameters) }
    });
    columns.collect()
}

/// Names are scikit-learn's where it has them.
#[derive(Serialize)]
struct Details<'a> {
    feature_names: &'a [String],
    /// Names of the columns that take a missing value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    may_be_missing: Vec<&'a str>,
    /// scikit-learn's class.
    estimator: &'static str,
    /// What it answers with: one of some classes, a number, or the side of a row.
    target: &'static str,
    /// Left out where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<ClassLabels<'a>>,
    /// Left out, with its numbers and the support vectors, where a model has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<&'static str>,
    #[serde(flatten)]
    parameters: Option<KernelParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    support_vectors: Option<usize>,
    /// How much of them is told to who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    support_vectors_shown: Option<&'static str>,
    /// The lowest and the highest value of each column among the support vectors; `null` where steps cannot be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    ranges: Option<&'a [Option<ColumnRange>]>,
    /// Of the other columns what the scaler tells; left out where it tells nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_ranges: Option<&'a [Option<ColumnRange>]>,
    /// Rows that are nobody's: the mean of each class.
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<Vec<Mean<'a>>>,
    /// Whether explanations tell which features weigh most.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    weights_shown: bool,
    /// Why answers cannot be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_explained: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sklearn_version: Option<&'a str>,
    sha256: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

/// The mean of the support vectors of a class, or of all where there are no classes.
#[derive(Serialize)]
struct Mean<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Label<'a>>,
    row: Vec<MeanCell<'a>>,
}

/// What stands in a column.
#[derive(Serialize)]
#[serde(untagged)]
enum MeanCell<'a> {
    Number(f64),
    Category(Listed<'a>),
}

fn means<'a>(model: &'a Model, support: &SupportFacts) -> Vec<Mean<'a>> {
    let cell = |(cell, kind): (&f64, &'a ColumnKind)| match kind.categories() {
        Some(categories) => MeanCell::Category(Listed(categories.get(*cell as usize).unwrap_or(Category::None))),
        None => MeanCell::Number(*cell),
    };
    let means = support.means.iter().map(|mean| Mean {
        class: mean.class.and_then(|class| model.target().label(class)),
        row: mean.row.iter().zip(model.columns().kinds()).map(cell).collect(),
    });
    means.collect()
}

/// What the protocol calls the kind of the model.
pub fn platform(model: &Model) -> &'static str {
    match (model.target(), model.kernel()) {
        (Target::Classes(_), Some(_)) => "sklearn_svc",
        (Target::Classes(_), None) => "sklearn_linear_svc",
        (Target::Number, Some(_)) => "sklearn_svr",
        (Target::Number, None) => "sklearn_linear_svr",
        (Target::Inlier, _) => "sklearn_one_class_svm",
    }
}

/// NumPy's shape: there is no second dimension for one value a row.
fn shape(width: usize) -> Vec<i64> {
    if width == 1 { vec![-1] } else { vec![-1, count(width)] }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
