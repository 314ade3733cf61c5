//! The chunked transfer coding, decoded step by step (RFC 9112 section 7.1).
//!
//! The decoder keeps a few counters and no bytes: an incomplete element (a chunk-size line, a trailer line) stays with the
//! caller until more has arrived.

use super::fields::{is_lookalike, is_token_byte, is_value_byte, parse_field_line};
use super::{Error, Limits};

/// How far one call of [`Decoder::decode`] got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the input that were consumed.
    pub used: usize,
    /// Whether the message body is complete.
    pub done: bool,
}

/// The state of decoding one message body; the default is the one before the first chunk-size line.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    expecting: Expecting,
    content_bytes: usize,
    extension_bytes: usize,
    trailer_bytes: usize,
    trailer_lines: usize,
}

/// What comes next.
#[derive(Debug, Clone, Copy, Default)]
enum Expecting {
    /// chunk-size [ chunk-ext ] CRLF
    #[default]
    SizeLine,
    /// chunk-data, this many bytes to come
    Data(usize),
    /// the CRLF after chunk-data
    DataEnd,
    /// trailer-section CRLF
    Trailer,
    Done,
}

impl Decoder {
    /// Decodes the complete elements at the start of `input`, which begins where the last call stopped; appends to `content`.
    ///
    /// # Errors
    ///
    /// The rule that is broken; a size over the limit is refused before its data arrives.
    pub fn decode(&mut self, input: &[u8], content: &mut Vec<u8>, limits: &Limits) -> Result<Decoded, Error> {
        let mut used = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            let consumed = match self.expecting {
                Expecting::SizeLine => self.size_line(rest, limits)?,
                Expecting::Data(left) => self.data(rest, left, content),
                Expecting::DataEnd => self.data_end(rest)?,
                Expecting::Trailer => self.trailer(rest, limits)?,
                Expecting::Done => return Ok(Decoded { used, done: true }),
            };
            match consumed {
                Some(bytes) => used += bytes,
                None => return Ok(Decoded { used, done: false }),
            }
        }
    }

    fn size_line(&mut self, rest: &[u8], limits: &Limits) -> Result<Option<usize>, Error> {
        // No byte beyond the limit is looked at, or the outcome would depend on how much has arrived.
        let window = rest.get(..limits.chunk_line_bytes_max + 1).unwrap_or(rest);
        let Some(line) = parse_size_line(window)? else {
            return if window.len() > limits.chunk_line_bytes_max { Err(Error::ChunkExtension) } else { Ok(None) };
        };
        self.extension_bytes += line.extension_len;
        if line.len > limits.chunk_line_bytes_max || self.extension_bytes > limits.chunk_extension_bytes_max {
            return Err(Error::ChunkExtension);
        }
        // Compared with what is left of the limit: a sum could overflow.
        let room = limits.content_bytes_max.saturating_sub(self.content_bytes);
        let size = usize::try_from(line.size).ok().filter(|&size| size <= room).ok_or(Error::ContentTooLarge)?;
        self.content_bytes += size;
        self.expecting = if size == 0 { Expecting::Trailer } else { Expecting::Data(size) };
        Ok(Some(line.len))
    }

    fn data(&mut self, rest: &[u8], left: usize, content: &mut Vec<u8>) -> Option<usize> {
        let here = rest.get(..left).unwrap_or(rest);
        content.extend_from_slice(here);
        self.expecting = if here.len() == left { Expecting::DataEnd } else { Expecting::Data(left - here.len()) };
        (!here.is_empty()).then_some(here.len())
    }

    fn data_end(&mut self, rest: &[u8]) -> Result<Option<usize>, Error> {
        match rest {
            [b'\r', b'\n', ..] => {
                self.expecting = Expecting::SizeLine;
                Ok(Some(2))
            }
            [] | [b'\r'] => Ok(None),
            _ => Err(Error::ChunkEnd),
        }
    }

    fn trailer(&mut self, rest: &[u8], limits: &Limits) -> Result<Option<usize>, Error> {
        match rest {
            [b'\r', b'\n', ..] => {
                self.expecting = Expecting::Done;
                return Ok(Some(2));
            }
            [] | [b'\r'] => return Ok(None),
            [b'\r', ..] => return Err(Error::ChunkEnd),
            _ if self.trailer_lines == limits.trailer_lines_max => return Err(Error::TrailerSection),
            _ => {}
        }
        let window = rest.get(..limits.trailer_section_bytes_max + 1 - self.trailer_bytes).unwrap_or(rest);
        let field = parse_field_line(window)?;
        let line_bytes = field.as_ref().map_or(window.len(), |field| field.len);
        if self.trailer_bytes + line_bytes > limits.trailer_section_bytes_max {
            return Err(Error::TrailerSection);
        }
        let Some(field) = field else { return Ok(None) };
        if is_forbidden_trailer(field.name) {
            return Err(Error::TrailerField);
        }
        self.trailer_bytes += field.len;
        self.trailer_lines += 1;
        Ok(Some(field.len))
    }
}

