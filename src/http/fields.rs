//! Field lines of the header section and the trailer section: their grammar, and helpers for values (RFC 9110 section 5).

use super::Error;

/// One field line. `len` includes the line end.
pub(super) struct FieldLine<'a> {
    pub(super) name: &'a [u8],
    /// Without surrounding white space.
    pub(super) value: &'a [u8],
    pub(super) len: usize,
}

/// field-line = field-name ":" OWS field-value OWS, then CRLF (RFC 9112 section 5).
pub(super) fn parse_field_line(rest: &[u8]) -> Result<Option<FieldLine<'_>>, Error> {
    let Some(name_len) = rest.iter().position(|&byte| !is_token_byte(byte)) else { return Ok(None) };
    let (name, after_name) = rest.split_at_checked(name_len).ok_or(Error::FieldName)?;
    let [b':', after_colon @ ..] = after_name else { return Err(Error::FieldName) };
    if name.is_empty() {
        return Err(Error::FieldName);
    }
    let Some(value_len) = after_colon.iter().position(|&byte| !is_value_byte(byte)) else { return Ok(None) };
    let (value, end) = after_colon.split_at_checked(value_len).ok_or(Error::FieldValue)?;
    match end {
        [b'\r', b'\n', ..] => Ok(Some(FieldLine { name, value: trim_ows(value), len: name_len + 1 + value_len + 2 })),
        [b'\r'] => Ok(None),
        _ => Err(Error::FieldValue),
    }
}

/// tchar (RFC 9110 section 5.6.2)
pub(super) fn is_token_byte(byte: u8) -> bool {
    #[allow(clippy::indexing_slicing)] // at compile time
    const TOKEN_BYTES: [bool; 256] = {
        let mut table = [false; 256];
        let mut bytes: &[u8] = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        while let [byte, rest @ ..] = bytes {
            table[*byte as usize] = true;
            bytes = rest;
        }
        table
    };
    TOKEN_BYTES.get(usize::from(byte)).is_some_and(|is_token| *is_token)
}

/// field-value bytes: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5).
pub(super) fn is_value_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// `value` without spaces and tabs at both ends: exactly those two bytes (OWS, RFC 9110 section 5.6.3).
pub(super) fn trim_ows(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

pub(super) fn is(bytes: &[u8], lower_case: &str) -> bool {
    bytes.eq_ignore_ascii_case(lower_case.as_bytes())
}

/// `Content_Length` reads as `Content-Length` to a server that maps fields to environment variables.
pub(super) fn is_lookalike(name: &[u8]) -> bool {
    let matches = |real: &str| {
        name.iter().zip(real.bytes()).all(|(&found, real)| {
            let found = if found == b'_' { b'-' } else { found };
            found.eq_ignore_ascii_case(&real)
        })
    };
    (name.len() == 14 && matches("content-length")) || (name.len() == 17 && matches("transfer-encoding"))
}

pub(super) fn list_members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim_ows)
}
