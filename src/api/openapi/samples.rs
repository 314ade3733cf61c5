//! The requests that the document shows, by route.

use super::values::{joined, quoted};
use crate::api::{CSV, JSON, JSON_LINES};
use crate::pipeline::Model;

/// A row that a model can be asked for, in the forms that requests need.
pub struct Sample<'a> {
    /// Names of the columns.
    names: &'a [String],
    /// Names of the outputs.
    outputs: Vec<&'static str>,
    /// The numbers, separated by commas.
    numbers: String,
    /// The row by name.
    record: String,
}

/// An example's name, the media type of its content, and the content.
pub type ExampleRequest = (&'static str, &'static str, String);

impl<'a> Sample<'a> {
    /// A row of few digits for this model.
    pub(super) fn new(model: &'a Model) -> Sample<'a> {
        // Three digits are enough for an example, and zero is as good as any where there is no number.
        let rounded = |value: f64| format!("{value:.2e}").parse().ok().filter(|value: &f64| value.is_finite());
        let numbers = model.example_row().into_iter().map(|value| rounded(value).unwrap_or_default());
        let numbers: Vec<_> = numbers.map(|number| format!("{number:?}")).collect();
        let names = model.feature_names();
        let record = joined(names.iter().zip(&numbers).map(|(name, number)| format!("{}:{number}", quoted(name))));
        let outputs = model.outputs().map(|output| output.name.as_str()).collect();
        Sample { names, outputs, numbers: numbers.join(","), record: format!("{{{record}}}") }
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
pub fn v2_infer(Sample { names, outputs, numbers, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    let tensor = format!(r#""name":"X","shape":[1,{}],"datatype":"FP64","data":[{numbers}]"#, names.len());
    let outputs = joined(outputs.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)));
    vec![
        ("predict", JSON, format!(r#"{{"inputs":[{{{tensor}}}]}}"#)),
        ("outputs", JSON, format!(r#"{{"inputs":[{{{tensor}}}],"outputs":[{outputs}]}}"#)),
    ]
}

/// `POST /v1/models/M:predict`
pub fn v1_predict(sample: &Sample<'_>) -> Vec<ExampleRequest> {
    let Sample { numbers, record, .. } = sample;
    let mut requests = vec![
        ("inputs", JSON, format!(r#"{{"inputs":[[{numbers}]]}}"#)),
        ("records", JSON, format!(r#"{{"instances":[{record}]}}"#)),
    ];
    let by_output = |name: &str| format!(r#"{{"instances":[[{numbers}]],"signature_name":"{name}"}}"#);
    requests.extend(sample.by_output(by_output));
    requests
}

/// `POST /v1/models/M:classify`
pub fn v1_classify(Sample { record, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    vec![("examples", JSON, format!(r#"{{"examples":[{record}]}}"#))]
}

/// `POST /explain`
pub fn explain(Sample { names, numbers, record, .. }: &Sample<'_>) -> Vec<ExampleRequest> {
    let curve = names.first().map_or_else(String::new, |name| quoted(name));
    vec![
        ("row", JSON, format!(r#"{{"instances":[[{numbers}]],"limit":2}}"#)),
        ("curve", JSON, format!(r#"{{"instances":[{record}],"limit":1,"curves":[{curve}]}}"#)),
    ]
}

/// `POST /invocations`
pub fn invocations(sample: &Sample<'_>) -> Vec<ExampleRequest> {
    let Sample { names, numbers, record, .. } = sample;
    let columns = joined(names.iter().map(|name| quoted(name)));
    let split = format!(r#"{{"dataframe_split":{{"columns":[{columns}],"data":[[{numbers}]]}}}}"#);
    let mut requests = vec![
        ("dataframe_split", JSON, split),
        ("dataframe_records", JSON, format!(r#"{{"dataframe_records":[{record}]}}"#)),
    ];
    requests.extend(sample.by_output(|name| format!(r#"{{"inputs":[[{numbers}]],"params":{{"output":"{name}"}}}}"#)));
    requests.extend([("row", CSV, numbers.clone()), ("row", JSON_LINES, format!("[{numbers}]"))]);
    requests
}

/// `POST` of Vertex's prediction route.
pub fn vertex(sample: &Sample<'_>) -> Vec<ExampleRequest> {
    let Sample { numbers, .. } = sample;
    sample.by_output(|name| format!(r#"{{"instances":[[{numbers}]],"parameters":{{"output":"{name}"}}}}"#)).collect()
}
