//! The request head as a pure function of bytes: incomplete, complete, or the one rule it breaks (RFC 9112).
//!
//! No clock, no socket, no allocation. Where RFC 9112 lets a recipient be lenient (a lone LF, white space around the colon,
//! repeated lengths), this parser is not: every message has one reading or none.

use std::net::Ipv6Addr;
use std::ops::Range;
use std::str;

use super::fields::{is, is_lookalike, is_token_byte, list_members, parse_field_line};
use super::request::{CONTENT_TYPE, Framing, Head, Method, REQUEST_ID, Span};
use super::{Error, Limits};

/// Parses the request head at the start of `bytes`; `None` when it is incomplete and nothing in it is wrong so far.
///
/// # Errors
///
/// The first rule that is broken, as soon as the byte that breaks it has arrived.
pub fn parse_head(bytes: &[u8], limits: &Limits) -> Result<Option<Head>, Error> {
    let Some(line_start) = skip_empty_lines(bytes, limits)? else { return Ok(None) };
    let Some(line) = parse_request_line(bytes, line_start, limits)? else { return Ok(None) };
    let mut facts = FieldFacts::default();
    let mut at = line.end;
    let mut lines = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest {
            [b'\r', b'\n', ..] => break,
            [] | [b'\r'] => return check_section_size(at - line.end, limits),
            [b'\r', ..] => return Err(Error::FieldName),
            _ => {}
        }
        lines += 1;
        if lines > limits.field_lines_max {
            return Err(Error::HeaderSection);
        }
        // No byte beyond the limit is looked at, or the outcome would depend on how much has arrived.
        let window = rest.get(..limits.header_section_bytes_max + 1 - (at - line.end)).unwrap_or(rest);
        let Some(field) = parse_field_line(window)? else {
            return check_section_size(at + window.len() - line.end, limits);
        };
        let field_start = at;
        at += field.len;
        check_section_size(at - line.end, limits)?;
        facts.note(field.name, field.value, field_start..at)?;
    }
    let is_http10 = line.minor_version == 0;
    let framing = facts.framing(is_http10)?;
    if facts.hosts == 0 && !is_http10 {
        return Err(Error::Host);
    }
    Ok(Some(Head {
        len: at + 2,
        method: line.method,
        is_http10,
        framing,
        persists: !facts.asks_to_close && (!is_http10 || facts.asks_to_keep),
        expects_continue: facts.expects_continue && !is_http10,
        content_type_lines: facts.content_types,
        content_type: if facts.content_types == 1 { facts.content_type } else { Span::default() },
        has_content_coding: facts.has_content_coding,
        path: line.path,
        fields: Span::new(line.end..at),
        request_id: if facts.request_ids == 1 { facts.request_id } else { Span::default() },
    }))
}

/// `Ok(None)`, for an incomplete head, unless the section is already over its limit.
fn check_section_size(section_bytes: usize, limits: &Limits) -> Result<Option<Head>, Error> {
    if section_bytes > limits.header_section_bytes_max { Err(Error::HeaderSection) } else { Ok(None) }
}

/// Where the request line begins; `None` while only empty lines are there.
fn skip_empty_lines(bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Error> {
    let mut at = 0;
    loop {
        match bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] if at / 2 == limits.empty_lines_max => return Err(Error::EmptyLines),
            [b'\r', b'\n', ..] => at += 2,
            [] | [b'\r'] => return Ok(None),
            [byte, ..] if is_token_byte(*byte) => return Ok(Some(at)),
            _ => return Err(Error::FirstByte),
        }
    }
}

struct RequestLine {
    method: Method,
    minor_version: u8,
    path: Span,
    /// Where the header section begins.
    end: usize,
}

/// request-line = method SP request-target SP HTTP-version CRLF
fn parse_request_line(bytes: &[u8], start: usize, limits: &Limits) -> Result<Option<RequestLine>, Error> {
    let rest = bytes.get(start..).unwrap_or_default();
    let Some(method_len) = method_len(rest, limits)? else { return Ok(None) };
    let (method, rest) = rest.split_at_checked(method_len).ok_or(Error::Method)?;
    let target_start = start + method_len + 1;
    let rest = rest.get(1..).unwrap_or_default();
    let Some(target_len) = target_len(rest, limits)? else { return Ok(None) };
    let (target, rest) = rest.split_at_checked(target_len).ok_or(Error::Target)?;
    let Some(minor_version) = parse_version(rest.get(1..).unwrap_or_default())? else { return Ok(None) };
    if method == b"CONNECT" {
        return Err(Error::Connect);
    }
    let method = Method::from_token(method);
    let path = path_of_target(target, method)?;
    Ok(Some(RequestLine {
        method,
        minor_version,
        path: Span::new(target_start + path.start..target_start + path.end),
        end: target_start + target_len + 1 + VERSION_LINE_BYTES,
    }))
}

