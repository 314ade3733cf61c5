//! The requirements of RFC 9110 and RFC 9112, and our own, as one table of request bytes and what comes of them: what the
//! parser reads, and what a running server answers.
//!
//! A row id names a requirement: R request line and target, H Host and fields, L length, T transfer coding, C connection,
//! A answers. What a line of bytes and a list of statuses cannot say stands in `tests/it/rfc9112/stories.rs`. Statuses ending in
//! `+c` mean that the answer says `Connection: close`, that nothing behind the request is answered, and that the connection ends
//! with FIN.
// No crate that includes it uses all of it.
#![allow(dead_code, unused_imports)]

mod answers;
mod case;
mod connections;
mod contents;
mod fields;
mod lines;

pub use case::{Case, Facts, IRIS, On, Outcome, post, wire};

/// Every requirement.
pub const ROWS: &str = "R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 R21 R22 R23 R24 \
                    H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 H11 H12 H13 H14 H15 \
                    L01 L02 L03 L04 L05 L06 L07 L08 L09 \
                    T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T12 T13 T14 T15 T16 \
                    C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 \
                    A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16";

/// The whole table.
pub fn cases() -> Vec<Case> {
    let mut table = case::Table::default();
    lines::add_to(&mut table);
    fields::add_to(&mut table);
    contents::add_to(&mut table);
    connections::add_to(&mut table);
    answers::add_to(&mut table);
    table.into_cases()
}
