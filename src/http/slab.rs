//! Connections by slot, with a generation: a stale token finds nothing instead of somebody else's connection.

/// Identifies one stay of a value in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    slot: u32,
    generation: u32,
}

impl Token {
    /// The token as the number that the kernel keeps for us.
    pub(super) fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    /// The token for such a number.
    pub(super) fn from_u64(number: u64) -> Token {
        Token { slot: number as u32, generation: (number >> 32) as u32 }
    }
}

/// Trailing free slots are given up from this number on; fewer are worth keeping.
const FREE_MAX: usize = 256;

/// Values in slots; a freed slot is used again under its next generation.
#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
    /// The generation of a new slot; no slot that was given up had a higher one.
    generation: u32,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new(), generation: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn insert(&mut self, value: T) -> Token {
        if let Some(slot) = self.free.pop()
            && let Some((generation, place)) = self.slots.get_mut(slot as usize)
        {
            *place = Some(value);
            return Token { slot, generation: *generation };
        }
        self.slots.push((self.generation, Some(value)));
        Token { slot: (self.slots.len() - 1) as u32, generation: self.generation }
    }

    pub(super) fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        self.slot(token)?.1.as_mut()
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<T> {
        let (generation, value) = self.slot(token)?;
        let value = value.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(token.slot);
        Some(value)
    }

    fn slot(&mut self, token: Token) -> Option<&mut (u32, Option<T>)> {
        self.slots.get_mut(token.slot as usize).filter(|(generation, _)| *generation == token.generation)
    }

    /// Gives up the free slots at the end and their memory, if there are many.
    pub(super) fn trim(&mut self) {
        let used = self.slots.iter().rposition(|(_, value)| value.is_some()).map_or(0, |last| last + 1);
        if self.slots.len() - used < FREE_MAX {
            return;
        }
        let generations = self.slots.drain(used..).map(|(generation, _)| generation);
        self.generation = generations.fold(self.generation, u32::max);
        self.slots.shrink_to_fit();
        self.free.retain(|slot| (*slot as usize) < used);
        self.free.shrink_to_fit();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Token, &T)> {
        self.slots.iter().zip(0..).filter_map(|((generation, value), slot)| {
            value.as_ref().map(|value| (Token { slot, generation: *generation }, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_token_finds_nothing() {
        let mut slab = Slab::new();
        let first = slab.insert('a');
        assert_eq!(slab.remove(first), Some('a'));
        let second = slab.insert('b');
        assert_eq!(Token::from_u64(second.to_u64()), second);
        assert_eq!(slab.get_mut(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get_mut(second), Some(&mut 'b'));
        assert_eq!(slab.len(), 1);
    }

    #[test]
    fn a_trimmed_slab_holds_what_it_held_and_stale_tokens_find_nothing() {
        let mut slab = Slab::new();
        let tokens: Vec<Token> = (0..1_000).map(|number| slab.insert(number)).collect();
        let (gone, kept): (Vec<Token>, Vec<Token>) =
            tokens.into_iter().partition(|token| !matches!(token.slot, 3 | 500));
        gone.iter().for_each(|token| assert!(slab.remove(*token).is_some()));
        slab.trim();
        assert_eq!((slab.slots.len(), slab.len()), (501, 2));
        let new: Vec<Token> = (0..1_000).map(|number| slab.insert(number)).collect();
        assert_eq!((slab.slots.len(), slab.len()), (1_002, 1_002));
        assert!(gone.iter().all(|token| slab.get_mut(*token).is_none()));
        assert_eq!(kept.iter().map(|token| slab.remove(*token)).collect::<Vec<_>>(), [Some(3), Some(500)]);
        assert!(new.iter().all(|token| slab.remove(*token).is_some()));
        slab.trim();
        assert_eq!((slab.slots.capacity(), slab.free.capacity(), slab.len()), (0, 0, 0));
        assert!(gone.iter().chain(&new).all(|token| slab.get_mut(*token).is_none()));
    }
}
