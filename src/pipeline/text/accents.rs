//! `strip_accents`: each character by itself becomes what it is without its marks.

use serde::{Deserialize, Serialize};

use super::unicode::{Unicode, jamo};

/// scikit-learn's ways to take accents off.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accents {
    /// `'ascii'`: what NFKD makes of a character, as far as it is ASCII.
    Ascii,
    /// `'unicode'`: what NFKD makes of a character, without combining ones.
    Unicode,
}

impl Accents {
    /// Appends a character without its accents.
    pub(super) fn push(self, unicode: &Unicode, character: char, out: &mut String) {
        if character.is_ascii() {
            out.push(character);
            return;
        }
        match (self, unicode.without_marks(character)) {
            (Self::Unicode, Some(replacement)) => out.push_str(replacement),
            (Self::Unicode, None) => match jamo(character) {
                Some(letters) => out.extend(letters),
                None => out.push(character),
            },
            // the letters of Hangul are no ASCII either
            (Self::Ascii, replacement) => out.extend(replacement.unwrap_or_default().chars().filter(char::is_ascii)),
        }
    }
}
