//! A case of the table, and how the table is written.

use svcd::http::{Error, Method};

/// The notebook's row.
pub const IRIS: &str = r#"{"sepal length (cm)":1,"sepal width (cm)":1,"petal length (cm)":1,"petal width (cm)":1}"#;

/// Which program answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// `examples/echo.rs`: every method is answered 200 with the content.
    Echo,
    /// svcd with the iris model.
    Product,
    Both,
    /// Nobody: only the parser reads it.
    Neither,
}

/// A request and what comes of it.
pub struct Case {
    pub row: &'static str,
    pub name: &'static str,
    pub on: On,
    pub request: Vec<u8>,
    /// What the parser makes of it, if it is one message or the beginning of one.
    pub reading: Option<Outcome>,
    /// Statuses in their order; the last may end in `+c`.
    expected: String,
    /// The client sends FIN behind it.
    pub finishes: bool,
    /// Nothing is sent behind the request.
    pub is_alone: bool,
    /// The answers depend on how the bytes arrive.
    pub is_whole: bool,
    /// The contents of the answers, of the first ones at least.
    pub contents: Vec<Vec<u8>>,
    /// Fields of the first answer: the value, or that there is no such field.
    pub fields: Vec<(&'static str, Option<&'static str>)>,
    /// What no field of the first answer contains.
    pub lacks: Option<&'static str>,
}

impl Case {
    /// svcd answers with the statuses of the engine.
    pub fn on_both(&mut self) -> &mut Case {
        self.on = On::Both;
        self
    }

    /// No server is asked.
    pub fn unanswered(&mut self) {
        self.on = On::Neither;
    }

    /// What a server answers without waiting for the end of the message.
    pub fn answered(&mut self, expected: &str) -> &mut Case {
        self.expected = expected.to_owned();
        (self.finishes, self.is_alone) = (false, false);
        self
    }

    pub fn then_fin(&mut self) -> &mut Case {
        self.finishes = true;
        self.alone()
    }

    pub fn alone(&mut self) -> &mut Case {
        self.is_alone = true;
        self
    }

    pub fn whole(&mut self) -> &mut Case {
        self.is_whole = true;
        self
    }

    /// The content of the first answer.
    pub fn text(&mut self, text: &str) -> &mut Case {
        self.texts(&[text])
    }

    /// The contents of all answers.
    pub fn texts(&mut self, texts: &[&str]) -> &mut Case {
        self.contents = texts.iter().map(|text| wire(text)).collect();
        self
    }

    /// A field of the first answer.
    pub fn field(&mut self, name: &'static str, value: impl Into<Option<&'static str>>) -> &mut Case {
        self.fields.push((name, value.into()));
        self
    }

    /// What no field of the first answer contains.
    pub fn lacks(&mut self, text: &'static str) -> &mut Case {
        self.lacks = Some(text);
        self
    }

    /// Statuses, and whether the server closes.
    pub fn statuses(&self) -> (Vec<u16>, bool) {
        let statuses = self.expected.trim_end_matches("+c").split(' ').map(|code| code.parse().unwrap()).collect();
        (statuses, self.expected.ends_with("+c"))
    }
}

#[derive(Default)]
pub struct Table(Vec<Case>);

impl Table {
    fn add(&mut self, on: On, row: &'static str, name: &'static str, request: &str, expected: &str) -> &mut Case {
        self.0.push(Case {
            row,
            name,
            on,
            request: wire(request),
            reading: None,
            expected: expected.to_owned(),
            finishes: false,
            is_alone: false,
            is_whole: false,
            contents: Vec::new(),
            fields: Vec::new(),
            lacks: None,
        });
        self.0.last_mut().unwrap()
    }

    pub fn echo(&mut self, row: &'static str, name: &'static str, request: &str, expected: &str) -> &mut Case {
        self.add(On::Echo, row, name, request, expected)
    }

    pub fn product(&mut self, row: &'static str, name: &'static str, request: &str, expected: &str) -> &mut Case {
        self.add(On::Product, row, name, request, expected)
    }

    pub fn both(&mut self, row: &'static str, name: &'static str, request: &str, expected: &str) -> &mut Case {
        self.add(On::Both, row, name, request, expected)
    }

    /// A whole message. The engine answers it with the content.
    pub fn takes(&mut self, row: &'static str, name: &'static str, text: &str, facts: Facts) -> &mut Case {
        let status = if facts.content_type_lines > 1 { "400" } else { "200" };
        let case = self.echo(row, name, text, &format!("{status}{}", if facts.persists { "" } else { "+c" }));
        case.reading = Some(Outcome::Complete(facts));
        case
    }

    /// A message that breaks one rule.
    pub fn refuses(&mut self, row: &'static str, name: &'static str, text: &str, error: Error) -> &mut Case {
        let case = self.both(row, name, text, &format!("{}+c", error.status().code));
        case.reading = Some(Outcome::Refused(error));
        case
    }

    /// The beginning of a message, where a server waits for more and gets FIN.
    pub fn begins(&mut self, row: &'static str, name: &'static str, text: &str) -> &mut Case {
        let case = self.both(row, name, text, "400+c");
        case.reading = Some(Outcome::Incomplete);
        case.then_fin()
    }

    pub fn into_cases(self) -> Vec<Case> {
        self.0
    }
}

/// What the parser makes of the bytes at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is wrong so far.
    Incomplete,
    Complete(Facts),
    Refused(Error),
}

/// What a complete message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub method: Method,
    pub path: Vec<u8>,
    pub content: Vec<u8>,
    pub is_http10: bool,
    pub persists: bool,
    pub expects_continue: bool,
    pub content_type_lines: usize,
}

/// What a message without content says, in HTTP/1.1.
pub fn facts(method: Method, path: &str) -> Facts {
    Facts {
        method,
        path: wire(path),
        content: Vec::new(),
        is_http10: false,
        persists: true,
        expects_continue: false,
        content_type_lines: 0,
    }
}

impl Facts {
    pub fn content(self, content: &str) -> Facts {
        Facts { content: wire(content), ..self }
    }

    pub fn http10(self, persists: bool) -> Facts {
        Facts { is_http10: true, persists, ..self }
    }

    pub fn closing(self) -> Facts {
        Facts { persists: false, ..self }
    }
}

/// The bytes that a text stands for: `⏎` is CR LF, a line `H` is `Host: h`, a character up to U+00FF is that byte, and any other
/// character is its UTF-8.
pub fn wire(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in text.replace("⏎H⏎", "⏎Host: h⏎").chars() {
        match (character, u8::try_from(character)) {
            ('⏎', _) => bytes.extend_from_slice(b"\r\n"),
            (_, Ok(byte)) => bytes.push(byte),
            (other, _) => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// A POST of `content` with its length; `fields` are whole lines.
pub fn post(target: &str, fields: &str, content: &str) -> String {
    format!("POST {target} HTTP/1.1⏎H⏎{fields}Content-Length: {}⏎⏎{content}", wire(content).len())
}
