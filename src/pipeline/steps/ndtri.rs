//! The inverse of the normal distribution's cumulative function.
// the coefficients as they were published
#![allow(clippy::excessive_precision)]

/// The number that a normally distributed one is below with probability `p`: minus infinity for 0, infinity for 1, NaN outside.
///
/// Added up in the order of SciPy's `ndtri`, so that the bits are its own but for the logarithm's last.
///
/// # Source
/// Stephen Moshier's Cephes library, `ndtri`: rational approximations near the middle, for tails, and for far tails.
pub(super) fn ndtri(p: f64) -> f64 {
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let is_upper = p > 1.0 - TAIL;
    let y = if is_upper { 1.0 - p } else { p };
    if y > TAIL {
        let y = y - 0.5;
        let square = y * y;
        return (y + y * (square * polynomial(square, &MIDDLE.0) / polynomial(square, &MIDDLE.1))) * ROOT_OF_2_PI;
    }
    let x = (-2.0 * y.ln()).sqrt();
    let (numerator, denominator) = if x < FAR { &NEAR_TAIL } else { &FAR_TAIL };
    let z = 1.0 / x;
    let value = (x - x.ln() / x) - z * polynomial(z, numerator) / polynomial(z, denominator);
    if is_upper { value } else { -value }
}

/// By Horner's rule, highest power first.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().copied().reduce(|sum, coefficient| sum * x + coefficient).unwrap_or_default()
}

/// exp(-2): where the tails begin.
const TAIL: f64 = 0.135_335_283_236_612_691_89;

/// The root of -2 log p where the far tails begin.
const FAR: f64 = 8.0;

const ROOT_OF_2_PI: f64 = 2.506_628_274_631_000_502_42;

/// Coefficients of a numerator and a denominator.
type Ratio<const N: usize> = ([f64; N], [f64; 9]);

const MIDDLE: Ratio<5> = (
    [
        -5.996_335_010_141_078_952_67e1,
        9.800_107_541_859_996_615_36e1,
        -5.667_628_574_690_702_934_39e1,
        1.393_126_093_872_796_795_03e1,
        -1.239_165_838_673_812_580_16e0,
    ],
    [
        1.0,
        1.954_488_583_381_417_598_34e0,
        4.676_279_128_988_815_384_53e0,
        8.636_024_213_908_905_905_75e1,
        -2.254_626_878_541_193_705_27e2,
        2.002_602_123_800_606_603_59e2,
        -8.203_722_561_683_333_399_12e1,
        1.590_562_251_262_116_955_15e1,
        -1.183_316_211_213_300_031_42e0,
    ],
);

const NEAR_TAIL: Ratio<9> = (
    [
        4.055_448_923_059_624_199_23e0,
        3.152_510_945_998_938_661_54e1,
        5.716_281_922_464_212_881_62e1,
        4.408_050_738_932_008_347_00e1,
        1.468_495_619_288_580_240_14e1,
        2.186_633_068_507_902_675_39e0,
        -1.402_560_791_713_544_958_75e-1,
        -3.504_246_268_278_482_034_18e-2,
        -8.574_567_851_546_854_136_11e-4,
    ],
    [
        1.0,
        1.577_998_832_564_667_497_31e1,
        4.539_076_351_288_792_105_84e1,
        4.131_720_382_546_720_304_40e1,
        1.504_253_856_929_075_034_08e1,
        2.504_649_462_083_094_159_79e0,
        -1.421_829_228_547_877_885_74e-1,
        -3.808_064_076_915_782_771_94e-2,
        -9.332_594_808_954_574_273_72e-4,
    ],
);

const FAR_TAIL: Ratio<9> = (
    [
        3.237_748_917_769_460_359_70e0,
        6.915_228_890_689_842_116_95e0,
        3.938_810_252_924_744_434_15e0,
        1.333_034_608_158_075_423_89e0,
        2.014_853_895_491_790_815_38e-1,
        1.237_166_348_178_200_213_58e-2,
        3.015_815_535_082_354_160_07e-4,
        2.658_069_746_867_375_508_32e-6,
        6.239_745_391_849_832_937_30e-9,
    ],
    [
        1.0,
        6.024_270_393_647_420_142_55e0,
        3.679_835_638_561_608_594_03e0,
        1.377_020_994_890_813_302_71e0,
        2.162_369_935_944_966_358_90e-1,
        1.342_040_060_885_431_890_37e-2,
        3.280_144_646_821_277_391_04e-4,
        2.892_478_647_453_806_839_36e-6,
        6.790_194_080_099_812_744_25e-9,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_infinite_and_beyond_them_is_nothing() {
        assert_eq!([0.0, 0.5, 1.0].map(ndtri), [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
        assert!([-0.1, 1.1, f64::NAN].map(ndtri).iter().all(|value| value.is_nan()));
    }

    /// `tests/fixtures/steps/ndtri.txt` has a line for each number: the bits of p, and those of SciPy's answer.
    #[test]
    fn every_bit_is_scipys() {
        let mut count = 0;
        for line in include_str!("../../../tests/fixtures/steps/ndtri.txt").lines() {
            let [p, expected] = [&line[..16], &line[17..]].map(|bits| u64::from_str_radix(bits, 16).unwrap());
            let found = ndtri(f64::from_bits(p)).to_bits();
            assert_eq!(found, expected, "{:?}", f64::from_bits(p));
            count += 1;
        }
        assert_eq!(count, 720);
    }
}
