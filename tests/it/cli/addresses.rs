//! Where a server listens, and what it says when it cannot.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::*;
use crate::client::Client;
use crate::harness::Server;

fn refusal(host: &str, port: u16) -> String {
    let (code, stdout, stderr) = run(&["serve", "--host", host, "--port", &port.to_string(), "--log-level", "off"]);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    stderr.strip_prefix("error: failed to listen on ").unwrap().trim_end().to_owned()
}

fn is_alive(address: SocketAddr) -> bool {
    Client::connect(address).ask(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").status == 200
}

#[test]
fn a_busy_port_says_how_to_find_who_has_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!(
        "127.0.0.1:{port}: Address already in use (os error 98): stop what is listening there (`ss -ltnp sport = \
         :{port}` shows it), or choose another port with --port"
    );
    assert_eq!(refusal("127.0.0.1", port), text);
}

#[test]
fn an_address_of_another_machine_says_which_ones_there_are() {
    // of a network for documentation (RFC 5737)
    let text = "192.0.2.1:0: Cannot assign requested address (os error 99): this machine does not have that address \
                (`ip address` lists the ones it has); --host 0.0.0.0 listens on all";
    assert_eq!(refusal("192.0.2.1", 0), text);
}

#[test]
fn a_name_is_not_looked_up_and_the_error_says_what_does() {
    let (code, _, stderr) = run(&["serve", "--host", "no.such.host"]);
    let text = "error: --host: expected an IP address such as 127.0.0.1, 0.0.0.0 or ::, or localhost (svcd looks up no \
                other names: `getent hosts NAME` shows the address of one), found `no.such.host`\n";
    assert_eq!((code, stderr.split_inclusive('\n').next()), (2, Some(text)));
}

#[test]
fn an_address_of_ipv6_may_stand_in_brackets() {
    let server = Server::start(&["--host", "[::1]"]);
    assert!(server.address.is_ipv6() && is_alive(server.address));
    let port = server.address.port().to_string();
    assert_eq!(run(&["healthcheck", "--host", "[::1]", "--port", &port]).0, 0);
}

#[test]
fn localhost_is_both_of_its_addresses() {
    let server = Server::start(&["--host", "localhost"]);
    assert_eq!(server.address.ip(), Ipv4Addr::LOCALHOST);
    let other = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), server.address.port());
    assert!(is_alive(server.address) && is_alive(other));
    // who asks the other address must not reach another server
    let taken = TcpListener::bind("[::1]:0").unwrap().local_addr().unwrap();
    let _holder = TcpListener::bind(taken).unwrap();
    assert!(
        refusal("localhost", taken.port()).starts_with(&format!("{taken}: Address already in use (os error 98): "))
    );
}

#[test]
fn a_port_that_the_health_check_of_a_container_does_not_see_is_a_warning() {
    // A server that cannot start has told its warnings.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let pod = ("KUBERNETES_SERVICE_HOST", "10.96.0.1");
    let log = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = svcd(arguments).envs([pod]).envs(variables.iter().copied()).output().unwrap();
        let (code, _, stderr) = outcome(&output);
        assert_eq!(code, 1, "{stderr}");
        stderr
    };
    let warning = format!(
        "the port comes from a flag, which `svcd healthcheck` does not see: in this container it would ask port 8000; \
         set SVCD_PORT={port} instead"
    );
    let stderr = log(&["serve", "--port", &port], &[]);
    assert!(stderr.contains("\"level\":\"warn\",\"event\":\"start_warning\"") && stderr.contains(&warning), "{stderr}");
    for stderr in [log(&["serve"], &[("SVCD_PORT", &port)]), log(&["serve", "--port", &port], &[("SVCD_PORT", &port)])]
    {
        assert!(!stderr.contains("warning"), "{stderr}");
    }
}
