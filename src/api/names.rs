//! The known name nearest to a mistyped one.

/// How many of a request's names are searched for the one that was meant.
pub const NAMES_MAX: usize = 1_000;
/// The longest name that is searched: a longer one is not a typing mistake.
pub const NAME_BYTES_MAX: usize = 200;

/// The candidate with the fewest edits from `name`, if they are few for its length. Only letters and digits count, so
/// `petal_width` is near `petal width (cm)`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = essence(name);
    candidates
        .into_iter()
        .map(|candidate| (essence(candidate), candidate))
        // As many edits as the lengths differ by are needed in any case, and these are told at once.
        .filter(|(essence, _)| essence.len().abs_diff(name.len()) * 3 <= essence.len())
        .map(|(essence, candidate)| (edit_distance(&name, &essence), essence.len(), candidate))
        .filter(|(distance, len, _)| distance * 3 <= *len)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

fn essence(name: &str) -> Vec<char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other (Damerau 1964, where no part is
/// edited twice).
fn edit_distance(from: &[char], to: &[char]) -> usize {
    let first: Vec<usize> = (0..=to.len()).collect();
    // The distances of the last two prefixes of `from` to all prefixes of `to`.
    let (mut before, mut last) = (first.clone(), first);
    for (done, character) in from.iter().enumerate() {
        let mut row = vec![done + 1];
        for (at, wanted) in to.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut distance = (cell(&last, at) + usize::from(character != wanted)).min(cell(&last, at + 1) + 1);
            distance = distance.min(cell(&row, at) + 1);
            let is_swap = done > 0 && at > 0 && from.get(done - 1) == Some(wanted) && to.get(at - 1) == Some(character);
            if is_swap {
                distance = distance.min(cell(&before, at - 1) + 1);
            }
            row.push(distance);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        for (from, to, distance) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("flaw", "lawn", 2),
            ("prot", "port", 1),
            ("ab", "ba", 1),
        ] {
            let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
            assert_eq!(edit_distance(&from, &to), distance, "{from:?} {to:?}");
        }
    }

    #[test]
    fn only_a_near_name_is_offered() {
        let names = ["sepal length (cm)", "petal length (cm)"];
        assert_eq!(nearest("petal lenght (cm)", names), Some("petal length (cm)"));
        assert_eq!(nearest("Petal_Length", names), Some("petal length (cm)"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest("", names), None);
    }
}
