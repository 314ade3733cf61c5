//! A client that sends raw bytes, and a strict reader of answers.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

/// Longer than anything that works takes, even on a machine busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In order, after everything that was sent.
    Fin,
    /// Reset.
    Rst,
}

/// One connection, with a deadline on every wait.
pub struct Client {
    stream: TcpStream,
    /// Received and not yet read as an answer.
    pub received: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Client {
        Client::try_connect(address).unwrap()
    }

    pub fn try_connect(address: SocketAddr) -> io::Result<Client> {
        Client::try_connect_within(address, PATIENCE)
    }

    pub fn try_connect_within(address: SocketAddr, at_most: Duration) -> io::Result<Client> {
        let stream = TcpStream::connect_timeout(&address, at_most)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Client { stream, received: Vec::new() })
    }

    /// Sends all of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> &mut Client {
        self.try_send(bytes).unwrap();
        self
    }

    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends FIN: nothing more will follow.
    pub fn finish(&mut self) -> &mut Client {
        self.stream.shutdown(Shutdown::Write).unwrap();
        self
    }

    /// Ends the connection with RST.
    pub fn reset(self) {
        let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        setsockopt(&self.stream, sockopt::Linger, &linger).unwrap();
    }

    /// The socket, for what this type does not offer.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Waits for more bytes; the end, when there are none.
    pub fn read_some(&mut self) -> Result<usize, End> {
        let mut buffer = [0; 64 << 10];
        let outcome = loop {
            match self.stream.read(&mut buffer) {
                // Another test of this process sends signals.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        match outcome {
            Ok(0) => Err(End::Fin),
            Ok(count) => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(End::Rst),
            Err(error) => panic!("{error} after {}", excerpt(&self.received)),
        }
    }

    /// The next answer; `to_head`: the request was HEAD, so that no content follows.
    pub fn answer_to(&mut self, to_head: bool) -> Answer {
        self.try_answer_to(to_head)
            .unwrap_or_else(|end| panic!("{end:?} instead of an answer, behind {}", excerpt(&self.received)))
    }

    /// The next answer, or the end that came before it was whole.
    pub fn try_answer_to(&mut self, to_head: bool) -> Result<Answer, End> {
        loop {
            if let Some((answer, used)) = Answer::parse(&self.received, to_head) {
                self.received.drain(..used);
                return Ok(answer);
            }
            self.read_some()?;
        }
    }

    /// The next answer to a request that was not HEAD.
    pub fn answer(&mut self) -> Answer {
        self.answer_to(false)
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &[u8]) -> Answer {
        self.send(request).answer_to(request.starts_with(b"HEAD "))
    }

    /// Everything up to the end, and how the end came.
    pub fn rest(&mut self) -> (Vec<u8>, End) {
        loop {
            if let Err(end) = self.read_some() {
                return (std::mem::take(&mut self.received), end);
            }
        }
    }

    /// Asserts that nothing more comes but FIN.
    pub fn ends(&mut self) {
        let (rest, end) = self.rest();
        assert_eq!((excerpt(&rest).as_str(), end), ("", End::Fin));
    }

    /// Whether nothing arrives for this long, not even the end.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let outcome = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        matches!(outcome, Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
    }
}

/// Sends `bytes` and FIN, and gives everything that comes back.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut client = Client::connect(address);
    let (answers, end) = client.send(bytes).finish().rest();
    assert_eq!(end, End::Fin, "behind {}", excerpt(&answers));
    answers
}

/// One answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// In their order, names as they were written.
    pub fields: Vec<(String, String)>,
    pub content: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.fields, excerpt(&self.content))
    }
}

/// The beginning of `bytes`, for messages.
pub fn excerpt(bytes: &[u8]) -> String {
    const BYTES_MAX: usize = 400;
    match bytes.get(..BYTES_MAX) {
        Some(start) if bytes.len() > BYTES_MAX => format!("{}... ({} bytes)", start.escape_ascii(), bytes.len()),
        _ => bytes.escape_ascii().to_string(),
    }
}

