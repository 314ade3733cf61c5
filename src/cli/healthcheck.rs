//! `svcd healthcheck`: asks a running server whether it is alive, for the HEALTHCHECK of an image without a shell.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Error;
use super::address::{self, ADDRESS};
use super::arguments::Arguments;
use super::command::Command;

/// The command.
pub const COMMAND: Command = Command {
    name: "healthcheck",
    summary: "asks a running server whether it is alive",
    operand: "[URL]",
    about: "\
Exits with 0 if the answer is 200 within 2 seconds, else with 1. Without a URL it asks /healthz on the
host and port that `serve` would use with the same flags and variables. It cannot see the flags of a
running server: in a container, set SVCD_PORT for both instead of giving the server a flag.",
    flags: &[ADDRESS],
    examples: &[
        ("svcd healthcheck", "http://127.0.0.1:8000/healthz"),
        ("svcd healthcheck http://127.0.0.1:9000/readyz", "another server, another question"),
    ],
    // Docker reserves 2.
    usage_code: 1,
    has_log: false,
    run,
};

/// From the first packet to the status line.
const TIMEOUT: Duration = Duration::from_secs(2);
/// A status line has to end within this many bytes.
const STATUS_LINE_BYTES_MAX: usize = 256;

fn run(arguments: &Arguments) -> Result<(), Error> {
    let (address, path) = match arguments.operand() {
        Some(url) => url.to_str().and_then(parse_url).ok_or_else(|| {
            let found = url.to_string_lossy();
            Error::Usage(format!("URL: expected one such as http://127.0.0.1:8000/healthz, found `{found}`"))
        })?,
        None => (reachable(address::read(arguments)?.address), "/healthz".to_owned()),
    };
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("ask", &format!("http://{address}{path}"), cause);
    let status = ask(address, &path).map_err(|cause| failed(&cause))?;
    match status.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(failed(&format!("expected status 200, found `{status}`"))),
    }
}

/// `http://ADDRESS[:PORT][/PATH]`; names are not looked up.
fn parse_url(url: &str) -> Option<(SocketAddr, String)> {
    let rest = url.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_clean = path.bytes().all(|byte| byte.is_ascii_graphic());
    let authority = match authority.strip_prefix("localhost") {
        Some(port) => format!("127.0.0.1{port}"),
        None => authority.to_owned(),
    };
    let address = authority.parse().ok().or_else(|| {
        let host = authority.trim_start_matches('[').trim_end_matches(']');
        Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, 80))
    });
    Some((address.filter(|_| is_clean)?, if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}

/// Asks a server that listens on all addresses on the loopback one.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// The status line of `GET path`.
fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let deadline = Instant::now() + TIMEOUT;
    // A timeout of zero would mean no timeout.
    let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let mut stream = TcpStream::connect_timeout(&address, left())?;
    stream.set_write_timeout(Some(left()))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut line = Vec::new();
    let mut buffer = [0; STATUS_LINE_BYTES_MAX];
    while !line.contains(&b'\n') && line.len() < STATUS_LINE_BYTES_MAX {
        stream.set_read_timeout(Some(left()))?;
        let count = match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            outcome => outcome?,
        };
        if count == 0 {
            break;
        }
        if Instant::now() >= deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        line.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    let end = line.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(line.len());
    Ok(String::from_utf8_lossy(line.get(..end).unwrap_or_default()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_an_address_and_may_have_port_and_path() {
        let parsed = |url: &str| parse_url(url).map(|(address, path)| format!("{address} {path}"));
        assert_eq!(parsed("http://127.0.0.1:8000/healthz").as_deref(), Some("127.0.0.1:8000 /healthz"));
        assert_eq!(parsed("http://localhost:81").as_deref(), Some("127.0.0.1:81 /"));
        assert_eq!(parsed("http://[::1]/x").as_deref(), Some("[::1]:80 /x"));
        for url in
            ["", "127.0.0.1:8000", "https://127.0.0.1/", "http://example.org/", "http://127.0.0.1/a b", "http://"]
        {
            assert_eq!(parsed(url), None, "{url}");
        }
    }

    #[test]
    fn everywhere_is_asked_on_the_loopback() {
        let asked = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:8000"), "127.0.0.1:8000");
        assert_eq!(asked("[::]:8000"), "[::1]:8000");
        assert_eq!(asked("127.0.0.2:1"), "127.0.0.2:1");
    }
}
