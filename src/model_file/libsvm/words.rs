//! Lines and words of the text with their places, and the numbers that a word may hold.
//!
//! LIBSVM leaves this to `scanf` and `strtod`, which take `nan`, `inf` and hexadecimal, stop silently at the first character that
//! does not fit, and wrap integers. Here a word is a number from its first character to its last, or it is refused.

use crate::escape::shortened;
use crate::model_file::Error;

/// The place of something. Both numbers start at 1; columns are bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

/// The lines that are not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    /// Number of the first line in `rest`.
    line: usize,
}

/// The words of a line that are not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    rest: &'a str,
    /// Where `rest` starts.
    place: Place,
}

/// The characters between two blanks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) place: Place,
}

impl Place {
    /// An error at this place.
    pub(super) fn error(self, problem: impl Into<String>) -> Error {
        Error::Libsvm { line: self.line, column: self.column, problem: problem.into() }
    }
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, line: 1 }
    }

    /// Where the next line starts.
    pub(super) fn place(&self) -> Place {
        Place { line: self.line, column: 1 }
    }

    /// The next line, which `expected` describes.
    pub(super) fn expect(&mut self, expected: impl Fn() -> String) -> Result<Words<'a>, Error> {
        let end = self.place();
        self.next_line()?.ok_or_else(|| end.error(format!("expected {}, found the end of the file", expected())))
    }

    /// The next line; none at the end of the file.
    pub(super) fn next_line(&mut self) -> Result<Option<Words<'a>>, Error> {
        let line = self.line;
        let place = |column: usize| Place { line, column: column + 1 };
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut split = self.rest.splitn(2, |byte| *byte == b'\n');
        let (Some(bytes), Some(rest)) = (split.next(), split.next()) else {
            return Err(place(self.rest.len()).error("expected a line feed, found the end of the file"));
        };
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let text = str::from_utf8(bytes).ok().filter(|text| text.is_ascii()).ok_or_else(|| {
            let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
            place(ascii).error("expected ASCII text, found another byte")
        })?;
        (self.rest, self.line) = (rest, line + 1);
        Ok(Some(Words { rest: text, place: place(0) }))
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let rest = self.rest.trim_start_matches(is_blank);
        self.place.column += self.rest.len() - rest.len();
        let (text, rest) = rest.split_at(rest.bytes().position(|byte| is_blank(byte.into())).unwrap_or(rest.len()));
        self.rest = rest;
        if text.is_empty() {
            return None;
        }
        let word = Word { text, place: self.place };
        self.place.column += text.len();
        Some(word)
    }
}

impl<'a> Words<'a> {
    /// The next word, which `expected` describes.
    pub(super) fn expect(&mut self, expected: &str) -> Result<Word<'a>, Error> {
        self.next().ok_or_else(|| self.place.error(format!("expected {expected}, found the end of the line")))
    }

    /// Reads one value, which has to end the line.
    pub(super) fn only<T>(
        mut self,
        expected: &str,
        read: impl FnOnce(Word<'a>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let value = read(self.expect(expected)?)?;
        self.end()?;
        Ok(value)
    }

    /// Reads all words up to the end of the line; there have to be `count`. Memory grows only with the words that are there.
    pub(super) fn list<T>(
        mut self,
        count: u64,
        mut read: impl FnMut(Word<'a>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut values = Vec::new();
        for word in self.by_ref() {
            if values.len() as u64 == count {
                return Err(word.place.error(format!("expected {count} values, found one more")));
            }
            values.push(read(word)?);
        }
        if (values.len() as u64) < count {
            return Err(self.place.error(format!("expected {count} values, found {}", values.len())));
        }
        Ok(values)
    }

    /// Refuses any further word.
    pub(super) fn end(mut self) -> Result<(), Error> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(word.not("the end of the line")),
        }
    }
}

impl<'a> Word<'a> {
    /// The error that something else was expected than this word.
    pub(super) fn not(self, expected: &str) -> Error {
        let found = shortened(self.text.chars(), QUOTED_CHARS_MAX);
        self.place.error(format!("expected {expected}, found `{found}`"))
    }

    /// A finite decimal number; the double nearest to it.
    pub(super) fn real(self) -> Result<f64, Error> {
        let value = if is_decimal(self.text) { self.text.parse::<f64>().ok() } else { None };
        match value {
            Some(value) if value.is_finite() => Ok(value),
            Some(_) => Err(self.not("a number that a double can hold")),
            None => Err(self.not("a decimal number")),
        }
    }

    /// A count or an index: digits only, from `least` up to the largest C int.
    pub(super) fn count(self, least: usize) -> Result<usize, Error> {
        let digits = is_digits(self.text);
        let value = if digits { self.text.parse::<usize>().ok() } else { None };
        value
            .filter(|value| (least..=INT_MAX).contains(value))
            .ok_or_else(|| self.not(&format!("an integer from {least} to {INT_MAX}")))
    }

    /// A class label: any C int.
    pub(super) fn label(self) -> Result<i64, Error> {
        let label =
            self.text.parse::<i32>().map_err(|_| self.not("an integer label from -2147483648 to 2147483647"))?;
        Ok(label.into())
    }

