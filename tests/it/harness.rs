//! Programs under test: started on port 0, killed on drop, and every wait has an end.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use crate::client::PATIENCE;
use crate::client::{self, Client};

/// A process that is killed on drop.
pub struct Process(Child);

impl Process {
    pub fn spawn(command: &mut Command) -> Process {
        Process(command.spawn().unwrap_or_else(|error| panic!("{error}: {command:?}")))
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A running server, which is killed on drop.
pub struct Server {
    process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it printed to say so.
    pub first_line: String,
    stderr: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts `svcd serve --port 0` with more arguments.
    pub fn start(arguments: &[&str]) -> Server {
        Server::run(Server::command(arguments))
    }

    /// That command, for tests that change something about it.
    pub fn command(arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
        // The caller's environment must not configure the server under test.
        command.env_clear().args(["serve", "--port", "0"]).args(arguments);
        command
    }

    /// Starts a command that prints `... http://ADDRESS ...` as its first line, and waits for that.
    pub fn run(command: Command) -> Server {
        Server::run_with(command, true)
    }

    /// The same, but after that line its output pipes are closed.
    pub fn run_unheard(command: Command) -> Server {
        Server::run_with(command, false)
    }

    fn run_with(mut command: Command, is_heard: bool) -> Server {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::spawn(&mut command);
        let stderr = process.0.stderr.take().filter(|_| is_heard).map(collect);
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            // A server that keeps printing must not block on a full pipe.
            let rest = is_heard.then_some(stdout);
            let _ = sender.send(line);
            rest.map(|mut rest| rest.read_to_end(&mut Vec::new()));
        });
        let first_line = receiver.recv_timeout(PATIENCE).expect("the server's first line");
        let address = first_line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.unwrap_or_else(|| panic!("no address in {first_line:?}")).parse().unwrap();
        Server { process, address, first_line, stderr }
    }

    /// A new connection.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends `bytes` and FIN, and gives everything that comes back.
    pub fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        client::exchange(self.address, bytes)
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Sends a signal such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status().unwrap();
        assert!(status.success());
    }

    /// Whether the process has ended by now.
    pub fn has_ended(&mut self) -> bool {
        self.process.0.try_wait().unwrap().is_some()
    }

    /// Waits for the end of the process; gives its status and how long that took.
    pub fn wait(&mut self, at_most: Duration) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        let status = eventually(at_most, "the end of the process", || self.process.0.try_wait().unwrap());
        (status, begin.elapsed())
    }

    /// Kills the process and gives what it wrote to its standard error.
    pub fn into_stderr(mut self) -> String {
        self.process.kill();
        self.stderr.take().unwrap().join().unwrap()
    }
}

fn collect(mut stderr: ChildStderr) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// The engine without svcd: `examples/echo.rs`.
pub struct Echo;

impl Echo {
    /// Starts the example on port 0.
    pub fn start() -> Server {
        let mut command = Command::new(Echo::path());
        command.args(["--port", "0"]);
        Server::run(command)
    }

    /// `cargo test` builds examples beside the binary.
    pub fn path() -> PathBuf {
        let path = Path::new(env!("CARGO_BIN_EXE_svcd")).with_file_name("examples").join("echo");
        assert!(path.is_file(), "{} is not built; `cargo test` builds it", path.display());
        path
    }
}

/// Waits until `look` finds something. Tests wait for a state; a fixed sleep is for what no state shows.
pub fn eventually<T>(at_most: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < at_most, "no {what} within {at_most:?}");
        thread::sleep(Duration::from_millis(2));
    }
}
