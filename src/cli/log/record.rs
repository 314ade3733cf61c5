//! One line of the log, as text for people or as JSON for programs; a pure function of what is to be told.

use std::io::Write;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::http::date::civil;

/// The form of all lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Format {
    /// `TIME LEVEL EVENT NAME=VALUE ..`
    Text,
    /// `{"time":..,"level":..,"event":..,NAME:VALUE,..}`
    Json,
}

impl Format {
    /// The format of this name.
    pub(super) fn parse(name: &str) -> Option<Format> {
        match name {
            "text" => Some(Format::Text),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// How much a line matters, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Level {
    /// Trouble.
    Error,
    /// Everything else.
    Info,
}

impl Level {
    /// The level of this name.
    pub(super) fn parse(name: &str) -> Option<Level> {
        [Level::Error, Level::Info].into_iter().find(|level| level.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Info => "info",
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Value<'a> {
    Text(&'a str),
    Number(u64),
    Address(SocketAddr),
}

/// A line with its line end. Names are words; a text may hold anything and still cannot end the line or pass for another field.
pub(super) fn written(
    format: Format,
    now: SystemTime,
    level: Level,
    event: &str,
    fields: &[(&'static str, Value<'_>)],
) -> Vec<u8> {
    const BYTES_USUAL: usize = 256;
    let mut out = Vec::with_capacity(BYTES_USUAL);
    match format {
        Format::Text => {
            push_time(&mut out, now);
            // Writing to a Vec cannot fail.
            let _ = write!(out, " {} {event}", level.name());
            for (name, value) in fields {
                let _ = write!(out, " {name}=");
                push_text_value(&mut out, value);
            }
        }
        Format::Json => {
            out.extend_from_slice(b"{\"time\":\"");
            push_time(&mut out, now);
            let _ = write!(out, "\",\"level\":\"{}\",\"event\":\"{event}\"", level.name());
            for (name, value) in fields {
                let _ = write!(out, ",\"{name}\":");
                push_json_value(&mut out, value);
            }
            out.push(b'}');
        }
    }
    out.push(b'\n');
    out
}

/// A text that is no plain word is quoted, with everything that does not print escaped.
fn push_text_value(out: &mut Vec<u8>, value: &Value<'_>) {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'=');
    let _ = match value {
        Value::Text(text) if !text.is_empty() && text.bytes().all(is_plain) => out.write_all(text.as_bytes()),
        Value::Text(text) => write!(out, "{text:?}"),
        Value::Number(number) => write!(out, "{number}"),
        Value::Address(address) => write!(out, "{address}"),
    };
}

fn push_json_value(out: &mut Vec<u8>, value: &Value<'_>) {
    let _ = match value {
        // A string alone cannot fail to serialize.
        Value::Text(text) => serde_json::to_writer(out, text).map_err(Into::into),
        Value::Number(number) => write!(out, "{number}"),
        Value::Address(address) => write!(out, "\"{address}\""),
    };
}

/// RFC 3339, in UTC, with milliseconds: `2026-11-25T19:58:45.071Z`. A clock before the epoch shows the epoch.
fn push_time(out: &mut Vec<u8>, now: SystemTime) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (day, of_day) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(day);
    for (number, digits, after) in [
        (year, 4, b'-'),
        (month as u64, 2, b'-'),
        (day, 2, b'T'),
        (of_day / 3_600, 2, b':'),
        (of_day / 60 % 60, 2, b':'),
        (of_day % 60, 2, b'.'),
        (since.subsec_millis().into(), 3, b'Z'),
    ] {
        let digit = |place| b'0' + (number / 10_u64.pow(place) % 10) as u8;
        out.extend((0..digits).rev().map(digit));
        out.push(after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const FIELDS: [(&str, Value<'_>); 4] = [
        ("route", Value::Text("/v2/models/{model}/infer")),
        ("cause", Value::Text("it said \"no\"\r\nerror forged=1 \u{1b}[2J\u{202e}")),
        ("none", Value::Text("")),
        ("rows", Value::Number(7)),
    ];

    fn line(format: Format, fields: &[(&'static str, Value<'_>)]) -> String {
        let now = UNIX_EPOCH + Duration::from_millis(1_795_636_725_071);
        String::from_utf8(written(format, now, Level::Info, "access", fields)).unwrap()
    }

    #[test]
    fn text_is_one_line_of_words() {
        assert_eq!(
            line(Format::Text, &FIELDS),
            "2026-11-25T19:58:45.071Z info access route=/v2/models/{model}/infer \
             cause=\"it said \\\"no\\\"\\r\\nerror forged=1 \\u{1b}[2J\\u{202e}\" none=\"\" rows=7\n"
        );
    }

    #[test]
    fn json_is_one_object_a_line() {
        let line = line(Format::Json, &FIELDS);
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
        assert!(!line.trim_end().bytes().any(|byte| byte.is_ascii_control()), "{line:?}");
    }

    #[test]
    fn an_address_is_shown_as_it_is_typed() {
        let address = Value::Address("[::1]:80".parse().unwrap());
        assert!(line(Format::Text, &[("peer", address)]).ends_with(" peer=[::1]:80\n"));
        assert!(line(Format::Json, &[("peer", address)]).ends_with(",\"peer\":\"[::1]:80\"}\n"));
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
        assert!(Level::Error < Level::Info);
        assert_eq!(
            ["error", "info", "debug", ""].map(Level::parse),
            [Some(Level::Error), Some(Level::Info), None, None]
        );
    }
}