/// method = token, then one space.
fn method_len(rest: &[u8], limits: &Limits) -> Result<Option<usize>, Error> {
    match rest.iter().position(|&byte| !is_token_byte(byte)) {
        Some(len) if len > limits.method_bytes_max || rest.get(len) != Some(&b' ') => Err(Error::Method),
        None if rest.len() > limits.method_bytes_max => Err(Error::Method),
        len => Ok(len),
    }
}

/// Bytes that a URI may contain, then one space.
fn target_len(rest: &[u8], limits: &Limits) -> Result<Option<usize>, Error> {
    let window = rest.get(..limits.target_bytes_max + 1).unwrap_or(rest);
    let len = window.iter().position(|&byte| !is_target_byte(byte));
    let target = window.get(..len.unwrap_or(window.len())).unwrap_or_default();
    check_percent_encoding(target, len.is_some())?;
    match len {
        Some(len) if len > 0 && rest.get(len) == Some(&b' ') => Ok(Some(len)),
        Some(_) => Err(Error::Target),
        None if window.len() > limits.target_bytes_max => Err(Error::TargetLength),
        None => Ok(None),
    }
}

/// pct-encoded = "%" HEXDIG HEXDIG (RFC 3986 section 2.1). An incomplete target may end inside one.
fn check_percent_encoding(target: &[u8], is_complete: bool) -> Result<(), Error> {
    let mut rest = target;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        rest = match rest.get(at + 1..).unwrap_or_default() {
            [high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [] if !is_complete => return Ok(()),
            [high] if !is_complete && high.is_ascii_hexdigit() => return Ok(()),
            _ => return Err(Error::Target),
        };
    }
    Ok(())
}

/// `HTTP/1.1` and its line end.
const VERSION_LINE_BYTES: usize = 10;

