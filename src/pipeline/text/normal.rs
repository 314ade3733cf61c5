//! A document as its tokens are looked for: in lower case, without accents, piece by piece.
//!
//! A piece ends after a blank, which is in no token and which no rule looks across, so that neither a long document nor one whose
//! letters become many takes much memory.

use serde::{Deserialize, Serialize};

use super::accents::Accents;
use super::unicode::Unicode;

/// What is done to a document before it is cut into tokens: scikit-learn's `lowercase`, then `strip_accents`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Normal {
    /// Whether letters become small: Python's `str.lower`.
    pub lowercase: bool,
    /// Whether accents are taken off, and how.
    pub strip_accents: Option<Accents>,
}

impl Normal {
    /// Lets `use_piece` have one piece of the document after the other, each but the last with a blank at its end.
    pub(super) fn for_each_piece(
        self,
        unicode: &Unicode,
        document: &str,
        buffer: &mut String,
        mut use_piece: impl FnMut(&str),
    ) {
        if !self.lowercase && (self.strip_accents.is_none() || document.is_ascii()) {
            use_piece(document);
            return;
        }
        let mut rest = document;
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at(chunk_end(rest));
            rest = behind;
            buffer.clear();
            if chunk.is_ascii() {
                buffer.push_str(chunk);
                buffer.make_ascii_lowercase();
                use_piece(buffer);
                continue;
            }
            self.push_chunk(unicode, chunk, buffer, &mut use_piece);
            use_piece(buffer);
        }
    }

    /// Appends the normal form of a chunk; what becomes long is used on the way.
    fn push_chunk(self, unicode: &Unicode, chunk: &str, buffer: &mut String, use_piece: &mut impl FnMut(&str)) {
        // whether a sigma is the last letter of its word depends on its neighbours
        let lowered = (self.lowercase && chunk.contains('Σ')).then(|| chunk.to_lowercase());
        let is_lowered = lowered.is_some();
        for character in lowered.as_deref().unwrap_or(chunk).chars() {
            if buffer.len() >= PIECE_BYTES && is_blank(buffer.as_bytes().last()) {
                use_piece(buffer);
                buffer.clear();
            }
            match self.strip_accents {
                _ if self.lowercase && !is_lowered => {
                    character.to_lowercase().for_each(|small| self.push(unicode, small, buffer));
                }
                _ => self.push(unicode, character, buffer),
            }
        }
    }

    fn push(self, unicode: &Unicode, character: char, buffer: &mut String) {
        match self.strip_accents {
            Some(accents) => accents.push(unicode, character, buffer),
            None => buffer.push(character),
        }
    }
}

/// The end of a chunk of about [`PIECE_BYTES`], behind a blank, or of all.
fn chunk_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let Some((first, rest)) = bytes.split_at_checked(PIECE_BYTES) else {
        return bytes.len();
    };
    if let Some(last) = first.iter().rposition(|byte| is_blank(Some(byte))) {
        return last + 1;
    }
    rest.iter().position(|byte| is_blank(Some(byte))).map_or(bytes.len(), |place| PIECE_BYTES + place + 1)
}

/// Whether a byte is a blank: no letter, no mark, and the one kind of white space that no token may hold.
fn is_blank(byte: Option<&u8>) -> bool {
    byte == Some(&b' ')
}

/// Bytes of a piece, as far as there are blanks to end it.
const PIECE_BYTES: usize = 64 << 10;
