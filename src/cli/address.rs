//! Where a server listens: the flags that `serve` and `healthcheck` share, and what to do when it cannot.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};
use super::environment::Environment;
use crate::http::server::{Server, Settings, lacks_family};

/// Host and port.
pub(super) const ADDRESS: &[Flag] = &[
    flag("--host ADDR", "address to listen on; localhost for 127.0.0.1 and ::1, 0.0.0.0 or :: for all")
        .default("127.0.0.1")
        .env(&["SVCD_HOST"]),
    flag("-p, --http_port, --port N", "port to listen on; 0 takes a free one").default("8000").env(PORT_VARIABLES),
];

const PORT_VARIABLES: &[&str] = &["SVCD_PORT", "AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT", "PORT"];
const PORT: u16 = 8_000;

/// Where to listen, as the flags say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: SocketAddr,
    /// The other address of `localhost`, where the machine has it: which one a client takes, it decides itself.
    also: Option<IpAddr>,
}

/// The address that a `--host` means, and the other one of the same name.
fn read_host(text: &str) -> Option<(IpAddr, Option<IpAddr>)> {
    if text == "localhost" {
        return Some((Ipv4Addr::LOCALHOST.into(), Some(Ipv6Addr::LOCALHOST.into())));
    }
    // as it stands in a URL
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(bare) => Some((bare.parse::<Ipv6Addr>().ok()?.into(), None)),
        None => Some((text.parse().ok()?, None)),
    }
}

/// Host and port as the flags say.
pub(super) fn read(arguments: &Arguments) -> Result<Endpoint, Error> {
    let expected = "an IP address such as 127.0.0.1, 0.0.0.0 or ::, or localhost (svcd looks up no other names: \
                    `getent hosts NAME` shows the address of one)";
    let (ip, also) = arguments.value("--host", expected, read_host)?.unwrap_or((Ipv4Addr::LOCALHOST.into(), None));
    Ok(Endpoint { address: SocketAddr::new(ip, read_port(arguments)?.unwrap_or(PORT)), also })
}

fn read_port(arguments: &Arguments) -> Result<Option<u16>, Error> {
    arguments.value("--port", "a port from 0 to 65535", |text| text.parse().ok())
}

/// The port that a flag gives.
pub(super) fn given_port(arguments: &Arguments) -> Option<u16> {
    read_port(arguments).ok().flatten().filter(|_| arguments.is_given("--port"))
}

/// The port of a command without that flag.
pub(super) fn port_of(environment: &Environment) -> u16 {
    let set = PORT_VARIABLES.iter().find_map(|name| environment.get(name));
    set.and_then(|value| value.to_str()?.parse().ok()).unwrap_or(PORT)
}

/// Binds a server to its place, or says what to do.
pub(super) fn bind(place: Endpoint, settings: &Settings) -> Result<Server, Error> {
    // A port that is free in one family may be taken in the other.
    const TRIES: usize = 16;
    let mut tries = if place.address.port() == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        let mut server = Server::bind(settings.clone()).map_err(|cause| failed(place.address, &cause))?;
        let Some(also) = place.also else { return Ok(server) };
        match server.listen_also(also) {
            Ok(_) => return Ok(server),
            Err(cause) if tries > 0 && cause.kind() == io::ErrorKind::AddrInUse => {}
            Err(cause) => return Err(failed(SocketAddr::new(also, place.address.port()), &cause)),
        }
    }
}

/// How a client on this machine asks a server that listens there.
pub(super) fn origin(address: &SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST => format!("http://localhost:{}", address.port()),
        _ => format!("http://{address}"),
    }
}

fn failed(address: SocketAddr, cause: &io::Error) -> Error {
    let help = help(address, cause).map_or_else(String::new, |help| format!(": {help}"));
    Error::Failed(format!("failed to listen on {address}: {cause}{help}"))
}

/// What to do about an address that cannot be bound.
fn help(address: SocketAddr, cause: &io::Error) -> Option<String> {
    const PRIVILEGED_BELOW: u16 = 1024;
    let port = address.port();
    Some(match cause.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "stop what is listening there (`ss -ltnp sport = :{port}` shows it), or choose another port with --port"
            )
        }
        io::ErrorKind::PermissionDenied if port < PRIVILEGED_BELOW => {
            format!(
                "choose a port from {PRIVILEGED_BELOW} up with --port, or give svcd the capability CAP_NET_BIND_SERVICE"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine does not have that address (`ip address` lists the ones it has); --host 0.0.0.0 listens on \
             all"
            .to_owned()
        }
        _ if lacks_family(cause) && address.is_ipv6() => {
            "this machine has no IPv6; --host 0.0.0.0 listens on all its other addresses".to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_an_address_bare_or_in_brackets_or_localhost() {
        let read = |text| read_host(text).map(|(ip, also)| (ip.to_string(), also.map(|ip| ip.to_string())));
        for (text, ip) in [("127.0.0.1", "127.0.0.1"), ("::", "::"), ("::1", "::1"), ("[::1]", "::1"), ("[::]", "::")] {
            assert_eq!(read(text), Some((ip.to_owned(), None)), "{text}");
        }
        assert_eq!(read("localhost"), Some(("127.0.0.1".to_owned(), Some("::1".to_owned()))));
        for text in ["", "[]", "[127.0.0.1]", "[::1", "::1]", "[[::1]]", "example.org", "127.0.0.1:80", "[::1]:80"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_server_on_all_addresses_is_asked_on_localhost() {
        let origin = |address: &str| origin(&address.parse().unwrap());
        assert_eq!(["0.0.0.0:80", "[::]:80", "127.0.0.1:80"].map(origin), ["http://localhost:80"; 3]);
        assert_eq!(["[::1]:80", "10.0.0.1:81"].map(origin), ["http://[::1]:80", "http://10.0.0.1:81"]);
    }

    #[test]
    fn a_machine_without_ipv6_is_told_what_to_do() {
        let (all, no_ipv6) = ("[::]:8000".parse().unwrap(), io::Error::from_raw_os_error(97));
        let text = "failed to listen on [::]:8000: Address family not supported by protocol (os error 97): \
                    this machine has no IPv6; --host 0.0.0.0 listens on all its other addresses";
        assert_eq!(failed(all, &no_ipv6).to_string(), text);
        let unknown = io::Error::from_raw_os_error(12);
        assert_eq!(help(all, &unknown), None);
    }

    #[test]
    fn a_port_that_needs_a_privilege_is_told_what_to_do() {
        let denied = io::Error::from_raw_os_error(13);
        let text = "failed to listen on 0.0.0.0:80: Permission denied (os error 13): choose a port from 1024 up with --port, or give \
                    svcd the capability CAP_NET_BIND_SERVICE";
        assert_eq!(failed("0.0.0.0:80".parse().unwrap(), &denied).to_string(), text);
        assert_eq!(help("0.0.0.0:8000".parse().unwrap(), &denied), None, "this port needs none");
    }
}
