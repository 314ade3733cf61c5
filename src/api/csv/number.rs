//! Numbers in CSV fields: text to f64 and back.

use std::borrow::Cow;
use std::io::{self, Write};

use super::fields::unquoted;

/// The powers of ten that [`plain_number`] needs; a double holds them exactly.
const POWERS_OF_TEN: [f64; PLAIN_DIGITS_MAX + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
/// Digits of a number that is always below 2^53.
const PLAIN_DIGITS_MAX: usize = 15;

/// Takes a number like `-12.34` off the start, in one pass over its bytes; `None` for every other form. Digits and power of ten
/// are both exact as doubles, so their quotient is the double nearest to the text, which is what `f64::from_str` promises.
///
/// # Source
/// W. D. Clinger, How to read floating point numbers accurately (1990): the fast path.
pub(super) fn plain_number(text: &[u8]) -> Option<(f64, &[u8])> {
    let (is_negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mut digits, mut mantissa, mut point) = (0, 0_u64, None);
    while let [byte, after @ ..] = rest {
        match byte {
            b'0'..=b'9' if digits < PLAIN_DIGITS_MAX => {
                mantissa = 10 * mantissa + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' if point.is_none() => point = Some(digits),
            b',' => break,
            _ => return None,
        }
        rest = after;
    }
    let value = mantissa as f64 / POWERS_OF_TEN.get(digits - point.unwrap_or(digits))?;
    (digits > 0).then_some((if is_negative { -value } else { value }, rest))
}

/// The number in a field of any form.
///
/// # Errors
/// What is there instead of a finite number.
pub(super) fn number(field: &[u8], decimal: u8) -> Result<f64, &'static str> {
    let field = unquoted(field);
    let text = std::str::from_utf8(&field).map_err(|_| NO_UTF_8)?;
    let decimal_point = match decimal {
        b'.' => Cow::Borrowed(text),
        _ if text.contains('.') => return Err(if parses(text) { WITH_POINT } else { "text" }),
        other => Cow::Owned(text.replace(char::from(other), ".")),
    };
    match decimal_point.parse::<f64>() {
        // Rust reads the words for infinity and NaN as numbers; digits that no double can hold become infinity too.
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) if text.ends_with(|last: char| last.is_ascii_digit() || matches!(last, '.' | ',')) => {
            Err("a number too large for a double")
        }
        Ok(_) => Err("NaN or infinity"),
        Err(_) if text.is_empty() => Err(EMPTY),
        Err(_) if decimal == b'.' && text.contains(',') && parses(&text.replace(',', "")) => Err(WITH_COMMA),
        Err(_) if text.contains('\0') => Err("a NUL byte"),
        Err(_) if text.split_whitespace().nth(1).is_some() && text.split_whitespace().all(parses) => {
            Err("several numbers separated by blanks")
        }
        Err(_) => Err("text"),
    }
}

/// Whether a field is NaN, as NumPy and pandas write it if they are told to.
pub(super) fn is_nan(field: &[u8]) -> bool {
    unquoted(field).eq_ignore_ascii_case(b"nan")
}

