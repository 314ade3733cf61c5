//! The rules for text against CPython's and scikit-learn's own: every code point, and documents in many scripts.

use serde_json::Value;

use super::unicode::{Unicode, is_space};
use super::*;
use crate::inflate::Crc32;
use crate::svc::SparseBuffer;

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/text/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn unicode() -> &'static Unicode {
    Unicode::get().unwrap()
}

/// The normal form of one character.
fn normal(character: char, normal: Normal) -> String {
    let mut all = String::new();
    normal
        .for_each_piece(unicode(), character.encode_utf8(&mut [0; 4]), &mut String::new(), |piece| all.push_str(piece));
    all
}

/// Checksums of what a rule gives, for each 4,096 code points.
fn blocks(rule: impl Fn(char) -> String, is_asked: impl Fn(u32) -> bool) -> Value {
    let mut texts: Vec<(u32, String)> = Vec::new();
    for character in (0..=u32::from(char::MAX)).filter(|code| is_asked(*code)).filter_map(char::from_u32) {
        let block = u32::from(character) / 0x1000;
        if texts.last().is_none_or(|(last, _)| *last != block) {
            texts.push((block, String::new()));
        }
        texts.last_mut().unwrap().1.push_str(&rule(character));
    }
    texts.into_iter().map(|(block, text)| Value::from(vec![block, Crc32::of(text.as_bytes())])).collect()
}

fn bit(is: bool) -> String {
    u8::from(is).to_string()
}

/// Code points that the Python of the fixture does not know, and that have a small letter in Rust.
fn newer(is_assigned: impl Fn(u32) -> bool) -> Vec<u32> {
    let characters = ('\0'..=char::MAX).filter(|character| !is_assigned(u32::from(*character)));
    characters.filter(|character| !character.to_lowercase().eq([*character])).map(u32::from).collect()
}

