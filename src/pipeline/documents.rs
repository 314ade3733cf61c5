//! Documents beside the numbers of rows: a cell of a text column is the index of one.

/// Texts one after the other, each with its index from 0.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Documents {
    text: String,
    /// Where each one ends in `text`.
    ends: Vec<usize>,
}

impl Documents {
    /// None at all.
    pub const NONE: Documents = Documents { text: String::new(), ends: Vec::new() };

    /// Appends a document, and gives the cell that stands for it.
    pub fn push(&mut self, document: &str) -> f64 {
        self.text.push_str(document);
        self.end()
    }

    /// Makes a document of what has been written to [`open`](Self::open) since the last one.
    pub fn end(&mut self) -> f64 {
        let index = self.ends.len();
        self.ends.push(self.text.len());
        index as f64
    }

    /// The text of the next document, which follows all others.
    pub fn open(&mut self) -> &mut String {
        &mut self.text
    }

    /// Takes back what has been written since the last document.
    pub fn discard(&mut self) {
        self.text.truncate(self.ends.last().copied().unwrap_or_default());
    }

    /// The document that a cell stands for.
    pub fn get(&self, cell: f64) -> Option<&str> {
        if !self.is_cell(cell) {
            return None;
        }
        let index = cell as usize;
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(index)?)
    }

    /// Whether a number stands for one of them.
    pub fn is_cell(&self, cell: f64) -> bool {
        cell >= 0.0 && cell < self.ends.len() as f64 && cell.fract() == 0.0
    }

    /// Whether one more of so many bytes needs no more memory.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.text.capacity() - self.text.len() >= bytes && self.ends.capacity() > self.ends.len()
    }

    /// Bytes of memory after [`grow`](Self::grow).
    pub fn grown_bytes(&self, bytes: usize) -> usize {
        let [text, ends] = self.grown(bytes);
        text.saturating_add(ends.saturating_mul(size_of::<usize>()))
    }

    /// Makes room for one more of so many bytes.
    pub fn grow(&mut self, bytes: usize) {
        let [text, ends] = self.grown(bytes);
        self.text.reserve_exact(text - self.text.len());
        self.ends.reserve_exact(ends - self.ends.len());
    }

    /// Room for texts and their ends: a quarter more than there was, where there is not enough.
    fn grown(&self, bytes: usize) -> [usize; 2] {
        let wanted = |len: usize, capacity: usize, more: usize, least: usize| match capacity - len >= more {
            true => capacity,
            false => len.saturating_add(more).max(capacity + capacity / 4).max(least),
        };
        [
            wanted(self.text.len(), self.text.capacity(), bytes, 1 << 10),
            wanted(self.ends.len(), self.ends.capacity(), 1, 16),
        ]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all texts together.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stands_for_its_document() {
        let mut documents = Documents::default();
        let cells = ["one", "", "zwei ß"].map(|text| documents.push(text));
        assert_eq!(cells, [0.0, 1.0, 2.0]);
        assert_eq!(cells.map(|cell| documents.get(cell)), [Some("one"), Some(""), Some("zwei ß")]);
        for cell in [3.0, -1.0, 0.5, f64::NAN, f64::INFINITY] {
            assert_eq!((documents.get(cell), documents.is_cell(cell)), (None, false), "{cell}");
        }
        assert_eq!((documents.len(), documents.bytes()), (3, 10));
        documents.clear();
        assert_eq!(documents, Documents::default());
    }
}
