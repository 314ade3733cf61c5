//! The engine on real sockets: deadlines, floods, peers of every kind, and leaks.

pub mod deadlines;
pub mod floods;
mod leaks;
pub mod peers;
mod places;
mod stalls;

use crate::harness::Server;

#[test]
fn the_first_line_says_where_and_what_is_served() {
    let server = Server::start(&["--model-name", "flowers"]);
    let (version, address) = (env!("CARGO_PKG_VERSION"), server.address);
    let expected =
        format!("svcd {version} listening on http://{address} model=flowers classes=3 features=4 support_vectors=");
    let rest =
        server.first_line.strip_prefix(&expected).and_then(|rest| rest.strip_suffix(" estimator=SVC target=classes\n"));
    let count = rest.unwrap_or_else(|| panic!("{}", server.first_line));
    assert!(count.parse::<usize>().unwrap() > 0);
    let answers = server.exchange(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(answers.ends_with(b"{\"status\":\"alive\"}"));
}
