//! Each state with a peer that does nothing, and with one that does next to nothing: the documented deadline ends it.

use super::*;

/// How a connection is brought into a state, when that ends, and with which status, if with any.
struct State {
    name: &'static str,
    /// What the peer sends.
    sent: &'static [u8],
    enter: fn(&mut Rig),
    seconds: u64,
    status: Option<u16>,
}

/// More answers than fit: what is behind them is held back. The socket takes nothing more.
fn hold_back(rig: &mut Rig) {
    rig.limits.unsent_bytes_max = 1;
    rig.window.set(0);
    rig.receive(&[GET, GET, GET].concat());
    assert!(rig.connection.is_held_back());
}

/// The same, but the kernel has taken what there was; the peer has not.
fn hold_back_with_nothing_unsent(rig: &mut Rig) {
    hold_back(rig);
    let (limits, now) = (rig.limits.clone(), rig.now);
    let take_all = |bytes: [&[u8]; 2]| Ok(bytes.concat().len());
    rig.connection.flush(&mut Outgoing::default(), now, &limits, take_all).unwrap();
    assert!(rig.connection.is_held_back() && rig.connection.sending.is_empty());
}

fn compute(rig: &mut Rig) {
    rig.limits.offload_bytes_min = 1;
    rig.receive(POST);
    assert!(rig.connection.is_computing());
}

const fn reading(name: &'static str, sent: &'static [u8], seconds: u64, status: Option<u16>) -> State {
    State { name, sent, enter: |_| {}, seconds, status }
}

const STATES: &[State] = &[
    State { name: "new", sent: b"", enter: |_| {}, seconds: 10, status: None },
    reading("idle", GET, 75, None),
    reading("head", b"GET /", 10, Some(408)),
    reading("content", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\nhel", 30, Some(408)),
    reading("chunks", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\nhel", 30, Some(408)),
    reading("discarding", b"POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\nhel", 30, Some(408)),
    State { name: "computing", sent: b"", enter: compute, seconds: 60, status: Some(503) },
    State {
        name: "sending",
        sent: b"",
        enter: |rig| {
            rig.window.set(0);
            rig.receive(GET);
        },
        seconds: 10,
        status: None,
    },
    State { name: "held back", sent: b"", enter: hold_back, seconds: 10, status: None },
    State {
        name: "held back, nothing unsent",
        sent: b"",
        enter: hold_back_with_nothing_unsent,
        seconds: 10,
        status: None,
    },
    State {
        name: "the last answer",
        sent: b"",
        enter: |rig| {
            rig.window.set(0);
            rig.receive(b"nonsense\r\n");
        },
        seconds: 10,
        status: None,
    },
    State {
        name: "lingering",
        sent: b"",
        enter: |rig| {
            rig.receive(b"nonsense\r\n");
            rig.connection.linger(rig.now, &rig.limits);
        },
        seconds: 2,
        status: None,
    },
];

/// Seconds until the connection is closed or refuses; `each_second` is what the peer does.
fn seconds_until_end(state: &State, each_second: fn(&mut Rig)) -> u64 {
    let mut rig = Rig::new();
    rig.limits.linger_bytes_max = usize::MAX;
    if !state.sent.is_empty() {
        rig.receive(state.sent);
    }
    (state.enter)(&mut rig);
    let before = rig.sent.len();
    for second in 1..=200 {
        rig.wait(1);
        if rig.connection.is_closed() || rig.connection.close_reason().is_some() && state.status.is_some() {
            let status = rig.sent.get(before..).filter(|new| !new.is_empty() && state.status.is_some());
            let status = status.map(|new| std::str::from_utf8(&new[9..12]).unwrap().parse().unwrap());
            assert_eq!(status, state.status, "{}", state.name);
            return second;
        }
        each_second(&mut rig);
    }
    panic!("{}: no end", state.name);
}

#[test]
fn a_silent_peer_meets_the_deadline_of_each_state() {
    for state in STATES {
        assert_eq!(seconds_until_end(state, |_| {}), state.seconds, "{}", state.name);
    }
}

#[test]
fn a_byte_a_second_either_way_moves_no_deadline() {
    for state in STATES.iter().filter(|state| !["new", "idle"].contains(&state.name)) {
        let trickle = |rig: &mut Rig| {
            if rig.connection.sending.is_empty() && rig.connection.interest().read {
                rig.receive(b"x");
            } else if !rig.connection.is_computing() {
                rig.window.set(1);
                rig.act(|_, _| {});
            }
        };
        // All that there was has been taken: after a second more comes, once.
        let resumed = u64::from(state.name == "held back, nothing unsent");
        assert_eq!(seconds_until_end(state, trickle), state.seconds + resumed, "{}", state.name);
    }
}

#[test]
fn whoever_has_taken_what_there_was_gets_as_long_for_what_comes() {
    let mut rig = Rig::new();
    hold_back(&mut rig);
    rig.wait(9).window.set(1 << 20);
    // All three answers are taken, in three turns: nothing is held back, and the peer is idle from now on.
    rig.act(|_, _| {});
    assert_eq!(rig.answers().len(), 3);
    assert!(!rig.wait(74).connection.is_closed());
    assert!(rig.wait(1).connection.is_closed());
}

#[test]
fn an_idle_connection_has_its_time_from_when_the_last_answer_was_taken() {
    // One answer is too much to take another request, or is not.
    for unsent_bytes_max in [1, 1 << 20] {
        let mut rig = Rig::new();
        rig.limits.unsent_bytes_max = unsent_bytes_max;
        rig.window.set(0);
        rig.receive(GET);
        assert_eq!(rig.connection.is_held_back(), unsent_bytes_max == 1);
        rig.now += Duration::from_secs(8);
        rig.window.set(usize::MAX);
        rig.act(|_, _| {});
        assert_eq!(rig.connection.deadline(), (rig.now + rig.limits.idle_timeout, CloseReason::Idle));
    }
}
