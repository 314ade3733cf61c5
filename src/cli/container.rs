//! What is different in a container: a health check is another process, with the same environment and without the flags.

use std::path::Path;

use super::address;
use super::arguments::Arguments;
use super::environment::Environment;

/// Whether this is a container: Docker makes `/.dockerenv` in each, Podman `/run/.containerenv`, and Kubernetes tells every pod
/// where its API server is.
fn is_container(environment: &Environment, exists: impl Fn(&str) -> bool) -> bool {
    ["/.dockerenv", "/run/.containerenv"].into_iter().any(exists)
        || environment.get("KUBERNETES_SERVICE_HOST").is_some()
}

/// What to say at the start of a server in a container whose health check would ask another port.
pub(super) fn warning(arguments: &Arguments, environment: &Environment) -> Option<String> {
    let is_here = is_container(environment, |path| Path::new(path).exists());
    port_warning(arguments, environment).filter(|_| is_here)
}

fn port_warning(arguments: &Arguments, environment: &Environment) -> Option<String> {
    let port = address::given_port(arguments)?;
    let asked = address::port_of(environment);
    // Who takes any free port has nobody who asks it.
    (port != 0 && port != asked).then(|| {
        format!(
            "the port comes from a flag, which `svcd healthcheck` does not see: in this container it would ask port {asked}; \
             set SVCD_PORT={port} instead"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::command::{Command, Flag};
    use super::super::command_line::{Invocation, parse};
    use super::*;

    fn warned(line: &str, variables: &[(&str, &str)]) -> Option<u16> {
        const FLAGS: &[&[Flag]] = &[address::ADDRESS];
        const GO: Command = Command {
            name: "go",
            summary: "",
            operand: "",
            about: "",
            flags: FLAGS,
            examples: &[],
            usage_code: 2,
            has_log: true,
            run: |_| Ok(()),
        };
        let environment = variables.iter().copied().collect();
        let words = line.split_whitespace().map(Into::into);
        let Ok(Invocation::Run(_, arguments)) = parse(&[&GO], words, &environment) else { panic!("{line}") };
        let text = port_warning(&arguments, &environment)?;
        text.split("ask port ").nth(1)?.split(';').next()?.parse().ok()
    }

    #[test]
    fn a_port_that_only_the_server_knows_is_told() {
        assert_eq!(warned("--port 9000", &[]), Some(8000));
        assert_eq!(warned("--http_port=8000", &[("SVCD_PORT", "9000")]), Some(9000));
        assert_eq!(warned("--port 1", &[("SVCD_PORT", "tcp://10.0.0.1:8000"), ("PORT", "5000")]), Some(5000));
        for (line, variables) in
            [("", &[("SVCD_PORT", "9000")][..]), ("-p 8000", &[]), ("-p 9000", &[("PORT", "9000")]), ("-p 0", &[])]
        {
            assert_eq!(warned(line, variables), None, "{line} {variables:?}");
        }
    }

    #[test]
    fn a_container_is_known_by_what_its_engine_leaves_there() {
        let none = Environment::default();
        let of = |name: &str| is_container(&none, |path| path == name);
        assert!(of("/.dockerenv") && of("/run/.containerenv") && !of("/etc/passwd"));
        let pod: Environment = [("KUBERNETES_SERVICE_HOST", "10.96.0.1")].into_iter().collect();
        assert!(is_container(&pod, |_| false));
    }
}
