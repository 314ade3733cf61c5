//! Answers of one turn of an event loop, in order. Large content is moved here and not copied; it always comes last.

use super::charged::Charged;
use super::memory::shrink;

/// Content from this size on is moved. While that much is unsent, a connection makes no further answers.
pub(super) const LARGE_CONTENT_BYTES: usize = 64 << 10;

/// Bytes to send, then a large content.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pub(super) bytes: Vec<u8>,
    pub(super) large: Charged<u8>,
}

impl Outgoing {
    /// Bytes to send in all.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.large.len()
    }

    /// Appends what `write` appends, with room for `count` bytes.
    pub(super) fn append(&mut self, count: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let out = match self.large.is_empty() {
            true => &mut self.bytes,
            // Behind a large content comes nothing but the refusal of the next request.
            false => self.large.uncharged(),
        };
        out.reserve(count);
        write(out);
    }

    /// Appends a content; what is left of it is an empty buffer.
    pub(super) fn push_content(&mut self, content: &mut Charged<u8>) {
        if content.len() >= LARGE_CONTENT_BYTES && self.large.is_empty() {
            self.large = content.take();
        } else {
            self.append(content.len(), |out| out.extend_from_slice(content));
            content.clear();
        }
    }

    /// Empty again; keeps at most `bytes_max` bytes of memory.
    pub(super) fn clear(&mut self, bytes_max: usize) {
        self.bytes.clear();
        if self.bytes.capacity() > bytes_max {
            shrink(&mut self.bytes);
            self.bytes = Vec::new();
        }
        self.large.trim_used();
    }
}
