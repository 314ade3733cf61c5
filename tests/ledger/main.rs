//! What the ledger says is what is held: a server inside this process, whose allocator counts.
//!
//! A program has one allocator, so this is a test binary of its own; its only test has the process to itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../shared/made_up.rs"]
mod made_up;
#[path = "../shared/vocabulary.rs"]
mod vocabulary;
#[path = "../shared/worst.rs"]
mod worst;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use made_up::MadeUp;
use svcd::api::Detail;
use svcd::api::disclosure::{Disclosure, Shown};
use svcd::api::route::Options;
use svcd::api::served::{ModelFacts, Served};
use svcd::api::service::Service;
use svcd::http::Limits;
use svcd::http::ledger::Ledger;
use svcd::http::poller::Backend;
use svcd::http::server::{Server, Settings, Stopper};
use svcd::model_file::load;
use svcd::pipeline::{Answers, Asked, Categories, Category, ColumnKind, Documents, Model, OutputName, Rows, Scratch};
use svcd::svc::DecisionFunctionShape;
use vocabulary::MadeVocabulary;
use worst::{NAME, VERTEX, Worst};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Bytes of content.
const CONTENT_BYTES: usize = 512 << 10;
/// What threads keep for themselves, and what is too small to be charged.
const UNCHARGED_BYTES: usize = 1 << 20;

/// A model of numbers.
fn numbers() -> Model {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden/digits_linear_ovo.json");
    load::load_path(&fixture).unwrap().model
}

/// A model of as many classes and columns, which are numbers that may be missing and categories in turn.
fn table() -> Model {
    let all = [Category::Number(1.0), Category::String(""), Category::None];
    let kinds = [ColumnKind::NumberOrMissing, ColumnKind::Category(Categories::new(all, false).unwrap())];
    let made_up = MadeUp {
        support_vectors: vec![1.0; 10 * worst::WIDTH],
        kinds: kinds.into_iter().cycle().take(worst::WIDTH).collect(),
        decision_function_shape: DecisionFunctionShape::Ovo,
        ..MadeUp::one_vector_each(&[1.0; 90], &[0.0; 45])
    };
    made_up.model()
}

/// Starts a server that has room for everything.
fn start(model: Model) -> (SocketAddr, Arc<Ledger>, Stopper) {
    let limits = Limits { buffered_bytes_max: 2 << 30, write_timeout: Duration::from_secs(60), ..Limits::default() };
    let options = Options {
        detail: Detail::Full,
        workers: 1,
        content_bytes_max: limits.content_bytes_max,
        origin: String::new(),
        cors: None,
        disclosure: Disclosure { shown: Shown::Rows, allowed_hosts: vec!["h".to_owned()] },
        health_route: None,
        predict_route: Some(VERTEX.to_owned()),
    };
    let address = ([127, 0, 0, 1], 0).into();
    let settings = Settings { address, workers: 1, compute_threads: 1, backend: Backend::Epoll, limits };
    let server = Server::bind(settings).unwrap();
    let facts = ModelFacts { name: NAME.to_owned(), version: "1".to_owned(), ..ModelFacts::default() };
    let is_draining = Arc::new(AtomicBool::new(false));
    let counters = Arc::clone(&server.counters);
    let service = Service::new(Served::new(model, facts), options, is_draining, counters, Arc::new(()));
    let (address, ledger, stopper) = (server.local_addr().unwrap(), Arc::clone(&server.ledger), server.stopper());
    thread::spawn(move || server.run(Arc::new(service), || {}));
    (address, ledger, stopper)
}

/// The most bytes that are held while a request is answered.
struct Peak {
    ledger: usize,
    allocator: usize,
}

fn measure(model: Model, message: &[u8]) -> Peak {
    let (address, ledger, stopper) = start(model);
    let mut stream = TcpStream::connect(address).unwrap();
    let mut buffer = [0; 4096];
    // Threads and buffers come into being.
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert!(stream.read(&mut buffer).unwrap() > 0);
    let profiler = dhat::Profiler::builder().testing().build();
    stream.write_all(message).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
    wait_until(|| ledger.bytes() == 0);
    let peak = Peak { ledger: ledger.peak_bytes(), allocator: dhat::HeapStats::get().max_bytes };
    drop(profiler);
    stopper.stop();
    peak
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(1));
    }
}

