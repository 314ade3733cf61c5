//! One line of the log, as text for people or as JSON for programs; a pure function.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::escape;
use crate::http::date::civil;
use crate::http::response::push_decimal;

/// The form of all lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum LogFormat {
    /// `TIME LEVEL EVENT NAME=VALUE ..`
    Text,
    /// `{"time":..,"level":..,"event":..,NAME:VALUE,..}`
    Json,
}

/// How much a line matters; the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Level {
    /// Trouble.
    Error,
    /// Something doubtful that does not hold up the work.
    Warn,
    /// What operators want to know.
    Info,
    /// What helps to find out why a client sees what it sees.
    Debug,
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

/// A name and its value.
pub(super) type LogField<'a> = (&'static str, LogValue<'a>);

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum LogValue<'a> {
    Text(&'a str),
    Number(u64),
    Address(SocketAddr),
}

impl fmt::Display for LogValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl LogValue<'_> {
    /// A number of things.
    pub(in crate::cli) fn count(count: usize) -> Self {
        LogValue::Number(count as u64)
    }

    /// A time in milliseconds.
    pub(in crate::cli) fn milliseconds(time: Duration) -> Self {
        LogValue::Number(time.as_millis() as u64)
    }
}

/// Appends a line with its line end. Names are words; a text may hold anything and still cannot end the line or pass for another
/// field. An access log writes a line for each request, so numbers and plain words bypass the formatting machinery.
pub(super) fn write(
    format: LogFormat,
    now: SystemTime,
    level: Level,
    event: &str,
    fields: &[LogField<'_>],
    out: &mut Vec<u8>,
) {
    match format {
        LogFormat::Text => {
            push_time(out, now);
            push_all(out, &[" ", level.name(), " ", event]);
            for (name, value) in fields {
                push_all(out, &[" ", name, "="]);
                push_text_value(out, value);
            }
        }
        LogFormat::Json => {
            push_all(out, &["{\"time\":\""]);
            push_time(out, now);
            push_all(out, &["\",\"level\":\"", level.name(), "\",\"event\":\"", event, "\""]);
            for (name, value) in fields {
                push_all(out, &[",\"", name, "\":"]);
                push_json_value(out, value);
            }
            out.push(b'}');
        }
    }
    out.push(b'\n');
}

fn push_all(out: &mut Vec<u8>, texts: &[&str]) {
    texts.iter().for_each(|text| out.extend_from_slice(text.as_bytes()));
}

/// Whether a text is shown as it is, in both formats.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'='))
}

/// A text that is not a plain word is quoted, and everything unprintable in it escaped.
fn push_text_value(out: &mut Vec<u8>, value: &LogValue<'_>) {
    match value {
        LogValue::Text(text) if is_plain(text) => push_all(out, &[text]),
        // Writing to a Vec cannot fail.
        LogValue::Text(text) => drop(write!(out, "{}", escape::quoted(text))),
        LogValue::Number(number) => push_decimal(out, *number),
        LogValue::Address(address) => push_address(out, *address),
    }
}

fn push_json_value(out: &mut Vec<u8>, value: &LogValue<'_>) {
    match value {
        LogValue::Text(text) if is_plain(text) => push_all(out, &["\"", text, "\""]),
        LogValue::Text(text) => {
            // A string alone cannot fail to serialize.
            push_all(out, &[&escape::json(&serde_json::to_string(text).unwrap_or_default())]);
        }
        LogValue::Number(number) => push_decimal(out, *number),
        LogValue::Address(address) => {
            out.push(b'"');
            push_address(out, *address);
            out.push(b'"');
        }
    }
}

fn push_address(out: &mut Vec<u8>, address: SocketAddr) {
    let SocketAddr::V4(address) = address else { return drop(write!(out, "{address}")) };
    for (octet, after) in address.ip().octets().into_iter().zip(*b"...:") {
        push_decimal(out, octet.into());
        out.push(after);
    }
    push_decimal(out, address.port().into());
}

/// RFC 3339, in UTC, with milliseconds: `2026-11-25T19:58:45.071Z`. A clock before the epoch shows the epoch.
fn push_time(out: &mut Vec<u8>, now: SystemTime) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (day, of_day) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(day);
    push_two(out, year / 100 % 100, None);
    for (number, after) in [
        (year % 100, b'-'),
        (month as u64, b'-'),
        (day, b'T'),
        (of_day / 3_600, b':'),
        (of_day / 60 % 60, b':'),
        (of_day % 60, b'.'),
    ] {
        push_two(out, number, Some(after));
    }
    let milliseconds = u64::from(since.subsec_millis());
    out.push(b'0' + (milliseconds / 100) as u8);
    push_two(out, milliseconds % 100, Some(b'Z'));
}

/// Two digits, then a byte.
fn push_two(out: &mut Vec<u8>, number: u64, after: Option<u8>) {
    out.extend_from_slice(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
    out.extend(after);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [(&str, LogValue<'_>); 4] = [
        ("route", LogValue::Text("/v2/models/{model}/infer")),
        ("cause", LogValue::Text("it said \"no\"\r\nerror forged=1 \u{1b}[2J\u{202e}")),
        ("none", LogValue::Text("")),
        ("rows", LogValue::Number(7)),
    ];

    fn line(format: LogFormat, fields: &[LogField<'_>]) -> String {
        let now = UNIX_EPOCH + Duration::from_millis(1_795_636_725_071);
        let mut out = Vec::new();
        write(format, now, Level::Info, "access", fields, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_one_line_of_words() {
        assert_eq!(
            line(LogFormat::Text, &FIELDS),
            "2026-11-25T19:58:45.071Z info access route=/v2/models/{model}/infer \
             cause=\"it said \\\"no\\\"\\r\\nerror forged=1 \\u{1b}[2J\\u{202e}\" none=\"\" rows=7\n"
        );
    }

    #[test]
    fn json_is_one_object_a_line() {
        let line = line(LogFormat::Json, &FIELDS);
        assert_eq!(line.lines().count(), 1);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        let expected = serde_json::json!({
            "time": "2026-11-25T19:58:45.071Z",
            "level": "info",
            "event": "access",
            "route": "/v2/models/{model}/infer",
            "cause": "it said \"no\"\r\nerror forged=1 \u{1b}[2J\u{202e}",
            "none": "",
            "rows": 7,
        });
        assert_eq!(object, expected);
        assert!(line.trim_end().bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{line:?}");
    }

    #[test]
    fn an_address_is_shown_as_it_is_typed() {
        for text in ["[::1]:80", "127.0.0.1:65535", "0.10.255.9:0"] {
            let address = LogValue::Address(text.parse().unwrap());
            assert!(line(LogFormat::Text, &[("peer", address)]).ends_with(&format!(" peer={text}\n")));
            assert!(line(LogFormat::Json, &[("peer", address)]).ends_with(&format!(",\"peer\":\"{text}\"}}\n")));
        }
    }

    #[test]
    fn times_are_written_from_the_epoch_on() {
        let shown = |now| {
            let mut out = Vec::new();
            push_time(&mut out, now);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(UNIX_EPOCH + Duration::from_millis(951_868_799_999)), "2000-02-29T23:59:59.999Z");
    }

    #[test]
    fn levels_are_ordered_by_what_they_let_through() {
        assert!(Level::Error < Level::Info && Level::Info < Level::Debug);
    }
}
