//! `token_pattern` without an engine for regular expressions: the patterns that people use, recognised by their text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::unicode::{Unicode, is_space};

/// How a document is cut into tokens.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenPattern {
    /// Runs of one kind of characters, as long as they can be.
    Runs {
        /// What they consist of.
        of: Characters,
        /// Characters of a run, at least; one or more.
        shortest: u32,
        /// `\b` on both sides: a run with another `\w` beside it is none.
        is_whole_word: bool,
    },
    /// `[A-Za-z0-9]+(?=\s+)`: runs right before white space.
    BeforeSpace,
    /// `\w+|\$[\d\.]+|\S+`: words, sums of money, and all else up to white space.
    WordsMoneyRest,
}

/// A kind of characters.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Characters {
    /// `\w`
    Word,
    /// `\S`
    NotSpace,
    /// `[^ ]`
    NotBlank,
    /// `[a-zA-Z]`
    Letters,
    /// `[a-z]`
    SmallLetters,
    /// `[a-zA-Z0-9]`
    LettersDigits,
    /// `[^\W\d]`
    WordNotDigit,
    /// `[^\W\d_]`
    WordNotDigitLine,
}

/// The spellings of each kind.
const SPELLINGS: &[(&str, Characters)] = &[
    (r"\w", Characters::Word),
    (r"[\w]", Characters::Word),
    (r"\S", Characters::NotSpace),
    (r"[^\s]", Characters::NotSpace),
    (r"[\S]", Characters::NotSpace),
    ("[^ ]", Characters::NotBlank),
    ("[a-zA-Z]", Characters::Letters),
    ("[A-Za-z]", Characters::Letters),
    ("[a-z]", Characters::SmallLetters),
    ("[a-zA-Z0-9]", Characters::LettersDigits),
    ("[A-Za-z0-9]", Characters::LettersDigits),
    ("[a-z0-9A-Z]", Characters::LettersDigits),
    (r"[^\W\d]", Characters::WordNotDigit),
    (r"[^\d\W]", Characters::WordNotDigit),
    (r"[^\W\d_]", Characters::WordNotDigitLine),
    (r"[^\d\W_]", Characters::WordNotDigitLine),
    (r"[^\W_\d]", Characters::WordNotDigitLine),
];

/// A pattern that is none of those that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPattern;

impl fmt::Display for UnknownPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            r"a run of `\w`, `\S`, `[^ ]`, `[a-zA-Z]`, `[a-z]`, `[a-zA-Z0-9]`, `[^\W\d]` or `[^\W\d_]`, such as `\w\w+`, `\w+` or `\w{3,}`, with or without `\b` on both sides; `[A-Za-z0-9]+(?=\s+)`; or `\w+|\$[\d\.]+|\S+`",
        )
    }
}

impl TokenPattern {
    /// The pattern that a text stands for.
    ///
    /// # Errors
    /// [`UnknownPattern`] says which are known.
    pub fn parse(text: &str) -> Result<TokenPattern, UnknownPattern> {
        let text = text.strip_prefix("(?u)").unwrap_or(text);
        match text {
            r"[A-Za-z0-9]+(?=\s+)" | r"[a-zA-Z0-9]+(?=\s+)" => return Ok(TokenPattern::BeforeSpace),
            r"\w+|\$[\d\.]+|\S+" => return Ok(TokenPattern::WordsMoneyRest),
            _ => {}
        }
        let inner = text.strip_prefix(r"\b").and_then(|rest| rest.strip_suffix(r"\b"));
        let (inner, is_whole_word) = (inner.unwrap_or(text), inner.is_some());
        let runs = SPELLINGS.iter().find_map(|(spelling, of)| Some((*of, shortest(inner, spelling)?)));
        let (of, shortest) = runs.ok_or(UnknownPattern)?;
        // between characters that are no words an edge of a word is something else
        if is_whole_word && matches!(of, Characters::NotSpace | Characters::NotBlank) {
            return Err(UnknownPattern);
        }
        Ok(TokenPattern::Runs { of, shortest, is_whole_word })
    }

    /// The pattern that finds what `str.split` gives.
    pub const SPLIT: TokenPattern = TokenPattern::Runs { of: Characters::NotSpace, shortest: 1, is_whole_word: false };

    /// Lets `use_token` have one token after the other.
    ///
    /// # Source
    /// Python, `re.findall`: from left to right, as much as fits.
    pub(super) fn for_each(self, unicode: &Unicode, text: &str, mut use_token: impl FnMut(&str)) {
        let is_letter_digit = |character: char| character.is_ascii_alphanumeric();
        match self {
            Self::BeforeSpace => for_each_run(text, is_letter_digit, |run| {
                if run.after.is_some_and(is_space) {
                    use_token(run.text);
                }
            }),
            Self::WordsMoneyRest => words_money_rest(unicode, text, use_token),
            Self::Runs { of, shortest, is_whole_word } => {
                let keep = |run: Run<'_>| {
                    let is_cut = || run.before.into_iter().chain(run.after).any(|beside| unicode.is_word(beside));
                    if run.length >= shortest && !(is_whole_word && is_cut()) {
                        use_token(run.text);
                    }
                };
                let is_word = |character| unicode.is_word(character);
                let is_digit = |character| unicode.is_digit(character);
                match of {
                    // no word is cut: a run is as long as it can be
                    Characters::Word if text.is_ascii() => for_each_ascii_word(text, |word| {
                        if word.len() >= shortest as usize {
                            use_token(word);
                        }
                    }),
                    Characters::Word => for_each_run(text, is_word, keep),
                    Characters::NotSpace => for_each_run(text, |character| !is_space(character), keep),
                    Characters::NotBlank => for_each_run(text, |character| character != ' ', keep),
                    Characters::Letters => for_each_run(text, |character| character.is_ascii_alphabetic(), keep),
                    Characters::SmallLetters => for_each_run(text, |character| character.is_ascii_lowercase(), keep),
                    Characters::LettersDigits => for_each_run(text, is_letter_digit, keep),
                    Characters::WordNotDigit => {
                        for_each_run(text, |character| is_word(character) && !is_digit(character), keep);
                    }
                    Characters::WordNotDigitLine => for_each_run(
                        text,
                        |character| is_word(character) && !is_digit(character) && character != '_',
                        keep,
                    ),
                }
            }
        }
    }
}

