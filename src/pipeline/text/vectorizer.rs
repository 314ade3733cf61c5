//! A document becomes counts in the columns of its words, or weights: scikit-learn's `CountVectorizer`, `TfidfVectorizer` and
//! `HashingVectorizer`.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::analyzer::{Analyzer, GRAMS_MAX, GramRange, Window};
use super::counts::Counts;
use super::murmur::murmur3;
use super::normal::Normal;
use super::unicode::Unicode;
use super::vocabulary::{Vocabulary, WordList};
use super::weights::Weights;
use crate::pipeline::Error;
use crate::svc::SparseBuffer;

/// A fitted vectorizer; built only by [`Vectorizer::new`], so its parts agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectorizer {
    normal: Normal,
    analyzer: Analyzer,
    stop_words: Vocabulary,
    grams: GramRange,
    /// Those n-grams that can have a column.
    sought: GramRange,
    word_finder: WordFinder,
    binary: bool,
    weights: Option<Weights>,
    unicode: &'static Unicode,
}

#[derive(Debug, Clone, PartialEq)]
enum WordFinder {
    Vocabulary(Vocabulary),
    Hashed { n_features: u32, alternate_sign: bool },
}

/// All that it consists of, not checked yet.
// Serialised as it stands: the order of fields is the layout of stored models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorizerParts<'a> {
    /// What is done to a document first.
    pub normal: Normal,
    /// What n-grams are made of.
    pub analyzer: Analyzer,
    /// Tokens that are skipped; only for the analyzer `Word`.
    pub stop_words: Cow<'a, WordList>,
    /// `ngram_range`
    pub grams: GramRange,
    /// Which column an n-gram has.
    pub word_columns: WordColumns<'a>,
    /// Whether a column counts once however often it is found.
    pub binary: bool,
    /// What is made of the counts; nothing by a `CountVectorizer`.
    pub weights: Option<Cow<'a, Weights>>,
}

/// Which column an n-gram has.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WordColumns<'a> {
    /// Its place in this list; none where it is not in it.
    Vocabulary(Cow<'a, WordList>),
    /// Its hash: `HashingVectorizer`.
    Hashed {
        /// Columns, from 1 to 2^31 - 1.
        n_features: u32,
        /// Whether half of the hashes count below zero.
        alternate_sign: bool,
    },
}

/// Buffers that are used again from document to document; any vectorizer may use any of them.
#[derive(Debug, Default)]
pub struct TextBuffers {
    normal: String,
    window: Window,
    counts: Counts,
}

impl TextBuffers {
    /// Gives back the memory of an unusually long document.
    fn trim(&mut self) {
        if self.normal.capacity() > KEPT_BYTES {
            self.normal = String::new();
        }
        self.window.trim(KEPT_BYTES);
        self.counts.trim(KEPT_BYTES);
    }
}

/// Bytes that each buffer keeps from document to document: a little more than a piece of one takes.
const KEPT_BYTES: usize = 256 << 10;

impl Vectorizer {
    /// Builds it from parts that fit together.
    ///
    /// # Errors
    /// [`Error::Part`] of the vocabulary, the range of n-grams, or the count of columns.
    pub fn new(parts: VectorizerParts<'_>) -> Result<Vectorizer, Error> {
        let VectorizerParts { normal, analyzer, stop_words, grams, word_columns, binary, weights } = parts;
        let unicode =
            Unicode::get().ok_or_else(|| Error::part("unicode", "the program's own tables", "damaged ones"))?;
        let GramRange { shortest, longest } = grams;
        if !(1..=longest).contains(&shortest) || longest > GRAMS_MAX {
            let expected = format_args!("two ascending numbers from 1 to {GRAMS_MAX}");
            return Err(Error::part("ngram_range", expected, format_args!("({shortest}, {longest})")));
        }
        let stop_words = Vocabulary::new(stop_words.into_owned(), |_| false)?;
        let (word_finder, longest_sought) = match word_columns {
            WordColumns::Vocabulary(words) if words.is_empty() => {
                return Err(Error::part("vocabulary", "at least 1 word", 0));
            }
            WordColumns::Vocabulary(words) => {
                let longest_sought = longest.min(longest_word(analyzer, &words));
                // where tokens are looked up one by one, a word that is passed over need not be looked for twice
                let is_passed_over = |word: &[u8]| longest_sought == 1 && stop_words.contains(word);
                let vocabulary = Vocabulary::new(words.into_owned(), is_passed_over)?;
                (WordFinder::Vocabulary(vocabulary), longest_sought)
            }
            WordColumns::Hashed { n_features, .. } if !(1..1 << 31).contains(&n_features) => {
                return Err(Error::part("n_features", "1 to 2147483647", n_features));
            }
            WordColumns::Hashed { n_features, alternate_sign } => {
                (WordFinder::Hashed { n_features, alternate_sign }, longest)
            }
        };
        let sought = GramRange { shortest, longest: longest_sought };
        let weights = weights.map(Cow::into_owned);
        let vectorizer =
            Vectorizer { normal, analyzer, stop_words, grams, sought, word_finder, binary, weights, unicode };
        if let Some(weights) = &vectorizer.weights {
            weights.check_width(vectorizer.n_columns())?;
        }
        Ok(vectorizer)
    }

