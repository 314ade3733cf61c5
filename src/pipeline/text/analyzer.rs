//! From a document's normal form to its n-grams, each as a slice of a buffer.

use serde::{Deserialize, Serialize};

use super::pattern::TokenPattern;
use super::unicode::{Unicode, is_space};

/// What the n-grams are made of.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Analyzer {
    /// `'word'`: tokens, n neighbours joined by a blank.
    Word(TokenPattern),
    /// `'char'`: characters, where two and more of white space are one blank.
    Char,
    /// `'char_wb'`: characters of each word between blanks.
    CharWordBounds,
}

/// The n of the n-grams, from 1 to [`GRAMS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GramRange {
    /// The smallest.
    pub shortest: usize,
    /// The largest.
    pub longest: usize,
}

/// Parts of an n-gram.
pub const GRAMS_MAX: usize = 16;

/// One document on its way, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The last parts, one after the other.
    text: String,
    /// Where each of the last parts begins, by its number.
    starts: [usize; GRAMS_MAX],
    /// Parts so far.
    count: usize,
    /// White space that has been met, and not yet what follows it.
    space: Option<char>,
}

impl Window {
    /// Forgets what came before: the next part is the first.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.count = 0;
        self.space = None;
    }

    /// Gives back memory above this.
    pub(super) fn trim(&mut self, kept_bytes: usize) {
        if self.text.capacity() > kept_bytes {
            self.text = String::new();
        }
    }

    /// Appends a part, and lets `use_gram` have the n-grams that end with it.
    fn push(&mut self, part: &str, separator: &str, range: GramRange, use_gram: &mut impl FnMut(&str)) {
        if self.text.len() > TEXT_BYTES {
            self.forget(range);
        }
        if self.count > 0 {
            self.text.push_str(separator);
        }
        if let Some(start) = self.starts.get_mut(self.count % GRAMS_MAX) {
            *start = self.text.len();
        }
        self.text.push_str(part);
        self.count += 1;
        for n in range.shortest..=range.longest.min(self.count) {
            if let Some(gram) = self.text.get(self.start(self.count - n)..) {
                use_gram(gram);
            }
        }
    }

    fn push_char(&mut self, character: char, range: GramRange, use_gram: &mut impl FnMut(&str)) {
        self.push(character.encode_utf8(&mut [0; 4]), "", range, use_gram);
    }

    fn start(&self, part: usize) -> usize {
        self.starts.get(part % GRAMS_MAX).copied().unwrap_or_default()
    }

    /// Drops the parts that are in no n-gram to come.
    fn forget(&mut self, range: GramRange) {
        let kept = self.count.min(range.longest.saturating_sub(1));
        let start = if kept == 0 { self.text.len() } else { self.start(self.count - kept) };
        self.text.drain(..start);
        for place in &mut self.starts {
            *place = place.saturating_sub(start);
        }
    }
}

impl Analyzer {
    /// Lets `use_gram` have the n-grams of one piece of a document that goes on. Tokens that are `dropped` are skipped.
    pub(super) fn add(
        self,
        unicode: &Unicode,
        piece: &str,
        range: GramRange,
        window: &mut Window,
        dropped: impl Fn(&str) -> bool,
        mut use_gram: impl FnMut(&str),
    ) {
        match self {
            Analyzer::Word(pattern) if range.longest == 1 => pattern.for_each(unicode, piece, |token| {
                if !dropped(token) {
                    use_gram(token);
                }
            }),
            Analyzer::Word(pattern) => pattern.for_each(unicode, piece, |token| {
                if !dropped(token) {
                    window.push(token, " ", range, &mut use_gram);
                }
            }),
            Analyzer::Char => {
                for character in piece.chars() {
                    if is_space(character) {
                        window.space = Some(if window.space.is_some() { ' ' } else { character });
                        continue;
                    }
                    if let Some(space) = window.space.take() {
                        window.push_char(space, range, &mut use_gram);
                    }
                    window.push_char(character, range, &mut use_gram);
                }
            }
            Analyzer::CharWordBounds => {
                for character in piece.chars() {
                    if is_space(character) {
                        end_word(range, window, &mut use_gram);
                        continue;
                    }
                    if window.count == 0 {
                        window.push_char(' ', range, &mut use_gram);
                    }
                    window.push_char(character, range, &mut use_gram);
                }
            }
        }
    }

    /// The n-grams that were waiting for the document's end.
    pub(super) fn finish(self, range: GramRange, window: &mut Window, mut use_gram: impl FnMut(&str)) {
        match self {
            Analyzer::Word(_) => {}
            Analyzer::Char => {
                if let Some(space) = window.space.take() {
                    window.push_char(space, range, &mut use_gram);
                }
            }
            Analyzer::CharWordBounds => end_word(range, window, &mut use_gram),
        }
    }
}

/// The blank behind a word; a word that is shorter than every n is used whole.
fn end_word(range: GramRange, window: &mut Window, use_gram: &mut impl FnMut(&str)) {
    if window.count == 0 {
        return;
    }
    window.push_char(' ', range, use_gram);
    if window.count < range.shortest {
        use_gram(&window.text);
    }
    window.clear();
}

/// Bytes of the last parts that are kept before those are dropped that are of no use any more.
const TEXT_BYTES: usize = 64 << 10;
