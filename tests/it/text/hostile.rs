//! Vocabularies that scikit-learn never writes, code that only Python can run, and documents that are meant to hurt.

use std::fs;

use super::{NEWEST, path_of};
use crate::client::Client;
use crate::folder::Folder;
use crate::harness::Server;
use crate::proc;
use crate::vocabulary::MadeVocabulary;
use svcd::model_file::load::load_path;

fn few(words: &[(&str, i64)]) -> MadeVocabulary {
    MadeVocabulary::of(words.iter().map(|(word, column)| ((*word).to_owned(), *column)).collect())
}

/// Why a pickle is no model, if it is none.
fn refused(made: &MadeVocabulary) -> Option<String> {
    let folder = Folder::new("vocabulary");
    let path = folder.path("model.pkl");
    fs::write(&path, made.pickle()).unwrap();
    load_path(path.as_ref()).err().map(|error| error.to_string())
}

fn refusal(made: &MadeVocabulary) -> String {
    refused(made).unwrap()
}

#[test]
fn a_vocabulary_numbers_its_words_from_zero_each_once() {
    let made = few(&[("aa", 0), ("bb", 1), ("cc", 2)]);
    assert_eq!(refused(&made), None);
    let columns = |columns: [i64; 3], is_numpy| {
        let words = [("aa", columns[0]), ("bb", columns[1]), ("cc", columns[2])];
        refusal(&MadeVocabulary { is_numpy, ..few(&words) })
    };
    for is_numpy in [false, true] {
        let once = "`CountVectorizer.vocabulary_`: expected each column from 0 to 2 once, found";
        assert!(columns([0, 1, 1], is_numpy).contains(&format!("{once} 1 twice")), "{}", columns([0, 1, 1], is_numpy));
        assert!(columns([0, 1, 3], is_numpy).contains(&format!("{once} 3 among them")));
        assert!(columns([0, -1, 2], is_numpy).contains(&format!("{once} -1 among them")));
    }
    let twice = few(&[("aa", 0), ("bb", 1), ("aa", 2)]);
    assert!(refusal(&twice).contains("expected different words, found `aa` at 0 and 2"), "{}", refusal(&twice));
    let none = few(&[]);
    assert!(refusal(&none).contains("vocabulary"), "{}", refusal(&none));
}

#[test]
fn weights_have_the_length_of_the_vocabulary() {
    let with = |idf: Vec<f64>| MadeVocabulary { idf: Some(idf), ..few(&[("aa", 0), ("bb", 1)]) };
    assert_eq!(refused(&with(vec![1.0, 2.0])), None);
    for idf in [vec![1.0], vec![1.0; 3], vec![]] {
        let text = refusal(&with(idf));
        assert!(text.contains("expected 2 "), "{text}");
    }
    let text = refusal(&with(vec![1.0, f64::NAN]));
    assert!(text.contains("expected finite numbers, found NaN at index 1"), "{text}");
    let other = MadeVocabulary { n_weights: 3, ..few(&[("aa", 0), ("bb", 1)]) };
    let text = refusal(&other);
    assert!(text.contains("makes rows of 2 numbers out of 1") && text.contains("takes rows of 3 numbers"), "{text}");
}

#[test]
fn five_million_words_of_one_letter_are_refused() {
    let words = (0..5_000_000).map(|column| ("a".to_owned(), column)).collect();
    let text = refusal(&MadeVocabulary { words, n_weights: 1, ..MadeVocabulary::default() });
    assert!(text.contains("expected at most 4194303 words, found 5000000"), "{text}");
}

/// A model of the letters a to z, and of what is left of some that become many.
fn letters(strip_accents: Option<&'static str>) -> MadeVocabulary {
    let words: Vec<_> = ('a'..='z').chain(['\u{307}', 'ي']).map(|letter| letter.to_string()).collect();
    let words: Vec<_> = words.iter().map(String::as_str).zip(0..).collect();
    MadeVocabulary { analyzer: "char_wb", strip_accents, ..few(&words) }
}

/// Memory of a server while it answers a document of so many bytes of each of some letters, in the binary that is not optimised.
fn assert_answered(model: &MadeVocabulary, bytes: usize) {
    let folder = Folder::new("documents");
    let path = folder.path("model.pkl");
    fs::write(&path, model.pickle()).unwrap();
    let server = Server::start(&["--model", &path, "--content-bytes-max", "9MiB"]);
    let loaded_kib = proc::status(server.pid(), "VmRSS");
    for letter in ["a", "\u{301}", "\u{130}", "\u{fdfa}", "Σ "] {
        let content = serde_json::to_vec(&serde_json::json!({ "text": letter.repeat(bytes / letter.len()) })).unwrap();
        let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", content.len());
        let answer = Client::connect(server.address).ask(&[head.as_bytes(), &content].concat());
        assert_eq!(answer.status, 200, "{letter} {}", answer.text());
        let peak = proc::status(server.pid(), "VmHWM");
        let bound = loaded_kib + (64 << 10) + (16 << 10);
        assert!(peak <= bound, "{letter}: {peak} KiB at most, {loaded_kib} KiB after loading");
    }
}

#[test]
fn documents_that_are_meant_to_hurt_are_answered_within_the_memory_there_is() {
    let words = MadeVocabulary { strip_accents: Some("unicode"), ..few(&[("aaaa", 0), ("bb", 1)]) };
    assert_answered(&words, 256 << 10);
    assert_answered(&letters(Some("unicode")), 128 << 10);
}

#[test]
fn python_code_is_named_with_what_to_do_instead() {
    let original = fs::read(path_of(NEWEST, "tfidf")).unwrap();
    let folder = Folder::new("code");
    let with = |name: &str, code: &[u8]| {
        // the value of an attribute that is None
        let key = [&[0x8c, name.len() as u8], name.as_bytes(), b"\x94"].concat();
        let place = original.windows(key.len()).position(|window| window == key).unwrap() + key.len();
        assert_eq!(original[place], b'N', "{name}");
        let changed = [b"\x80\x04", &original[11..place], code, &original[place + 1..]].concat();
        let path = folder.path("model.pkl");
        fs::write(&path, changed).unwrap();
        load_path(path.as_ref()).map(|_| ()).unwrap_err().to_string()
    };
    let found = with("tokenizer", b"cnltk.tokenize\nword_tokenize\n");
    let expected = "svcd cannot run `nltk.tokenize.word_tokenize`, the TfidfVectorizer's tokenizer, which is Python code: run it in the client, \
        join its tokens by blanks, and save the vectorizer again after set_params(tokenizer=None, token_pattern=r'\\S+', lowercase=False)";
    assert!(found.contains(expected), "{found}");
    let found = with("preprocessor", b"cutils\nclean_text\n");
    assert!(found.contains("svcd cannot run `utils.clean_text`, the TfidfVectorizer's preprocessor"), "{found}");
    let found = with("preprocessor", b"cfunctools\npartial\n(cutils\nclean\ntR");
    assert!(found.contains("svcd cannot run `utils.clean`"), "{found}");
    let found = with("tokenizer", b"cbuiltins\ngetattr\n(cbuiltins\nstr\n\x8c\x0asplitlinestR");
    assert!(found.contains("svcd cannot run `builtins.str.splitlines`"), "{found}");
}
