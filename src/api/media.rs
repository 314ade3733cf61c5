//! Content-Type and Content-Encoding of a request (RFC 9110 sections 8.3 and 8.4).

use super::Error;
use crate::http::Request;

/// The types of content that a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types {
    /// Lower-case media types without parameters.
    pub accepted: &'static [&'static str],
    /// The same for people.
    pub description: &'static str,
}

/// Checks what the fields say about content that is there, or is announced. A missing type counts as accepted.
///
/// # Errors
///
/// `Error::ContentCoding` for compressed content, `Error::MediaType` for another type or a charset other than UTF-8.
pub fn check(request: &Request<'_>, types: &Types) -> Result<(), Error> {
    // Of several lines each counts: the list goes on from one to the next.
    let mut codings = request.fields().filter(|(name, _)| name.eq_ignore_ascii_case(b"content-encoding"));
    if codings.any(|(_, coding)| !coding.eq_ignore_ascii_case(b"identity")) {
        return Err(Error::ContentCoding);
    }
    match request.field("content-type") {
        Some(value) if !is_accepted(value, types) => Err(Error::MediaType { expected: types.description }),
        _ => Ok(()),
    }
}

/// media-type = type "/" subtype parameters; of the parameters only charset matters.
fn is_accepted(value: &[u8], types: &Types) -> bool {
    let mut parts = value.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let media_type = parts.next().unwrap_or_default();
    types.accepted.iter().any(|accepted| media_type.eq_ignore_ascii_case(accepted.as_bytes()))
        && parts.all(|parameter| !is_foreign_charset(parameter))
}

fn is_foreign_charset(parameter: &[u8]) -> bool {
    let Some((name, charset)) = parameter.split_at_checked(b"charset=".len()) else { return false };
    let charset = charset.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(charset);
    name.eq_ignore_ascii_case(b"charset=") && !charset.eq_ignore_ascii_case(b"utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::http::Limits;
    use crate::http::parser::parse_head;

    const JSON_ONLY: Types = Types { accepted: &["application/json"], description: "JSON" };

    #[test]
    fn letter_case_and_other_parameters_do_not_matter() {
        for value in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; version=2",
        ] {
            assert!(is_accepted(value.as_bytes(), &JSON_ONLY), "{value}");
        }
    }

    #[test]
    fn every_content_coding_must_be_identity() {
        let checked = |fields: &str| {
            let bytes = format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").into_bytes();
            let head = parse_head(&bytes, &Limits::default()).unwrap().unwrap();
            check(&Request::new(&head, &bytes, &[]), &JSON_ONLY)
        };
        assert_eq!(checked("Content-Encoding: Identity\r\ncontent-encoding: identity\r\n"), Ok(()));
        for fields in [
            "Content-Encoding: gzip\r\n",
            "Content-Encoding:\r\n",
            "Content-Encoding: identity, gzip\r\n",
            "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
        ] {
            assert_eq!(checked(fields), Err(Error::ContentCoding), "{fields}");
        }
    }

    #[test]
    fn another_type_or_charset_is_refused() {
        for value in ["", "text/plain", "application/jsonx", "application/json; charset=latin1", "json"] {
            assert!(!is_accepted(value.as_bytes(), &JSON_ONLY), "{value}");
        }
    }
}
