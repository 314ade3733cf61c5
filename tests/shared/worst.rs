//! For each route that takes content, and each form of it, the content that makes the server hold most for each byte of it: for a
//! model of 64 columns `x0`, `x1`, ..., ten classes, and a decision value for each of their 45 pairs.

// No crate that includes it uses all of it.
#![allow(dead_code)]

use svcd::api::routes::TABLE;

/// Columns of the model.
pub const WIDTH: usize = 64;
/// What the model is called.
pub const NAME: &str = "digits";
/// Where Vertex AI's form is served.
pub const VERTEX: &str = "/vertex";

/// A request.
pub struct Worst {
    /// The route, as the table labels it.
    pub route: &'static str,
    /// The type of its content.
    pub media_type: &'static str,
    /// What is bad about it.
    pub what: &'static str,
    /// Further field lines, each with its line end.
    fields: String,
    pub content: Vec<u8>,
}

impl Worst {
    /// The whole message.
    pub fn message(&self) -> Vec<u8> {
        let path = self.route.replace("{model}", NAME).replace("{predict_route}", VERTEX);
        let (media_type, length, fields) = (self.media_type, self.content.len(), &self.fields);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{fields}\r\n"
        );
        [head.as_bytes(), &self.content].concat()
    }
}

/// `start`, then `item` as often as `bytes` have room for, joined, then `end`.
fn filled(bytes: usize, start: &str, item: &str, separator: &str, end: &str) -> Vec<u8> {
    let count = (bytes.saturating_sub(start.len() + end.len()) / (item.len() + separator.len())).max(1);
    let mut content = Vec::with_capacity(bytes + item.len());
    content.extend_from_slice(start.as_bytes());
    for index in 0..count {
        if index > 0 {
            content.extend_from_slice(separator.as_bytes());
        }
        content.extend_from_slice(item.as_bytes());
    }
    content.extend_from_slice(end.as_bytes());
    content
}

/// What is asked of v2: everything that the model has.
const OUTPUTS: &str = r#""outputs":[{"name":"predict"},{"name":"decision_function"}]"#;
/// The ten best classes for each of them.
const BEST: &str = r#""outputs":[{"name":"predict","parameters":{"classification":10}},{"name":"decision_function","parameters":{"classification":10}}]"#;

