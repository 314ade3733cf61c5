//! The FROM-scratch image, built by `scripts/build_image.sh` and run as the README and `docker-compose.yml` run it.
//!
//! Needs a Docker engine and curl, so plain `cargo test` leaves it out: `cargo test --test image` runs it, and so does
//! `scripts/check.sh`. Where no engine answers, a line on standard error says that these tests did not run, and they pass; with
//! SVCD_REQUIRE_DOCKER=1 they fail instead.
// A test may end by a panic; clippy's own exemption covers test functions but not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

// The tests of the image need only a part of these.
#[allow(dead_code)]
#[path = "../shared/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "../shared/conformance.rs"]
mod conformance;
mod engine;
#[allow(dead_code)]
#[path = "../shared/folder.rs"]
mod folder;
#[path = "../shared/requests/mod.rs"]
mod requests;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use conformance::{Target, every_case_whole};
use engine::{Container, HARDENED, awaited, docker, first_line, image, inspect, is_here, published_port, root, text};
use folder::Folder;

/// The image holds one file; glibc adds more to it than musl.
const UNPACKED_BYTES_MAX: [(&str, u64); 2] = [("-musl", 3_000_000), ("-gnu", 5_500_000)];
const FIRST_ANSWER_MAX: Duration = Duration::from_millis(50);
const STOP_MAX: Duration = Duration::from_secs(1);
// Nearly all of it is code: 2.7 MiB of the binary are resident, 0.4 MiB are its own.
const IDLE_RESIDENT_KIB_MAX: u64 = 4_608;

/// The notebook's own check, word for word but for the port.
const NOTEBOOK_BODY: &str =
    r#"{  "sepal length (cm)": 1,  "sepal width (cm)": 1,  "petal length (cm)": 1,  "petal width (cm)":1}"#;

/// What curl prints for the notebook's line.
fn curl(port: u16) -> String {
    let url = format!("localhost:{port}");
    let line = ["-X", "POST", "-H", "Content-Type: application/json", "-d", NOTEBOOK_BODY, &url];
    text(Command::new("curl").args(["-sS", "--max-time", "5"]).args(line).output().unwrap())
}