    /// What it was built from.
    pub fn parts(&self) -> VectorizerParts<'_> {
        VectorizerParts {
            normal: self.normal,
            analyzer: self.analyzer,
            stop_words: Cow::Borrowed(self.stop_words.words()),
            grams: self.grams,
            word_columns: match &self.word_finder {
                WordFinder::Vocabulary(vocabulary) => WordColumns::Vocabulary(Cow::Borrowed(vocabulary.words())),
                &WordFinder::Hashed { n_features, alternate_sign } => {
                    WordColumns::Hashed { n_features, alternate_sign }
                }
            },
            binary: self.binary,
            weights: self.weights.as_ref().map(Cow::Borrowed),
        }
    }

    /// scikit-learn's class name.
    pub fn class(&self) -> &'static str {
        match (&self.word_finder, &self.weights) {
            (WordFinder::Hashed { .. }, _) => "HashingVectorizer",
            (_, None) => "CountVectorizer",
            (_, Some(_)) => "TfidfVectorizer",
        }
    }

    /// Columns of a row.
    pub fn n_columns(&self) -> usize {
        match &self.word_finder {
            WordFinder::Vocabulary(vocabulary) => vocabulary.words().len(),
            WordFinder::Hashed { n_features, .. } => *n_features as usize,
        }
    }

    /// Words that it knows; none where columns are hashes.
    pub fn vocabulary(&self) -> Option<&WordList> {
        match &self.word_finder {
            WordFinder::Vocabulary(vocabulary) => Some(vocabulary.words()),
            WordFinder::Hashed { .. } => None,
        }
    }

    /// Overwrites `row` with what a document becomes, in the order in which scikit-learn has it.
    pub fn transform(&self, document: &str, buffers: &mut TextBuffers, row: &mut SparseBuffer) {
        self.count(document, buffers, row);
        if let Some(weights) = &self.weights {
            weights.weigh(row);
        }
    }

    /// Overwrites `row` with the counts of a document, columns ascending.
    ///
    /// # Source
    /// scikit-learn, `CountVectorizer._count_vocab`, `FeatureHasher.transform`.
    pub(super) fn count(&self, document: &str, buffers: &mut TextBuffers, row: &mut SparseBuffer) {
        buffers.counts.clear();
        match &self.word_finder {
            WordFinder::Vocabulary(vocabulary) => self.for_each_gram(document, buffers, |gram, counts| {
                if let Some(column) = vocabulary.get(gram.as_bytes()) {
                    counts.add(column, false);
                }
            }),
            &WordFinder::Hashed { n_features, alternate_sign } => {
                self.for_each_gram(document, buffers, |gram, counts| {
                    let hash = murmur3(gram.as_bytes());
                    counts.add(hash.unsigned_abs() % n_features, alternate_sign && hash < 0);
                });
            }
        }
        buffers.counts.finish(self.binary, row);
        buffers.trim();
    }

    /// Lets `use_gram` have one n-gram after the other.
    #[inline]
    pub(super) fn for_each_gram(
        &self,
        document: &str,
        buffers: &mut TextBuffers,
        mut use_gram: impl FnMut(&str, &mut Counts),
    ) {
        let TextBuffers { normal, window, counts } = buffers;
        let drops = self.drops();
        window.clear();
        self.normal.for_each_piece(self.unicode, document, normal, |piece| {
            let is_dropped = |token: &str| drops && self.stop_words.contains(token.as_bytes());
            let use_gram = |gram: &str| use_gram(gram, counts);
            self.analyzer.add(self.unicode, piece, self.sought, window, is_dropped, use_gram);
        });
        self.analyzer.finish(self.sought, window, |gram| use_gram(gram, counts));
    }

    /// Whether tokens have to be looked for among the stop words.
    fn drops(&self) -> bool {
        let is_left_out_already = self.sought.longest == 1 && matches!(self.word_finder, WordFinder::Vocabulary(_));
        !self.stop_words.words().is_empty() && !is_left_out_already
    }
}

/// The n of the longest n-gram that a list of words can hold.
fn longest_word(analyzer: Analyzer, words: &WordList) -> usize {
    let parts = |word: &str| match analyzer {
        // no token has a blank in it
        Analyzer::Word(_) => word.bytes().filter(|byte| *byte == b' ').count() + 1,
        Analyzer::Char | Analyzer::CharWordBounds => word.chars().count(),
    };
    words.iter().map(parts).max().unwrap_or_default().max(1)
}

impl Serialize for Vectorizer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parts().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Vectorizer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vectorizer::new(VectorizerParts::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
