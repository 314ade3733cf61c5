//! Why a document gets its answer: the numbers of its words, compared with scikit-learn's attributes.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde_json::{Value, json};
use svcd::pipeline::{Decided, Explanation, LargestWeights, Rows, Scratch, TermLimit, Terms};

use super::dialects::{SPAM, json_to, start};
use super::{NEWEST, answers_of, asked_documents, cells, fixtures, loaded, path_of};

/// What scikit-learn's attributes give for one row.
#[derive(Deserialize)]
struct Expected {
    pair: Option<(usize, usize)>,
    decision: f64,
    intercept: f64,
    terms: Vec<(Value, f64, f64)>,
}

fn expected() -> BTreeMap<String, Vec<Expected>> {
    serde_json::from_slice(&fs::read(fixtures().join("explanations.json")).unwrap()).unwrap()
}

#[test]
fn every_word_adds_what_scikit_learns_attributes_say() {
    let (cases, mut answers) = (expected(), answers_of(NEWEST));
    assert_eq!(cases.len(), 14);
    let mut scratch = Scratch::default();
    for (case, expected) in cases {
        let loaded = loaded(&path_of(NEWEST, &case));
        let as_rows = || asked_documents().into_iter().map(|document| vec![Value::String(document)]).collect();
        let rows = answers.remove(&case).unwrap().rows.unwrap_or_else(as_rows);
        let (cells, documents) = cells(&loaded, &rows);
        let width = loaded.model.n_features_in();
        for (row, expected) in cells.chunks(width).zip(&expected) {
            let rows = Rows { cells: row, documents: &documents };
            for limit in [100, 2, 0] {
                let explanation = loaded.model.explain(rows, TermLimit::Largest(limit), &[], &mut scratch).unwrap();
                let name = |feature| loaded.model.feature_name_behind_steps(feature);
                compare(&case, &explanation, expected, limit, name);
            }
        }
    }
}

