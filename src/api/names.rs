//! Names that people mistype: the nearest known one.

/// The candidate with the fewest edits from `name`, if those are few for its length. Only letters and digits count, so that
/// `petal_width` is near to `petal width (cm)`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = essence(name);
    candidates
        .into_iter()
        .map(|candidate| (essence(candidate), candidate))
        .map(|(essence, candidate)| (edit_distance(&name, &essence), essence.len(), candidate))
        .filter(|(distance, len, _)| distance * 3 <= *len)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

fn essence(name: &str) -> Vec<char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Insertions, deletions and substitutions that turn one text into the other (Levenshtein 1966).
fn edit_distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (done, from) in from.iter().enumerate() {
        let mut diagonal = done;
        let mut left = done + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, to) in row.iter_mut().skip(1).zip(to) {
            left = (diagonal + usize::from(from != to)).min(left + 1).min(*above + 1);
            diagonal = std::mem::replace(above, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        for (from, to, distance) in [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("flaw", "lawn", 2)] {
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