struct SizeLine {
    size: u64,
    extension_len: usize,
    len: usize,
}

/// chunk-size [ chunk-ext ] CRLF; `None` while the line is incomplete and nothing in it is wrong so far.
fn parse_size_line(rest: &[u8]) -> Result<Option<SizeLine>, Error> {
    const DIGITS_MAX: usize = 16;
    let digits = rest.iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits > DIGITS_MAX || (digits == 0 && !rest.is_empty()) {
        return Err(Error::ChunkSize);
    }
    let hex_value = |digit: u8| u64::from(char::from(digit).to_digit(16).unwrap_or_default());
    let size = rest.iter().take(digits).fold(0_u64, |size, &digit| size << 4 | hex_value(digit));
    // It has all of its 16 digits by then, and one more would be wrong too.
    if size > i64::MAX as u64 {
        return Err(Error::ChunkSize);
    }
    let Some(extension_len) = extensions_len(rest.get(digits..).unwrap_or_default())? else { return Ok(None) };
    match rest.get(digits + extension_len..).unwrap_or_default() {
        [b'\r', b'\n', ..] => Ok(Some(SizeLine { size, extension_len, len: digits + extension_len + 2 })),
        [] | [b'\r'] => Ok(None),
        [b'\r' | b'\n', ..] => Err(Error::ChunkEnd),
        _ if extension_len > 0 => Err(Error::ChunkExtension),
        // White space before a semicolon belongs to the extension (RFC 9112 section 7.1.1), any other to nothing.
        behind => match behind.iter().find(|byte| !matches!(byte, b' ' | b'\t')) {
            None => Ok(None),
            Some(b';') => Err(Error::ChunkExtension),
            Some(_) => Err(Error::ChunkSize),
        },
    }
}

/// chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ), without white space; `None` when the input ends inside one.
fn extensions_len(rest: &[u8]) -> Result<Option<usize>, Error> {
    let mut at = 0;
    while rest.get(at) == Some(&b';') {
        at += 1;
        let Some(name_len) = token_len(rest.get(at..).unwrap_or_default())? else { return Ok(None) };
        at += name_len;
        if rest.get(at) == Some(&b'=') {
            at += 1;
            let value = rest.get(at..).unwrap_or_default();
            let value_len = if value.starts_with(b"\"") { quoted_len(value)? } else { token_len(value)? };
            let Some(value_len) = value_len else { return Ok(None) };
            at += value_len;
        }
    }
    Ok(Some(at))
}

/// Length of the token at the start; some other byte must end it.
fn token_len(rest: &[u8]) -> Result<Option<usize>, Error> {
    match rest.iter().position(|&byte| !is_token_byte(byte)) {
        Some(0) => Err(Error::ChunkExtension),
        len => Ok(len),
    }
}

/// Length of the quoted-string at the start (RFC 9110 section 5.6.4), both quotes included.
fn quoted_len(rest: &[u8]) -> Result<Option<usize>, Error> {
    let mut is_escaped = false;
    for (at, &byte) in rest.iter().enumerate().skip(1) {
        match byte {
            _ if !is_value_byte(byte) => return Err(Error::ChunkExtension),
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Ok(Some(at + 1)),
            _ => {}
        }
    }
    Ok(None)
}

/// Fields that frame, route, authenticate or modify have no business after the content (RFC 9110 section 6.5.1).
fn is_forbidden_trailer(name: &[u8]) -> bool {
    const FORBIDDEN: &str = "content-length transfer-encoding host connection te trailer upgrade expect authorization \
                             proxy-authorization cookie content-type content-encoding content-range range cache-control \
                             max-forwards";
    is_lookalike(name)
        || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"if-"))
        || FORBIDDEN.split(' ').any(|forbidden| name.eq_ignore_ascii_case(forbidden.as_bytes()))
}

#[cfg(test)]
mod tests;
