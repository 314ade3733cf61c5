//! Eight numbers at a time, with `exp`, `tanh` and integer powers of them.
//!
//! Every lane is computed by itself with additions, multiplications and divisions that IEEE 754 rounds in one way only: no fused
//! multiply-add, no table, no call into the C library. So a lane has the same bits on every CPU and with every instruction set,
//! whatever the compiler makes of the arrays.
// `array::from_fn` gives indices below LANES.
#![allow(clippy::indexing_slicing)]

use std::array;

/// Numbers in [`Lanes`]: one 512-bit register, two of 256 bits, four of 128.
pub(super) const LANES: usize = 8;

/// Eight numbers that go the same way.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// The same number in every lane.
    #[inline(always)]
    pub fn splat(value: f64) -> Lanes {
        Lanes([value; LANES])
    }

    #[inline(always)]
    fn each(self, f: impl Fn(f64) -> f64) -> Lanes {
        Lanes(array::from_fn(|lane| f(self.0[lane])))
    }

    #[inline(always)]
    fn with(self, other: Lanes, f: impl Fn(f64, f64) -> f64) -> Lanes {
        Lanes(array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }

    /// `self + factor * other`, rounded twice.
    #[inline(always)]
    pub fn add_product(self, factor: f64, other: Lanes) -> Lanes {
        self.with(other, |sum, value| sum + factor * value)
    }

    /// `self + (other - value)^2`, rounded after each operation.
    #[inline(always)]
    pub fn add_squared_difference(self, other: Lanes, value: f64) -> Lanes {
        self.with(other, |sum, other| {
            let difference = other - value;
            sum + difference * difference
        })
    }

    /// `self + value`
    #[inline(always)]
    pub fn add(self, value: f64) -> Lanes {
        self.each(|lane| lane + value)
    }

    /// `factor * self + offset`, rounded twice.
    #[inline(always)]
    pub fn scale(self, factor: f64, offset: f64) -> Lanes {
        self.each(|lane| factor * lane + offset)
    }

    /// `factor * self`
    #[inline(always)]
    pub fn times(self, factor: f64) -> Lanes {
        self.each(|lane| factor * lane)
    }

    /// LIBSVM's `powi`: square and multiply from the lowest bit up; the power 0 of anything is 1.
    #[inline(always)]
    pub fn powi(self, times: u32) -> Lanes {
        let mut square = self;
        let mut power = Lanes::splat(1.0);
        let mut bits = times;
        while bits > 0 {
            if bits % 2 == 1 {
                power = power.with(square, |power, square| power * square);
            }
            square = square.each(|value| value * value);
            bits /= 2;
        }
        power
    }

    /// `e^x` for x up to 600 (no kernel has one above zero), within 1 unit in the last place of the true value, subnormal ones included; NaN stays NaN.
    #[inline(always)]
    pub fn exp(self) -> Lanes {
        // below, the result rounds to zero; a comparison that is false keeps NaN
        let exponent = self.each(|x| if x < EXP_MIN { EXP_MIN } else { x });
        let (steps, rest) = exponent.reduce();
        // in two factors: the result may be subnormal, and is to be rounded only once
        let power = steps.power_of_two(SCALE_STEPS);
        rest.each(|rest| 1.0 + rest).with(power, |value, power| value * power * INVERSE_SCALE)
    }

    /// The hyperbolic tangent, within 3 units in the last place; NaN stays NaN.
    #[inline(always)]
    pub fn tanh(self) -> Lanes {
        // tanh x = (e^2x - 1) / (e^2x + 1), by e^2|x| - 1, which is exact near zero; above, the quotient rounds to 1
        let exponent = self.each(|x| 2.0 * x.abs()).each(|y| if y > TANH_MAX { TANH_MAX } else { y });
        let (steps, rest) = exponent.reduce();
        let power = steps.power_of_two(0);
        let above_one = power.with(rest, |power, rest| (power - 1.0) + power * rest);
        above_one.each(|value| value / (value + 2.0)).with(self, f64::copysign)
    }

    /// Splits x into n ln 2 + r with |r| up to ln 2 / 2: n added to [`SHIFT`], and `e^r - 1`.
    ///
    /// # Source
    /// Cody and Waite's reduction with ln 2 in two parts, as in FDLIBM; the rounding error of r is carried along. The
    /// polynomial is the minimax one of degree 9 for (e^r - 1 - r) / r^2: its error is 4e-18 of `e^r`.
    #[inline(always)]
    fn reduce(self) -> (Lanes, Lanes) {
        let steps = self.each(|x| x * std::f64::consts::LOG2_E + SHIFT);
        let count = steps.each(|shifted| shifted - SHIFT);
        let high = self.with(count, |x, count| x - count * LN_2_HIGH);
        let low = count.times(LN_2_LOW);
        let r = high.with(low, |high, low| high - low);
        let lost = Lanes(array::from_fn(|lane| (high.0[lane] - r.0[lane]) - low.0[lane]));
        let square = r.with(r, |a, b| a * b);
        // Estrin's scheme: pairs of coefficients, then Horner's in r^2
        let pair = |first: f64, second: f64| r.scale(second, first);
        let next =
            |higher: Lanes, lower: Lanes| Lanes(array::from_fn(|lane| lower.0[lane] + square.0[lane] * higher.0[lane]));
        let [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9] = POLYNOMIAL;
        let sum = next(next(next(next(pair(p8, p9), pair(p6, p7)), pair(p4, p5)), pair(p2, p3)), pair(p0, p1));
        let rest = Lanes(array::from_fn(|lane| r.0[lane] + (square.0[lane] * sum.0[lane] + lost.0[lane])));
        (steps, rest)
    }

    /// 2^(n + more), for n as [`reduce`](Self::reduce) gives it; the sum has to stay between -1022 and 1023.
    #[inline(always)]
    fn power_of_two(self, more: u64) -> Lanes {
        // n is in the low bits of the shifted number; what stands above them is shifted out
        self.each(|shifted| f64::from_bits(shifted.to_bits().wrapping_add(EXPONENT_BIAS + more) << MANTISSA_BITS))
    }
}

