//! Names that look the same but are not.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::names::nearest;

/// How `found` differs from `expected`, if in nothing but this: blanks, invisible characters, the encoding of accents,
/// upper and lower case, or characters that look alike. It goes on from "differs in".
pub fn difference(expected: &str, found: &str) -> Option<String> {
    const ALL: &str = "more than one of blanks, invisible characters, accents, case and lookalike characters";
    let kinds: [(&str, Fold, bool); 5] = [
        ("blanks", without_blanks, false),
        ("invisible characters", without_invisible, true),
        ("how its accents are encoded", decomposed, true),
        ("upper and lower case", |text| text.to_lowercase(), false),
        ("a lookalike character", latin, true),
    ];
    let is_same = |fold: &dyn Fn(&str) -> String| expected != found && fold(expected) == fold(found);
    if let Some((kind, _, shows_code)) = kinds.iter().find(|(_, fold, _)| is_same(fold)) {
        return Some(if *shows_code { format!("{kind}{}", first_codes(expected, found)) } else { (*kind).to_owned() });
    }
    let all = |text: &str| without_blanks(&latin(&decomposed(&without_invisible(text)))).to_lowercase();
    is_same(&all).then(|| ALL.to_owned())
}

/// How a name that stands for nothing else differs from the `expected` one, if it was probably meant for it.
pub fn likeness(expected: &str, found: &str) -> Option<String> {
    match difference(expected, found) {
        Some(difference) => Some(format!("differs only in {difference}")),
        None => nearest(found, [expected]).map(|_| "differs only slightly".to_owned()),
    }
}

type Fold = fn(&str) -> String;

/// The code points where the texts part: ` (U+0430, not U+0061)`.
fn first_codes(expected: &str, found: &str) -> String {
    let codes = |text: &str, other: &str| {
        let same = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        let next: Vec<_> = text.chars().skip(same).take(2).collect();
        match next[..] {
            [base, mark] if is_mark(mark) => format!("U+{:04X} U+{:04X}", u32::from(base), u32::from(mark)),
            [first, ..] => format!("U+{:04X}", u32::from(first)),
            [] => "the end".to_owned(),
        }
    };
    format!(" ({}, not {})", codes(found, expected), codes(expected, found))
}

