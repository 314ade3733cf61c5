//! Opcodes that push one value and take nothing from the stack.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::opcodes as op;
use super::text::{Python2, Text};
use super::value::Value;

/// The value of `opcode`, which has been read, and its argument; `None` for an opcode of another kind.
pub(super) fn read<'a>(opcode: u8, cursor: &mut Cursor<'a>) -> Result<Option<Value<'a>>, String> {
    Ok(Some(match opcode {
        op::NONE => Value::None,
        op::NEWTRUE => Value::Boolean(true),
        op::NEWFALSE => Value::Boolean(false),
        op::INT => match cursor.line()? {
            b"00" => Value::Boolean(false),
            b"01" => Value::Boolean(true),
            digits => decimal(digits)?,
        },
        op::LONG => {
            let line = cursor.line()?;
            decimal(line.strip_suffix(b"L").unwrap_or(line))?
        }
        op::BININT => Value::Integer(i64::from(i32::from_le_bytes(cursor.array()?))),
        op::BININT1 => Value::Integer(i64::from(u8::from_le_bytes(cursor.array()?))),
        op::BININT2 => Value::Integer(i64::from(u16::from_le_bytes(cursor.array()?))),
        op::LONG1 | op::LONG4 => {
            let count = length(opcode, cursor)?;
            two_complement(cursor.take(count)?)
        }
        op::FLOAT => {
            let line = cursor.line()?;
            let number = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
            Value::Float(number.ok_or("expected a decimal number")?)
        }
        op::BINFLOAT => Value::Float(f64::from_be_bytes(cursor.array()?)),
        op::UNICODE => {
            let text = Text::escaped(cursor.line()?);
            Value::Text(text.ok_or("expected text with escapes of one character each")?)
        }
        op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8 => {
            let count = length(opcode, cursor)?;
            let text = Text::raw(cursor.take(count)?);
            Value::Text(text.ok_or("expected text in UTF-8")?)
        }
        op::SHORT_BINBYTES | op::BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => {
            let count = length(opcode, cursor)?;
            Value::Bytes(Cow::Borrowed(cursor.take(count)?))
        }
        op::STRING => {
            let text = Python2::quoted(cursor.line()?);
            python_2(text.ok_or("expected text between quotes with the escapes of Python 2")?)
        }
        op::BINSTRING | op::SHORT_BINSTRING => {
            let count = length(opcode, cursor)?;
            python_2(Python2::raw(cursor.take(count)?))
        }
        _ => return Ok(None),
    }))
}

fn python_2(text: Python2<'_>) -> Value<'_> {
    match text {
        Python2::Text(text) => Value::Text(text),
        Python2::Bytes(bytes) => Value::Bytes(bytes),
    }
}

/// Text of the protocols that store UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "expected text in UTF-8".to_owned())
}

/// The length before the bytes, in the width that the opcode gives it.
fn length(opcode: u8, cursor: &mut Cursor<'_>) -> Result<u64, String> {
    Ok(match opcode {
        op::LONG1 | op::SHORT_BINSTRING | op::SHORT_BINUNICODE | op::SHORT_BINBYTES => {
            u64::from(u8::from_le_bytes(cursor.array()?))
        }
        op::LONG4 | op::BINSTRING => {
            let count = i32::from_le_bytes(cursor.array()?);
            u64::try_from(count).map_err(|_| format!("expected a length from 0, found {count}"))?
        }
        op::BINUNICODE | op::BINBYTES => u64::from(u32::from_le_bytes(cursor.array()?)),
        _ => u64::from_le_bytes(cursor.array()?),
    })
}

fn decimal<'a>(line: &[u8]) -> Result<Value<'a>, String> {
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    if digits.len() > DIGITS_MAX {
        return Err(format!("expected an integer of at most {DIGITS_MAX} digits, found {}", digits.len()));
    }
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err("expected a decimal integer".to_owned());
    }
    let value = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
    Ok(value.map_or(Value::LargeInteger, Value::Integer))
}

