//! scikit-learn's text vectorizers: a document becomes a sparse row.
//!
//! ```text
//! document -> normal (lower case, accents) -> analyzer (tokens, n-grams) -> vocabulary or murmur (columns) -> counts -> weights
//! ```
//!
//! In: a document as UTF-8. Out: columns and values in scikit-learn's own order, in buffers that are used again: nothing is
//! allocated for a token. Refused when it is built: a vocabulary that does not number its words from 0, n-grams of none or too
//! many parts, weights of another length.
//!
//! The rules are those of CPython 3.11 (Unicode 14.0), from tables that `scripts/make_text_tables.py` makes, but for two: letters in lower
//! case are Rust's (Unicode 17.0), which differ at 55 code points that Python 3.11 does not know: U+1C89, U+A7CB, U+A7CC, U+A7CE,
//! U+A7D2, U+A7D4, U+A7DA, U+A7DC, U+10D50 to U+10D65 and U+16EA0 to U+16EB8; and a final sigma next to one of 307 such letters and signs.

mod accents;
mod analyzer;
mod counts;
pub(super) mod key;
mod murmur;
mod normal;
mod pattern;
#[cfg(test)]
mod tests;
mod unicode;
mod vectorizer;
mod vocabulary;
mod weights;

pub use accents::Accents;
pub use analyzer::{Analyzer, GRAMS_MAX, GramRange};
pub use normal::Normal;
pub use pattern::{Characters, TokenPattern, UnknownPattern};
pub use vectorizer::{TextBuffers, Vectorizer, VectorizerParts, WordColumns};
pub use vocabulary::{Vocabulary, WORDS_MAX, WordList};
pub use weights::{WeightNorm, Weights};

/// scikit-learn's `ENGLISH_STOP_WORDS`, a word a line.
pub const ENGLISH_STOP_WORDS: &str = include_str!("english.txt");
