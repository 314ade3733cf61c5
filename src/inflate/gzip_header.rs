//! The header of a gzip member, byte by byte (RFC 1952 section 2.3).

/// Where in the header we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GzipHeader {
    flags: u8,
    field: Field,
}

/// The next byte belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// The ten bytes that each header has; how many have been read.
    Fixed(usize),
    ExtraLength,
    /// The low byte of the length has been read.
    ExtraLengthHigh(u8),
    /// So many bytes of it are left.
    Extra(u16),
    Name,
    Comment,
    /// So many bytes of it are left.
    Checksum(u8),
    /// Nothing is left.
    End,
}

impl GzipHeader {
    pub(super) const START: GzipHeader = GzipHeader { flags: 0, field: Field::Fixed(0) };

    /// Whether no byte has been read.
    pub(super) fn is_start(self) -> bool {
        self == GzipHeader::START
    }

    /// Takes the header, or its next part, off the start of `input`. Returns whether it is complete; `None` if it is not a
    /// header.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Option<bool> {
        while self.field != Field::End {
            let Some((byte, rest)) = input.split_first() else { return Some(false) };
            self.field = self.after(*byte)?;
            *input = rest;
        }
        Some(true)
    }

    fn after(&mut self, byte: u8) -> Option<Field> {
        let field = match self.field {
            Field::Fixed(index) => {
                if START.get(index).is_some_and(|expected| *expected != byte) {
                    return None;
                }
                if index == START.len() {
                    self.flags = byte;
                    if byte & FLAGS_RESERVED != 0 {
                        return None;
                    }
                }
                if index + 1 == FIXED_BYTES { self.first_of(OPTIONAL) } else { Field::Fixed(index + 1) }
            }
            Field::ExtraLength => Field::ExtraLengthHigh(byte),
            Field::ExtraLengthHigh(low) => match u16::from_le_bytes([low, byte]) {
                0 => self.first_of(AFTER_EXTRA),
                length => Field::Extra(length),
            },
            Field::Extra(1) => self.first_of(AFTER_EXTRA),
            Field::Extra(left) => Field::Extra(left - 1),
            Field::Name if byte == 0 => self.first_of(AFTER_NAME),
            Field::Comment if byte == 0 => self.first_of(AFTER_COMMENT),
            Field::Checksum(left) if left > 1 => Field::Checksum(left - 1),
            Field::Checksum(_) | Field::End => Field::End,
            same @ (Field::Name | Field::Comment) => same,
        };
        Some(field)
    }

    /// The first of these fields that the flags announce.
    fn first_of(&self, fields: &[(u8, Field)]) -> Field {
        fields.iter().find(|(flag, _)| self.flags & flag != 0).map_or(Field::End, |(_, field)| *field)
    }
}

/// The magic number and deflate, the only method.
const START: [u8; 3] = [0x1f, 0x8b, 8];
const FIXED_BYTES: usize = 10;
/// No meaning is known for these, so what follows is not known either.
const FLAGS_RESERVED: u8 = 0xe0;

/// The optional fields with their flags, in order.
const OPTIONAL: &[(u8, Field)] =
    &[(4, Field::ExtraLength), (8, Field::Name), (16, Field::Comment), (2, Field::Checksum(2))];
const AFTER_EXTRA: &[(u8, Field)] = OPTIONAL.split_at(1).1;
const AFTER_NAME: &[(u8, Field)] = OPTIONAL.split_at(2).1;
const AFTER_COMMENT: &[(u8, Field)] = OPTIONAL.split_at(3).1;
