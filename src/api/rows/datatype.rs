//! The element types of tensors (Open Inference Protocol), and which numbers each of them can hold.

/// Declares the types: for each its name in the protocol, the Rust type of its bytes, how that becomes a number, and the least and
/// greatest value of an integer type.
macro_rules! datatypes {
    ($($datatype:ident = $name:literal, $bytes:ty, $value:ident => $number:expr, $range:expr;)*) => {
        /// An element type that can become a number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Datatype {
            $($datatype,)*
            /// Text, for columns that are not numbers. In binary, its length comes first.
            Bytes,
        }

        impl Datatype {
            /// The names of all types of numbers.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The type with this name in the protocol. BF16 is not supported, nor is BYTES if all columns are numbers.
            pub fn from_name(name: &str, are_numbers: bool) -> Option<Datatype> {
                match name {
                    $($name => Some(Datatype::$datatype),)*
                    "BYTES" if !are_numbers => Some(Datatype::Bytes),
                    _ => None,
                }
            }

            /// Bytes of an element; for a text, the fewest.
            pub fn size(self) -> usize {
                match self {
                    $(Datatype::$datatype => size_of::<$bytes>(),)*
                    Datatype::Bytes => size_of::<u32>(),
                }
            }

            /// Least and greatest value of an integer type.
            fn range(self) -> Option<(i128, i128)> {
                match self {
                    $(Datatype::$datatype => $range,)*
                    Datatype::Bytes => None,
                }
            }

            /// The value of one element in little-endian bytes; `None` for a BOOL that is neither 0 nor 1, for another count of
            /// bytes, and for text. It may be NaN or infinite.
            pub fn decode(self, bytes: &[u8]) -> Option<f64> {
                match self {
                    $(Datatype::$datatype => {
                        let $value = <$bytes>::from_le_bytes(bytes.try_into().ok()?);
                        Some($number)
                    })*
                    Datatype::Bytes => None,
                }
            }

            /// Appends the values of whole elements, as [`decode`](Self::decode) has them; NaN for none.
            pub fn decode_all(self, bytes: &[u8], out: &mut Vec<f64>) {
                match self {
                    $(Datatype::$datatype => {
                        let decode = |$value: $bytes| Some($number);
                        let (elements, _) = bytes.as_chunks();
                        let values = elements.iter().map(|element| decode(<$bytes>::from_le_bytes(*element)));
                        out.extend(values.map(|value| value.unwrap_or(f64::NAN)));
                    })*
                    Datatype::Bytes => {}
                }
            }
        }
    };
}

datatypes! {
    Bool = "BOOL", u8, value => if value < 2 { value.into() } else { return None }, None;
    Uint8 = "UINT8", u8, value => value.into(), Some((0, u8::MAX.into()));
    Uint16 = "UINT16", u16, value => value.into(), Some((0, u16::MAX.into()));
    Uint32 = "UINT32", u32, value => value.into(), Some((0, u32::MAX.into()));
    Uint64 = "UINT64", u64, value => value as f64, Some((0, u64::MAX.into()));
    Int8 = "INT8", i8, value => value.into(), Some((i8::MIN.into(), i8::MAX.into()));
    Int16 = "INT16", i16, value => value.into(), Some((i16::MIN.into(), i16::MAX.into()));
    Int32 = "INT32", i32, value => value.into(), Some((i32::MIN.into(), i32::MAX.into()));
    Int64 = "INT64", i64, value => value as f64, Some((i64::MIN.into(), i64::MAX.into()));
    Fp16 = "FP16", u16, value => half(value), None;
    Fp32 = "FP32", f32, value => value.into(), None;
    Fp64 = "FP64", f64, value => value, None;
}

impl Datatype {
    /// All types, for error texts.
    pub fn expected_name(are_numbers: bool) -> String {
        format!("one of `{}`{}", Datatype::NAMES.join("`, `"), if are_numbers { "" } else { ", `BYTES`" })
    }

