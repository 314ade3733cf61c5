//! `--reload`: a new model is taken, a bad one is not, and no answer mixes two.

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// How often these tests let svcd look at the file.
const OFTEN: &str = "20ms";

const A: [&str; 2] = ["a0", "a1"];
const B: [&str; 2] = ["b0", "b1"];

/// A model file of svcd's own format, whose checksum shows every missing byte.
fn binary(folder: &Folder, labels: &[&str; 2]) -> Vec<u8> {
    let (json, path) = (folder.file("source.json", model(labels)), folder.path("imported.bin"));
    let output = Command::new(env!("CARGO_BIN_EXE_svcd")).args(["import", &json, "-o", &path]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::read(path).unwrap()
}

/// A server that takes any model: most of these tests tell two by their labels.
fn start(folder: &Folder, name: &str, flags: &[&str]) -> Logged {
    start_strict(folder, name, &[&["--reload-any"], flags].concat())
}

/// A server that takes only what its clients are ready for.
fn start_strict(folder: &Folder, name: &str, flags: &[&str]) -> Logged {
    let path = folder.path(name);
    Logged::start(folder, &[&["--model", &path, "--reload", OFTEN], flags].concat())
}

/// The label of one row, and the hash that came with it.
fn ask(client: &mut Client) -> (String, String) {
    let answer = client.ask(&post("/", "{\"x0\":1}"));
    assert_eq!(answer.status, 200);
    let object: Value = serde_json::from_str(answer.text()).unwrap();
    (object["val"].as_str().unwrap().to_owned(), answer.field("X-Model-Hash").unwrap().to_owned())
}

/// The labels that the OpenAPI document names.
fn documented_labels(client: &mut Client) -> Value {
    let document: Value = serde_json::from_slice(&client.ask(&get("/openapi.json")).content).unwrap();
    document["components"]["schemas"]["Label"]["enum"].clone()
}

fn short(path: &str) -> String {
    sha256sum(path)[..16].to_owned()
}

fn reloads(client: &mut Client) -> [f64; 2] {
    let samples = scrape(client);
    ["ok", "failed"].map(|result| samples.get(&format!("svcd_model_reloads_total{{result=\"{result}\"}}")))
}

#[test]
fn a_new_file_is_served_and_tells_its_hash_everywhere() {
    let folder = Folder::new("reload-good");
    let path = folder.file("m.json", model(&A));
    let logged = start(&folder, "m.json", &[]);
    let mut client = logged.server.connect();
    let (old, old_sha256) = (short(&path), sha256sum(&path));
    assert_eq!(ask(&mut client), ("a1".to_owned(), old));
    assert_eq!(documented_labels(&mut client), serde_json::json!(A));
    // Replaced by rename, then written in place: both are seen.
    folder.replace("m.json", model(&B));
    let line = logged.await_event("model_reloaded", 1);
    let sha256 = sha256sum(&path);
    for (key, value) in [
        ("level", Value::from("info")),
        ("model", "m".into()),
        ("sha256", sha256.as_str().into()),
        ("sha256_before", old_sha256.into()),
        ("classes", 2.into()),
        ("features", 1.into()),
        ("features_before", 1.into()),
        ("support_vectors", 2.into()),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
    assert_eq!(ask(&mut client), ("b1".to_owned(), sha256[..16].to_owned()));
    assert_eq!(documented_labels(&mut client), serde_json::json!(B));
    let samples = scrape(&mut client);
    assert!(samples.family("svcd_model_info").into_keys().all(|labels| labels.contains(&sha256)));
    assert_eq!(samples.family("svcd_model_info").len(), 1);
    assert_eq!(samples.get("svcd_predictions_total{class=\"b1\"}"), 1.0);
    fs::write(&path, model(&A)).unwrap();
    logged.await_event("model_reloaded", 2);
    assert_eq!(ask(&mut client), ("a1".to_owned(), short(&path)));
    assert_eq!(reloads(&mut client), [2.0, 0.0]);
    // Only predictions carry the hash: an error is not the model's.
    for request in [post("/", "{}"), get("/"), get("/metrics")] {
        assert_eq!(client.ask(&request).field("X-Model-Hash"), None);
    }
}

#[test]
fn a_bad_file_is_refused_loudly_and_a_good_one_after_it_is_taken() {
    let folder = Folder::new("reload-bad");
    let good = binary(&folder, &A);
    let path = folder.file("m.bin", &good);
    let logged = start(&folder, "m.bin", &[]);
    let mut client = logged.server.connect();
    let served = sha256sum(&path);
    let mut flipped = binary(&folder, &B);
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let bad: [(&[u8], &str); 4] = [
        (&flipped, ": checksum: expected "),
        (b"", ": format: expected a model.bin"),
        (b"{\"format\": \"svcd-svc\"}", ": line 1, column "),
        (&good[..good.len() - 1], ": truncated: expected "),
    ];
    for (count, (content, cause)) in (1..).zip(bad) {
        folder.replace("m.bin", content);
        let line = logged.await_event("model_refused", count);
        assert_eq!((&line["level"], &line["still_serving"]), (&"error".into(), &served.as_str().into()));
        let found = line["cause"].as_str().unwrap();
        assert!(found.starts_with(&format!("failed to load `{path}`{cause}")), "{found}");
        assert_eq!(ask(&mut client).0, "a1");
        assert_eq!(reloads(&mut client), [0.0, count as f64]);
    }
    folder.replace("m.bin", binary(&folder, &B));
    logged.await_event("model_reloaded", 1);
    assert_eq!(ask(&mut client), ("b1".to_owned(), short(&path)));
    // Each was told once.
    assert_eq!((logged.events("model_refused").len(), reloads(&mut client)), (4, [1.0, 4.0]));
}

#[test]
fn a_file_that_is_still_being_written_is_not_taken() {
    let folder = Folder::new("reload-growing");
    let path = folder.file("m.bin", binary(&folder, &A));
    // The writer's pauses are far shorter than the interval, even on a busy machine.
    let logged = Logged::start(&folder, &["--model", &path, "--reload", "500ms", "--reload-any"]);
    let mut client = logged.server.connect();
    let new = binary(&folder, &B);
    // Long enough for svcd to look at the file twice; nothing shows when it does.
    for end in 0..=new.len() {
        fs::write(&path, &new[..end]).unwrap();
        thread::sleep(Duration::from_millis(1_250) / new.len() as u32);
    }
    logged.await_event("model_reloaded", 1);
    assert_eq!(ask(&mut client), ("b1".to_owned(), short(&path)));
    assert_eq!(reloads(&mut client), [1.0, 0.0]);
}

#[test]
fn half_a_file_is_refused_until_the_other_half_is_there() {
    let folder = Folder::new("reload-half");
    let path = folder.file("m.bin", binary(&folder, &A));
    let logged = start(&folder, "m.bin", &[]);
    let mut client = logged.server.connect();
    let new = binary(&folder, &B);
    fs::write(&path, &new[..new.len() / 2]).unwrap();
    let cause = logged.await_event("model_refused", 1)["cause"].to_string();
    assert!(cause.contains("truncated"), "{cause}");
    assert_eq!(ask(&mut client).0, "a1");
    fs::write(&path, &new).unwrap();
    logged.await_event("model_reloaded", 1);
    assert_eq!(ask(&mut client).0, "b1");
}

#[test]
fn a_file_that_goes_is_told_and_one_that_comes_back_is_looked_at() {
    let folder = Folder::new("reload-gone");
    let path = folder.file("m.json", model(&A));
    let logged = start(&folder, "m.json", &[]);
    let mut client = logged.server.connect();
    fs::remove_file(&path).unwrap();
    let cause = logged.await_event("model_refused", 1)["cause"].as_str().unwrap().to_owned();
    assert_eq!(cause, format!("failed to load `{path}`: No such file or directory (os error 2)"));
    assert_eq!(ask(&mut client).0, "a1");
    folder.replace("m.json", model(&A));
    logged.await_event("model_unchanged", 1);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let cause = logged.await_event("model_refused", 2)["cause"].as_str().unwrap().to_owned();
    assert_eq!(
        cause,
        format!("failed to load `{path}`: expected a fitted SVM, found nothing: svcd serves scikit-learn's SVMs")
    );
    fs::remove_dir(&path).unwrap();
    folder.replace("m.json", model(&B));
    logged.await_event("model_reloaded", 1);
    assert_eq!(ask(&mut client).0, "b1");
}

#[test]
fn names_from_flags_are_given_again_and_what_they_do_not_fit_is_refused() {
    let folder = Folder::new("reload-names");
    folder.file("m.json", model(&A));
    let logged = start(&folder, "m.json", &["--class-names", "no,yes", "--feature-names", "size", "--model-name", "n"]);
    let mut client = logged.server.connect();
    let label = |client: &mut Client| {
        let answer = client.ask(&post("/", "{\"size\":1}"));
        (answer.text().to_owned(), answer.field("X-Model-Hash").unwrap().to_owned())
    };
    let before = label(&mut client);
    folder.replace("m.json", model(&B));
    assert_eq!(logged.await_event("model_reloaded", 1)["model"], "n");
    let after = label(&mut client);
    assert_eq!((before.0.as_str(), after.0.as_str()), ("{\"val\": \"yes\"}", "{\"val\": \"yes\"}"));
    assert_ne!(before.1, after.1);
    folder.replace("m.json", two_features());
    let cause = logged.await_event("model_refused", 1)["cause"].as_str().unwrap().to_owned();
    assert_eq!(cause, "--feature-names: expected 2 names, comma-separated, found `size`");
    assert_eq!(label(&mut client), after);
}

fn two_features() -> String {
    model(&A).replace("[[-1.0],[1.0]]", "[[-1.0,0.0],[1.0,0.0]]")
}

#[test]
fn another_number_of_features_is_taken_and_told() {
    let folder = Folder::new("reload-features");
    folder.file("m.json", model(&A));
    let logged = start(&folder, "m.json", &[]);
    let mut client = logged.server.connect();
    assert_eq!(ask(&mut client).0, "a1");
    folder.replace("m.json", two_features());
    let line = logged.await_event("model_reloaded", 1);
    assert_eq!((&line["features_before"], &line["features"]), (&1.into(), &2.into()));
    let answer = client.ask(&post("/", "{\"x0\":1}"));
    assert!(answer.status == 400 && answer.text().contains("`x1`: expected a finite number"), "{answer:?}");
    assert_eq!(client.ask(&post("/", "{\"x0\":1,\"x1\":0}")).text(), "{\"val\": \"a1\"}");
}

/// The model with these labels and another intercept; both are written with as many bytes.
fn shifted(labels: &[&str; 2]) -> String {
    model(labels).replace("[0.0]", "[0.5]")
}

#[test]
fn a_model_that_clients_are_not_ready_for_is_refused_until_one_comes_that_they_are_ready_for() {
    let folder = Folder::new("reload-strict");
    let path = folder.file("m.json", model(&A));
    let logged = start_strict(&folder, "m.json", &[]);
    let mut client = logged.server.connect();
    let served = sha256sum(&path);
    let other = [
        (model(&B), "new classes `b0`, `b1` instead of `a0`, `a1`"),
        (model(&["a1", "a0"]), "another order: classes `a1`, `a0`"),
        (two_features(), "2 columns instead of 1"),
        (model(&A).replacen('{', "{\"feature_names_in_\":[\"size\"],", 1), "a new column `size` instead of `x0`"),
    ];
    for (count, (content, found)) in (1..).zip(&other) {
        folder.replace("m.json", content);
        let line = logged.await_event("model_refused", count);
        assert_eq!((&line["level"], &line["still_serving"]), (&"error".into(), &served.as_str().into()));
        let cause = format!(
            "expected the columns, labels and outputs of the running model, found {found}; \
             start svcd with --reload-any to accept such a model"
        );
        assert_eq!(line["cause"], cause);
        assert_eq!(ask(&mut client), ("a1".to_owned(), served[..16].to_owned()));
        assert_eq!(client.ask(&get("/readyz")).status, 200);
        assert_eq!(reloads(&mut client), [0.0, count as f64]);
    }
    folder.replace("m.json", shifted(&A));
    logged.await_event("model_reloaded", 1);
    assert_eq!(ask(&mut client).1, short(&path));
}

/// As `cp -p` and `rsync -t` do.
#[test]
fn a_file_that_keeps_its_length_and_its_time_is_seen() {
    let folder = Folder::new("reload-kept");
    let path = folder.file("m.json", model(&A));
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let logged = start_strict(&folder, "m.json", &[]);
    assert_eq!(shifted(&A).len(), model(&A).len());
    fs::write(&path, shifted(&A)).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    logged.await_event("model_reloaded", 1);
}

#[test]
fn a_file_has_to_be_named() {
    for (flags, problem) in [
        (["--reload", "1s"], "--reload: expected --model PATH with it, found none"),
        (["--reload-any", "--model=m"], "--reload-any: expected --reload TIME with it, found none"),
    ] {
        let output = Server::command(&flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with(&format!("error: {problem}\n")), "{text}");
    }
}

#[test]
fn without_the_flag_the_file_is_not_looked_at_again() {
    let folder = Folder::new("reload-off");
    let path = folder.file("m.json", model(&A));
    let logged = Logged::start(&folder, &["--model", &path]);
    let threads = fs::read_dir(format!("/proc/{}/task", logged.server.pid())).unwrap();
    let names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).unwrap());
    assert!(!names.collect::<Vec<_>>().iter().any(|name| name.trim() == "reload"));
}

