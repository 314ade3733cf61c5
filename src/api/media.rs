//! Content-Type and Content-Encoding of a request (RFC 9110 sections 8.3 and 8.4).

use super::{Error, FORM, Media};
use crate::http::Request;

/// Checks what the fields say about content that is there or announced. `takes`: what the route takes; content without a type is
/// taken too.
///
/// # Errors
///
/// `Error::ContentCoding` for content that is compressed in another way than the engine knows, `Error::MediaType` for another type, `Error::Charset` for a charset other than UTF-8.
pub fn check(request: &Request<'_>, takes: &'static [Media]) -> Result<(), Error> {
    // What is known is inflated before it gets here.
    request.content_coding().map_err(|_| Error::ContentCoding)?;
    request.content_type().map_or(Ok(()), |value| check_type(value, takes))
}

/// media-type = type "/" subtype parameters; charset is the only parameter that matters here.
fn check_type(value: &[u8], takes: &'static [Media]) -> Result<(), Error> {
    // What most clients send: a type as it is written here, without parameters.
    if takes.iter().any(|(media_type, _)| value == media_type.as_bytes()) {
        return Ok(());
    }
    if !takes.iter().any(|(media_type, _)| is(value, media_type)) {
        return Err(Error::MediaType { expected: takes, is_form: is(value, FORM) });
    }
    if parameter(value, "charset").is_some_and(|charset| !is_utf8(charset)) { Err(Error::Charset) } else { Ok(()) }
}

/// Whether this charset is UTF-8 or a part of it.
fn is_utf8(charset: &[u8]) -> bool {
    UTF8_NAMES.iter().any(|name| charset.eq_ignore_ascii_case(name.as_bytes()))
}

/// The names of UTF-8 that IANA registers and browsers know (WHATWG, Encoding Standard), and of US-ASCII, which UTF-8 contains: its
/// preferred name, and those that programs print.
const UTF8_NAMES: [&str; 11] = [
    "utf-8",
    "utf8",
    "csutf8",
    "unicode-1-1-utf-8",
    "unicode11utf8",
    "unicode20utf8",
    "x-unicode20utf8",
    "us-ascii",
    "ascii",
    "csascii",
    "ansi_x3.4-1968",
];

/// Whether a Content-Type names this media type.
pub fn is(value: &[u8], media_type: &str) -> bool {
    let found = value.split(|&byte| byte == b';').next().unwrap_or_default();
    found.trim_ascii().eq_ignore_ascii_case(media_type.as_bytes())
}

/// The value of a parameter of a media type, without quotes.
pub fn parameter<'a>(value: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut is_quoted = false;
    let parts = value.split(|&byte| {
        is_quoted ^= byte == b'"';
        byte == b';' && !is_quoted
    });
    parts.skip(1).map(<[u8]>::trim_ascii).find_map(|parameter| {
        let (found, value) = parameter.split_at_checked(name.len())?;
        let value = value.strip_prefix(b"=")?;
        let value = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value);
        found.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
    })
}

