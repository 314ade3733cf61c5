//! How much answers reveal of the support vectors, which are rows of the training data, and to whom.
//!
//! A stranger's page may reach this server through a name that points at the loopback, or at an address in its reader's network;
//! a browser then takes both for one origin. So rows are revealed only if the request names the server by its address, as
//! `localhost`, or by a name that the server knows as its own.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::http::Request;

/// How much answers reveal of the support vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// The lowest and the highest value of each column, and means over several.
    Ranges,
    /// The rows themselves.
    Rows,
}

impl Shown {
    /// As flags and metadata have it.
    pub fn name(self) -> &'static str {
        match self {
            Shown::Nothing => "hide",
            Shown::Ranges => "ranges",
            Shown::Rows => "show",
        }
    }
}

/// How much is revealed, and the names under which the server is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The most that is revealed.
    pub shown: Shown,
    /// Names of hosts, in any case, without a port.
    pub allowed_hosts: Vec<String>,
}

/// What a name of a host has to look like, for errors.
pub const EXPECTED_HOST: &str = "the name of a host without its port, such as svcd.example";

impl Disclosure {
    /// What the client of a request may see.
    pub(super) fn to(&self, request: &Request<'_>) -> Shown {
        match self.is_own(request.field("host").unwrap_or_default()) {
            true => self.shown,
            false => self.shown.min(Shown::Ranges),
        }
    }

    /// Whether a Host field names this server: by an address, as `localhost`, or by an allowed name.
    fn is_own(&self, host: &[u8]) -> bool {
        let Ok(host) = std::str::from_utf8(host) else { return false };
        if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            return address.parse::<Ipv6Addr>().is_ok();
        }
        let name = host.split(':').next().unwrap_or_default();
        let is_allowed = |known: &String| known.eq_ignore_ascii_case(name);
        name.parse::<Ipv4Addr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.allowed_hosts.iter().any(is_allowed)
    }
}

/// The name of a host as it is allowed: what a Host field may have before its port (RFC 9110 section 4.2.1).
pub fn parse_host(text: &str) -> Option<String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_name)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_allowed_names_are_the_servers_own() {
        let disclosure = Disclosure { shown: Shown::Rows, allowed_hosts: vec!["svcd.example".to_owned()] };
        for own in [
            "127.0.0.1",
            "127.0.0.1:8000",
            "10.1.2.3",
            "[::1]",
            "[::1]:8000",
            "[fe80::1]:1",
            "localhost",
            "LOCALHOST:80",
            "svcd.example",
            "Svcd.Example:8000",
        ] {
            assert!(disclosure.is_own(own.as_bytes()), "{own}");
        }
        for foreign in [
            "",
            ":8000",
            "attacker.example",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example",
            "localhost.",
            "1",
            "0x7f000001",
            "127.1",
            "[::1",
            "[attacker]",
            "svcd.example.attacker.example",
            "xsvcd.example",
            "svcd",
        ] {
            assert!(!disclosure.is_own(foreign.as_bytes()), "{foreign}");
        }
        assert!(!disclosure.is_own(b"\xff"));
    }

    #[test]
    fn a_name_has_no_port_and_no_star() {
        assert_eq!(parse_host("svcd.example"), Some("svcd.example".to_owned()));
        for text in ["", "*", "svcd.example:8000", "http://svcd.example", "a b", "[::1]", "a,b"] {
            assert_eq!(parse_host(text), None, "{text}");
        }
    }
}