fn tensors(outputs: &str, datatype: &str, bytes: usize, is_binary: bool) -> Worst {
    let n_rows = if is_binary { bytes / WIDTH } else { bytes / WIDTH / 2 };
    let data = match is_binary {
        true => format!(r#""parameters":{{"binary_data_size":{}}}"#, n_rows * WIDTH),
        false => format!(r#""data":[{}]"#, vec!["1"; n_rows * WIDTH].join(",")),
    };
    let json =
        format!(r#"{{{outputs},"inputs":[{{"name":"x","shape":[{n_rows},{WIDTH}],"datatype":"{datatype}",{data}}}]}}"#);
    let binary = if is_binary { vec![1; n_rows * WIDTH] } else { Vec::new() };
    Worst {
        route: "/v2/models/{model}/infer",
        media_type: if is_binary { "application/octet-stream" } else { "application/json" },
        what: "",
        fields: if is_binary { format!("Inference-Header-Content-Length: {}\r\n", json.len()) } else { String::new() },
        content: [json.into_bytes(), binary].concat(),
    }
}

/// The worst contents of about so many bytes.
pub fn all(bytes: usize) -> Vec<Worst> {
    let names: Vec<String> = (0..WIDTH).map(|index| format!("x{index}")).collect();
    let ones = vec!["1"; WIDTH].join(",");
    let record = format!("{{{}}}", names.iter().map(|name| format!(r#""{name}":1"#)).collect::<Vec<_>>().join(","));
    let row = format!("[{ones}]");
    let columns = |count: usize| {
        let column = format!("[{}]", vec!["1"; count].join(","));
        let members: Vec<_> = names.iter().map(|name| format!(r#""{name}":{column}"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    let json = |route, what, content: Vec<u8>| Worst {
        route,
        media_type: "application/json",
        what,
        fields: String::new(),
        content,
    };
    let seed = || filled(bytes, "[", &record, ",", "]");
    let v1 = "/v1/models/{model}:predict";
    let classify = "/v1/models/{model}:classify";
    let decision = r#"{"signature_name":"decision_function","#;
    let params = r#"{"params":{"output":"decision_function"},"#;
    let split_columns = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    let mut cases = vec![
        json("/", "rows of one-digit numbers", seed()),
        Worst { media_type: "application/x-www-form-urlencoded", ..json("/", "the same", seed()) },
        json("/", "an escaped key", filled(bytes, r#"{"\n"#, "k", "", r#"":1}"#)),
        json("/", "a number of many digits", filled(bytes, r#"{"x0":0."#, "3", "", "}")),
        json(v1, "rows of one-digit numbers", filled(bytes, &format!("{decision}\"instances\":["), &row, ",", "]}")),
        json(v1, "columns", format!("{decision}\"inputs\":{}}}", columns(bytes / WIDTH / 2)).into_bytes()),
        json(classify, "rows without features", filled(bytes, r#"{"examples":["#, "{}", ",", "]}")),
        json(
            classify,
            "the same, with their features in a context",
            // A row is three bytes, so there are many.
            filled(bytes / 8, &format!(r#"{{"context":{record},"examples":["#), "{}", ",", "]}"),
        ),
        json("/explain", "more rows than are explained", filled(bytes, r#"{"instances":["#, &row, ",", "]}")),
        json("/explain", "all that is told of as many rows as there may be", explained(bytes, &record)),
        json("/v1/models/{model}:explain", "the same", explained(bytes, &record)),
        json("/invocations", "instances", filled(bytes, &format!("{params}\"instances\":["), &row, ",", "]}")),
        json(
            "/invocations",
            "a split data frame",
            filled(
                bytes,
                &format!(r#"{params}"dataframe_split":{{"columns":[{split_columns}],"data":["#),
                &row,
                ",",
                "]}}",
            ),
        ),
        Worst {
            media_type: "text/csv",
            ..json("/invocations", "rows of one-digit numbers", filled(bytes, "", &ones, "\n", "\n"))
        },
        Worst { media_type: "text/csv", ..json("/invocations", "commas", filled(bytes, "", ",", "", "\n")) },
        Worst {
            media_type: "application/jsonlines",
            ..json("/invocations", "rows of one-digit numbers", filled(bytes, "", &row, "\n", "\n"))
        },
        Worst {
            media_type: "application/jsonlines",
            ..json("/invocations", "lines without features", filled(bytes, "", "{}", "\n", "\n"))
        },
        json(
            "{predict_route}",
            "rows of one-digit numbers",
            filled(bytes, r#"{"parameters":{"output":"decision_function"},"instances":["#, &row, ",", "]}"),
        ),
        json("/v2/repository/index", "anything", filled(bytes, "{\"x\":[", "1", ",", "]}")),
        json("/v2/repository/index", "an escaped key", filled(bytes, r#"{"\n"#, "k", "", r#"":1}"#)),
        Worst {
            media_type: "text/csv",
            ..json("/invocations", "a quoted field", filled(bytes, "\"", "\"\"", "", "\"\n1\n"))
        },
        Worst { what: "one-digit numbers", ..tensors(OUTPUTS, "INT8", bytes, false) },
        Worst { what: "the best classes of all", ..tensors(BEST, "BOOL", bytes, true) },
        Worst { what: "a byte for each number", ..tensors(OUTPUTS, "UINT8", bytes, true) },
        json(
            "/v2/models/{model}/infer",
            "many empty tensors",
            filled(bytes, r#"{"inputs":["#, r#"{"name":"","shape":[0],"datatype":"BOOL","data":[]}"#, ",", "]}"),
        ),
        json("/v2/models/{model}/infer", "a long id", filled(bytes, r#"{"id":"\n"#, "i", "", r#"","inputs":[]}"#)),
    ];
    // `curl -d` without a type says so for any content.
    cases.retain(|case| TABLE.iter().any(|route| route.path == case.route || route.label == case.route));
    cases
}

/// 64 rows with all terms and the curves of all columns that there may be, and the support vectors; blanks behind it.
fn explained(bytes: usize, record: &str) -> Vec<u8> {
    let curves: Vec<_> = (0..16).map(|column| format!("\"x{column}\"")).collect();
    let end = format!("],\"limit\":16,\"each_side\":true,\"support_vectors\":true,\"curves\":[{}]}}", curves.join(","));
    let mut content = filled(64 * record.len(), "{\"instances\":[", record, ",", &end);
    content.resize(content.len().max(bytes), b' ');
    content
}

/// The worst contents of about so many bytes for a model of as many columns that are numbers or missing, and, in turn, categories: 1,
/// an empty text, or missing.
pub fn of_tables(bytes: usize) -> Vec<Worst> {
    let v1 = "/v1/models/{model}:predict";
    let decision = r#"{"signature_name":"decision_function","#;
    let worst =
        |route, media_type, what, content: Vec<u8>| Worst { route, media_type, what, fields: String::new(), content };
    let json = |route, what, content| worst(route, "application/json", what, content);
    let row = format!("[{}]", vec!["NaN"; WIDTH].join(","));
    let column = format!("[{}]", vec!["NaN"; bytes / WIDTH / 4].join(","));
    let columns: Vec<_> = (0..WIDTH).map(|index| format!(r#""x{index}":{column}"#)).collect();
    let record: Vec<_> = (0..WIDTH).map(|index| format!(r#""x{index}":{}"#, ["null", "\"\""][index % 2])).collect();
    let record = format!("{{{}}}", record.join(","));
    let empty = ",".repeat(WIDTH - 1);
    vec![
        json("/", "rows of missing numbers and empty texts", filled(bytes, "[", &record, ",", "]")),
        json("/", "an escaped text", filled(bytes, r#"{"x1":"\n"#, "t", "", r#""}"#)),
        json(v1, "rows of NaN", filled(bytes, &format!("{decision}\"instances\":["), &row, ",", "]}")),
        json(v1, "a frame of NaN", format!("{decision}\"instances\":[{{{}}}]}}", columns.join(",")).into_bytes()),
        json("{predict_route}", "rows of NaN", filled(bytes, "{\"instances\":[", &row, ",", "]}")),
        json("/invocations", "columns of NaN", format!("{{\"inputs\":{{{}}}}}", columns.join(",")).into_bytes()),
        worst("/invocations", "application/jsonlines", "rows of NaN", filled(bytes, "", &row, "\n", "")),
        worst("/invocations", "text/csv", "rows of nothing", filled(bytes, "", &empty, "\n", "")),
        worst(
            "/invocations",
            "text/csv",
            "rows of quotes",
            filled(bytes, "", &vec!["\"\""; WIDTH].join(","), "\n", ""),
        ),
        texts(bytes, true),
        texts(bytes, false),
    ]
}

/// Tensors of empty texts and of missing numbers in turn.
fn texts(bytes: usize, is_binary: bool) -> Worst {
    let n_rows = if is_binary { bytes / WIDTH / 6 } else { bytes / WIDTH / 4 };
    let input = |index: usize| {
        let (datatype, size) = if index.is_multiple_of(2) { ("FP64", 8) } else { ("BYTES", 4) };
        let data = match is_binary {
            true => format!(r#""parameters":{{"binary_data_size":{}}}"#, n_rows * size),
            false => format!(r#""data":[{}]"#, vec![["NaN", "\"\""][index % 2]; n_rows].join(",")),
        };
        format!(r#"{{"name":"x{index}","shape":[{n_rows}],"datatype":"{datatype}",{data}}}"#)
    };
    let inputs: Vec<_> = (0..WIDTH).map(input).collect();
    let json = format!(r#"{{{OUTPUTS},"inputs":[{}]}}"#, inputs.join(","));
    let column = |index: usize| match index.is_multiple_of(2) {
        true => f64::NAN.to_le_bytes().repeat(n_rows),
        false => vec![0; 4 * n_rows],
    };
    let binary = if is_binary { (0..WIDTH).flat_map(column).collect() } else { Vec::new() };
    Worst {
        route: "/v2/models/{model}/infer",
        media_type: if is_binary { "application/octet-stream" } else { "application/json" },
        what: "tensors of empty texts and missing numbers",
        fields: if is_binary { format!("Inference-Header-Content-Length: {}\r\n", json.len()) } else { String::new() },
        content: [json.into_bytes(), binary].concat(),
    }
}

/// Routes and types of content that have no case: none.
pub fn without_case() -> Vec<(&'static str, &'static str)> {
    let cases = all(1_000);
    let has_case =
        |route: &str, media_type: &str| cases.iter().any(|case| case.route == route && case.media_type == media_type);
    let taken = TABLE.iter().flat_map(|route| route.takes.iter().map(|(media_type, _)| (route.path, *media_type)));
    taken.filter(|(route, media_type)| !has_case(route, media_type)).collect()
}
