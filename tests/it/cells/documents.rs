//! What metadata and the OpenAPI document say of a table.

use super::*;

impl Table {
    fn get(&self, path: &str) -> Value {
        let message = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = Client::connect(self.address).ask(message.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_slice(&answer.content).unwrap()
    }
}

#[test]
fn metadata_has_an_input_for_each_column_of_a_table() {
    let table = Table::mixed();
    let metadata = table.get("/v2/models/table");
    let input = |name: &str, datatype: &str, parameters: Value| json!({"name": name, "datatype": datatype, "shape": [-1], "parameters": parameters});
    let category =
        |all: Value| json!({"kind": "category", "categories_count": all.as_array().unwrap().len(), "categories": all});
    let expected = [
        input("age", "FP64", json!({"kind": "number"})),
        input("fare", "FP64", json!({"kind": "number_or_missing"})),
        input("port", "BYTES", category(json!([" b", "C,d", "S", "\u{e9}", null]))),
        input("class", "FP64", category(json!([1, 2.5]))),
        input("alone", "BOOL", category(json!([false, true]))),
    ];
    assert_eq!(metadata["inputs"], json!(expected));
    assert_eq!(metadata["svcd"]["may_be_missing"], json!(["fare", "port", "class"]));
    let signatures = &table.get("/v1/models/table/metadata")["metadata"]["signature_def"]["signature_def"];
    let inputs = &signatures["serving_default"]["inputs"];
    let dtypes: Vec<_> = NAMES.iter().map(|name| inputs[name]["dtype"].as_str().unwrap()).collect();
    assert_eq!(dtypes, ["DT_DOUBLE", "DT_DOUBLE", "DT_STRING", "DT_DOUBLE", "DT_BOOL"]);
    assert_eq!(inputs["port"]["tensor_shape"]["dim"], json!([{"size": "-1", "name": ""}]));

    let numbers = Table::start(vec![ColumnKind::NumberOrMissing, ColumnKind::Number], &["a", "b"], Detail::Full);
    let metadata = numbers.get("/v2/models/table");
    assert_eq!(metadata["inputs"], json!([{"name": "X", "datatype": "FP64", "shape": [-1, 2]}]));
    assert_eq!(metadata["svcd"]["may_be_missing"], json!(["a"]));
}

#[test]
fn many_categories_are_listed_in_part_and_none_where_errors_are_terse() {
    let texts: Vec<String> = (0..1_000).map(|number| format!("c{number:03}")).collect();
    let all: Vec<_> = texts.iter().map(|text| Category::String(text)).collect();
    let kinds = || vec![categories(&all, false)];
    let table = Table::start(kinds(), &["x"], Detail::Full);
    let parameters = &table.get("/v2/models/table")["inputs"][0]["parameters"];
    assert_eq!(parameters["categories_count"], 1_000);
    assert_eq!(parameters["categories"].as_array().unwrap().len(), 64);
    let (sentence, _) = table.refused("/", br#"{"x":"c99"}"#);
    assert_eq!(sentence, "`x`: expected one of 1000 categories, perhaps `c099`, found another string");
    let terse = Table::start(kinds(), &["x"], Detail::Terse);
    assert_eq!(terse.get("/v2/models/table")["inputs"][0]["parameters"], json!({"kind": "category"}));
    let schema = terse.get("/openapi.json")["components"]["schemas"]["Record"]["properties"]["x"].clone();
    assert_eq!(schema, json!({"type": ["string", "number", "boolean", "null"]}));
}

#[test]
fn the_document_describes_each_column_and_its_examples_work() {
    let table = Table::mixed();
    let document = table.get("/openapi.json");
    let schemas = &document["components"]["schemas"];
    let any = json!(["string", "number", "boolean", "null"]);
    let expected = json!({
        "age": {"type": "number"},
        "fare": {"type": ["number", "null"]},
        "port": {"enum": [" b", "C,d", "S", "\u{e9}", null]},
        "class": {"type": any, "examples": [1, 2.5]},
        "alone": {"enum": [false, true]},
    });
    assert_eq!(schemas["Record"]["properties"], expected);
    assert_eq!(schemas["Row"]["prefixItems"][2], expected["port"]);
    assert_eq!(schemas["Columns"]["properties"]["fare"]["items"], expected["fare"]);
    assert!(schemas["InferInput"]["properties"]["datatype"]["enum"].as_array().unwrap().contains(&json!("BYTES")));
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(content) = item["post"]["requestBody"]["content"].as_object() else { continue };
        for (media_type, media) in content {
            for (name, example) in media["examples"].as_object().into_iter().flatten() {
                let value = &example["value"];
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let answer = table.ask(&format!("{path}\nContent-Type: {media_type}"), text.as_bytes());
                assert_eq!(answer.status, 200, "{path} {media_type} {name}: {answer:?}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 15, "{tried}");
}
