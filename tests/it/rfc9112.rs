//! RFC 9110 and RFC 9112 on real sockets: every case of the table of requests, whole and in parts, and what no table can say.

mod stories;

use std::collections::BTreeSet;

use crate::client::Client;
use crate::conformance::{Target, every_case_whole, naming};
use crate::harness::{Echo, Server};
use crate::proc::await_everything_read;
use crate::requests::{Case, On, ROWS, cases};

/// Many cases, each in two parts with the first part read before the second is sent.
fn run_split(target: &Target, splits: &[(&Case, usize)]) {
    let mut clients: Vec<Client> = splits.iter().map(|_| Client::connect(target.address)).collect();
    for (client, (case, at)) in clients.iter_mut().zip(splits) {
        client.send(&case.request[..*at]);
    }
    await_everything_read(target.address);
    for (client, (case, at)) in clients.iter_mut().zip(splits) {
        client.send(&[&case.request[*at..], target.behind(case)].concat());
        if case.finishes {
            client.finish();
        }
    }
    for (mut client, (case, at)) in clients.into_iter().zip(splits) {
        naming(case, || format!("split at {at}"), || target.verify(case, case.is_alone, &mut client));
        client.reset();
    }
}

/// One case a byte at a time.
fn run_bytewise(target: &Target, case: &Case) {
    let mut client = Client::connect(target.address);
    for byte in case.request.iter().chain(target.behind(case)) {
        client.send(&[*byte]);
    }
    if case.finishes {
        client.finish();
    }
    target.verify(case, case.is_alone, &mut client);
}

/// Where to split: at every byte, but a long request only at some.
fn split_points(len: usize) -> impl Iterator<Item = usize> {
    const ALL_MAX: usize = 120;
    (1..len).filter(move |&at| len <= ALL_MAX || at + 8 > len || at % (len / 24) == 0)
}

/// Connections open at once. Few enough to read all answers before the server stops lingering.
const CONNECTIONS: usize = 250;

/// What both programs answer alike comes from the engine, so it is split on one of them only.
fn every_case_in_parts(target: &Target) {
    let cases = target.cases();
    let is_elsewhere = |case: &Case| case.is_whole || (target.on == On::Product && case.on == On::Both);
    let cases: Vec<&Case> = cases.iter().filter(|case| !is_elsewhere(case)).collect();
    let splits: Vec<(&Case, usize)> =
        cases.iter().flat_map(|case| split_points(case.request.len()).map(|at| (*case, at))).collect();
    for splits in splits.chunks(CONNECTIONS) {
        run_split(target, splits);
    }
    for case in cases.iter().filter(|case| case.request.len() < 1_000) {
        naming(case, || "a byte at a time".to_string(), || run_bytewise(target, case));
    }
}

#[test]
fn every_row_has_a_case_or_a_story() {
    let covered: BTreeSet<&str> =
        cases().iter().map(|case| case.row).chain(stories::STORIES.iter().map(|(row, _)| *row)).collect();
    let rows: BTreeSet<&str> = ROWS.split(' ').collect();
    assert_eq!(covered, rows);
}

#[test]
fn every_case_has_its_answers_from_the_engine_alone() {
    let server = Echo::start();
    every_case_whole(&Target::echo(server.address));
}

#[test]
fn every_case_has_its_answers_from_svcd() {
    let server = Server::start(&[]);
    every_case_whole(&Target::product(server.address));
}

#[test]
fn every_case_of_the_engine_has_its_answers_however_it_is_split() {
    let server = Echo::start();
    every_case_in_parts(&Target::echo(server.address));
}

#[test]
fn every_case_of_svcd_alone_has_its_answers_however_it_is_split() {
    let server = Server::start(&[]);
    every_case_in_parts(&Target::product(server.address));
}
