//! What arrives while the process is stopped (SIGSTOP) waits in the kernel's buffers. It is read before any deadline is checked.

use std::thread;
use std::time::Duration;

use crate::client::Client;
use crate::harness::{PATIENCE, Server};

use super::leaks::raise_own_descriptor_limit;

const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn requests_that_waited_longer_than_the_idle_timeout_are_answered() {
    // More than one wait of the event loop can report.
    const CLIENTS: usize = 600;
    const IDLE_TIMEOUT: Duration = Duration::from_secs(2);
    let server = Server::start(&["--workers", "1", "--idle-timeout", "2s"]);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask(GET).status, 200);
    }
    server.signal("STOP");
    for client in &mut clients {
        client.send(GET);
    }
    // While the process is stopped, there is nothing to wait for but time.
    thread::sleep(IDLE_TIMEOUT + Duration::from_millis(100));
    server.signal("CONT");
    for client in &mut clients {
        assert_eq!(client.answer().status, 200);
    }
}

#[test]
fn a_stop_answers_everybody_whom_the_kernel_has_let_in() {
    // Linux's own limit is 4,096, which is what a musl build gets.
    const BACKLOG_MAX: usize = 4_200;
    raise_own_descriptor_limit(BACKLOG_MAX as u64 + 200);
    let mut server = Server::start(&[]);
    server.signal("STOP");
    let mut clients = Vec::new();
    while clients.len() < BACKLOG_MAX
        && let Ok(mut client) = Client::try_connect_within(server.address, Duration::from_millis(100))
    {
        client.send(GET);
        clients.push(client);
    }
    assert!(clients.len() > 128, "{} connections in the backlog", clients.len());
    server.signal("TERM");
    server.signal("CONT");
    for client in &mut clients {
        assert_eq!(client.answer().status, 200);
        client.ends();
    }
    let (status, _) = server.wait(PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
}