    /// The index, from 1, and the value of an `index:value` pair.
    pub(super) fn pair(self) -> Result<(usize, f64), Error> {
        let (index, value) = self.split().ok_or_else(|| self.not("`index:value`"))?;
        Ok((index.count(1)?, value.real()?))
    }

    /// The index of an `index:value` pair; `None` for a word without a colon.
    pub(super) fn index(self) -> Result<Option<usize>, Error> {
        self.split().map(|(index, _)| index.count(1)).transpose()
    }

    fn split(self) -> Option<(Self, Self)> {
        let (index, value) = self.text.split_once(':')?;
        let place = Place { column: self.place.column + index.len() + 1, ..self.place };
        Some((Word { text: index, ..self }, Word { text: value, place }))
    }
}

/// A sign, digits, a point and digits, an exponent; all but the first digits are optional.
fn is_decimal(text: &str) -> bool {
    let unsigned = without_sign(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    is_digits(whole) && fraction.is_none_or(is_digits) && exponent.is_none_or(|digits| is_digits(without_sign(digits)))
}

fn without_sign(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// LIBSVM keeps counts, indices and labels in C ints.
pub(super) const INT_MAX: usize = 0x7fff_ffff;

/// Characters of a wrong word in a message.
const QUOTED_CHARS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word<'_> {
        Word { text, place: Place { line: 3, column: 7 } }
    }

    #[test]
    fn words_know_their_line_and_column() {
        let mut lines = Lines::new(b"\n  ab\tc \r\n");
        assert!(lines.next_line().unwrap().unwrap().next().is_none());
        let words = lines.next_line().unwrap().unwrap();
        let found: Vec<_> = words.map(|word| (word.text, word.place.line, word.place.column)).collect();
        assert_eq!(found, [("ab", 2, 3), ("c", 2, 6)]);
        assert!(lines.next_line().unwrap().is_none());
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let refusal = |bytes: &[u8]| Lines::new(bytes).next_line().unwrap_err().to_string();
        assert_eq!(refusal(b"1 2"), "line 1, column 4: expected a line feed, found the end of the file");
        assert_eq!(refusal(b"1 \xb5\n"), "line 1, column 3: expected ASCII text, found another byte");
    }

    #[test]
    fn decimal_numbers_are_read_to_the_nearest_double() {
        for (text, value) in [
            ("0", 0.0),
            ("-12", -12.0),
            ("+1", 1.0),
            ("0.1", 0.1),
            ("0.10000000000000001", 0.1),
            ("1.0E-4", 1e-4),
            ("1e-005", 1e-5),
            ("1.7976931348623157e+308", f64::MAX),
            ("4.9406564584124654e-324", 5e-324),
            ("1e-400", 0.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("9007199254740993.00000000000000000000000001", 9_007_199_254_740_994.0),
        ] {
            assert_eq!(word(text).real().unwrap(), value, "{text}");
        }
    }

    #[test]
    fn other_numbers_are_refused() {
        let texts = [
            "",
            "-",
            "+",
            ".",
            "1.",
            ".5",
            "1e",
            "1e+",
            "e5",
            "--1",
            "0x1p3",
            "0x10",
            "nan",
            "NaN",
            "inf",
            "-Infinity",
            "1,5",
            "1_0",
            "1.2.3",
            "1e5e5",
            "1e1.5",
            "1f",
            "1\0",
        ];
        for text in texts {
            let expected = word(text).not("a decimal number").to_string();
            assert_eq!(word(text).real().unwrap_err().to_string(), expected);
        }
        assert_eq!(
            word("-1e999").real().unwrap_err().to_string(),
            "line 3, column 7: expected a number that a double can hold, found `-1e999`"
        );
    }

    #[test]
    fn counts_and_labels_are_c_ints() {
        assert_eq!(word("2147483647").count(1).unwrap(), INT_MAX);
        for text in ["0", "-1", "+1", "1.0", "2147483648", "18446744073709551617", "", "0x1"] {
            assert!(word(text).count(1).is_err(), "{text}");
        }
        assert_eq!(word("-2147483648").label().unwrap(), -2_147_483_648);
        assert_eq!(word("+1").label().unwrap(), 1);
        for text in ["2147483648", "1.0", "", "-", "a"] {
            assert!(word(text).label().is_err(), "{text}");
        }
    }

    #[test]
    fn pairs_point_at_the_half_that_is_wrong() {
        assert_eq!(word("12:-0.5").pair().unwrap(), (12, -0.5));
        let refusal = |text| word(text).pair().unwrap_err().to_string();
        assert_eq!(refusal("0:1"), "line 3, column 7: expected an integer from 1 to 2147483647, found `0`");
        assert_eq!(refusal("12:x"), "line 3, column 10: expected a decimal number, found `x`");
        assert_eq!(refusal("12"), "line 3, column 7: expected `index:value`, found `12`");
        assert_eq!(refusal("1:2:3"), "line 3, column 9: expected a decimal number, found `2:3`");
    }

    #[test]
    fn a_wrong_word_is_shown_short_and_without_control_characters() {
        let long = format!("\u{1b}[2J{}", "x".repeat(1000));
        let problem = word(&long).not("a name").to_string();
        assert_eq!(problem, format!("line 3, column 7: expected a name, found `\\u{{1b}}[2J{}...`", "x".repeat(36)));
    }
}
