//! The requests that the document shows, by route.

use super::values::{joined, quoted};
use crate::api::described::{self, Listed};
use crate::api::{CSV, JSON, JSON_LINES, csv};
use crate::pipeline::{Category, ColumnKind, Model};

/// A row that a model can be asked for, in the forms that requests need.
pub struct Sample<'a> {
    /// Names of the columns.
    names: &'a [String],
    /// Names of the outputs.
    outputs: Vec<&'static str>,
    /// The values as JSON, separated by commas.
    values: String,
    /// The same as CSV.
    csv: String,
    /// The same as tensors.
    tensors: String,
    /// The row by name.
    record: String,
}

/// A document to ask for.
const TEXT: &str = "Free prize, call now!";

/// An example's name, the media type of its content, and the content.
pub type ExampleRequest = (&'static str, &'static str, String);

impl<'a> Sample<'a> {
    /// A row of few digits for this model.
    pub(super) fn new(model: &'a Model) -> Sample<'a> {
        // Three digits are enough for an example, and zero is as good as any where there is no number.
        let rounded = |value: f64| format!("{value:.2e}").parse().ok().filter(|value: &f64| value.is_finite());
        let kinds = model.columns().kinds();
        let cells = model.example_row().into_iter().zip(kinds).map(|(cell, kind)| match kind {
            ColumnKind::Category(categories) => categories.get(cell as usize).unwrap_or(Category::None),
            ColumnKind::Text => Category::String(TEXT),
            ColumnKind::Number | ColumnKind::NumberOrMissing | ColumnKind::Ignored => {
                Category::Number(rounded(cell).unwrap_or_default())
            }
        });
        let cells: Vec<_> = cells.collect();
        let texts = cells.iter().zip(kinds).map(|(cell, kind)| match (cell, kind.is_number()) {
            (Category::Number(number), true) => format!("{number:?}"),
            _ => Listed(*cell).json(),
        });
        let texts: Vec<_> = texts.collect();
        let fields = cells.iter().zip(&texts).map(|(cell, text)| match cell {
            Category::String(text) => String::from_utf8_lossy(&csv::field(text)).into_owned(),
            Category::None | Category::NaN => String::new(),
            _ => text.clone(),
        });
        let csv = fields.collect::<Vec<_>>().join(",");
        let names = model.feature_names();
        let record = joined(names.iter().zip(&texts).map(|(name, text)| format!("{}:{text}", quoted(name))));
        let outputs = model.outputs().map(|output| output.name.as_str()).collect();
        let values = texts.join(",");
        let tensors = match kinds.iter().all(ColumnKind::is_number) {
            true => format!(r#"{{"name":"X","shape":[1,{}],"datatype":"FP64","data":[{values}]}}"#, names.len()),
            false => joined(names.iter().zip(kinds).zip(&texts).map(|((name, kind), text)| {
                let (name, datatype) = (quoted(name), described::datatype(described::element_type(kind)));
                format!(r#"{{"name":{name},"shape":[1],"datatype":"{datatype}","data":[{text}]}}"#)
            })),
        };
        Sample { names, outputs, values, csv, tensors, record: format!("{{{record}}}") }
    }

    /// A request for each output.
    fn by_output(&self, request: impl Fn(&str) -> String) -> impl Iterator<Item = ExampleRequest> {
        self.outputs.iter().map(move |name| (*name, JSON, request(name)))
    }
}

/// `POST /`
pub fn seed(Sample { record, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    vec![("row", JSON, record.clone()), ("rows", JSON, format!("[{record},{record}]"))]
}

/// `POST /v2/models/M/infer`
pub fn v2_infer(Sample { outputs, tensors, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    let outputs = joined(outputs.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)));
    vec![
        ("predict", JSON, format!(r#"{{"inputs":[{tensors}]}}"#)),
        ("outputs", JSON, format!(r#"{{"inputs":[{tensors}],"outputs":[{outputs}]}}"#)),
    ]
}

/// `POST /v1/models/M:predict`
pub fn v1_predict(sample: &Sample<'_>) -> Vec<ExampleRequest> {
    let Sample { values, record, .. } = sample;
    let mut requests = vec![
        ("inputs", JSON, format!(r#"{{"inputs":[[{values}]]}}"#)),
        ("records", JSON, format!(r#"{{"instances":[{record}]}}"#)),
    ];
    let by_output = |name: &str| format!(r#"{{"instances":[[{values}]],"signature_name":"{name}"}}"#);
    requests.extend(sample.by_output(by_output));
    requests
}

/// `POST /v1/models/M:classify`
pub fn v1_classify(Sample { record, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    vec![("examples", JSON, format!(r#"{{"examples":[{record}]}}"#))]
}

/// `POST /explain`
pub fn explain(Sample { names, values, record, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    let curve = names.first().map_or_else(String::new, |name| quoted(name));
    vec![
        ("row", JSON, format!(r#"{{"instances":[[{values}]],"limit":2}}"#)),
        ("curve", JSON, format!(r#"{{"instances":[{record}],"limit":1,"curves":[{curve}]}}"#)),
    ]
}

/// `POST /invocations`
pub fn invocations(sample: &Sample<'_>) -> Vec<ExampleRequest> {
    let Sample { names, values, csv, record, .. } = sample;
    let columns = joined(names.iter().map(|name| quoted(name)));
    let split = format!(r#"{{"dataframe_split":{{"columns":[{columns}],"data":[[{values}]]}}}}"#);
    let mut requests = vec![
        ("dataframe_split", JSON, split),
        ("dataframe_records", JSON, format!(r#"{{"dataframe_records":[{record}]}}"#)),
    ];
    requests.extend(sample.by_output(|name| format!(r#"{{"inputs":[[{values}]],"params":{{"output":"{name}"}}}}"#)));
    requests.extend([("row", CSV, csv.clone()), ("row", JSON_LINES, format!("[{values}]"))]);
    requests
}

/// `POST` of Vertex's prediction route.
pub fn vertex(sample: &Sample<'_>) -> Vec<ExampleRequest> {
    let Sample { values, .. } = sample;
    sample.by_output(|name| format!(r#"{{"instances":[[{values}]],"parameters":{{"output":"{name}"}}}}"#)).collect()
}
