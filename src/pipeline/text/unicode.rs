//! Which code points are letters, digits and white space to Python, and what its strippers of accents make of each.
//!
//! `unicode.bin` is zlib over whole numbers in LEB128: see `scripts/make_text_tables.py`, which makes it from CPython 3.11.

use std::sync::OnceLock;

use crate::inflate::{Compression, Inflater};

/// The tables, unpacked.
pub(super) struct Unicode {
    /// `\w` but for the underscore: letters and numbers, no marks.
    word: CodePoints,
    /// `\d`: decimal digits.
    digit: CodePoints,
    /// Where the replacements of each page of 256 code points begin, and their end.
    pages: Vec<u16>,
    /// Low bytes of code points that are replaced, ascending in a page; each with the end of its replacement.
    replaced: Vec<(u8, u16)>,
    /// The replacements one after the other.
    replacements: String,
}

impl Unicode {
    /// The tables, unpacked once for the process; none where the bytes in the program are not what they were.
    pub(super) fn get() -> Option<&'static Unicode> {
        static UNICODE: OnceLock<Option<Unicode>> = OnceLock::new();
        UNICODE.get_or_init(|| read(&inflate(PACKED)?)).as_ref()
    }

    /// Whether a character is `\w`.
    pub(super) fn is_word(&self, character: char) -> bool {
        if character.is_ascii() {
            return character.is_ascii_alphanumeric() || character == '_';
        }
        self.word.contains(character)
    }

    /// Whether a character is `\d`.
    pub(super) fn is_digit(&self, character: char) -> bool {
        if character.is_ascii() { character.is_ascii_digit() } else { self.digit.contains(character) }
    }

    /// What a character is without its marks: NFKD without characters of another combining class than 0; none where it stays.
    pub(super) fn without_marks(&self, character: char) -> Option<&str> {
        let (page, low) = page_of(character);
        let starts = self.pages.get(page..)?;
        let [start, end, ..] = *starts else { return None };
        let entries = self.replaced.get(usize::from(start)..usize::from(end))?;
        let place = usize::from(start) + entries.binary_search_by_key(&low, |(code, _)| *code).ok()?;
        let from = place.checked_sub(1).and_then(|before| self.replaced.get(before)).map_or(0, |(_, end)| *end);
        self.replacements.get(usize::from(from)..usize::from(self.replaced.get(place)?.1))
    }
}

impl PartialEq for Unicode {
    /// There is one set of tables.
    fn eq(&self, _: &Unicode) -> bool {
        true
    }
}

impl std::fmt::Debug for Unicode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unicode")
    }
}

/// Whether a character is `\s`, and what `str.split` splits at.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// The letters of a Hangul syllable, which are its parts without accents.
///
/// # Source
/// The Unicode Standard, section 3.12, Hangul syllable decomposition.
pub(super) fn jamo(character: char) -> Option<impl Iterator<Item = char>> {
    let syllable = u32::from(character).checked_sub(0xac00).filter(|syllable| *syllable < 19 * 21 * 28)?;
    let last = (!syllable.is_multiple_of(28)).then_some(0x11a7 + syllable % 28);
    let first = [0x1100 + syllable / (21 * 28), 0x1161 + syllable / 28 % 21];
    Some(first.into_iter().chain(last).filter_map(char::from_u32))
}

/// Code points, a bit for each in blocks of 256, equal blocks once.
#[derive(Default)]
struct CodePoints {
    /// The block of each page of 256 code points.
    pages: Vec<u8>,
    blocks: Vec<[u64; 4]>,
}

impl CodePoints {
    fn contains(&self, character: char) -> bool {
        let (page, low) = page_of(character);
        let block = self.pages.get(page).and_then(|block| self.blocks.get(usize::from(*block)));
        let word = block.and_then(|block| block.get(usize::from(low) / 64));
        word.is_some_and(|word| word >> (low % 64) & 1 == 1)
    }

    /// Reads (gap, length) of each range.
    fn read(numbers: &mut impl Iterator<Item = u32>) -> Option<CodePoints> {
        let mut all = vec![[0_u64; 4]; PAGES];
        let mut end = 0;
        for _ in 0..numbers.next()? {
            let start = end + numbers.next()?;
            end = start + numbers.next()?;
            for code in start..end {
                let block = all.get_mut(code as usize / 256)?;
                *block.get_mut(code as usize % 256 / 64)? |= 1 << (code % 64);
            }
        }
        let mut set = CodePoints::default();
        for block in all {
            let known = set.blocks.iter().position(|known| *known == block);
            let place = known.unwrap_or(set.blocks.len());
            if known.is_none() {
                set.blocks.push(block);
            }
            set.pages.push(u8::try_from(place).ok()?);
        }
        Some(set)
    }
}

fn page_of(character: char) -> (usize, u8) {
    let [low, ..] = u32::from(character).to_le_bytes();
    (u32::from(character) as usize / 256, low)
}

fn read(bytes: &[u8]) -> Option<Unicode> {
    let mut numbers = Leb128(bytes);
    let (word, digit) = (CodePoints::read(&mut numbers)?, CodePoints::read(&mut numbers)?);
    let count = numbers.next()? as usize;
    let codes: Vec<u32> = numbers.by_ref().take(count).collect();
    let lengths: Vec<u32> = numbers.by_ref().take(count).collect();
    let (mut code, mut pages, mut replaced, mut replacements) = (0, Vec::new(), Vec::new(), String::new());
    let mut first = 0;
    for (gap, length) in codes.iter().zip(&lengths) {
        code += gap;
        pages.resize(pages.len().max(code as usize / 256 + 1), u16::try_from(replaced.len()).ok()?);
        let mut last = first;
        for place in 0..*length {
            let difference = numbers.next()?;
            let half = i32::try_from(difference / 2).ok()?;
            last += if difference.is_multiple_of(2) { half } else { -half - 1 };
            first = if place == 0 { last } else { first };
            replacements.push(u32::try_from(last).ok().and_then(char::from_u32)?);
        }
        let [low, ..] = code.to_le_bytes();
        replaced.push((low, u16::try_from(replacements.len()).ok()?));
    }
    pages.resize(PAGES + 1, u16::try_from(replaced.len()).ok()?);
    (replaced.len() == count && numbers.0.is_empty()).then_some(Unicode { word, digit, pages, replaced, replacements })
}

/// Whole numbers, the lowest seven bits first.
struct Leb128<'a>(&'a [u8]);

impl Iterator for Leb128<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let count = self.0.iter().position(|byte| *byte < 0x80)? + 1;
        let (number, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        number.iter().rev().try_fold(0_u32, |value, byte| Some(value.checked_mul(128)? | u32::from(byte & 0x7f)))
    }
}

fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let (mut inflater, mut input, mut bytes) = (Inflater::new(Compression::Zlib), packed, Vec::new());
    loop {
        let piece = inflater.step(&mut input).ok()?;
        if piece.is_empty() {
            return inflater.finish().is_ok().then_some(bytes);
        }
        bytes.extend_from_slice(piece);
    }
}

/// Pages of 256 code points.
const PAGES: usize = 0x11_0000 / 256;

const PACKED: &[u8] = include_bytes!("unicode.bin");