    /// Whether a whole number of 64 bits is one that a double holds.
    pub fn is_exact(self, bytes: &[u8]) -> bool {
        let bytes = bytes.try_into().unwrap_or_default();
        let (signed, unsigned) = (i64::from_le_bytes(bytes), u64::from_le_bytes(bytes));
        match self {
            Datatype::Int64 => signed as f64 as i64 == signed,
            Datatype::Uint64 => unsigned as f64 as u64 == unsigned,
            _ => true,
        }
    }

    /// What an element must be.
    pub fn expected(self) -> String {
        match (self, self.range()) {
            (_, Some((min, max))) => format!("a whole number from {min} to {max}"),
            (Datatype::Bool, _) => "true or false".to_owned(),
            (Datatype::Bytes, _) => "a string".to_owned(),
            (Datatype::Fp32, _) => "a finite number that FP32 can hold".to_owned(),
            _ => "a finite number".to_owned(),
        }
    }
}

/// The value of an IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    sign * match i32::from(bits >> 10 & 0x1f) {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (fraction / 1024.0 + 1.0) * 2.0_f64.powi(exponent - 15),
    }
}

/// What kinds of JSON values have been seen. The type of a tensor may come after its data, and an f64 no longer tells 2^63 and
/// 2^63 - 1 apart.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ValueKinds {
    booleans: bool,
    strings: bool,
    numbers: bool,
    fractions: bool,
    /// Greatest and least of the numbers written as integers of 64 bits, and of all others; zero is in every range.
    largest: u64,
    smallest: i64,
    largest_other: f64,
    smallest_other: f64,
}

impl ValueKinds {
    pub fn note_boolean(&mut self) {
        self.booleans = true;
    }

    pub fn note_string(&mut self) {
        self.strings = true;
    }

    pub fn note_unsigned(&mut self, value: u64) {
        self.numbers = true;
        self.largest = self.largest.max(value);
    }

    pub fn note_negative(&mut self, value: i64) {
        self.numbers = true;
        self.smallest = self.smallest.min(value);
    }

    pub fn note_other(&mut self, value: f64) {
        self.numbers = true;
        // A number too large for this cast is whole anyway, and comes out as another one.
        self.fractions |= value.abs() < WHOLE_FROM && (value as i64) as f64 != value;
        self.largest_other = self.largest_other.max(value);
        self.smallest_other = self.smallest_other.min(value);
    }

    /// Whether all values can be elements of this type.
    pub fn fit(&self, datatype: Datatype) -> bool {
        match datatype.range() {
            _ if datatype == Datatype::Bytes => !self.booleans && !self.numbers,
            _ if self.strings => false,
            Some((min, max)) => {
                let is_in = |value: i128| min <= value && value <= max;
                !self.booleans
                    && !self.fractions
                    && is_in(self.largest.into())
                    && is_in(self.smallest.into())
                    // The cast saturates far outside of every range.
                    && is_in(self.largest_other as i128)
                    && is_in(self.smallest_other as i128)
                    // The literal -2^63 is read as an integer, so this double stands for a number below it.
                    && self.smallest_other > i64::MIN as f64
            }
            None if datatype == Datatype::Bool => !self.numbers,
            None if datatype == Datatype::Fp32 => {
                let is_finite = |value: f64| (value as f32).is_finite();
                !self.booleans && is_finite(self.largest_other) && is_finite(self.smallest_other)
            }
            None => !self.booleans,
        }
    }
}

