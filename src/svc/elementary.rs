//! `exp`, `tanh` and integer powers of many numbers.
//!
//! Every number is computed by itself with additions, multiplications and divisions that IEEE 754 rounds in one way only: no fused
//! multiply-add, no table, no call into the C library. So it has the same bits on every CPU and with every instruction set,
//! whatever the compiler makes of the loops.
//!
//! There are two loops on purpose: a function's operations wait for one another, so several numbers have to be under way, and a processor
//! looks ahead only so far. Each loop takes all numbers of a batch one stage further.

/// Numbers that go through the stages together; what is kept between two of them stays in the first-level cache.
const BATCH: usize = 64;

/// Numbers of a batch between two stages; they begin where a register may begin, else half of all stores would touch two cache lines.
#[repr(align(64))]
struct Staged([f64; BATCH]);

/// What [`reduce`] keeps beside the numbers themselves.
struct Reduced {
    /// n, added to [`SHIFT`].
    steps: Staged,
    /// What r has lost by rounding.
    lost: Staged,
}

impl Reduced {
    const NONE: Reduced = Reduced { steps: Staged([0.0; BATCH]), lost: Staged([0.0; BATCH]) };
}

/// `e^x` of each value times `factor`, for x up to 600 (no kernel has one above zero), within 1 unit in the last place of the true value,
/// subnormal ones included; NaN stays NaN.
#[inline(always)]
pub(super) fn exp(values: &mut [f64], factor: f64) {
    let mut reduced = Reduced::NONE;
    for values in values.chunks_mut(BATCH) {
        reduce(values, factor, &mut reduced);
        for ((value, steps), lost) in values.iter_mut().zip(&reduced.steps.0).zip(&reduced.lost.0) {
            // in two factors: the result may be subnormal, and is to be rounded only once
            *value = (1.0 + polynomial(*value, *lost)) * power_of_two(*steps, SCALE_STEPS) * INVERSE_SCALE;
        }
    }
}

/// The hyperbolic tangent, within 3 units in the last place; NaN stays NaN.
#[inline(always)]
pub(super) fn tanh(values: &mut [f64]) {
    let (mut signs, mut reduced) = (Staged([0.0; BATCH]), Reduced::NONE);
    for values in values.chunks_mut(BATCH) {
        // tanh x = (e^2x - 1) / (e^2x + 1), by e^2|x| - 1, which is exact near zero; above, the quotient rounds to 1
        for (x, sign) in values.iter_mut().zip(&mut signs.0) {
            *sign = *x;
            let exponent = 2.0 * x.abs();
            *x = if exponent > TANH_MAX { TANH_MAX } else { exponent };
        }
        reduce(values, 1.0, &mut reduced);
        let Reduced { steps, lost } = &reduced;
        for (((value, steps), lost), sign) in values.iter_mut().zip(&steps.0).zip(&lost.0).zip(&signs.0) {
            let power = power_of_two(*steps, 0);
            let above_one = (power - 1.0) + power * polynomial(*value, *lost);
            *value = (above_one / (above_one + 2.0)).copysign(*sign);
        }
    }
}

/// LIBSVM's `powi`: square and multiply from the lowest bit up; the power 0 of anything is 1. `f64::powi` multiplies in an order
/// that it does not promise.
#[inline(always)]
pub(super) fn powi(values: &mut [f64], times: u32) {
    for values in values.chunks_mut(BATCH) {
        let mut squares = [0.0; BATCH];
        for (value, square) in values.iter_mut().zip(&mut squares) {
            *square = *value;
            *value = 1.0;
        }
        let mut bits = times;
        while bits > 0 {
            if bits % 2 == 1 {
                for (value, square) in values.iter_mut().zip(&squares) {
                    *value *= square;
                }
            }
            for square in &mut squares {
                *square *= *square;
            }
            bits /= 2;
        }
    }
}

/// Splits each value times `factor` into n ln 2 + r with |r| up to ln 2 / 2: leaves r in its place, and the rest in `reduced`.
///
/// # Source
/// Cody and Waite's reduction with ln 2 in two parts, as in FDLIBM; the rounding error of r is carried along.
#[inline(always)]
fn reduce(values: &mut [f64], factor: f64, reduced: &mut Reduced) {
    let Reduced { steps, lost } = reduced;
    for ((x, steps), lost) in values.iter_mut().zip(&mut steps.0).zip(&mut lost.0) {
        // below, the result rounds to zero; a comparison that is false keeps NaN
        *x *= factor;
        *x = if *x < EXP_MIN { EXP_MIN } else { *x };
        *steps = *x * std::f64::consts::LOG2_E + SHIFT;
        let count = *steps - SHIFT;
        let (high, low) = (*x - count * LN_2_HIGH, count * LN_2_LOW);
        let r = high - low;
        *lost = (high - r) - low;
        *x = r;
    }
}