/// Characters that a run of `spelling` has at least: one for each time that it is repeated, the last with a plus, or `{n,}`.
fn shortest(text: &str, spelling: &str) -> Option<u32> {
    let (mut rest, mut count) = (text, 0);
    while let Some(behind) = rest.strip_prefix(spelling) {
        (rest, count) = (behind, count + 1);
    }
    let digits = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix(",}"));
    match (rest, digits) {
        ("+", _) if count > 0 => Some(count),
        (_, Some(digits)) if count == 1 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|least| *least > 0)
        }
        _ => None,
    }
}

/// A run with what stands beside it.
struct Run<'t> {
    text: &'t str,
    /// Its characters.
    length: u32,
    before: Option<char>,
    after: Option<char>,
}

#[inline]
fn for_each_run(text: &str, is_in: impl Fn(char) -> bool, mut use_run: impl FnMut(Run<'_>)) {
    let (mut start, mut length, mut before, mut last) = (0, 0_u32, None, None);
    for (place, character) in
        text.char_indices().map(|(place, character)| (place, Some(character))).chain([(text.len(), None)])
    {
        if character.is_some_and(&is_in) {
            if length == 0 {
                (start, before) = (place, last);
            }
            length = length.saturating_add(1);
        } else if length > 0 {
            use_run(Run { text: text.get(start..place).unwrap_or_default(), length, before, after: character });
            length = 0;
        }
        last = character;
    }
}

/// The same for `\w` in text of ASCII alone, where a character is a byte.
///
/// It goes from end to end of runs, so that no branch depends on how long each word is.
#[inline]
fn for_each_ascii_word(text: &str, mut use_word: impl FnMut(&str)) {
    let (whole, rest) = text.as_bytes().as_chunks::<64>();
    // zeros behind the text end its last word
    let mut last = [0; 64];
    last.iter_mut().zip(rest).for_each(|(last, byte)| *last = *byte);
    let mut open = None;
    for (bytes, offset) in whole.iter().chain([&last]).zip((0..).step_by(64)) {
        let words = ascii_words(bytes);
        let before = words << 1 | u64::from(open.is_some());
        let (mut starts, mut ends) = (words & !before, before & !words);
        while ends != 0 {
            let start = open.take().unwrap_or_else(|| offset + next(&mut starts));
            use_word(text.get(start..offset + next(&mut ends)).unwrap_or_default());
        }
        if starts != 0 {
            open = Some(offset + next(&mut starts));
        }
    }
}

/// Takes out the lowest bit that is set, and says its place.
fn next(bits: &mut u64) -> usize {
    let place = bits.trailing_zeros() as usize;
    *bits &= bits.wrapping_sub(1);
    place
}

/// Which of the bytes are `\w`, the first in the lowest bit.
#[inline]
fn ascii_words(bytes: &[u8; 64]) -> u64 {
    let is_word = bytes.map(|byte| {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        u8::from(is_letter | (byte.wrapping_sub(b'0') < 10) | (byte == b'_'))
    });
    // the product has the lowest bits of eight bytes in its highest byte
    let bits = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    is_word.as_chunks().0.iter().rev().fold(0, |words, bytes| words << 8 | bits(bytes))
}

fn words_money_rest(unicode: &Unicode, text: &str, mut use_token: impl FnMut(&str)) {
    let mut rest = text.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next() {
        let sum = rest.strip_prefix('$').map_or(0, |sum| {
            let end = sum.find(|character| !(unicode.is_digit(character) || character == '.'));
            end.unwrap_or(sum.len())
        });
        let end = if unicode.is_word(first) {
            rest.find(|character| !unicode.is_word(character))
        } else if sum > 0 {
            Some(sum + 1)
        } else {
            rest.find(is_space)
        };
        let (token, behind) = rest.split_at(end.unwrap_or(rest.len()));
        use_token(token);
        rest = behind.trim_start_matches(is_space);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_ascii_has_the_tokens_that_it_has_beside_other_text() {
        let unicode = Unicode::get().unwrap();
        let tokens = |pattern: &str, text: &str| {
            let mut tokens = Vec::new();
            TokenPattern::parse(pattern).unwrap().for_each(unicode, text, |token| tokens.push(token.to_owned()));
            tokens
        };
        let mut texts = vec![String::new(), "a".to_owned(), "_".to_owned(), "ab cd".to_owned(), " x-1 ".to_owned()];
        let mut state = 7_u32;
        texts.extend((0..300).map(|length| {
            let mut text = String::new();
            for _ in 0..length {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push(char::from((state >> 25) as u8));
            }
            text
        }));
        // words that end anywhere beside the edges of what is looked at together
        texts.extend((0..200).map(|length| format!("{} b{}", "a".repeat(length), "c".repeat(length % 67))));
        for pattern in [r"\w+", r"(?u)\b\w\w+\b", r"\w{3,}"] {
            for text in &texts {
                assert_eq!(tokens(pattern, text), tokens(pattern, &format!("{text}\u{2014}")), "{pattern} {text:?}");
            }
        }
    }
}