/// From here on every double is whole.
const WHOLE_FROM: f64 = (1_u64 << 53) as f64;

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> ValueKinds {
        let mut kinds = ValueKinds::default();
        match (text.parse::<u64>(), text.parse::<i64>()) {
            (Ok(value), _) => kinds.note_unsigned(value),
            (_, Ok(value)) => kinds.note_negative(value),
            _ => kinds.note_other(text.parse().unwrap()),
        }
        kinds
    }

    #[test]
    fn a_whole_number_fits_exactly_into_the_range_of_its_type() {
        for (datatype, min, max) in [
            (Datatype::Uint8, "0", "255"),
            (Datatype::Uint16, "0", "65535"),
            (Datatype::Uint32, "0", "4294967295"),
            (Datatype::Uint64, "0", "18446744073709551615"),
            (Datatype::Int8, "-128", "127"),
            (Datatype::Int16, "-32768", "32767"),
            (Datatype::Int32, "-2147483648", "2147483647"),
            (Datatype::Int64, "-9223372036854775808", "9223372036854775807"),
        ] {
            let next = |text: &str, step: i128| (text.parse::<i128>().unwrap() + step).to_string();
            assert!(number(min).fit(datatype) && number(max).fit(datatype), "{datatype:?}");
            assert!(!number(&next(min, -1)).fit(datatype), "{datatype:?}");
            assert!(!number(&next(max, 1)).fit(datatype), "{datatype:?}");
            assert!(number("100.0").fit(datatype) && !number("100.5").fit(datatype), "{datatype:?}");
            assert!(!number("1e300").fit(datatype) && !number("-1e300").fit(datatype), "{datatype:?}");
        }
    }

    #[test]
    fn floats_take_every_number_that_they_can_hold() {
        for text in ["0.1", "-1", "18446744073709551615", "3.4e38"] {
            assert!(number(text).fit(Datatype::Fp32) && number(text).fit(Datatype::Fp64), "{text}");
        }
        assert!(!number("3.5e38").fit(Datatype::Fp32) && number("3.5e38").fit(Datatype::Fp64));
        assert!(!number("-3.5e38").fit(Datatype::Fp32));
    }

    #[test]
    fn booleans_and_numbers_are_not_the_same() {
        let mut kinds = ValueKinds::default();
        kinds.note_boolean();
        assert!(kinds.fit(Datatype::Bool));
        for datatype in [Datatype::Uint8, Datatype::Fp32, Datatype::Fp64] {
            assert!(!kinds.fit(datatype), "{datatype:?}");
        }
        assert!(!number("1").fit(Datatype::Bool));
    }

    #[test]
    fn elements_are_little_endian() {
        for (datatype, bytes, value) in [
            (Datatype::Bool, &[1][..], 1.0),
            (Datatype::Uint8, &[0xfe], 254.0),
            (Datatype::Int8, &[0xfe], -2.0),
            (Datatype::Uint16, &[2, 1], 258.0),
            (Datatype::Int16, &[0xfe, 0xff], -2.0),
            (Datatype::Uint32, &[0, 0, 0, 0x80], 2_147_483_648.0),
            (Datatype::Int32, &[0, 0, 0, 0x80], -2_147_483_648.0),
            (Datatype::Uint64, &[0, 0, 0, 0, 0, 0, 0, 0x80], 9_223_372_036_854_775_808.0),
            (Datatype::Int64, &[0xff; 8], -1.0),
            (Datatype::Fp32, &0.1_f32.to_le_bytes(), 0.100_000_001_490_116_12),
            (Datatype::Fp64, &0.1_f64.to_le_bytes(), 0.1),
        ] {
            assert_eq!(datatype.decode(bytes), Some(value), "{datatype:?}");
            assert_eq!(datatype.size(), bytes.len());
            assert_eq!(datatype.decode(&bytes[1..]), None);
        }
        assert_eq!(Datatype::Bool.decode(&[2]), None);
    }

    #[test]
    fn halves_are_those_of_the_standard() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 2.0_f64.powi(-24)),
            (0x03ff, 1023.0 * 2.0_f64.powi(-24)),
            (0x0400, 2.0_f64.powi(-14)),
            (0x3555, 0.333_251_953_125),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan() && half(0x8000).is_sign_negative());
    }
}
