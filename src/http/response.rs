//! The answer as a value, and its one serialization: status line, fields and content into one buffer (RFC 9112 section 4).

use std::borrow::Cow;

use super::charged::Charged;
use super::outgoing::Outgoing;

/// A status code with its reason phrase (RFC 9110 section 15, RFC 6585).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The number.
    pub code: u16,
}

macro_rules! statuses {
    ($($name:ident = $code:literal $reason:literal;)*) => {
        impl Status {
            /// Every status that this server sends.
            pub const ALL: &[Status] = &[$(Status::$name),*];
            $(
                #[doc = concat!(stringify!($code), " ", $reason)]
                pub const $name: Status = Status { code: $code };
            )*

            /// The whole status line, line end included.
            fn line(self) -> &'static str {
                match self.code {
                    $($code => concat!("HTTP/1.1 ", stringify!($code), " ", $reason, "\r\n"),)*
                    // not so: no other can be made
                    _ => "",
                }
            }

            /// What programs call it, such as `NOT_FOUND`.
            pub fn name(self) -> &'static str {
                match self.code {
                    $($code => stringify!($name),)*
                    _ => "",
                }
            }
        }
    };
}

statuses! {
    OK = 200 "OK";
    NO_CONTENT = 204 "No Content";
    BAD_REQUEST = 400 "Bad Request";
    NOT_FOUND = 404 "Not Found";
    METHOD_NOT_ALLOWED = 405 "Method Not Allowed";
    REQUEST_TIMEOUT = 408 "Request Timeout";
    CONTENT_TOO_LARGE = 413 "Content Too Large";
    URI_TOO_LONG = 414 "URI Too Long";
    UNSUPPORTED_MEDIA_TYPE = 415 "Unsupported Media Type";
    EXPECTATION_FAILED = 417 "Expectation Failed";
    HEADERS_TOO_LARGE = 431 "Request Header Fields Too Large";
    INTERNAL_ERROR = 500 "Internal Server Error";
    NOT_IMPLEMENTED = 501 "Not Implemented";
    UNAVAILABLE = 503 "Service Unavailable";
    VERSION_NOT_SUPPORTED = 505 "HTTP Version Not Supported";
}

impl Status {
    /// Whether this is a success.
    pub fn is_success(self) -> bool {
        self.code / 100 == 2
    }
}

/// The interim answer to `Expect: 100-continue`.
pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// An answer. The engine adds Content-Length, Date and Connection.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: Status,
    /// Value of Content-Type; empty for an answer that has no content.
    pub content_type: &'static str,
    /// Further fields. One whose value could end the line is left out.
    pub fields: Vec<(&'static str, Cow<'static, str>)>,
    /// The content.
    pub content: Charged<u8>,
    /// One more field, its value a number written as sixteen hexadecimal digits; it needs no allocation.
    pub tag: Option<(&'static str, u64)>,
    /// Rows of the table that the answer is about. The engine only passes it on, for metrics and logs.
    pub rows: usize,
}

impl Response {
    /// An answer with content.
    pub fn new(status: Status, content_type: &'static str, content: Vec<u8>) -> Response {
        Response { status, content_type, fields: Vec::new(), content: content.into(), tag: None, rows: 0 }
    }

    /// 204, without content and without Content-Length (RFC 9110 section 8.6).
    pub fn no_content() -> Response {
        Response::new(Status::NO_CONTENT, "", Vec::new())
    }

    /// Adds a field.
    pub fn with_field(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Response {
        self.fields.push((name, value.into()));
        self
    }
}

/// What the Connection field of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persistence {
    /// HTTP/1.1, stays open: no field.
    Open,
    /// HTTP/1.0, stays open: `keep-alive`.
    KeepAlive,
    /// `close`.
    Close,
}

/// Appends `response` to `out`; what is left of its content is an empty buffer. `omit_content`: the request was HEAD, so the content is
/// not sent.
pub(super) fn write(
    response: &mut Response,
    date: &str,
    request_id: &str,
    persistence: Persistence,
    omit_content: bool,
    out: &mut Outgoing,
) {
    out.append(HEAD_BYTES_USUAL, |out| write_head(response, date, request_id, persistence, out));
    if !omit_content && response.status != Status::NO_CONTENT {
        out.push_content(&mut response.content);
    }
}

