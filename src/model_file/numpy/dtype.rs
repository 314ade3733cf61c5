//! The type of an array's items: what their bytes mean.

use std::fmt;

use crate::model_file::pickle::{Id, Meaning, Value, Values};

/// The type of an array's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model_file) struct Dtype {
    pub(in crate::model_file) kind: ItemKind,
    /// Bytes of one item, at least one.
    pub(super) item_bytes: usize,
    big_endian: bool,
}

/// What the items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model_file) enum ItemKind {
    Boolean,
    Signed,
    Unsigned,
    Float,
    /// Four bytes for each character, zeros at the end.
    Text,
    /// A `str` of Python 2: one byte for each character, zeros at the end.
    Str,
    /// Any Python object, not stored as bytes.
    Object,
}

impl ItemKind {
    /// Whether the items are whole numbers, or the booleans that stand for 0 and 1.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Boolean | Self::Signed | Self::Unsigned)
    }
}

impl Dtype {
    /// Reads `dtype('f8', False, True)` with its state (3, '<', None, None, None, -1, -1, 0).
    pub(in crate::model_file) fn read(values: &Values<'_>, id: Id) -> Result<Self, String> {
        let wrong = || format!("expected a dtype, found {}", values.describe(id));
        let Value::Object { global, arguments, state, .. } = values.get(id) else {
            return Err(wrong());
        };
        let arguments = values.tuple(*arguments).unwrap_or_default();
        let (Meaning::Dtype, [code, ..]) = (global.meaning, arguments) else {
            return Err(wrong());
        };
        let dtype = match values.get(*code) {
            // bytes of Python 3 are no text
            Value::Text(code) if code.python_2_bytes().is_some() => Self::parse_str(&code.decode()),
            Value::Text(code) => Self::parse(&code.decode()),
            _ => None,
        };
        let unknown = || format!("expected a dtype of numbers or text, found {}", values.describe(*code));
        let mut dtype = dtype.ok_or_else(unknown)?;
        if let Some(state) = state {
            let Some([_version, order, base, names, fields, ..]) = values.tuple(*state) else {
                return Err(wrong());
            };
            if [base, names, fields].iter().any(|part| !matches!(values.get(**part), Value::None)) {
                return Err("expected a dtype of single items, found records".to_owned());
            }
            dtype.big_endian = values.is_text(*order, ">");
            if !dtype.big_endian && !["<", "|", "="].iter().any(|known| values.is_text(*order, known)) {
                return Err(format!(
                    "expected a byte order of `<`, `>`, `|` or `=`, found {}",
                    values.describe(*order)
                ));
            }
        }
        Ok(dtype)
    }

    /// Whether items are numbers of 32 or 64 bits.
    pub(in crate::model_file) fn is_wide_number(&self) -> bool {
        matches!(self.kind, ItemKind::Float | ItemKind::Signed) && self.item_bytes >= size_of::<f32>()
    }

    /// Whether items are floats of 32 bits.
    pub(in crate::model_file) fn is_single(&self) -> bool {
        self.kind == ItemKind::Float && self.item_bytes == size_of::<f32>()
    }

    /// A code such as `f8`: a letter and the bytes of an item; for text, its characters.
    fn parse(code: &str) -> Option<Self> {
        let code = code.strip_prefix(['<', '>', '|', '=']).unwrap_or(code);
        let (kind, size) = code.split_at_checked(1)?;
        let size: usize = size.parse().ok()?;
        let (kind, item_bytes) = match (kind, size) {
            ("b", 1) => (ItemKind::Boolean, 1),
            ("i", 1 | 2 | 4 | 8) => (ItemKind::Signed, size),
            ("u", 1 | 2 | 4 | 8) => (ItemKind::Unsigned, size),
            ("f", 2 | 4 | 8) => (ItemKind::Float, size),
            ("U", 1..) => (ItemKind::Text, size.checked_mul(4)?),
            ("O", 8) => (ItemKind::Object, 8),
            _ => return None,
        };
        Some(Self { kind, item_bytes, big_endian: false })
    }