#[test]
fn the_image_holds_exactly_one_file() {
    let Some(image) = image() else { return };
    let folder = Folder::new("save");
    docker(["save", "--output", &folder.path("image.tar"), &image.tag]);
    let unpack = ["xf", "image.tar"];
    text(Command::new("tar").args(unpack).current_dir(&folder.0).output().unwrap());
    let manifest: Value = serde_json::from_slice(&fs::read(folder.path("manifest.json")).unwrap()).unwrap();
    let layers = manifest[0]["Layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1, "{manifest}");

    let list = ["--numeric-owner", "-tvf", layers[0].as_str().unwrap()];
    let listed = text(Command::new("tar").args(list).current_dir(&folder.0).output().unwrap());
    let columns: Vec<&str> = listed.split_whitespace().collect();
    let size = fs::metadata(root().join("target/image/svcd")).unwrap().len();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert_eq!(
        [&columns[..3], &columns[5..]].concat(),
        ["-r-xr-xr-x", "0/0", size.to_string().as_str(), "svcd"],
        "{listed}"
    );
}

#[test]
fn the_image_is_small_and_says_how_to_run_it() {
    let Some(image) = image() else { return };
    let about = inspect(&image.id);
    let unpacked = about["Size"].as_u64().unwrap();
    let (_, max) = UNPACKED_BYTES_MAX.iter().find(|(libc, _)| image.target.ends_with(libc)).unwrap();
    assert!(unpacked < *max, "{unpacked} bytes unpacked for {}, expected fewer than {max}", image.target);

    let config = &about["Config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["ExposedPorts"], json!({"8000/tcp": {}}));
    assert_eq!(config["Entrypoint"], json!(["/svcd"]));
    assert_eq!(config["Cmd"], json!(["serve"]));
    assert_eq!(config["StopSignal"], "SIGTERM");
    for variable in ["SVCD_HOST=0.0.0.0", "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=131072"] {
        assert!(config["Env"].as_array().unwrap().contains(&json!(variable)), "{config}");
    }
    let seconds = 1_000_000_000_u64;
    let check = json!({"Test": ["CMD", "/svcd", "healthcheck"], "Interval": 10 * seconds, "Timeout": 3 * seconds,
        "StartPeriod": 2 * seconds, "Retries": 3});
    assert_eq!(config["Healthcheck"], check);
    assert_eq!(config["Labels"]["org.opencontainers.image.version"], env!("CARGO_PKG_VERSION"));
    assert_ne!(config["Labels"]["org.opencontainers.image.revision"], "");
}

#[test]
fn a_hardened_container_answers_the_notebooks_curl_line() {
    let Some(image) = image() else { return };
    // The image's own interval is 10 s.
    let (container, line) = Container::start(&image.id, &["--health-interval", "100ms"]);
    let version = env!("CARGO_PKG_VERSION");
    let start = "listening on http://0.0.0.0:8000 model=iris classes=3 features=4 support_vectors=52 estimator=SVC target=classes";
    assert_eq!(line, format!("svcd {version} {start}\n"));
    assert_eq!(curl(container.port()), r#"{"val": 0}"#);

    docker(["exec", &container.0, "/svcd", "healthcheck"]);
    let health = awaited("health", || {
        let health = container.state()["Health"]["Status"].as_str().unwrap().to_owned();
        (health != "starting").then_some(health)
    });
    assert_eq!(health, "healthy");

    let status = fs::read_to_string(format!("/proc/{}/status", container.pid())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(field("Uid:"), ["65532"; 4]);
    assert_eq!(field("Gid:"), ["65532"; 4]);
    assert_eq!(field("CapBnd:"), ["0000000000000000"]);
    assert_eq!(field("NoNewPrivs:"), ["1"]);
    let resident: u64 = field("VmRSS:")[0].parse().unwrap();
    assert!(resident < IDLE_RESIDENT_KIB_MAX, "{resident} KiB resident, expected fewer than {IDLE_RESIDENT_KIB_MAX}");
}

#[test]
fn a_hardened_container_gives_every_answer_of_the_conformance_table() {
    let Some(image) = image() else { return };
    let (container, _) = Container::start(&image.id, &[]);
    // Not through the published port: the proxy in between would end connections in its own way.
    every_case_whole(&Target::product(container.address()));
    let state = container.state();
    assert_eq!((&state["Running"], &state["OOMKilled"]), (&json!(true), &json!(false)), "{state}");
}

#[test]
fn docker_stop_ends_it_at_once_and_well() {
    let Some(image) = image() else { return };
    let (container, _) = Container::start(&image.id, &[]);
    let process = format!("/proc/{}", container.pid());
    let started = Instant::now();
    let mut stop = Command::new("docker").args(["stop", &container.0]).stdout(Stdio::null()).spawn().unwrap();
    awaited("the end of the process", || (!Path::new(&process).exists()).then_some(()));
    // Most of `docker stop` is the engine's own cleaning up, which depends on other load.
    let elapsed = started.elapsed();
    assert!(stop.wait().unwrap().success());
    assert!(elapsed < STOP_MAX, "{elapsed:?}");
    let state = container.state();
    assert_eq!((&state["ExitCode"], &state["OOMKilled"]), (&json!(0), &json!(false)), "{state}");
}

#[test]
fn another_model_is_mounted_or_baked_in() {
    let Some(image) = image() else { return };
    let folder = Folder::new("model");
    fs::copy(root().join("model.bin"), folder.path("model")).unwrap();
    let serves = |line: &str| line.contains(" model=model classes=3 features=4 ");

    let mount = format!("{}:/model:ro", folder.path("model"));
    let (mounted, line) = Container::start(&image.id, &["--volume", &mount, "--env", "SVCD_MODEL=/model"]);
    assert!(serves(&line), "{line}");
    assert_eq!(curl(mounted.port()), r#"{"val": 0}"#);

    let recipe = format!("FROM {}\nCOPY model /model\nENV SVCD_MODEL=/model\n", image.tag);
    fs::write(folder.path("Dockerfile"), recipe).unwrap();
    let tag = format!("{}-derived", image.tag);
    docker(["build", "--quiet", "--tag", &tag, folder.0.to_str().unwrap()]);
    let (derived, line) = Container::start(&tag, &[]);
    assert!(serves(&line), "{line}");
    assert_eq!(curl(derived.port()), r#"{"val": 0}"#);
    drop(derived);
    docker(["rmi", &tag]);
}

#[test]
fn flags_and_other_commands_follow_the_images_name() {
    let Some(image) = image() else { return };
    let run = |arguments: &[&str]| docker([&["run", "--rm"], &HARDENED[..], &[&image.id], arguments].concat());
    assert_eq!(run(&["--version"]), concat!("svcd ", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(&["inspect", "--json"]).chars().next(), Some('{'));

    let mut predict = Command::new("docker");
    predict.args(["run", "--rm", "--interactive"]).args(HARDENED).args([&image.id, "predict", "-"]);
    let mut predict = predict.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    predict.stdin.take().unwrap().write_all(b"1,1,1,1\n").unwrap();
    assert_eq!(text(predict.wait_with_output().unwrap()), "predict\n0\n");
}

#[test]
fn the_first_answer_comes_within_50_ms_inside_the_container() {
    let Some(image) = image() else { return };
    let folder = Folder::new("first-answer");
    let source = root().join("tests/image/first_answer.rs");
    let program = folder.path("first_answer");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut compile = Command::new(rustc);
    compile.args(["--edition", "2024", "-C", "target-feature=+crt-static", "--target", &image.target, "-o", &program]);
    text(compile.arg(source).output().unwrap());

    let mount = format!("{program}:/first_answer:ro");
    let run = ["run", "--rm", "--volume", &mount, "--entrypoint", "/first_answer"];
    let mut times: Vec<Duration> = (0..5)
        .map(|_| docker([&run[..], &HARDENED, &[&image.id]].concat()))
        .map(|microseconds| Duration::from_micros(microseconds.parse().unwrap()))
        .collect();
    times.sort();
    println!("start to first answer inside the container: {times:?}");
    assert!(times[2] < FIRST_ANSWER_MAX, "{times:?}");
}

/// A compose project, taken down when dropped.
struct Project {
    program: &'static [&'static str],
    arguments: Vec<String>,
    /// The folder of another model than the repository's.
    model_dir: Option<String>,
}

impl Project {
    /// With `docker-compose.yml` and this image; `None` where there is no compose.
    fn of(image: &engine::Image, folder: &Folder, name: &str, model_dir: Option<String>) -> Option<Project> {
        let programs: [&[&str]; 2] = [&["docker-compose"], &["docker", "compose"]];
        let answers = |program: &&[&str]| {
            let mut command = Command::new(program[0]);
            command.args(&program[1..]).arg("version").output().is_ok_and(|output| output.status.success())
        };
        let found = programs.into_iter().find(answers);
        if !is_here("docker-compose", found.is_some(), "the test of docker-compose.yml") {
            return None;
        }
        let own = format!("services: {{svcd: {{image: '{}', container_name: {name}}}}}\n", image.tag);
        fs::write(folder.path("own.yml"), own).unwrap();
        let arguments = ["-f", "docker-compose.yml", "-f", &folder.path("own.yml"), "-p", name].map(str::to_owned);
        Some(Project { program: found?, arguments: arguments.to_vec(), model_dir })
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.program[0]);
        command.args(&self.program[1..]).args(&self.arguments).args(arguments);
        // A free port of the loopback in place of 8000.
        command.env("SVCD_PUBLISH", "127.0.0.1:0").envs(self.model_dir.iter().map(|folder| ("SVCD_MODEL_DIR", folder)));
        command.current_dir(root()).output().unwrap()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        self.run(&["down", "--timeout", "2"]);
    }
}

#[test]
fn docker_compose_up_serves_what_the_script_built() {
    let Some(image) = image() else { return };
    let (folder, name) = (Folder::new("compose"), format!("svcd-test-{}", std::process::id()));
    let Some(project) = Project::of(image, &folder, &name, None) else { return };
    text(project.run(&["up", "-d"]));

    first_line(&name);
    assert_eq!(curl(published_port(&name)), r#"{"val": 0}"#);
    let about = inspect(&name);
    // Neither built nor pulled again.
    assert_eq!(about["Image"], image.id);
    assert_eq!(about["Config"]["Hostname"], "svcd");
    let host = &about["HostConfig"];
    assert_eq!(host["RestartPolicy"]["Name"], "always");
    assert_eq!(host["ReadonlyRootfs"], true);
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges:true"]));
    assert_eq!(host["PidsLimit"], 64);
    assert_eq!((&host["Memory"], &host["MemorySwap"]), (&json!(128 << 20), &json!(128 << 20)));
    assert_eq!(host["Ulimits"], json!([{"Name": "nofile", "Hard": 16_384, "Soft": 16_384}]));
}

#[test]
fn docker_compose_serves_the_model_of_a_folder_and_never_another_one() {
    let Some(image) = image() else { return };
    let (folder, name) = (Folder::new("compose-model"), format!("svcd-test-model-{}", std::process::id()));
    let models = folder.path("models");
    fs::create_dir(&models).unwrap();
    let Some(project) = Project::of(image, &folder, &name, Some(models.clone())) else { return };
    text(project.run(&["up", "-d"]));
    let logs = || {
        let output = Command::new("docker").args(["logs", &name]).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let until = Instant::now() + Duration::from_secs(20);
    while !logs().contains("error:") {
        assert!(Instant::now() < until, "{}", logs());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(!logs().contains("listening"), "{}", logs());
    text(project.run(&["down", "--timeout", "2"]));

    fs::copy(root().join("model.bin"), folder.path("models/mine.bin")).unwrap();
    text(project.run(&["up", "-d"]));
    first_line(&name);
    assert_eq!(curl(published_port(&name)), r#"{"val": 0}"#);
}