#[test]
fn every_code_point_is_what_it_is_to_python() {
    let expected = fixture("python.json");
    assert_eq!(expected["unicode"], "14.0.0");
    let assigned: Vec<[u32; 2]> = serde_json::from_value(expected["assigned"].clone()).unwrap();
    let is_assigned = |code: u32| {
        let place = assigned.partition_point(|[start, _]| *start <= code);
        place > 0 && code < assigned[place - 1][1]
    };
    let strip = |strip_accents| move |character| normal(character, Normal { lowercase: false, strip_accents }) + "\n";
    assert_eq!(blocks(|character| bit(unicode().is_word(character)), |_| true), expected["word"]);
    assert_eq!(blocks(|character| bit(unicode().is_digit(character)), |_| true), expected["digit"]);
    assert_eq!(blocks(|character| bit(is_space(character)), |_| true), expected["space"]);
    assert_eq!(expected["split"], expected["space"]);
    assert_eq!(blocks(strip(Some(Accents::Ascii)), |_| true), expected["strip_ascii"]);
    assert_eq!(blocks(strip(Some(Accents::Unicode)), |_| true), expected["strip_unicode"]);
    // the sigma alone is no final one
    let lower = |character| normal(character, Normal { lowercase: true, strip_accents: None }) + "\n";
    assert_eq!(blocks(lower, is_assigned), expected["lower_of_assigned"]);
    // the list in the documentation of this folder
    let letters = [0x1c89, 0xa7cb, 0xa7cc, 0xa7ce, 0xa7d2, 0xa7d4, 0xa7da, 0xa7dc];
    assert_eq!(
        newer(is_assigned),
        letters.into_iter().chain(0x10d50..=0x10d65).chain(0x16ea0..=0x16eb8).collect::<Vec<_>>()
    );
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> WordList {
    let mut list = WordList::default();
    words.into_iter().for_each(|word| list.push(word).unwrap());
    list
}

fn english() -> WordList {
    words(ENGLISH_STOP_WORDS.lines())
}

/// A vectorizer with a setting of scikit-learn's.
fn vectorizer(setting: &Value, word_columns: WordColumns<'static>) -> Vectorizer {
    let text = |name| setting[name].as_str();
    let pattern = TokenPattern::parse(text("token_pattern").unwrap_or(r"(?u)\b\w\w+\b")).unwrap();
    let numbers = setting["ngram_range"].as_array();
    let n = |place: usize| numbers.map_or(1, |numbers| numbers[place].as_u64().unwrap() as usize);
    let stop_words = match &setting["stop_words"] {
        Value::String(_) => english(),
        list => words(list.as_array().into_iter().flatten().map(|word| word.as_str().unwrap())),
    };
    let strip_accents =
        text("strip_accents").map(|kind| if kind == "ascii" { Accents::Ascii } else { Accents::Unicode });
    let analyzer = match text("analyzer") {
        Some("char") => Analyzer::Char,
        Some("char_wb") => Analyzer::CharWordBounds,
        _ => Analyzer::Word(pattern),
    };
    Vectorizer::new(VectorizerParts {
        normal: Normal { lowercase: setting["lowercase"].as_bool().unwrap_or(true), strip_accents },
        analyzer,
        stop_words: std::borrow::Cow::Owned(if matches!(analyzer, Analyzer::Word(_)) { stop_words } else { words([]) }),
        grams: GramRange { shortest: n(0), longest: n(1) },
        word_columns,
        binary: setting["binary"].as_bool().unwrap_or_default(),
        weights: None,
    })
    .unwrap()
}

const HASHED: WordColumns<'static> = WordColumns::Hashed { n_features: 1 << 20, alternate_sign: true };

fn documents(fixture: &Value) -> impl Iterator<Item = &str> {
    fixture["documents"].as_array().unwrap().iter().map(|document| document.as_str().unwrap())
}

/// What the fixture has for a text.
fn compact(text: &str) -> Value {
    if text.len() <= 40 { text.into() } else { Crc32::of(text.as_bytes()).into() }
}

#[test]
fn n_grams_are_scikit_learns() {
    let fixture = fixture("analyzers.json");
    let mut buffers = TextBuffers::default();
    for case in fixture["analyzers"].as_array().unwrap() {
        let vectorizer = vectorizer(&case["setting"], HASHED);
        let mut known = Vec::new();
        for (document, expected) in documents(&fixture).zip(case["grams"].as_array().unwrap()) {
            let mut grams = Vec::new();
            vectorizer.for_each_gram(document, &mut buffers, |gram, _| grams.push(gram.to_owned()));
            grams.sort();
            assert_eq!(compact(&grams.join("\x1f")), *expected, "{} {document:?} {grams:?}", case["setting"]);
            known.extend(grams);
        }
        known.sort();
        known.dedup();
        finds_the_same_in_a_vocabulary(&case["setting"], &known, documents(&fixture));
    }
}

/// A vocabulary of all n-grams finds each of them, and one of every third finds these.
fn finds_the_same_in_a_vocabulary<'d>(setting: &Value, known: &[String], documents: impl Iterator<Item = &'d str>) {
    let all = vectorizer(setting, HASHED);
    let some: Vec<&str> = known.iter().map(String::as_str).step_by(3).collect();
    let finding = vectorizer(setting, WordColumns::Vocabulary(std::borrow::Cow::Owned(words(some.iter().copied()))));
    let (mut buffers, mut row) = (TextBuffers::default(), SparseBuffer::default());
    for document in documents {
        let mut expected = vec![0.0; some.len()];
        all.for_each_gram(document, &mut buffers, |gram, _| {
            if let Ok(column) = some.binary_search(&gram) {
                expected[column] += 1.0;
            }
        });
        finding.count(document, &mut buffers, &mut row);
        let nonzero = expected.iter().enumerate().filter(|(_, count)| **count > 0.0);
        assert!(row.row().iter().eq(nonzero.map(|(column, count)| (column as u32, *count))), "{setting} {document:?}");
    }
}

