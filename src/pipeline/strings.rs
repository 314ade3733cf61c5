//! Sorted texts in one piece of memory, found by their hash.

use super::text::key::HashKey;

/// Different texts in ascending order of their code points, each with its place from 0.
pub(super) struct Strings {
    /// All texts one after the other.
    text: String,
    /// The end of each in `text`.
    ends: Vec<usize>,
    /// A hash table with open addressing: places plus 1, and 0 where none is. A power of two, at least twice the texts.
    slots: Vec<u32>,
    /// So that no file can choose texts that collide.
    key: HashKey,
}

impl Strings {
    /// `texts`: ascending, all different, fewer than 2^31.
    pub(super) fn new(texts: impl Iterator<Item = String>) -> Strings {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for one in texts {
            text.push_str(&one);
            ends.push(text.len());
        }
        text.shrink_to_fit();
        ends.shrink_to_fit();
        let slots = if ends.is_empty() { Vec::new() } else { vec![0; (ends.len() * 2).next_power_of_two()] };
        let mut strings = Strings { text, ends, slots, key: HashKey::of_process() };
        for place in 0..strings.len() {
            let number = u32::try_from(place + 1).unwrap_or_default();
            let free = strings.get(place).and_then(|text| strings.way(text).find(|slot| strings.slot(*slot) == 0));
            if let Some(slot) = free.and_then(|slot| strings.slots.get_mut(slot)) {
                *slot = number;
            }
        }
        strings
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at a place.
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.text.get(start..end)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Where a text is.
    pub(super) fn position(&self, text: &str) -> Option<usize> {
        for slot in self.way(text) {
            // a free slot ends the way of all texts that would have gone on
            let place = usize::try_from(self.slot(slot)).ok()?.checked_sub(1)?;
            if self.get(place) == Some(text) {
                return Some(place);
            }
        }
        None
    }

    /// The slots in which a text may be, the first one first.
    fn way(&self, text: &str) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().wrapping_sub(1);
        // the low bits of a hash are as good as any
        let first = if self.slots.is_empty() { 0 } else { self.key.hash(text.as_bytes()) as usize };
        (0..self.slots.len()).map(move |step| first.wrapping_add(step) & mask)
    }

    fn slot(&self, slot: usize) -> u32 {
        self.slots.get(slot).copied().unwrap_or_default()
    }
}

impl Default for Strings {
    fn default() -> Strings {
        Strings::new(std::iter::empty())
    }
}

impl std::fmt::Debug for Strings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Strings {
    fn eq(&self, other: &Strings) -> bool {
        self.text == other.text && self.ends == other.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_where_it_is_and_no_other() {
        for count in [0, 1, 2, 3, 100] {
            let texts: Vec<String> = (0..count).map(|number| "x".repeat(number)).collect();
            let strings = Strings::new(texts.iter().cloned());
            assert_eq!((strings.len(), strings.is_empty()), (count, count == 0));
            assert!(strings.iter().eq(&texts));
            for (place, text) in texts.iter().enumerate() {
                assert_eq!((strings.position(text), strings.get(place)), (Some(place), Some(text.as_str())));
            }
            assert_eq!((strings.position(&"x".repeat(count)), strings.position("y")), (None, None));
            assert_eq!(strings.get(count), None);
        }
    }

    #[test]
    fn the_same_texts_are_equal_wherever_they_are_cut() {
        let of = |texts: &[&str]| Strings::new(texts.iter().map(|text| (*text).to_owned()));
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_eq!(Strings::default(), of(&[]));
    }
}