/// Little-endian two's complement.
fn two_complement<'a>(bytes: &[u8]) -> Value<'a> {
    let negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
    let mut wide = [if negative { u8::MAX } else { 0 }; 8];
    if bytes.len() > wide.len() {
        return Value::LargeInteger;
    }
    wide.iter_mut().zip(bytes).for_each(|(wide, byte)| *wide = *byte);
    Value::Integer(i64::from_le_bytes(wide))
}

/// Python's own limit for reading an integer from text.
const DIGITS_MAX: usize = 4300;

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(bytes: &[u8]) -> Result<String, String> {
        let mut cursor = Cursor::new(bytes);
        let opcode = cursor.next().unwrap();
        read(opcode, &mut cursor).map(|value| format!("{:?} {}", value.unwrap(), bytes.len() - cursor.offset()))
    }

    #[test]
    fn numbers_have_their_sign_and_width() {
        for (bytes, expected) in [
            (&b"I00\n"[..], "Boolean(false) 0"),
            (b"I01\n", "Boolean(true) 0"),
            (b"I1\n", "Integer(1) 0"),
            (b"I-7\n.", "Integer(-7) 1"),
            (b"L12L\n", "Integer(12) 0"),
            (b"L9223372036854775808L\n", "LargeInteger 0"),
            (b"J\xff\xff\xff\xff", "Integer(-1) 0"),
            (b"K\xff", "Integer(255) 0"),
            (b"M\xff\xff", "Integer(65535) 0"),
            (b"\x8a\x00", "Integer(0) 0"),
            (b"\x8a\x01\xff", "Integer(-1) 0"),
            (b"\x8a\x02\xff\x00", "Integer(255) 0"),
            (b"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80", "Integer(-9223372036854775808) 0"),
            (b"\x8b\x01\x00\x00\x00\xff", "Integer(-1) 0"),
            (b"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00", "LargeInteger 0"),
            (b"F1e-05\n", "Float(1e-5) 0"),
            (b"F-inf\n", "Float(-inf) 0"),
            (b"S'a\\x41'\n", "Text(Quoted([97, 92, 120, 52, 49])) 0"),
            (b"S'\\xe9'\n", "Bytes([233]) 0"),
            (b"U\x01a.", "Text(Ascii(\"a\")) 1"),
            (b"T\x01\0\0\0\xe9", "Bytes([233]) 0"),
            (b"G\x3f\xf8\x00\x00\x00\x00\x00\x00", "Float(1.5) 0"),
        ] {
            assert_eq!(constant(bytes).as_deref(), Ok(expected), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_number_or_text_is_refused() {
        let digits = [b"L", &[b'9'; 4301][..], b"L\n"].concat();
        for (bytes, expected) in [
            (&b"I\n"[..], "expected a decimal integer"),
            (b"I1", "expected a line, found the end before a line feed"),
            (b"I1_000\n", "expected a decimal integer"),
            (b"I+1\n", "expected a decimal integer"),
            (&digits, "expected an integer of at most 4300 digits, found 4301"),
            (b"F1,5\n", "expected a decimal number"),
            (b"F\xff\n", "expected a decimal number"),
            (b"J\xff\xff\xff", "expected 4 bytes, found 3 before the end"),
            (b"X\x02\x00\x00\x00\xc3\x28", "expected text in UTF-8"),
            (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "expected 9223372036854775807 bytes, found 0 before the end"),
            (b"\x8b\xff\xff\xff\xff", "expected a length from 0, found -1"),
            (b"\x8b\xff\xff\xff\x7f1", "expected 2147483647 bytes, found 1 before the end"),
            (b"\x8a\xff1", "expected 255 bytes, found 1 before the end"),
            (b"V\\u12\n", "expected text with escapes of one character each"),
            (b"S'text\n", "expected text between quotes with the escapes of Python 2"),
            (b"S'\\0'\n", "expected text between quotes with the escapes of Python 2"),
            (b"T\xff\xff\xff\xff", "expected a length from 0, found -1"),
            (b"T\xff\xff\xff\x7f1", "expected 2147483647 bytes, found 1 before the end"),
            (b"U\x02a", "expected 2 bytes, found 1 before the end"),
        ] {
            assert_eq!(constant(bytes), Err(expected.to_owned()), "{bytes:?}");
        }
    }
}