#[test]
fn hashed_columns_are_scikit_learns() {
    let fixture = fixture("analyzers.json");
    let (mut buffers, mut row) = (TextBuffers::default(), SparseBuffer::default());
    for case in fixture["hashed"].as_array().unwrap() {
        let setting = &case["setting"];
        let n_features = setting["n_features"].as_u64().unwrap_or(1 << 20) as u32;
        let alternate_sign = setting["alternate_sign"].as_bool().unwrap_or(true);
        let vectorizer = vectorizer(setting, WordColumns::Hashed { n_features, alternate_sign });
        for (document, expected) in documents(&fixture).zip(case["rows"].as_array().unwrap()) {
            vectorizer.count(document, &mut buffers, &mut row);
            let text: Vec<String> = row.row().iter().map(|(column, value)| format!("{column}:{value}")).collect();
            // -0 does not occur, and scikit-learn stores the zeros too
            assert_eq!(compact(&text.join(",")), *expected, "{setting} {document:?} {text:?}");
        }
    }
}

#[test]
fn worked_examples_have_these_tokens() {
    let vectorizer = vectorizer(&Value::Null, HASHED);
    let tokens = |document: &str| {
        let mut tokens = Vec::new();
        vectorizer.for_each_gram(document, &mut TextBuffers::default(), |token, _| tokens.push(token.to_owned()));
        tokens.join(", ")
    };
    for (document, expected) in [
        ("It's a well-known U.S. co-op: e-mail me@x.org!", "it, well, known, co, op, mail, me, org"),
        ("Die STRAẞE heißt Große Straße, Maß über ÄÖÜ", "die, straße, heißt, große, straße, maß, über, äöü"),
        ("İSTANBUL'da IĞDIR ve ılık", "stanbul, da, iğdir, ve, ılık"),
        ("ΟΔΥΣΣΕΥΣ Σ ΣΑΣ. ΟΣ'Α ΑΣ1", "οδυσσευς, σας, οσ, ας1"),
        ("मैं हिन्दी में लिखता हूँ", "खत"),
        ("ผมชอบกินข้าวที่กรุงเทพ", "ผมชอบก, นข, าวท, กร, งเทพ"),
        ("السَّلامُ عليكم ورحمة", "الس, لام, عليكم, ورحمة"),
        ("我喜欢机器学习。你好 世界", "我喜欢机器学习, 你好, 世界"),
        ("I ❤️ 👍🏽 code x² ½ ①② Ⓐⓑ", "code, x², ①②"),
        ("snake_case __init__ _ 42 3.14 1,000 ١٢٣ a_", "snake_case, __init__, 42, 14, 000, ١٢٣, a_"),
    ] {
        assert_eq!(tokens(document), expected);
    }
}

#[test]
fn long_documents_are_cut_where_no_rule_looks() {
    let fixture = fixture("analyzers.json");
    let mut buffers = TextBuffers::default();
    let long = |documents: Vec<&str>| documents.join(" ").repeat(40);
    let document = long(documents(&fixture).collect());
    assert!(document.len() > 40_000);
    let filler = format!("{} ", "ß".repeat(60_000));
    for setting in [
        r#"{}"#,
        r#"{"analyzer":"char","ngram_range":[1,3]}"#,
        r#"{"analyzer":"char_wb","ngram_range":[2,4]}"#,
        r#"{"ngram_range":[1,3],"strip_accents":"unicode"}"#,
        r#"{"token_pattern":"[^ ]+"}"#,
    ] {
        let setting: Value = serde_json::from_str(setting).unwrap();
        let vectorizer = vectorizer(&setting, HASHED);
        let mut grams = |document: &str| {
            let mut grams = Vec::new();
            vectorizer.for_each_gram(document, &mut buffers, |gram, _| grams.push(gram.to_owned()));
            grams
        };
        // in front of it, what fills a piece to the brim moves all ends of pieces
        let together = grams(&format!("{document} {filler}{document}"));
        let apart = [grams(&document), grams(&filler), grams(&document)].concat();
        let crossing = together.len() as i64 - apart.len() as i64;
        assert!(crossing.abs() < 20, "{setting} {crossing}");
        assert_eq!(together[..1000], apart[..1000], "{setting}");
        assert_eq!(together[together.len() - 1000..], apart[apart.len() - 1000..], "{setting}");
    }
}

