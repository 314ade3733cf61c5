//! Connections by slot, with a generation: a stale token finds nothing instead of somebody else's connection.

/// Names one stay of a value in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    slot: u32,
    generation: u32,
}

impl Token {
    /// The token as the one number that the kernel carries.
    pub(super) fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    /// The token of such a number.
    pub(super) fn from_u64(number: u64) -> Token {
        Token { slot: number as u32, generation: (number >> 32) as u32 }
    }
}

/// Values in slots; a freed slot is used again under its next generation.
#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
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
        self.slots.push((0, Some(value)));
        Token { slot: (self.slots.len() - 1) as u32, generation: 0 }
    }

    pub(super) fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        match self.slots.get_mut(token.slot as usize) {
            Some((generation, value)) if *generation == token.generation => value.as_mut(),
            _ => None,
        }
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<T> {
        match self.slots.get_mut(token.slot as usize) {
            Some((generation, value)) if *generation == token.generation && value.is_some() => {
                *generation = generation.wrapping_add(1);
                self.free.push(token.slot);
                value.take()
            }
            _ => None,
        }
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
}
