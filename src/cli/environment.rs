//! The variables that stand in for flags, and what is odd about those that are set.
//!
//! If a Kubernetes Service is called `svcd`, every pod in its namespace gets `SVCD_PORT=tcp://10.0.0.1:8000`,
//! `SVCD_SERVICE_HOST`, `SVCD_PORT_8000_TCP_ADDR` and more. None of them is meant for svcd, so they are ignored, with one warning
//! for all.

use std::env;
use std::ffi::{OsStr, OsString};

use crate::api::names::nearest;

/// What all variables of svcd's own begin with.
const PREFIX: &str = "SVCD_";

/// Variables with their values.
#[derive(Debug, Clone, Default)]
pub struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Environment {
        env::vars_os().collect()
    }

    /// The value of a variable that is set, is not empty, and is no link to a Service.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        (!value.is_empty() && !is_service_link(name, value)).then_some(value)
    }

    /// One warning for all links to Services, and one for each variable that only looks like one of the `known` ones.
    pub(super) fn warnings(&self, known: &[&'static str]) -> Vec<String> {
        let own = self.0.iter().filter_map(|(name, value)| Some((name.to_str()?, value)));
        let own = own.filter(|(name, _)| name.starts_with(PREFIX));
        let (links, others): (Vec<_>, Vec<_>) = own.partition(|(name, value)| is_service_link(name, value));
        let unknown = others.iter().map(|(name, _)| *name).filter(|name| !known.contains(name));
        let unknown = unknown.map(|name| match nearest(name, known.iter().copied()) {
            Some(near) => format!("unknown variable {name}, did you mean {near}?"),
            None => format!("unknown variable {name}"),
        });
        // A variable that a flag has is the one that somebody will miss.
        let told = links.iter().find(|(name, _)| known.contains(name)).or(links.first());
        let passed_over = told.map(|(name, value)| {
            let others = if let 2.. = links.len() { format!(" and {} more", links.len() - 1) } else { String::new() };
            format!(
                "{name}={}{others}: ignored, as Kubernetes sets this for a Service; `enableServiceLinks: false` in the \
                 pod's spec prevents it",
                value.to_string_lossy()
            )
        });
        passed_over.into_iter().chain(unknown).collect()
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Environment {
        Environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Whether Kubernetes, or a link of Docker, sets such a variable for a Service: `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT`,
/// `NAME_SERVICE_PORT_HTTP`, `NAME_PORT` with an address, `NAME_PORT_8000_TCP`, `NAME_PORT_8000_TCP_ADDR`.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
    let is_address = || {
        let protocol = value.to_str().and_then(|value| value.split_once("://")).map(|(protocol, _)| protocol);
        protocol.is_some_and(|protocol| PROTOCOLS.iter().any(|known| protocol.eq_ignore_ascii_case(known)))
    };
    if !name.starts_with(PREFIX) {
        return false;
    }
    let of_port = name.rsplit_once("_PORT_").is_some_and(|(_, rest)| {
        let mut words = rest.split('_');
        let is_number = words.next().is_some_and(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()));
        is_number
            && words.next().is_some_and(|word| PROTOCOLS.contains(&word))
            && matches!((words.next(), words.next()), (None | Some("PROTO" | "PORT" | "ADDR"), None))
    });
    let of_service = ["_SERVICE_HOST", "_SERVICE_PORT"].iter().any(|end| name.ends_with(end));
    of_port || of_service || name.contains("_SERVICE_PORT_") || (name.ends_with("_PORT") && is_address())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["SVCD_PORT", "SVCD_MODEL", "SVCD_IDLE_TIMEOUT"];
    /// What Kubernetes 1.32 sets in a pod beside a Service `svcd` with a port 8000 called `http`.
    const LINKS: [(&str, &str); 9] = [
        ("SVCD_SERVICE_HOST", "10.96.7.1"),
        ("SVCD_SERVICE_PORT", "8000"),
        ("SVCD_SERVICE_PORT_HTTP", "8000"),
        ("SVCD_PORT", "tcp://10.96.7.1:8000"),
        ("SVCD_PORT_8000_TCP", "tcp://10.96.7.1:8000"),
        ("SVCD_PORT_8000_TCP_PROTO", "tcp"),
        ("SVCD_PORT_8000_TCP_PORT", "8000"),
        ("SVCD_PORT_8000_TCP_ADDR", "10.96.7.1"),
        ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
    ];

    #[test]
    fn links_to_a_service_are_passed_over_with_one_warning() {
        let environment: Environment = LINKS.into_iter().collect();
        assert_eq!(environment.get("SVCD_PORT"), None);
        assert_eq!(environment.get("KUBERNETES_SERVICE_HOST"), Some(OsStr::new("10.96.0.1")));
        let text = "SVCD_PORT=tcp://10.96.7.1:8000 and 7 more: ignored, as Kubernetes sets this for a Service; \
                    `enableServiceLinks: false` in the pod's spec prevents it";
        assert_eq!(environment.warnings(&KNOWN), [text]);
        // a Service called `svcd-model`, and a port that somebody has set in the pod's spec
        let others = [("SVCD_MODEL_PORT", "udp://10.96.7.2:1"), ("SVCD_PORT", "8000"), ("SVCD_MODEL", "tcp://m_PORT")];
        let environment: Environment = others.into_iter().collect();
        assert_eq!(environment.get("SVCD_PORT"), Some(OsStr::new("8000")));
        assert_eq!(environment.get("SVCD_MODEL"), Some(OsStr::new("tcp://m_PORT")));
        assert_eq!(environment.warnings(&KNOWN).len(), 1);
        assert!(
            environment.warnings(&KNOWN)[0].starts_with("SVCD_MODEL_PORT=udp://10.96.7.2:1: ignored, as Kubernetes ")
        );
    }

    #[test]
    fn a_name_that_only_looks_known_is_told_with_the_nearest_one() {
        let set = [
            ("SVCD_MODLE", "m"),
            ("SVCD_IDLE_TIME_OUT", "1s"),
            ("SVCD_COLOUR", "x"),
            ("SVCD_PORT", "1"),
            ("SVCD_PORT_NAME", "a"),
            ("SVCD_PORT_8000_IP", "a"),
            ("PATH", "/bin"),
        ];
        let expected = [
            "unknown variable SVCD_MODLE, did you mean SVCD_MODEL?",
            "unknown variable SVCD_IDLE_TIME_OUT, did you mean SVCD_IDLE_TIMEOUT?",
            "unknown variable SVCD_COLOUR",
            "unknown variable SVCD_PORT_NAME",
            "unknown variable SVCD_PORT_8000_IP",
        ];
        assert_eq!(set.into_iter().collect::<Environment>().warnings(&KNOWN), expected);
    }
}