    /// The same, in a pickle of Python 2.
    fn parse_str(code: &str) -> Option<Self> {
        let item_bytes = code.trim_start_matches('|').strip_prefix('S').map(str::parse);
        match item_bytes {
            Some(Ok(item_bytes @ 1..)) => Some(Self { kind: ItemKind::Str, item_bytes, big_endian: false }),
            Some(_) => None,
            None => Self::parse(code),
        }
    }

    /// Bytes of an item of any type that NumPy has; `None` where an item is or holds an object, which is not stored as bytes.
    pub(in crate::model_file) fn stored_bytes(values: &Values<'_>, id: Id) -> Result<Option<usize>, String> {
        let dtype = match values.get(id) {
            Value::Object { global, arguments, state, .. } if global.meaning == Meaning::Dtype => {
                values.tuple(*arguments).and_then(|arguments| arguments.first()).zip(Some(state))
            }
            _ => None,
        };
        let (code, state) = dtype.ok_or_else(|| format!("expected a dtype, found {}", values.describe(id)))?;
        let unknown = || format!("expected a NumPy dtype, found {}", values.describe(*code));
        let Value::Text(text) = values.get(*code) else {
            return Err(unknown());
        };
        // records say in their flags whether they hold objects
        let flags = state.and_then(|state| values.tuple(state)?.get(7)).map(|flags| values.get(*flags));
        let text = text.decode();
        let (kind, size) = text.trim_start_matches(['<', '>', '|', '=']).split_at_checked(1).ok_or_else(unknown)?;
        let bytes = match (kind, size.parse::<usize>(), flags) {
            ("O", ..) => return Ok(None),
            (_, _, Some(Value::Integer(flags))) if flags & 1 != 0 => return Ok(None),
            ("U", Ok(characters), _) => characters.checked_mul(4),
            ("b" | "i" | "u" | "f" | "c" | "S" | "V" | "M" | "m", Ok(bytes), _) => Some(bytes),
            _ => None,
        };
        bytes.map(Some).ok_or_else(unknown)
    }

    /// The bytes of each item.
    pub(super) fn items<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        bytes.chunks_exact(self.item_bytes)
    }

    /// A number of any kind, rounded as NumPy does if it has more than 53 bits.
    pub(super) fn number(&self, item: &[u8]) -> f64 {
        let bits = self.bits(item);
        match (self.kind, self.item_bytes) {
            (ItemKind::Float, 8) => f64::from_bits(bits),
            // the upper half is zero: an item has four bytes
            (ItemKind::Float, 4) => f64::from(f32::from_bits(bits as u32)),
            (ItemKind::Float, _) => half(bits),
            (ItemKind::Signed, _) => self.signed(bits) as f64,
            _ => bits as f64,
        }
    }

    /// A whole number, unless it has more than 63 bits.
    pub(super) fn integer(&self, item: &[u8]) -> Option<i64> {
        let bits = self.bits(item);
        if self.kind == ItemKind::Signed { Some(self.signed(bits)) } else { i64::try_from(bits).ok() }
    }

    /// A text, unless one of its codes is no character.
    pub(super) fn text(&self, item: &[u8]) -> Option<String> {
        if self.kind == ItemKind::Str {
            let length = item.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let text = item.get(..length).and_then(|text| std::str::from_utf8(text).ok());
            return text.filter(|text| text.is_ascii()).map(str::to_owned);
        }
        let character = Self { item_bytes: 4, ..*self };
        let codes: Vec<u32> = item.chunks_exact(4).map(|code| character.bits(code) as u32).collect();
        let length = codes.iter().rposition(|code| *code != 0).map_or(0, |last| last + 1);
        codes.into_iter().take(length).map(char::from_u32).collect()
    }

    /// An item of at most eight bytes as one integer.
    fn bits(&self, item: &[u8]) -> u64 {
        let append = |bits: u64, byte: &u8| (bits << 8) | u64::from(*byte);
        if self.big_endian { item.iter().fold(0, append) } else { item.iter().rev().fold(0, append) }
    }

    fn signed(&self, bits: u64) -> i64 {
        let unused = 64_u32.saturating_sub(8 * self.item_bytes as u32);
        (bits << unused).cast_signed() >> unused
    }
}

/// IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction.
fn half(bits: u64) -> f64 {
    let fraction = (bits & 0x3ff) as f64 / 1024.0;
    let exponent = ((bits >> 10) & 0x1f) as i32;
    let magnitude = match exponent {
        0 => fraction * 2.0_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2.0_f64.powi(exponent - 15),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ItemKind::Boolean => "booleans",
            ItemKind::Signed | ItemKind::Unsigned => "whole numbers",
            ItemKind::Float => "floats",
            ItemKind::Text | ItemKind::Str => "text",
            ItemKind::Object => "objects",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dtype(code: &str, big_endian: bool) -> Dtype {
        Dtype { big_endian, ..Dtype::parse(code).unwrap() }
    }

    #[test]
    fn only_types_of_numbers_and_text_are_known() {
        for code in [
            "f16",
            "c16",
            "V8",
            "S3",
            "M8[ns]",
            "T16",
            "b2",
            "i3",
            "U0",
            "U-1",
            "U",
            "",
            "é8",
            "O4",
            "U4611686018427387904",
        ] {
            assert_eq!(Dtype::parse(code), None, "{code}");
        }
        assert_eq!(Dtype::parse("<f8"), Dtype::parse("f8"));
    }

    #[test]
    fn numbers_are_read_in_both_byte_orders() {
        for (code, little_endian, expected) in [
            ("b1", &[1][..], 1.0),
            ("u1", &[200], 200.0),
            ("i1", &[200], -56.0),
            ("i2", &[0xfe, 0xff], -2.0),
            ("u2", &[0xfe, 0xff], 65534.0),
            ("i4", &[0, 0, 0, 0x80], -2_147_483_648.0),
            ("u4", &[0, 0, 0, 0x80], 2_147_483_648.0),
            ("u8", &[255; 8], 18_446_744_073_709_551_616.0),
            ("f2", &[0x00, 0xc4], -4.0),
            ("f2", &[0x01, 0x00], 5.960_464_477_539_063e-8),
            ("f2", &[0x55, 0x35], 0.333_251_953_125),
            ("f2", &[0x00, 0x7c], f64::INFINITY),
            ("f4", &[0xcd, 0xcc, 0xcc, 0x3d], 0.100_000_001_490_116_12),
            ("f8", &[0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f], 0.1),
        ] {
            let big_endian: Vec<u8> = little_endian.iter().rev().copied().collect();
            assert_eq!(dtype(code, false).number(little_endian), expected, "{code}");
            assert_eq!(dtype(code, true).number(&big_endian), expected, "{code}");
        }
        assert!(dtype("f2", false).number(&[0x01, 0x7c]).is_nan());
        assert_eq!(dtype("i8", false).integer(&[0, 0, 0, 0, 0, 0, 0, 0x80]), Some(i64::MIN));
        assert_eq!(dtype("u8", false).integer(&[0, 0, 0, 0, 0, 0, 0, 0x80]), None);
    }

    #[test]
    fn text_ends_before_its_zeros() {
        assert_eq!(dtype("U3", false).text(b"a\0\0\0\xe9\0\0\0\0\0\0\0").as_deref(), Some("aé"));
        assert_eq!(dtype("U3", true).text(b"\0\0\0a\0\0\0\0\0\0\0b").as_deref(), Some("a\0b"));
        assert_eq!(dtype("U1", false).text(b"\0\0\0\0").as_deref(), Some(""));
        assert_eq!(dtype("U1", false).text(b"\0\xd8\0\0"), None);
        let of_python_2 = |code, item| Dtype::parse_str(code).unwrap().text(item);
        assert_eq!(of_python_2("S3", b"a\0b"), Some("a\0b".to_owned()));
        assert_eq!(of_python_2("|S3", b"ab\0"), Some("ab".to_owned()));
        assert_eq!(of_python_2("S2", b"a\xe9"), None);
        for code in ["S0", "S", "S-1", "Sx"] {
            assert_eq!(Dtype::parse_str(code), None);
        }
        assert_eq!(Dtype::parse_str("f8"), Dtype::parse("f8"));
    }
}