fn parses(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// How errors describe nothing at all.
pub(super) const EMPTY: &str = "an empty field";
/// How errors describe `1,5` and `1,234.5`.
pub(super) const WITH_COMMA: &str = "a number with a comma in it";
/// How errors describe `1.5` where numbers have a decimal comma.
pub(super) const WITH_POINT: &str = "a number with a decimal point";
/// How errors describe bytes in another encoding.
pub(super) const NO_UTF_8: &str = "bytes that are not UTF-8";

/// Appends the shortest text that reads back as the same number; `inf`, `-inf` or `NaN` if it is not finite.
pub fn push_number(value: f64, text: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = if value.is_finite() {
        serde_json::to_writer(text, &value).map_err(io::Error::from)
    } else {
        write!(text, "{value}")
    };
}

/// Whether a field is what a header is made of: it has a letter, and stands neither for a number nor for a missing one.
pub(super) fn is_word(field: &[u8], decimal: u8) -> bool {
    const NO_WORDS: [&str; 6] = ["nan", "inf", "infinity", "na", "null", "none"];
    let text = unquoted(field);
    let text = String::from_utf8_lossy(&text);
    let essence: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let has_letter =
        !text.contains('\0') && text.contains(|c: char| c.is_alphabetic() || c == char::REPLACEMENT_CHARACTER);
    let is_number = text.replace(char::from(decimal), ".").parse::<f64>().is_ok();
    has_letter && !is_number && !NO_WORDS.contains(&essence.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_those_that_the_general_way_reads() {
        let mut seed = 1_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 11
        };
        for _ in 0..200_000 {
            let digits = random() % 10_u64.pow(1 + (random() % 16) as u32);
            let (before, decimals) = (digits.to_string(), (random() % 17) as usize);
            let at = before.len().saturating_sub(decimals);
            let sign = if random() % 2 == 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:0>decimals$}", &before[..at], &before[at..]);
            let text = text.strip_suffix('.').filter(|_| random() % 2 == 0).unwrap_or(&text);
            let general = number(text.as_bytes(), b'.');
            match plain_number(text.as_bytes()) {
                Some((value, rest)) => {
                    assert_eq!((general.map(f64::to_bits), rest), (Ok(value.to_bits()), &b""[..]), "{text}");
                }
                None => {
                    let count = text.bytes().filter(u8::is_ascii_digit).count();
                    assert!(count == 0 || count > PLAIN_DIGITS_MAX, "{text}");
                }
            }
        }
    }

    #[test]
    fn plain_numbers_end_at_a_comma_and_every_other_form_is_left_to_the_general_way() {
        let plain = |text: &'static str| plain_number(text.as_bytes());
        assert_eq!(plain("5.1,3"), Some((5.1, &b",3"[..])));
        assert_eq!(plain("-.5"), Some((-0.5, &b""[..])));
        assert_eq!(plain("7.").map(|(value, _)| value), Some(7.0));
        assert_eq!(plain("-0").map(|(value, _)| value.to_bits()), Some((-0.0_f64).to_bits()));
        for text in ["", ",", "-", ".", "-.", "1.2.3", "1e3", " 1", "1 ", "+1", "\"1\"", "nan", "1_0", "--1"] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!(plain("999999999999999").map(|(value, _)| value), Some(999_999_999_999_999.0));
        assert_eq!(plain("1000000000000000"), None);
    }

    #[test]
    fn numbers_read_back_as_the_same_number() {
        for value in [0.1, -0.0, 1.0 / 3.0, 1e300, 5e-324, f64::INFINITY, f64::NEG_INFINITY] {
            let mut text = Vec::new();
            push_number(value, &mut text);
            let read: f64 = String::from_utf8(text).unwrap().parse().unwrap();
            assert_eq!(read.to_bits(), value.to_bits());
        }
    }

    #[test]
    fn a_decimal_comma_is_read_where_it_is_announced() {
        let read = |text: &str| number(text.as_bytes(), b',');
        assert_eq!(["1,5", "\"-,5\"", " 7, ", "1,5e-3", "12"].map(read), [1.5, -0.5, 7.0, 0.0015, 12.0].map(Ok));
        assert_eq!(
            ["1.5", "1.234,5", "1,2,3", "x", ""].map(read),
            [WITH_POINT, "text", "text", "text", "an empty field"].map(Err)
        );
        let read = |text: &str| number(text.as_bytes(), b'.');
        assert_eq!(
            ["1,5", "1,234.5", "1,234,567", "a,1"].map(read),
            [WITH_COMMA, WITH_COMMA, WITH_COMMA, "text"].map(Err)
        );
    }

    #[test]
    fn what_is_no_number_is_named_by_what_it_may_have_been_meant_for() {
        for (text, found) in [
            ("1 2 3", "several numbers separated by blanks"),
            ("1\t2", "several numbers separated by blanks"),
            ("1 a", "text"),
            ("rows.csv\0\0", "a NUL byte"),
        ] {
            assert_eq!(number(text.as_bytes(), b'.'), Err(found), "{text:?}");
        }
        assert!(!is_word(b"rows.csv\0\0", b'.'));
    }

    #[test]
    fn a_word_has_a_letter_and_is_neither_a_number_nor_a_missing_one() {
        for word in ["a", " \"a b\" ", "x0", "0x10", "5.1 cm", "Größe", "\u{430}", "1e", "nano", "e"] {
            assert!(is_word(word.as_bytes(), b'.'), "{word}");
        }
        assert!(is_word(b"Gr\xf6\xdfe", b'.'));
        for other in [
            "", "\"\"", " ", "1", "-1e5", "1e999", "nan", "-NaN", "INF", "Infinity", "NA", "n/a", "#N/A", "<NA>",
            "null", "None",
        ] {
            assert!(!is_word(other.as_bytes(), b'.'), "{other}");
        }
        for other in ["?", "-", "1,234.5", "1,5", "--", "$5"] {
            assert!(!is_word(other.as_bytes(), b'.'), "{other}");
        }
    }
}