/// White space of every kind is one blank between words, and none at the ends.
fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_invisible(text: &str) -> String {
    let is_invisible = |c: &char| {
        matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
            || c.is_control()
    };
    text.chars().filter(|c| !is_invisible(c)).collect()
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Letters with an accent as a letter and its accent. Of Unicode's table only what European languages write in Latin letters.
fn decomposed(text: &str) -> String {
    let parts = |c: char| match WITH_ACCENT.get(&c) {
        Some((base, mark)) => [Some(*base), Some(*mark)],
        None => [Some(c), None],
    };
    text.chars().flat_map(parts).flatten().collect()
}

/// Letters of other scripts, and signs, as the ASCII or Latin ones that they look like.
fn latin(text: &str) -> String {
    let like = |c: char| match c {
        // the full-width forms of ASCII
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => ALIKE.get(&c).copied().unwrap_or(c),
    };
    text.chars().map(like).collect()
}

/// Each letter with an accent, as a letter and its accent. The search for a name may look at many of them.
static WITH_ACCENT: LazyLock<HashMap<char, (char, char)>> = LazyLock::new(|| {
    let of_mark = |(mark, letters): &(char, &'static str)| {
        let mark = *mark;
        pairs(letters).map(move |(base, whole)| (whole, (base, mark)))
    };
    ACCENTS.iter().flat_map(of_mark).collect()
});

/// Each character that looks like another one.
static ALIKE: LazyLock<HashMap<char, char>> =
    LazyLock::new(|| pairs(LOOKALIKES).map(|(base, other)| (other, base)).collect());

fn pairs(letters: &'static str) -> impl Iterator<Item = (char, char)> {
    letters.chars().zip(letters.chars().skip(1)).step_by(2)
}

/// An accent, and letters without and with it.
const ACCENTS: &[(char, &str)] = &[
    ('\u{300}', "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹ"),
    ('\u{301}', "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzź"),
    ('\u{302}', "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷ"),
    ('\u{303}', "AÃNÑOÕaãnñoõIĨiĩUŨuũ"),
    ('\u{304}', "AĀaāEĒeēIĪiīOŌoōUŪuū"),
    ('\u{306}', "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭ"),
    ('\u{307}', "CĊcċEĖeėGĠgġIİZŻzż"),
    ('\u{308}', "AÄEËIÏOÖUÜaäeëiïoöuüyÿYŸ"),
    ('\u{30a}', "AÅaåUŮuů"),
    ('\u{30b}', "OŐoőUŰuű"),
    ('\u{30c}', "CČcčDĎdďEĚeěNŇnňRŘrřSŠsšTŤtťZŽzžLĽlľ"),
    ('\u{327}', "CÇcçGĢKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ"),
    ('\u{328}', "AĄaąEĘeęIĮiįUŲuų"),
];

/// A character, and one that looks like it: Cyrillic, Greek, the micro sign, dashes and quotes.
const LOOKALIKES: &str = "AАBВCСEЕHНIІJЈKКMМOОPРSЅTТXХYУaаcсeеiіjјoоpрsѕxхyу\
    AΑBΒEΕZΖHΗIΙKΚMΜNΝOΟPΡTΤYΥXΧoοvνμµ\
    -\u{2010}-\u{2011}-\u{2012}-\u{2013}-\u{2014}-\u{2212}'\u{2018}'\u{2019}'\u{2b9}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_difference_is_told_with_its_code_points() {
        for (expected, found, told) in [
            ("a b", "a  b", "blanks"),
            ("a b", "a\u{a0}b", "blanks"),
            ("a ", "a", "blanks"),
            ("ab", "a\u{200b}b", "invisible characters (U+200B, not U+0062)"),
            ("ab", "ab\u{ad}", "invisible characters (U+00AD, not the end)"),
            ("caf\u{e9}", "cafe\u{301}", "how its accents are encoded (U+0065 U+0301, not U+00E9)"),
            ("cafe\u{301} 1", "caf\u{e9} 1", "how its accents are encoded (U+00E9, not U+0065 U+0301)"),
            ("Straße", "straße", "upper and lower case"),
            ("a", "\u{430}", "a lookalike character (U+0430, not U+0061)"),
            ("\u{b5}g", "\u{3bc}g", "a lookalike character (U+03BC, not U+00B5)"),
            ("a-b", "a\u{2013}b", "a lookalike character (U+2013, not U+002D)"),
            ("x", "\u{ff58}", "a lookalike character (U+FF58, not U+0078)"),
        ] {
            assert_eq!(difference(expected, found).as_deref(), Some(told), "{expected} {found}");
        }
        let several = difference("Caf\u{e9} a", "cafe\u{301}  \u{430}").unwrap();
        assert!(several.starts_with("more than one of blanks"), "{several}");
    }

    #[test]
    fn names_that_differ_otherwise_are_left_to_the_search_for_the_nearest() {
        for (expected, found) in [("a", "a"), ("caf\u{e9}", "cafe"), ("a", "b"), ("", "a"), ("a_b", "a b")] {
            assert_eq!(difference(expected, found), None, "{expected} {found}");
        }
    }

    #[test]
    fn every_letter_of_the_tables_stands_there_once_and_beside_another() {
        for letters in ACCENTS.iter().map(|(_, letters)| *letters).chain([LOOKALIKES]) {
            let all: Vec<char> = letters.chars().collect();
            let (pairs, rest) = all.as_chunks::<2>();
            assert!(rest.is_empty(), "{letters}");
            let mut others: Vec<char> = pairs.iter().map(|[_, other]| *other).collect();
            others.sort_unstable();
            others.dedup();
            assert_eq!(others.len(), pairs.len(), "{letters}");
            assert!(pairs.iter().all(|[base, other]| base != other && !other.is_ascii()), "{letters}");
        }
    }
}