#[test]
fn patterns_that_are_not_known_are_refused() {
    for pattern in [
        r"(\w+)",
        r"\w*",
        r"\w{0,}",
        r"\w{2}",
        r"\b\w+",
        r"\w+\b",
        r"\b\S+\b",
        r"\b[^ ]+\b",
        "[a-zA-Z-]+",
        r"(?u)\b[\w\+\#\.]+\b",
        "w{1,}",
        "",
        "+",
        r"\w",
        r"(?i)\w+",
        r"\w\S+",
        r"\w{2,3}",
        r"\w\w{2,}",
        r"\w{99999999999,}",
    ] {
        assert_eq!(TokenPattern::parse(pattern), Err(UnknownPattern), "{pattern}");
    }
    let runs = |of, shortest, is_whole_word| Ok(TokenPattern::Runs { of, shortest, is_whole_word });
    assert_eq!(TokenPattern::parse(r"(?u)\b\w\w+\b"), runs(Characters::Word, 2, true));
    assert_eq!(TokenPattern::parse("[A-Za-z]{12,}"), runs(Characters::Letters, 12, false));
    assert_eq!(TokenPattern::parse(r"\S+"), Ok(TokenPattern::SPLIT));
}

#[test]
fn english_stop_words_are_scikit_learns() {
    let list = ENGLISH_STOP_WORDS.trim_end();
    assert_eq!((list.lines().count(), list.len(), Crc32::of(list.as_bytes())), (318, 1909, 0x977c_b433));
    assert!(ENGLISH_STOP_WORDS.lines().is_sorted());
}

/// tf-idf fitted on "the cat sat on the mat", "the dog sat", "a cat and a dog", "dogs chase cats".
fn weighted(sublinear_tf: bool, turns_round: bool, document: &str) -> Vec<(u32, f64)> {
    let list = words(["and", "cat", "cats", "chase", "dog", "dogs", "mat", "on", "sat", "the"]);
    let vectorizer = vectorizer(&Value::Null, WordColumns::Vocabulary(std::borrow::Cow::Owned(list)));
    let idf = vectorizer.vocabulary().unwrap().iter().map(|word| match word {
        "cat" | "dog" | "sat" | "the" => 1.510_825_623_765_990_7,
        _ => 1.916_290_731_874_155,
    });
    let weights = Weights {
        n_features_in: 10,
        sublinear_tf,
        idf: Some(idf.collect()),
        turns_round,
        norm: Some(WeightNorm::L2),
        is_single: false,
    };
    let mut row = SparseBuffer::default();
    vectorizer.count(document, &mut TextBuffers::default(), &mut row);
    weights.weigh(&mut row);
    row.row().iter().collect()
}

#[test]
fn weights_are_the_worked_example() {
    let document = "The cat, the CAT and the dog_1!";
    let newer = [(0, 0.331_848_778_107_686_7), (1, 0.523_266_776_633_821_2), (9, 0.784_900_164_950_731_8)];
    assert_eq!(weighted(false, false, document), newer);
    let older: Vec<_> = newer.into_iter().rev().collect();
    assert_eq!(weighted(false, true, document), older);
    let sublinear = [(0, 0.425_645_570_908_338_04), (1, 0.568_192_861_528_740_2), (9, 0.704_260_406_436_352_9)];
    assert_eq!(weighted(true, false, document), sublinear);
    for document in ["", "unknown words"] {
        assert_eq!(weighted(true, true, document), []);
    }
}
