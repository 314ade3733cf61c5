//! `svcd --version`: which svcd this is.

use std::env::consts::{ARCH, OS};

use serde_json::json;

use crate::svc::Cpu;

/// The line that people read.
pub fn line() -> String {
    concat!("svcd ", env!("CARGO_PKG_VERSION"), "\n").to_owned()
}

/// What programs read: version, commit (null where the build was not told), target, and the CPU's instructions in use.
pub fn json() -> String {
    let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    let version = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "commit": option_env!("SVCD_COMMIT"),
        "target": format!("{ARCH}-{OS}-{libc}"),
        "instructions": Cpu::best().name(),
    });
    format!("{version}\n")
}
