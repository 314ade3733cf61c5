//! The words that a vectorizer knows, each with its column.
//!
//! One string holds all words in the order of their columns, one list their ends, and one table of open addressing leads from a hash
//! to a column: eight bytes a word and its letters.

use serde::{Deserialize, Serialize};

use super::key::HashKey;
use crate::pipeline::Error;

/// Words in the order of their columns, not checked yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WordList {
    /// All words one after the other.
    letters: String,
    /// The end of each word in `letters`.
    ends: Vec<u32>,
}

impl WordList {
    /// Appends a word; an empty one has a column that no document reaches.
    ///
    /// # Errors
    /// [`Error::Part`] for more letters than are numbered.
    pub fn push(&mut self, word: &str) -> Result<(), Error> {
        let end = u32::try_from(self.letters.len() + word.len());
        self.ends.push(end.map_err(|_| Error::part("vocabulary", "at most 4294967295 bytes", "more"))?);
        self.letters.push_str(word);
        Ok(())
    }

    /// Room for so many words with so many bytes together.
    pub fn with_capacity(words: usize, bytes: usize) -> WordList {
        WordList { letters: String::with_capacity(bytes), ends: Vec::with_capacity(words) }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The word of a column.
    pub fn word(&self, column: usize) -> Option<&str> {
        let start = column.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.letters.get(start as usize..*self.ends.get(column)? as usize)
    }

    /// All words in the order of their columns.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.word(column).unwrap_or_default())
    }

    /// The letters of the word of a column, where it is known that it has some.
    #[inline]
    fn bytes(&self, column: u32) -> &[u8] {
        let column = column as usize;
        let (Some(start), Some(end)) =
            (column.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before)), self.ends.get(column))
        else {
            return &[];
        };
        self.letters.as_bytes().get(*start as usize..*end as usize).unwrap_or_default()
    }
}

/// Words and the table that finds them; built only by [`Vocabulary::new`].
#[derive(Clone)]
pub struct Vocabulary {
    words: WordList,
    /// Columns, with the highest bits of their hash above them; a power of two of places, at most half of them taken.
    table: Vec<u32>,
    key: HashKey,
}

impl Vocabulary {
    /// Makes the table, without the words that are not to be found.
    ///
    /// # Errors
    /// [`Error::Part`] for too many words, ends that do not ascend or split a letter, and a word that stands in the list twice.
    pub fn new(words: WordList, is_passed_over: impl Fn(&[u8]) -> bool) -> Result<Vocabulary, Error> {
        if words.len() > WORDS_MAX {
            return Err(Error::part("vocabulary", format_args!("at most {WORDS_MAX} words"), words.len()));
        }
        let mut start = 0;
        for end in &words.ends {
            if words.letters.get(start..*end as usize).is_none() {
                return Err(Error::part("vocabulary", "words with ascending ends", "others"));
            }
            start = *end as usize;
        }
        if start != words.letters.len() {
            return Err(Error::part("vocabulary", format_args!("{start} bytes"), words.letters.len()));
        }
        let places = (words.len() * 2).next_power_of_two().max(2);
        let mut vocabulary = Vocabulary { words, table: vec![EMPTY; places], key: HashKey::of_process() };
        for column in 0..vocabulary.words.len() as u32 {
            if !is_passed_over(vocabulary.words.bytes(column)) {
                vocabulary.insert(column)?;
            }
        }
        Ok(vocabulary)
    }

    fn insert(&mut self, column: u32) -> Result<(), Error> {
        let word = self.words.bytes(column);
        if word.is_empty() {
            return Ok(());
        }
        let hash = self.key.hash(word);
        match self.find(hash, word) {
            Ok(known) => {
                let word = String::from_utf8_lossy(word);
                let shown: String = word.chars().take(SHOWN_MAX).collect();
                Err(Error::part("vocabulary", "different words", format_args!("`{shown}` at {known} and {column}")))
            }
            Err(place) => {
                if let Some(slot) = self.table.get_mut(place) {
                    *slot = tag(hash) | column;
                }
                Ok(())
            }
        }
    }

    /// The column of a word.
    #[inline(always)]
    pub fn get(&self, word: &[u8]) -> Option<u32> {
        self.find(self.key.hash(word), word).ok()
    }