/// The first type in Accept, with a weight above zero, that is `offered`. Without one it is the first offered type, which every
/// wildcard stands for too (RFC 9110 12.5.1 lets us ignore what we cannot serve).
pub fn preferred(accept: &[u8], offered: &[&'static str]) -> &'static str {
    let found = wanted(accept).find_map(|item| offered.iter().find(|offer| is(item, offer)));
    found.or(offered.first()).copied().unwrap_or_default()
}

/// Whether Accept names this type itself, with a weight above zero.
pub fn accepts(accept: &[u8], media_type: &str) -> bool {
    wanted(accept).any(|item| is(item, media_type))
}

/// The items of Accept with a weight above zero.
fn wanted(accept: &[u8]) -> impl Iterator<Item = &[u8]> {
    let items = accept.split(|&byte| byte == b',');
    items.filter(|item| {
        parameter(item, "q").is_none_or(|weight| weight.iter().any(|digit| matches!(digit, b'1'..=b'9')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Limits;
    use crate::http::parser::parse_head;

    const JSON_ONLY: &[Media] = &[("application/json", "Schema")];

    #[test]
    fn letter_case_and_other_parameters_do_not_matter() {
        for value in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; version=2",
        ] {
            assert_eq!(check_type(value.as_bytes(), JSON_ONLY), Ok(()), "{value}");
        }
    }

    #[test]
    fn one_known_content_coding_is_taken() {
        let checked = |fields: &str| {
            let bytes = format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").into_bytes();
            let head = parse_head(&bytes, &Limits::default()).unwrap().unwrap();
            check(&Request::new(&head, &bytes, &[]), JSON_ONLY)
        };
        for fields in [
            "Content-Encoding: gzip\r\n",
            "content-encoding: X-GZIP\r\n",
            "Content-Encoding: \tdeflate \r\n",
            "Content-Encoding: Identity\r\ncontent-encoding: identity\r\n",
        ] {
            assert_eq!(checked(fields), Ok(()), "{fields}");
        }
        for fields in [
            "Content-Encoding: br\r\n",
            "Content-Encoding: gzip, gzip\r\n",
            "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
            "Content-Encoding: gzip;q=1\r\n",
            "Content-Encoding:\r\n",
            "Content-Encoding: identity, gzip\r\n",
            "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
        ] {
            assert_eq!(checked(fields), Err(Error::ContentCoding), "{fields}");
        }
    }

    #[test]
    fn the_type_is_found_among_the_fields_in_any_letter_case() {
        let checked = |fields: &str| {
            let bytes = format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}Accept: text/plain\r\n\r\n").into_bytes();
            let head = parse_head(&bytes, &Limits::default()).unwrap().unwrap();
            check(&Request::new(&head, &bytes, &[]), JSON_ONLY)
        };
        assert_eq!([checked(""), checked("CONTENT-TYPE:application/json \r\n")], [Ok(()), Ok(())]);
        assert!(checked("content-type: \ttext/plain\r\n").is_err());
        assert!(checked("X-Content-Typ: application/json\r\nContent-Type:\r\n").is_err());
    }

    #[test]
    fn accept_decides_by_order_and_wildcards_mean_the_first() {
        let preferred = |accept: &str| preferred(accept.as_bytes(), &["application/json", "text/csv"]);
        assert_eq!(preferred("text/csv"), "text/csv");
        assert_eq!(preferred("TEXT/CSV; q=0.5, application/json"), "text/csv");
        assert_eq!(preferred("text/html, text/csv;q=0.1"), "text/csv");
        for accept in ["", "*/*", "text/*", "text/html", "application/json, text/csv", "text/csv;q=0", "text/csv;q=0.0"]
        {
            assert_eq!(preferred(accept), "application/json", "{accept}");
        }
    }

    #[test]
    fn parameters_are_found_by_name() {
        let header = |value: &'static str| parameter(value.as_bytes(), "header");
        assert_eq!(header("text/csv; charset=utf-8; Header=present"), Some(&b"present"[..]));
        assert_eq!(header("text/csv;header=\"absent\""), Some(&b"absent"[..]));
        let separator = |value: &'static str| parameter(value.as_bytes(), "separator");
        assert_eq!(separator("text/csv; separator=\";\"; header=present"), Some(&b";"[..]));
        assert_eq!(parameter(b"text/csv; separator=\";\"; header=present", "header"), Some(&b"present"[..]));
        assert_eq!([header("text/csv; headers=present"), header("text/csv"), header("header=present")], [None; 3]);
    }

    #[test]
    fn another_type_or_charset_is_refused() {
        for value in ["", "text/plain", "application/jsonx", "text/plain; charset=utf-8", "json"] {
            assert_eq!(
                check_type(value.as_bytes(), JSON_ONLY),
                Err(Error::MediaType { expected: JSON_ONLY, is_form: false }),
                "{value}"
            );
        }
        for charset in ["latin1", "iso-8859-1", "utf-16", "windows-1252", "utf-7", "", "utf-8x", "\"\"", "utf 8"] {
            let value = format!("application/json; charset={charset}");
            assert_eq!(check_type(value.as_bytes(), JSON_ONLY), Err(Error::Charset), "{value}");
        }
    }

    #[test]
    fn every_name_of_utf8_is_taken() {
        for charset in
            ["utf8", "UTF8", "\"utf8\"", "us-ascii", "US-ASCII", "\"us-ascii\"", "ascii", "csUTF8", "ANSI_X3.4-1968"]
        {
            let value = format!("application/json; charset={charset}");
            assert_eq!(check_type(value.as_bytes(), JSON_ONLY), Ok(()), "{value}");
        }
    }
}