/// What SECURITY.md says: bytes held for each byte received, for each route and type of content.
fn documented() -> Vec<(String, String, f64)> {
    let text = include_str!("../../SECURITY.md");
    let table = text.split("<!-- table: factors -->\n").nth(1).unwrap().split("<!-- table end -->").next().unwrap();
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(cell).collect();
        (cells[0].clone(), cells[1].clone(), cells[2].parse().unwrap())
    };
    table.trim().lines().skip(2).map(row).collect()
}

#[test]
fn the_ledger_says_what_is_held_and_security_md_says_how_much_that_is() {
    assert_eq!(worst::without_case(), []);
    let mut found: Vec<(String, String, f64)> = Vec::new();
    let of_numbers = worst::all(CONTENT_BYTES).into_iter().map(|case| (numbers(), case));
    for (model, case) in of_numbers.chain(worst::of_tables(CONTENT_BYTES).into_iter().map(|case| (table(), case))) {
        let Worst { route, media_type, what, .. } = &case;
        let Peak { ledger: charged, allocator: held } = measure(model, &case.message());
        let factor = charged as f64 / case.content.len() as f64;
        println!("{route} {media_type} {what}: {charged} charged, {held} held, factor {factor:.1}");
        assert!(held <= charged + UNCHARGED_BYTES, "{route}, {media_type}, {what}: {held} held, {charged} charged");
        assert!(charged <= held + UNCHARGED_BYTES, "{route}, {media_type}, {what}: {held} held, {charged} charged");
        match found.iter_mut().find(|(known, media, _)| known == route && media == media_type) {
            Some((_, _, most)) => *most = most.max(factor),
            None => found.push(((*route).to_owned(), (*media_type).to_owned(), factor)),
        }
    }
    let documented = documented();
    for (route, media_type, factor) in &found {
        let row = documented.iter().find(|(known, media, _)| known == route && media == media_type);
        let shown = row.unwrap_or_else(|| panic!("SECURITY.md lacks {route} {media_type} {factor:.0}")).2;
        assert!(
            (0.8..=1.05).contains(&(factor / shown)),
            "{route} {media_type}: {factor:.1} found, {shown} in SECURITY.md"
        );
    }
    assert_eq!(documented.len(), found.len());
    a_vocabulary_takes_little_memory_and_its_documents_none();
}

/// Words of a vocabulary.
const WORDS: usize = 50_000;

/// Words of about twelve letters with their columns.
fn words() -> Vec<(String, i64)> {
    let word = |column: i64| format!("w{:011x}", column.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20);
    (0..WORDS as i64).map(|column| (word(column), column)).collect()
}

fn a_vocabulary_takes_little_memory_and_its_documents_none() {
    for is_numpy in [false, true] {
        let made = MadeVocabulary { idf: Some(vec![1.5; WORDS]), is_numpy, ..MadeVocabulary::of(words()) };
        let known: Vec<&str> = made.words.iter().step_by(97).map(|(word, _)| word.as_str()).collect();
        let file = made.pickle();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vocabulary-{is_numpy}.pkl"));
        std::fs::write(&path, &file).unwrap();
        let profiler = dhat::Profiler::builder().testing().build();
        let model = load::load_path(&path).unwrap().model;
        let stats = dhat::HeapStats::get();
        std::fs::remove_file(&path).unwrap();
        let [held, peak] = [stats.curr_bytes, stats.max_bytes].map(|bytes| bytes as f64 / file.len() as f64);
        println!("{WORDS} words, {} bytes: {held:.2} times that held, {peak:.2} while loading", file.len());
        assert!(held <= 1.5, "{held}");
        // a numpy.int64 is three values in the pickle
        let peak_max = if is_numpy { 6.5 } else { 6.0 };
        assert!(peak <= peak_max, "{peak}");
        let mut documents = Documents::default();
        let texts = [known.join(" "), known.join(", UNKNOWN ").to_uppercase(), "naïve ÄÖÜ words ".repeat(50)];
        let cells = texts.map(|text| documents.push(&text));
        let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
        let mut answer = || {
            answers.clear();
            let rows = Rows { cells: &cells, documents: &documents };
            model.answer_rows(rows, Asked::only(OutputName::Predict), &mut scratch, &mut answers).unwrap();
        };
        answer();
        let before = dhat::HeapStats::get().total_blocks;
        (0..10).for_each(|_| answer());
        assert_eq!(dhat::HeapStats::get().total_blocks, before);
        drop(profiler);
    }
}