fn write_head(response: &Response, date: &str, request_id: &str, persistence: Persistence, out: &mut Vec<u8>) {
    push(out, response.status.line());
    push(out, "Date: ");
    push(out, date);
    if response.status != Status::NO_CONTENT {
        push(out, "\r\nContent-Type: ");
        push(out, response.content_type);
        push(out, "\r\nContent-Length: ");
        push_decimal(out, response.content.len() as u64);
        push(out, "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff");
    }
    push(out, "\r\nX-Request-Id: ");
    push(out, request_id);
    if let Some((name, number)) = response.tag {
        push(out, "\r\n");
        push(out, name);
        push(out, ": ");
        push_hexadecimal(out, number);
    }
    for (name, value) in &response.fields {
        // No response splitting, whatever the handler does.
        if value.bytes().all(|byte| !matches!(byte, b'\r' | b'\n' | 0)) {
            push(out, "\r\n");
            push(out, name);
            push(out, ": ");
            push(out, value);
        }
    }
    if response.status == Status::UNAVAILABLE {
        push(out, "\r\nRetry-After: 1");
    }
    push(
        out,
        match persistence {
            Persistence::Open => "\r\n\r\n",
            Persistence::KeepAlive => "\r\nConnection: keep-alive\r\n\r\n",
            Persistence::Close => "\r\nConnection: close\r\n\r\n",
        },
    );
}

/// Reserved for the head, so that the buffer of a usual answer grows only once.
const HEAD_BYTES_USUAL: usize = 320;

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn push_hexadecimal(out: &mut Vec<u8>, number: u64) {
    let digits = (0..16).rev().map(|place| match (number >> (4 * place)) as u8 & 0xf {
        digit @ 0..=9 => b'0' + digit,
        digit => b'a' - 10 + digit,
    });
    out.extend(digits);
}

/// Appends a number without the formatting machinery, which would cost more than the digits.
pub fn push_decimal(out: &mut Vec<u8>, number: u64) {
    let start = out.len();
    let mut rest = number;
    loop {
        out.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn written(mut response: Response, persistence: Persistence, omit_content: bool) -> String {
        let mut out = Outgoing::default();
        write(&mut response, DATE, "q-1", persistence, omit_content, &mut out);
        String::from_utf8(out.bytes).unwrap()
    }

    #[test]
    fn an_answer_is_status_line_fields_and_content() {
        let response = Response::new(Status::OK, "application/json", b"{\"val\": 0}".to_vec());
        assert_eq!(
            written(response, Persistence::Open, false),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n\
             Content-Length: 10\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: q-1\r\n\r\n\
             {\"val\": 0}"
        );
    }

    #[test]
    fn head_has_the_length_but_not_the_content() {
        let response = Response::new(Status::NOT_FOUND, "application/json", vec![b' '; 1234]);
        let text = written(response, Persistence::KeepAlive, true);
        assert!(text.contains("\r\nContent-Length: 1234\r\n"));
        assert!(text.ends_with("\r\nConnection: keep-alive\r\n\r\n"));
    }

    #[test]
    fn a_tag_is_sixteen_hexadecimal_digits() {
        for (number, text) in [(0, "0000000000000000"), (0x0123_4567_89ab_cdef, "0123456789abcdef")] {
            let response = Response { tag: Some(("X-Tag", number)), ..Response::no_content() };
            assert!(written(response, Persistence::Open, false).contains(&format!("\r\nX-Tag: {text}\r\n")));
        }
    }

    #[test]
    fn no_content_has_no_length() {
        let response = Response::no_content().with_field("Allow", "GET, HEAD, OPTIONS");
        assert_eq!(
            written(response, Persistence::Close, false),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request-Id: q-1\r\nAllow: GET, HEAD, OPTIONS\r\n\
             Connection: close\r\n\r\n"
        );
    }

    #[test]
    fn a_field_that_could_split_the_answer_is_left_out() {
        for value in ["a\r\nSet-Cookie: x", "a\nb", "a\rb", "a\0b"] {
            let response = Response::no_content().with_field("X-Name", value);
            assert!(!written(response, Persistence::Open, false).contains("X-Name"));
        }
    }

    #[test]
    fn unavailable_says_when_to_come_back() {
        let response = Response::new(Status::UNAVAILABLE, "application/json", b"{}".to_vec());
        assert!(written(response, Persistence::Close, false).contains("\r\nRetry-After: 1\r\nConnection: close\r\n"));
    }

    #[test]
    fn decimals_are_written_from_zero_to_the_largest() {
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            let mut out = Vec::new();
            push_decimal(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }
}