/// `e^r - 1` of what [`reduce`] leaves.
///
/// # Source
/// The minimax polynomial of degree 9 for (e^r - 1 - r) / r^2: its error is 4e-18 of `e^r`.
#[inline(always)]
fn polynomial(r: f64, lost: f64) -> f64 {
    let square = r * r;
    // Estrin's scheme: pairs of coefficients, then Horner's in r^2
    let [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9] = POLYNOMIAL;
    let sum = (p6 + p7 * r) + square * (p8 + p9 * r);
    let sum = (p2 + p3 * r) + square * ((p4 + p5 * r) + square * sum);
    let sum = (p0 + p1 * r) + square * sum;
    r + (square * sum + lost)
}

/// 2^(n + more), for n as [`reduce`] gives it; the sum has to stay between -1022 and 1023.
#[inline(always)]
fn power_of_two(steps: f64, more: u64) -> f64 {
    // n is in the low bits of the shifted number; what stands above them is shifted out
    f64::from_bits(steps.to_bits().wrapping_add(EXPONENT_BIAS + more) << MANTISSA_BITS)
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
    fn spread(low: f64, high: f64) -> Vec<f64> {
        const COUNT: u32 = 200_000;
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let inside = (1..COUNT).map(move |index| low + (high - low) * (f64::from(index) * golden).fract());
        inside.chain([low, high]).collect()
    }

    fn exp_of(values: &mut [f64]) {
        exp(values, 1.0);
    }

    fn each(mut values: Vec<f64>, function: fn(&mut [f64])) -> Vec<f64> {
        function(&mut values);
        values
    }

    fn assert_within(most: u64, xs: &[f64], function: fn(&mut [f64]), library: fn(f64) -> f64) {
        for (x, value) in xs.iter().zip(each(xs.to_vec(), function)) {
            assert!(units(value, library(*x)) <= most, "at {x:?}: expected {:?}, found {value:?}", library(*x));
        }
    }

    #[test]
    fn exp_is_within_one_unit_of_the_librarys() {
        // the library's own error is just above half a unit
        let ranges = [(-1.0, 0.0), (-1e-300, 0.0), (-40.0, 0.0), (-750.0, 0.0), (-745.2, -708.0), (0.0, 600.0)];
        for (low, high) in ranges {
            assert_within(1, &spread(low, high), exp_of, f64::exp);
        }
    }

    #[test]
    fn exp_has_the_values_that_have_a_name() {
        let exp = |xs: &[f64]| each(xs.to_vec(), exp_of);
        assert_eq!(exp(&[0.0, -0.0]), [1.0, 1.0]);
        assert_eq!(each(vec![2.0, 0.5], |values| super::exp(values, -0.5)), exp(&[-1.0, -0.25]));
        assert_eq!(exp(&[f64::NEG_INFINITY, f64::MIN, -746.0, -745.2]), [0.0; 4]);
        assert_eq!(exp(&[-745.1]), [f64::from_bits(1)]);
        assert!(exp(&[f64::NAN])[0].is_nan());
    }

    #[test]
    fn tanh_is_within_three_units_of_the_librarys() {
        for (low, high) in [(-1e-5, 1e-5), (-1.0, 1.0), (-30.0, 30.0), (-1e-300, 1e-300)] {
            assert_within(3, &spread(low, high), tanh, f64::tanh);
        }
        let tanh = |xs: &[f64]| each(xs.to_vec(), tanh);
        assert_eq!(tanh(&[f64::INFINITY, f64::NEG_INFINITY, 1e300]), [1.0, -1.0, 1.0]);
        assert_eq!(tanh(&[-0.0])[0].to_bits(), (-0.0_f64).to_bits());
        assert!(tanh(&[f64::NAN])[0].is_nan());
    }

    #[test]
    fn powi_multiplies_in_the_order_of_libsvm() {
        let powi = |base: f64, times: u32| {
            let mut values = [base];
            powi(&mut values, times);
            values[0]
        };
        let x = 1.1_f64;
        assert_eq!([powi(x, 0), powi(0.0, 0), powi(x, 1), powi(-1.0, u32::MAX)], [1.0, 1.0, x, -1.0]);
        assert_eq!(powi(-x, 3), -(x * (x * x)));
        let x4 = (x * x) * (x * x);
        assert_eq!(powi(x, 7).to_bits(), ((x * (x * x)) * x4).to_bits());
        assert_eq!(powi(x, 10).to_bits(), ((x * x) * (x4 * x4)).to_bits());
    }

    #[test]
    fn a_number_has_the_same_bits_alone_and_among_others() {
        for count in [1, 2, 7, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 5] {
            let numbers: Vec<f64> = (0..count).map(|index| -0.173 * index as f64).collect();
            for function in [exp_of, tanh, |values: &mut [f64]| powi(values, 5)] {
                let alone: Vec<f64> = numbers.iter().flat_map(|number| each(vec![*number], function)).collect();
                let together = each(numbers.clone(), function);
                assert!(together.iter().zip(alone).all(|(a, b)| a.to_bits() == b.to_bits()));
            }
        }
    }
}
