//! The requirements of RFC 9110 and RFC 9112, and our own, as one table of request bytes and what comes of them.
//!
//! A row id names a requirement: R request line and target, H Host and fields, L length, T transfer coding, C connection,
//! A answers. What a line of bytes and a list of statuses cannot say stands in `tests/it/rfc9112/stories.rs`. Statuses ending in
//! `+c` mean that the answer says `Connection: close`, that nothing behind the request is answered, and that the connection ends
//! with FIN.
// No crate that includes it uses all of it.
#![allow(dead_code)]

mod answers;
mod connections;
mod contents;
mod fields;
mod requests;

/// Every requirement.
pub const ROWS: &str = "R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 R21 R22 R23 R24 \
                    H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 H11 H12 H13 H14 H15 \
                    L01 L02 L03 L04 L05 L06 L07 L08 L09 \
                    T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T12 T13 T14 T15 T16 \
                    C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 \
                    A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16";

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
}

/// A request and what comes of it.
pub struct Case {
    pub row: &'static str,
    pub name: &'static str,
    pub on: On,
    pub request: Vec<u8>,
    /// Statuses in their order; the last may end in `+c`.
    expected: &'static str,
    /// The client says that this was all.
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
    fn then_fin(&mut self) -> &mut Case {
        self.finishes = true;
        self.alone()
    }

    fn alone(&mut self) -> &mut Case {
        self.is_alone = true;
        self
    }

    fn whole(&mut self) -> &mut Case {
        self.is_whole = true;
        self
    }

    /// The content of the first answer.
    fn text(&mut self, text: &str) -> &mut Case {
        self.texts(&[text])
    }

    /// The contents of all answers.
    fn texts(&mut self, texts: &[&str]) -> &mut Case {
        self.contents = texts.iter().map(|text| wire(text)).collect();
        self
    }

    /// A field of the first answer.
    fn field(&mut self, name: &'static str, value: impl Into<Option<&'static str>>) -> &mut Case {
        self.fields.push((name, value.into()));
        self
    }

    /// What no field of the first answer contains.
    fn lacks(&mut self, text: &'static str) -> &mut Case {
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
struct Table(Vec<Case>);

impl Table {
    fn add(
        &mut self,
        on: On,
        row: &'static str,
        name: &'static str,
        request: &str,
        expected: &'static str,
    ) -> &mut Case {
        self.0.push(Case {
            row,
            name,
            on,
            request: wire(request),
            expected,
            finishes: false,
            is_alone: false,
            is_whole: false,
            contents: Vec::new(),
            fields: Vec::new(),
            lacks: None,
        });
        self.0.last_mut().unwrap()
    }

    fn echo(&mut self, row: &'static str, name: &'static str, request: &str, expected: &'static str) -> &mut Case {
        self.add(On::Echo, row, name, request, expected)
    }

    fn product(&mut self, row: &'static str, name: &'static str, request: &str, expected: &'static str) -> &mut Case {
        self.add(On::Product, row, name, request, expected)
    }

    fn both(&mut self, row: &'static str, name: &'static str, request: &str, expected: &'static str) -> &mut Case {
        self.add(On::Both, row, name, request, expected)
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

/// The whole table.
pub fn cases() -> Vec<Case> {
    let mut table = Table::default();
    requests::add_to(&mut table);
    fields::add_to(&mut table);
    contents::add_to(&mut table);
    connections::add_to(&mut table);
    answers::add_to(&mut table);
    table.0
}