/// Twenty models, one after the other, under small and large requests on several connections: every request is answered, every
/// answer by one model, and by the one whose hash it carries.
#[test]
fn no_answer_mixes_two_models_and_none_fails_while_they_change() {
    const SWAPS: usize = 20;
    let folder = Folder::new("reload-load");
    let path = folder.file("m.json", model(&A));
    let hash_a = short(&path);
    let hash_b = short(&folder.file("b.json", model(&B)));
    let logged = start(&folder, "m.json", &[]);
    let is_over = AtomicBool::new(false);
    let answered = [const { AtomicUsize::new(0) }; 2];
    thread::scope(|scope| {
        for (size, count) in [1, 40, 5_000, 1, 40, 5_000].into_iter().zip([0; 6]) {
            let (is_over, answered, hashes, server) = (&is_over, &answered, [&hash_a, &hash_b], &logged.server);
            let request = post("/", &rows((count..count + size).map(|row| if row % 2 == 0 { 1.0 } else { -1.0 })));
            scope.spawn(move || {
                let mut client = server.connect();
                while !is_over.load(Ordering::Relaxed) {
                    let answer = client.ask(&request);
                    assert_eq!(answer.status, 200);
                    let object: Value = serde_json::from_str(answer.text()).unwrap();
                    let labels = object["val"].as_array().unwrap();
                    let is_b = labels[0] == "b1";
                    let [second, first] = if is_b { B } else { A };
                    let expected = (0..size).map(|row| if row % 2 == 0 { first } else { second });
                    assert!(labels.iter().eq(expected.collect::<Vec<_>>().iter()), "{size} rows");
                    assert_eq!(answer.field("X-Model-Hash"), Some(hashes[usize::from(is_b)].as_str()));
                    answered[usize::from(is_b)].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for swap in 1..=SWAPS {
            folder.replace("m.json", model(if swap % 2 == 1 { &B } else { &A }));
            logged.await_event("model_reloaded", swap);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let [a, b] = answered.map(AtomicUsize::into_inner);
    assert!(a > SWAPS && b > SWAPS, "{a} and {b} answers");
    assert_eq!(reloads(&mut logged.server.connect()), [SWAPS as f64, 0.0]);
}

/// As Kubernetes mounts a ConfigMap: links to files in the folder that `..data` is a link to, which is replaced as a whole.
#[test]
fn a_folder_of_pieces_is_swapped_as_a_whole() {
    let folder = Folder::new("reload-pieces");
    let fixture = |name: &str| format!("{}/tests/fixtures/pieces/1.9.1/whole/{name}", env!("CARGO_MANIFEST_DIR"));
    let files = ["scaler.pkl", "pca.pkl", "svm.pkl", "labels.pkl"];
    fs::create_dir(folder.path("..v1")).unwrap();
    fs::create_dir(folder.path("..v2")).unwrap();
    for name in files {
        fs::copy(fixture(name), folder.path(&format!("..v2/{name}"))).unwrap();
        symlink(format!("..data/{name}"), folder.path(name)).unwrap();
    }
    for name in &files[..3] {
        fs::copy(fixture(name), folder.path(&format!("..v1/{name}"))).unwrap();
    }
    // a link to nothing could be a piece that has not come yet
    fs::remove_file(folder.path("labels.pkl")).unwrap();
    symlink("..v1", folder.path("..data")).unwrap();
    let outside = Folder::new("reload-pieces-log");
    let flags = ["--model", folder.root(), "--model-name", "m", "--reload", OFTEN, "--reload-any"];
    let logged = Logged::start(&outside, &flags);
    let mut client = logged.server.connect();
    let mut label = || {
        let answer = client.ask(&post("/v1/models/m:predict", "{\"instances\":[[6.1,2.9,4.6,1.4]]}"));
        serde_json::from_str::<Value>(answer.text()).unwrap()["predictions"][0].clone()
    };
    assert_eq!(label(), serde_json::json!(1));
    symlink("..v2", folder.path("..data_tmp")).unwrap();
    fs::rename(folder.path("..data_tmp"), folder.path("..data")).unwrap();
    symlink("..data/labels.pkl", folder.path("labels.pkl")).unwrap();
    logged.await_event("model_reloaded", 1);
    let note = logged.await_event("model_note", 3)["note"].as_str().unwrap().to_owned();
    assert_eq!(note, "the model's labels: 0 is `setosa`, 1 is `versicolor`, 2 is `virginica`");
    assert_eq!(label(), serde_json::json!("versicolor"));
}
