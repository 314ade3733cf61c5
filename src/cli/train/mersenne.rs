//! NumPy's `RandomState`, so that a seed draws the same rows as in scikit-learn.
// Places in the state are taken modulo its length; places in a permutation are below its length.
#![allow(clippy::indexing_slicing)]

/// The Mersenne Twister MT19937.
///
/// # Source
/// Matsumoto and Nishimura (1998); NumPy, `mt19937_seed` and the legacy `permutation` and `choice`.
pub(super) struct RandomState {
    state: [u32; STATE_WORDS],
    next: usize,
}

impl RandomState {
    /// `RandomState(seed)`
    pub fn new(seed: u32) -> RandomState {
        let mut state = [0; STATE_WORDS];
        let mut word = seed;
        for (place, slot) in (1_u32..).zip(&mut state) {
            *slot = word;
            word = (word ^ (word >> 30)).wrapping_mul(1_812_433_253).wrapping_add(place);
        }
        RandomState { state, next: STATE_WORDS }
    }

    /// `permutation(count)`
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        self.shuffle(&mut order);
        order
    }

    /// `permutation(values)`
    pub fn shuffle(&mut self, values: &mut [usize]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.up_to(last));
        }
    }

    /// A whole number from 0 to `max`, both included; at most 2^32 - 1.
    fn up_to(&mut self, max: usize) -> usize {
        let mask = usize::MAX.checked_shr(max.leading_zeros()).unwrap_or_default();
        loop {
            let value = self.next_word() as usize & mask;
            if value <= max {
                return value;
            }
        }
    }

    fn next_word(&mut self) -> u32 {
        if self.next == STATE_WORDS {
            self.refill();
        }
        let word = self.state[self.next];
        self.next += 1;
        let word = word ^ (word >> 11);
        let word = word ^ (word << 7 & 0x9d2c_5680);
        let word = word ^ (word << 15 & 0xefc6_0000);
        word ^ (word >> 18)
    }

    fn refill(&mut self) {
        for place in 0..STATE_WORDS {
            let high = self.state[place] & 0x8000_0000;
            let low = self.state[(place + 1) % STATE_WORDS] & 0x7fff_ffff;
            let word = high | low;
            let twist = if word % 2 == 1 { 0x9908_b0df } else { 0 };
            self.state[place] = self.state[(place + SHIFT_WORDS) % STATE_WORDS] ^ (word >> 1) ^ twist;
        }
        self.next = 0;
    }
}

const STATE_WORDS: usize = 624;
const SHIFT_WORDS: usize = 397;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_permutation_of_numpy() {
        // numpy.random.RandomState(0).permutation(10), and the same of 42
        assert_eq!(RandomState::new(0).permutation(10), [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]);
        assert_eq!(RandomState::new(42).permutation(10), [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
        assert_eq!(RandomState::new(1).permutation(0), [0; 0]);
        let mut order = RandomState::new(7).permutation(5_000);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..5_000));
    }
}