fn compare(case: &str, found: &Explanation, expected: &Expected, limit: usize, name: impl Fn(usize) -> String) {
    let added = |terms: &[(Value, f64, f64)]| terms.iter().map(|term| (term.1 * term.2).abs()).sum::<f64>();
    let magnitude = added(&expected.terms) + expected.intercept.abs();
    let near = |found: f64, expected: f64| {
        assert!(
            (found - expected).abs() <= 1e-12 * magnitude.max(1.0),
            "{case}: expected {expected:?}, found {found:?}"
        );
    };
    near(found.decision, expected.decision);
    near(found.intercept, expected.intercept);
    match (found.answer, expected.pair) {
        (Decided::Class(pair), Some(expected)) => assert_eq!(pair, expected, "{case}"),
        (Decided::Number(number), None) => near(number, expected.decision),
        (other, _) => panic!("{case}: {other:?}"),
    }
    let terms: Vec<(Value, f64, f64)> = match &found.terms {
        Terms::Features(terms) => {
            terms.iter().map(|term| (Value::from(name(term.feature)), term.input, term.weight)).collect()
        }
        Terms::Support(terms) => {
            terms.iter().map(|term| (term.support_vector.into(), term.kernel, term.coefficient)).collect()
        }
    };
    // in a row without zeros left out they are terms too
    let stored: Vec<_> = terms.iter().filter(|term| term.1 != 0.0).collect();
    assert_eq!(stored.len(), limit.min(expected.terms.len()), "{case}");
    for term in &stored {
        let other = expected.terms.iter().find(|other| other.0 == term.0).unwrap_or_else(|| panic!("{case}: {term:?}"));
        near(term.1, other.1);
        near(term.2, other.2);
    }
    let sizes: Vec<f64> = terms.iter().map(|term| (term.1 * term.2).abs()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{case}");
    near(terms.iter().map(|term| term.1 * term.2).sum::<f64>() + found.rest + found.intercept, found.decision);
}

#[test]
fn words_are_columns_of_the_answer() {
    let server = start("tfidf");
    for path in ["/explain", "/v1/models/m:explain"] {
        let answer = json_to(&server, path, &json!({"instances": [SPAM, { "text": "" }], "limit": 2}));
        let [first, second] = answer["explanations"].as_array().unwrap().as_slice() else { panic!("{answer}") };
        assert_eq!((&first["predict"], &first["against"]), (&json!("spam"), &json!("ham")));
        let names: Vec<_> = first["columns"].as_array().unwrap().iter().map(|column| column["name"].clone()).collect();
        assert_eq!(names, ["free", "now"]);
        let keys: Vec<_> = first["columns"][0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["contribution", "input", "name", "weight"]);
        // nothing but the intercept is left of an empty document
        assert_eq!((&second["columns"], &second["decision"]), (&json!([]), &second["intercept"]));
    }
}

#[test]
fn a_kernel_that_is_no_sum_over_words_tells_support_vectors_and_never_their_documents() {
    let path = path_of(NEWEST, "count_tfidf_svc");
    let arguments = ["--model", path.to_str().unwrap(), "--model-name", "m", "--support-vectors", "show"];
    let server = crate::harness::Server::start(&arguments);
    let answer = json_to(&server, "/explain", &json!({"instances": [SPAM], "support_vectors": true}));
    let contributions = answer["explanations"][0]["contributions"].as_array().unwrap();
    assert!(!contributions.is_empty() && contributions.iter().all(|term| term.get("row").is_none()));
    assert_eq!(answer["support_vectors"], json!([]));
}

#[test]
fn the_words_that_weigh_most_are_those_of_scikit_learns_attributes() {
    let mut compared = 0;
    for (case, expected) in &expected() {
        let loaded = loaded(&path_of(NEWEST, case));
        let all = loaded.model.largest_weights(12);
        assert_eq!(all.is_empty(), !loaded.model.has_weights(), "{case}");
        let name = |feature: usize| loaded.model.feature_name_behind_steps(feature);
        for value in &all {
            for (sign, listed) in [(1.0, &value.towards), (-1.0, &value.away)] {
                let sizes: Vec<f64> = listed.iter().map(|(_, weight)| sign * weight).collect();
                assert!(sizes.len() <= 12 && sizes.iter().all(|size| *size > 0.0), "{case}: {listed:?}");
                assert!(sizes.is_sorted_by(|a, b| a >= b), "{case}: {listed:?}");
            }
        }
        // what scikit-learn's attributes give is that of a pair: the difference of the two classes, where each has a value
        let of_class = |class: usize, against: usize, word: &Value| {
            let listed = |value: &LargestWeights| {
                let words = value.towards.iter().chain(&value.away);
                words.clone().find(|(feature, _)| word == name(*feature).as_str()).map(|(_, weight)| *weight)
            };
            let of = |class, against| all.iter().find(|value| (value.class, value.against) == (Some(class), against));
            if let Some(value) = of(class, Some(against)) {
                return listed(value);
            }
            if let Some(value) = of(against, Some(class)) {
                return listed(value).map(|weight| -weight);
            }
            Some(listed(of(class, None)?)? - listed(of(against, None)?)?)
        };
        for row in expected {
            let Some((class, rival)) = row.pair else { continue };
            for (word, _, weight) in &row.terms {
                if let Some(found) = of_class(class, rival, word) {
                    assert!((found - weight).abs() < 1e-12, "{case}: {word}: {found} {weight}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
    let answer = json_to(&start("tfidf"), "/explain", &json!({"instances": [SPAM], "weights": true}));
    let values = answer["weights"].as_array().unwrap();
    assert_eq!(values.iter().map(|value| &value["class"]).collect::<Vec<_>>(), ["ham", "phish", "spam"]);
    assert_eq!(values[2]["towards"][0]["name"], "free");
    let path = path_of(NEWEST, "tfidf");
    let hidden = ["--model", path.to_str().unwrap(), "--support-vectors", "hide"];
    for arguments in [&hidden[..], &["--class-names", "a,b,c"]] {
        let server = crate::harness::Server::start(arguments);
        let content = json!({"instances": [if arguments.len() > 2 { json!(SPAM) } else { json!([6, 3, 4, 1]) }], "weights": true}).to_string();
        let head = format!("POST /explain HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", content.len());
        let refused = server.connect().ask([head.as_bytes(), content.as_bytes()].concat().as_slice());
        assert_eq!(refused.status, 400);
        assert!(
            refused.text().contains("`weights`: expected false, as weights are shown only of linear models"),
            "{refused:?}"
        );
    }
}
