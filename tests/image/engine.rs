//! The engine and the image under test: what the tests share.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::PATIENCE;

pub const HARDENED: [&str; 12] = [
    "--read-only",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
    "--pids-limit",
    "64",
    "--memory",
    "64m",
    "--user",
    "65532:65532",
    "--label=svcd-test",
];

pub struct Image {
    pub tag: String,
    pub id: String,
    /// The tuple that its binary is compiled for.
    pub target: String,
}

/// The image of this checkout, built once; `None` if no engine answers.
pub fn image() -> Option<&'static Image> {
    static IMAGE: OnceLock<Option<Image>> = OnceLock::new();
    let answers = || Command::new("docker").arg("info").output().is_ok_and(|output| output.status.success());
    IMAGE.get_or_init(|| is_here("docker", answers(), "the tests of the image").then(build)).as_ref()
}

/// Gives `is_here` back. If it is false, says what is not run, or fails if it is required.
pub fn is_here(program: &str, is_here: bool, what: &str) -> bool {
    if !is_here {
        let is_required = std::env::var_os("SVCD_REQUIRE_DOCKER").is_some_and(|value| value == "1");
        assert!(!is_required, "SVCD_REQUIRE_DOCKER=1, but {program} does not answer");
        // Not `eprintln!`, which the test runner swallows.
        let _ = writeln!(io::stderr(), "NOT RUN: {what}, {program} does not answer");
    }
    is_here
}

fn build() -> Image {
    // Each checkout has its own tag on the engine.
    let tag = format!("svcd-test:{:08x}", checksum(env!("CARGO_MANIFEST_DIR")));
    let old = Command::new("docker").args(["image", "inspect", "--format", "{{.Id}}", &tag]).output().unwrap();
    let old = String::from_utf8(old.stdout).unwrap();
    let script = root().join("scripts/build_image.sh");
    let printed = text(Command::new(script).args(["--tag", &tag]).output().unwrap());
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(lines[0].starts_with("binary  target/image/svcd  "), "{printed}");
    assert!(lines[1].starts_with(&format!("image   {tag}  ")), "{printed}");
    assert_eq!(lines[2], format!("next    docker run --rm -p 8000:8000 {tag}"));
    let target = lines[0].rsplit(", ").next().unwrap().to_owned();
    let id = inspect(&tag)["Id"].as_str().unwrap().to_owned();
    if !old.is_empty() && old.trim() != id {
        // It has lost its tag and would stay behind without a name.
        let _ = Command::new("docker").args(["rmi", old.trim()]).output();
    }
    Image { tag, id, target }
}

/// FNV-1a.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Standard output of a command that must succeed.
pub fn text(output: Output) -> String {
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    stdout
}

pub fn docker<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    text(Command::new("docker").args(arguments).output().unwrap()).trim_end().to_owned()
}

pub fn inspect(name: &str) -> Value {
    serde_json::from_str::<Value>(&docker(["inspect", name])).unwrap()[0].take()
}

/// A running container, removed when dropped.
pub struct Container(pub String);

impl Container {
    /// Starts the image hardened, with more options, and waits for its line on standard output.
    pub fn start(image: &str, options: &[&str]) -> (Container, String) {
        let publish = ["run", "--detach", "--publish", "127.0.0.1::8000"];
        let container = Container(docker([&publish, &HARDENED[..], options, &[image]].concat()));
        let line = first_line(&container.0);
        (container, line)
    }

    /// Where it listens on the engine's own network.
    pub fn address(&self) -> SocketAddr {
        let ip = inspect(&self.0)["NetworkSettings"]["IPAddress"].as_str().unwrap().parse().unwrap();
        SocketAddr::new(ip, 8_000)
    }

    pub fn port(&self) -> u16 {
        published_port(&self.0)
    }

    pub fn state(&self) -> Value {
        inspect(&self.0)["State"].take()
    }

    pub fn pid(&self) -> u64 {
        self.state()["Pid"].as_u64().unwrap()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "--force", &self.0]).output();
    }
}

/// The line that svcd prints when it listens; empty when the container ends without it.
pub fn first_line(container: &str) -> String {
    let mut follow = Command::new("docker");
    follow.args(["logs", "--follow", container]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut follow = follow.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(follow.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _ = follow.kill();
    follow.wait().unwrap();
    line
}

pub fn published_port(container: &str) -> u16 {
    let published = docker(["port", container, "8000/tcp"]);
    published.lines().next().unwrap().rsplit(':').next().unwrap().parse().unwrap()
}

/// Asks until the answer is there.
pub fn awaited<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(10));
    }
}