/// HTTP-version = "HTTP" "/" DIGIT "." DIGIT, then CRLF; gives the minor version.
fn parse_version(rest: &[u8]) -> Result<Option<u8>, Error> {
    const SHAPE: &[u8; VERSION_LINE_BYTES] = b"HTTP/0.0\r\n";
    let fits = |(&byte, &shape): (&u8, &u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    match rest {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9', b'\r', b'\n', ..] => Ok(Some(minor - b'0')),
        _ if !rest.iter().zip(SHAPE).all(fits) => Err(Error::Version),
        _ if rest.len() < VERSION_LINE_BYTES => Ok(None),
        _ => Err(Error::MajorVersion),
    }
}

/// The path's place inside a target in origin-form, absolute-form or asterisk-form (RFC 9112 section 3.2).
fn path_of_target(target: &[u8], method: Method) -> Result<Range<usize>, Error> {
    let path_start = match target {
        [b'/', ..] => 0,
        b"*" if method == Method::Options => 0,
        _ => absolute_path_start(target)?,
    };
    let path = target.get(path_start..).unwrap_or_default();
    let path_len = path.iter().position(|&byte| byte == b'?').unwrap_or(path.len());
    Ok(path_start..path_start + path_len)
}

/// absolute-form: `http://`, a valid authority, then the path, which may be empty.
fn absolute_path_start(target: &[u8]) -> Result<usize, Error> {
    const SCHEME: &[u8] = b"http://";
    let (scheme, rest) = target.split_at_checked(SCHEME.len()).ok_or(Error::TargetForm)?;
    let authority_len = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let authority = rest.get(..authority_len).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(SCHEME) || !is_host(authority) {
        return Err(Error::TargetForm);
    }
    Ok(SCHEME.len() + authority_len)
}

/// What the engine itself needs from a header section, gathered line by line.
#[derive(Default)]
struct FieldFacts {
    hosts: usize,
    content_types: usize,
    content_type: Span,
    has_content_coding: bool,
    content_length: Option<u64>,
    /// Whether there is a line of Transfer-Encoding.
    has_codings: bool,
    /// Whether chunked is the last coding.
    is_chunked: bool,
    has_other_codings: bool,
    /// Options of the Connection field (RFC 9112 section 9.3).
    asks_to_close: bool,
    asks_to_keep: bool,
    expects_continue: bool,
    request_ids: usize,
    request_id: Span,
}

impl FieldFacts {
    /// `line`: the place of the field line.
    fn note(&mut self, name: &[u8], value: &[u8], line: Range<usize>) -> Result<(), Error> {
        // The length alone rules out most fields without a comparison.
        match name.len() {
            4 if is(name, "host") => {
                self.hosts += 1;
                if self.hosts > 1 || !is_host(value) {
                    return Err(Error::Host);
                }
            }
            6 if is(name, "expect") => {
                // Empty members count for nothing (RFC 9110 section 5.6.1.2).
                for member in list_members(value).filter(|member| !member.is_empty()) {
                    if !is(member, "100-continue") {
                        return Err(Error::Expectation);
                    }
                    self.expects_continue = true;
                }
            }
            10 if is(name, "connection") => {
                for option in list_members(value) {
                    self.asks_to_close |= is(option, "close");
                    self.asks_to_keep |= is(option, "keep-alive");
                }
            }
            12 if is(name, CONTENT_TYPE) => {
                self.content_types += 1;
                self.content_type = Span::new(line);
            }
            12 if is(name, REQUEST_ID) => {
                self.request_ids += 1;
                self.request_id = Span::new(line);
            }
            14 if is(name, "content-length") => {
                if self.content_length.is_some() {
                    return Err(Error::ContentLength);
                }
                self.content_length = Some(parse_content_length(value)?);
            }
            16 if is(name, "content-encoding") => self.has_content_coding = true,
            17 if is(name, "transfer-encoding") => self.note_codings(value)?,
            14 | 17 if is_lookalike(name) => return Err(Error::FieldLookalike),
            _ => {}
        }
        Ok(())
    }

    /// How the content ends (RFC 9112 section 6.3); anything ambiguous is refused.
    fn framing(&self, is_http10: bool) -> Result<Framing, Error> {
        match (self.has_codings, self.content_length) {
            (false, None) => Ok(Framing::Empty),
            (false, Some(length)) => Ok(Framing::Length(length)),
            // Two framings, or one that HTTP/1.0 lacks, are refused before the codings are interpreted.
            (true, Some(_)) => Err(Error::LengthAndCoding),
            (true, None) if is_http10 || !self.is_chunked => Err(Error::TransferEncoding),
            (true, None) if self.has_other_codings => Err(Error::TransferCoding),
            (true, None) => Ok(Framing::Chunked),
        }
    }

    /// Notes the members of a Transfer-Encoding line, in order.
    fn note_codings(&mut self, value: &[u8]) -> Result<(), Error> {
        self.has_codings = true;
        for member in list_members(value) {
            // Nothing may follow chunked, not even another chunked.
            if self.is_chunked || member.is_empty() || !member.iter().all(|&byte| is_token_byte(byte)) {
                return Err(Error::TransferEncoding);
            }
            self.is_chunked = is(member, "chunked");
            self.has_other_codings |= !self.is_chunked;
        }
        Ok(())
    }
}

/// Content-Length = 1*DIGIT, here without leading zeros and up to 2^63 - 1.
fn parse_content_length(value: &[u8]) -> Result<u64, Error> {
    const DIGITS_MAX: usize = 19;
    if value.is_empty() || value.len() > DIGITS_MAX || (value.len() > 1 && value.starts_with(b"0")) {
        return Err(Error::ContentLength);
    }
    let digit = |length: u64, byte: &u8| byte.is_ascii_digit().then(|| length * 10 + u64::from(byte - b'0'));
    value.iter().try_fold(0, digit).filter(|length| *length <= i64::MAX as u64).ok_or(Error::ContentLength)
}

/// uri-host [ ":" port ] (RFC 9110 section 7.2), without the comma that a reg-name may contain.
fn is_host(value: &[u8]) -> bool {
    let (host, port) = match value {
        [b'[', rest @ ..] => {
            let Some(close) = rest.iter().position(|&byte| byte == b']') else { return false };
            let (address, after) = rest.split_at_checked(close).unwrap_or_default();
            let is_address = str::from_utf8(address).is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok());
            (is_address, after.get(1..).unwrap_or_default())
        }
        _ => {
            let host_len = value.iter().position(|&byte| byte == b':').unwrap_or(value.len());
            let (name, after) = value.split_at_checked(host_len).unwrap_or_default();
            (is_reg_name(name), after)
        }
    };
    host && match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_reg_name(name: &[u8]) -> bool {
    let is_name_byte = |&byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%')
            || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'=')
    };
    !name.is_empty() && name.iter().all(is_name_byte) && check_percent_encoding(name, true).is_ok()
}

/// A printable ASCII byte that a URI without a fragment may contain (RFC 3986 appendix A).
fn is_target_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

#[cfg(test)]
mod tests;