impl Answer {
    /// Reads the answer at the start of `bytes`, and says how many it takes; `None` while it is incomplete.
    ///
    /// Panics on everything the server promises not to do: every answer of every test is checked here.
    pub fn parse(bytes: &[u8], to_head: bool) -> Option<(Answer, usize)> {
        let head_len = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..head_len]).expect("a head of ASCII");
        let mut lines = head.split("\r\n");
        let status = parse_status_line(lines.next().unwrap_or_default());
        let fields: Vec<(String, String)> = lines.map(parse_field).collect();
        let mut answer = Answer { status, fields, content: Vec::new() };
        let content_len = answer.check_fields();
        let content_start = head_len + 4;
        let content_end = content_start + if to_head { 0 } else { content_len };
        answer.content = bytes.get(content_start..content_end)?.to_vec();
        Some((answer, content_end))
    }

    /// All values of a field.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let is_named = |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.fields.iter().filter(is_named).map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a field that stands at most once.
    pub fn field(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        assert!(values.len() <= 1, "{name} is repeated: {values:?}");
        values.first().copied()
    }

    /// Whether the server says that it closes.
    pub fn closes(&self) -> bool {
        self.field("Connection") == Some("close")
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.content).unwrap()
    }

    /// Checks what holds for every answer; gives the length of the content.
    fn check_fields(&self) -> usize {
        let (status, fields) = (self.status, &self.fields);
        assert!(self.values("Transfer-Encoding").is_empty() && self.values("Server").is_empty(), "{fields:?}");
        if status == 100 {
            assert!(fields.is_empty(), "{fields:?}");
            return 0;
        }
        assert!(self.field("Date").is_some_and(is_imf_fixdate), "{fields:?}");
        assert!(matches!(self.field("Connection"), None | Some("close" | "keep-alive")), "{fields:?}");
        assert_eq!(self.field("Retry-After"), (status == 503).then_some("1"), "{fields:?}");
        assert!(status != 405 || self.field("Allow").is_some(), "{fields:?}");
        let length = self.field("Content-Length");
        if status == 204 {
            assert_eq!((length, self.field("Content-Type")), (None, None));
            return 0;
        }
        assert!(self.field("Content-Type").is_some_and(|value| !value.is_empty()), "{fields:?}");
        assert_eq!(self.field("Cache-Control"), Some("no-store"));
        assert_eq!(self.field("X-Content-Type-Options"), Some("nosniff"));
        let length = length.expect("Content-Length");
        assert!(length == "0" || !length.starts_with('0'), "{length}");
        length.parse().expect("a plain decimal number")
    }
}

/// status-line = "HTTP/1.1" SP 3DIGIT SP reason-phrase
fn parse_status_line(line: &str) -> u16 {
    let rest = line.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("status line {line:?}"));
    let (code, reason) = rest.split_once(' ').unwrap_or_else(|| panic!("status line {line:?}"));
    assert!(code.len() == 3 && reason.starts_with(|first: char| first.is_ascii_uppercase()), "status line {line:?}");
    code.parse().unwrap()
}

fn parse_field(line: &str) -> (String, String) {
    let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("field line {line:?}"));
    assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{line:?}");
    assert!(!value.is_empty() && value.trim() == value && value.bytes().all(|byte| byte >= b' '), "{line:?}");
    (name.to_string(), value.to_string())
}

/// Such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
fn is_imf_fixdate(text: &str) -> bool {
    let shape = |byte: u8| match byte {
        b'0'..=b'9' => '0',
        b'A'..=b'Z' => 'A',
        b'a'..=b'z' => 'a',
        other => char::from(other),
    };
    text.bytes().map(shape).eq("Aaa, 00 Aaa 0000 00:00:00 AAA".chars()) && text.ends_with(" GMT")
}
