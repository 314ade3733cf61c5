//! The `svcd` binary: parse the arguments, run one command, print one error line, exit.

fn main() {}