    /// Whether a word is known.
    // a call, so that a vectorizer without stop words has nothing of it in its loop
    #[inline(never)]
    pub fn contains(&self, word: &[u8]) -> bool {
        self.get(word).is_some()
    }

    /// The column, or the empty place where the search ended.
    #[inline(always)]
    fn find(&self, hash: u64, word: &[u8]) -> Result<u32, usize> {
        let mask = self.table.len() - 1;
        let tag = tag(hash);
        let mut place = hash as usize & mask;
        // half of the places are empty, so the way is short
        loop {
            match self.table.get(place) {
                Some(slot) if *slot != EMPTY => {
                    if slot & !COLUMN == tag && are_equal(self.words.bytes(slot & COLUMN), word) {
                        return Ok(slot & COLUMN);
                    }
                }
                _ => return Err(place),
            }
            place = (place + 1) & mask;
        }
    }

    /// The words in the order of their columns.
    pub fn words(&self) -> &WordList {
        &self.words
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vocabulary of {} words", self.words.len())
    }
}

/// Whether words are equal, without a call for those of up to sixteen bytes.
#[inline]
fn are_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(first), Some(other), Some(last), Some(other_last)) => {
            first == other && last == other_last && (a.len() <= 16 || a == b)
        }
        _ => match (a.first_chunk::<4>(), b.first_chunk::<4>(), a.last_chunk::<4>(), b.last_chunk::<4>()) {
            (Some(first), Some(other), Some(last), Some(other_last)) => first == other && last == other_last,
            _ => a.iter().eq(b),
        },
    }
}

/// The highest bits of a hash, which the place does not depend on.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & !COLUMN
}

/// Bits of a column in the table.
const COLUMN: u32 = (1 << 22) - 1;

/// No word: no column is as high.
const EMPTY: u32 = u32::MAX;

/// Words of a vocabulary.
pub const WORDS_MAX: usize = COLUMN as usize;

/// Letters of a word in a message.
const SHOWN_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn list<'w>(words: impl IntoIterator<Item = &'w str>) -> WordList {
        let mut list = WordList::default();
        words.into_iter().for_each(|word| list.push(word).unwrap());
        list
    }

    #[test]
    fn each_word_has_its_column_and_others_have_none() {
        let words: Vec<String> = (0..5000).map(|number| format!("w{number}ß")).collect();
        let vocabulary = Vocabulary::new(list(words.iter().map(String::as_str)), |_| false).unwrap();
        for (column, word) in words.iter().enumerate() {
            assert_eq!(vocabulary.get(word.as_bytes()), Some(column as u32));
            assert_eq!(vocabulary.get(format!("{word}x").as_bytes()), None);
            assert_eq!(vocabulary.words().word(column), Some(word.as_str()));
        }
        assert_eq!(vocabulary.get(b""), None);
        assert!(vocabulary.words().iter().eq(&words));
        assert_eq!(Vocabulary::new(list([]), |_| false).unwrap().get(b"a"), None);
    }

    #[test]
    fn an_empty_word_keeps_its_column_and_is_never_found() {
        let vocabulary = Vocabulary::new(list(["a", "", "", "b", "c"]), |word| word == b"c").unwrap();
        let columns = [&b"a"[..], b"", b"b", b"c"].map(|word| vocabulary.get(word));
        assert_eq!(columns, [Some(0), None, Some(3), None]);
    }

    #[test]
    fn what_is_no_vocabulary_is_refused() {
        let refusal = |list| Vocabulary::new(list, |_| false).unwrap_err().to_string();
        assert_eq!(refusal(list(["a", "b", "a"])), "`vocabulary`: expected different words, found `a` at 0 and 2");
        let split = WordList { letters: "ß".to_owned(), ends: vec![1, 2] };
        assert_eq!(refusal(split), "`vocabulary`: expected words with ascending ends, found others");
        let behind = WordList { letters: "ab".to_owned(), ends: vec![3] };
        assert_eq!(refusal(behind), "`vocabulary`: expected words with ascending ends, found others");
        let rest = WordList { letters: "ab".to_owned(), ends: vec![1] };
        assert_eq!(refusal(rest), "`vocabulary`: expected 1 bytes, found 2");
        let many = WordList { letters: String::new(), ends: vec![0; WORDS_MAX + 1] };
        assert_eq!(refusal(many), "`vocabulary`: expected at most 4194303 words, found 4194304");
    }
}