/// `e^x` is less than half of the smallest number.
const EXP_MIN: f64 = -746.0;
/// Twice the argument from which on the hyperbolic tangent is 1.
const TANH_MAX: f64 = 40.0;
/// 1.5 * 2^52: a sum with it has its integer part in the lowest bits, rounded to even.
const SHIFT: f64 = 6_755_399_441_055_744.0;
/// ln 2 with the last 32 bits zero: its product with a whole number below 2^20 is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
/// What is left of ln 2.
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: u64 = 1023;
/// 2^128 lifts every result out of the subnormal range until the last multiplication.
const SCALE_STEPS: u64 = 128;
const INVERSE_SCALE: f64 = f64::from_bits((EXPONENT_BIAS - SCALE_STEPS) << MANTISSA_BITS);
const POLYNOMIAL: [f64; 10] = [
    0.500_000_000_000_001_1,
    0.166_666_666_666_664_13,
    0.041_666_666_666_530_27,
    0.008_333_333_333_494_84,
    0.001_388_888_894_363_551_1,
    0.000_198_412_695_057_848_1,
    2.480_149_306_509_650_5e-5,
    2.755_758_697_707_527_4e-6,
    2.763_026_870_160_077e-7,
    2.499_992_063_370_999e-8,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Units in the last place between two numbers of one sign.
    fn units(a: f64, b: f64) -> u64 {
        if a.is_nan() && b.is_nan() { 0 } else { a.to_bits().abs_diff(b.to_bits()) }
    }

    /// Numbers from `low` to `high` that fall on no grid, and both ends.
    fn spread(low: f64, high: f64) -> impl Iterator<Item = f64> {
        const COUNT: u32 = 200_000;
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let inside = (1..COUNT).map(move |index| low + (high - low) * (f64::from(index) * golden).fract());
        inside.chain([low, high])
    }

    #[test]
    fn exp_is_within_one_unit_of_the_librarys() {
        // the library's own error is just above half a unit
        let ranges = [(-1.0, 0.0), (-1e-300, 0.0), (-40.0, 0.0), (-750.0, 0.0), (-745.2, -708.0), (0.0, 600.0)];
        for (low, high) in ranges {
            for x in spread(low, high) {
                let [value, ..] = Lanes::splat(x).exp().0;
                assert!(units(value, x.exp()) <= 1, "exp({x:?}) is {:?}, found {value:?}", x.exp());
            }
        }
    }

    #[test]
    fn exp_has_the_values_that_have_a_name() {
        let exp = |x: f64| Lanes::splat(x).exp().0[0];
        assert_eq!([exp(0.0), exp(-0.0)], [1.0, 1.0]);
        assert_eq!([exp(f64::NEG_INFINITY), exp(f64::MIN), exp(-746.0), exp(-745.2)], [0.0; 4]);
        assert_eq!(exp(-745.1), f64::from_bits(1));
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn tanh_is_within_three_units_of_the_librarys() {
        for (low, high) in [(-1e-5, 1e-5), (-1.0, 1.0), (-30.0, 30.0), (-1e-300, 1e-300)] {
            for x in spread(low, high) {
                let [value, ..] = Lanes::splat(x).tanh().0;
                assert!(units(value, x.tanh()) <= 3, "tanh({x:?}) is {:?}, found {value:?}", x.tanh());
            }
        }
        let tanh = |x: f64| Lanes::splat(x).tanh().0[0];
        assert_eq!([tanh(f64::INFINITY), tanh(f64::NEG_INFINITY), tanh(1e300)], [1.0, -1.0, 1.0]);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0_f64).to_bits());
        assert!(tanh(f64::NAN).is_nan());
    }

    #[test]
    fn powi_multiplies_in_the_order_of_libsvm() {
        let powi = |base: f64, times: u32| Lanes::splat(base).powi(times).0[LANES - 1];
        let x = 1.1_f64;
        assert_eq!([powi(x, 0), powi(0.0, 0), powi(x, 1), powi(-1.0, u32::MAX)], [1.0, 1.0, x, -1.0]);
        assert_eq!(powi(-x, 3), -(x * (x * x)));
        let x4 = (x * x) * (x * x);
        assert_eq!(powi(x, 7).to_bits(), ((x * (x * x)) * x4).to_bits());
        assert_eq!(powi(x, 10).to_bits(), ((x * x) * (x4 * x4)).to_bits());
    }

    #[test]
    fn lanes_do_not_mix() {
        let numbers: [f64; LANES] = array::from_fn(|lane| -0.75 * lane as f64);
        let together = [Lanes(numbers).exp(), Lanes(numbers).tanh(), Lanes(numbers).powi(5)];
        for (lane, number) in numbers.into_iter().enumerate() {
            let alone = [Lanes::splat(number).exp(), Lanes::splat(number).tanh(), Lanes::splat(number).powi(5)];
            for (together, alone) in together.iter().zip(alone) {
                assert_eq!(together.0[lane].to_bits(), alone.0[lane].to_bits());
            }
        }
    }
}
