//! X-Request-Id: one id for each request, in its answer and in the logs of all servers it passes.
//!
//! A client's own id is sent back if it can be repeated verbatim; otherwise one is made up.

use std::str;

/// Longest id that is accepted, in bytes.
const ID_BYTES_MAX: usize = 128;

/// The client's id, if valid: 1 to 128 of `A-Z a-z 0-9 . _ -`, which are harmless in field values and log lines.
pub(super) fn accept(value: &[u8]) -> Option<&str> {
    let is_id_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_id = (1..=ID_BYTES_MAX).contains(&value.len()) && value.iter().all(is_id_byte);
    str::from_utf8(value).ok().filter(|_| is_id)
}

/// Makes the ids of one event loop: ten hexadecimal digits unique to the loop, a dash, ten that count.
pub(super) struct Ids([u8; ID_BYTES]);

const PREFIX_BYTES: usize = 10;
const ID_BYTES: usize = 2 * PREFIX_BYTES + 1;

impl Ids {
    /// Loops with different seeds, in this process or another, almost surely never make the same id.
    pub(super) fn new(seed: u64) -> Ids {
        let text = format!("{:016x}-{:0PREFIX_BYTES$}", mix(seed), 0);
        let mut digits = text.bytes().skip(16 - PREFIX_BYTES);
        Ids([(); ID_BYTES].map(|()| digits.next().unwrap_or(b'0')))
    }

    /// The next one.
    pub(super) fn next(&mut self) -> &str {
        // Counts in place: fifteen times out of sixteen only one byte changes.
        for digit in self.0.iter_mut().skip(PREFIX_BYTES + 1).rev() {
            *digit = match *digit {
                b'9' => b'a',
                b'f' => b'0',
                digit => digit + 1,
            };
            if *digit != b'0' {
                break;
            }
        }
        // Hexadecimal digits and a dash are ASCII.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Spreads neighbouring numbers over all 64 bits (splitmix64: Steele, Lea, Flood 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_of_the_right_shape_is_accepted() {
        for id in ["a", "7", "Az09._-", "..", &"x".repeat(128)] {
            assert_eq!(accept(id.as_bytes()), Some(id));
        }
    }

    #[test]
    fn whatever_could_harm_a_field_or_a_log_line_is_not() {
        let long = "x".repeat(129);
        for id in ["", "a b", "a\tb", "a,b", "a\"b", "a\\b", "a\r\nb", "a\0", "é", "{a}", "a=b", "\x1b[2J", &long] {
            assert_eq!(accept(id.as_bytes()), None, "{id:?}");
        }
        assert_eq!(accept(b"\xff"), None);
    }

    #[test]
    fn ids_count_in_hexadecimal_behind_a_prefix() {
        let mut ids = Ids::new(7);
        let made: Vec<_> = (0..300).map(|_| ids.next().to_owned()).collect();
        let prefix = made[0].split('-').next().unwrap().to_owned();
        assert_eq!(prefix.len(), PREFIX_BYTES);
        for (number, id) in (1..).zip(&made) {
            assert_eq!(*id, format!("{prefix}-{number:010x}"));
            assert_eq!(accept(id.as_bytes()), Some(id.as_str()));
        }
    }

    #[test]
    fn an_exhausted_counter_starts_again() {
        let mut ids = Ids::new(7);
        ids.0[PREFIX_BYTES + 1..].fill(b'f');
        assert!(ids.next().ends_with("-0000000000"));
        assert!(ids.next().ends_with("-0000000001"));
    }

    #[test]
    fn neighbouring_seeds_make_different_prefixes() {
        let prefixes: HashSet<_> = (0..1_000).map(|seed| Ids::new(seed).next().to_owned()).collect();
        assert_eq!(prefixes.len(), 1_000);
    }
}
