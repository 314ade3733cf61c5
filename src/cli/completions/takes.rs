//! What a shell may offer for a value.

/// What stands for the value of a flag, or for an operand, in the help.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// One of these words.
    Words(Vec<&'static str>),
    File,
    Folder,
    /// Something that no shell knows.
    Text,
}

impl Takes {
    /// Words in lower case are what is typed; `PATH`, `FILE` and `ROWS.csv` are files.
    pub(super) fn of(shown: &'static str) -> Takes {
        let words: Vec<_> = shown.split('|').collect();
        let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        match shown {
            "" => Takes::Nothing,
            "DIR" => Takes::Folder,
            _ if words.iter().all(is_word) => Takes::Words(words),
            _ if words.iter().any(|word| matches!(*word, "FILE" | "PATH") || word.ends_with(".csv")) => Takes::File,
            _ => Takes::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_help_shows_says_what_a_shell_may_offer() {
        for (shown, takes) in [
            ("", Takes::Nothing),
            ("text|json", Takes::Words(vec!["text", "json"])),
            ("libsvm", Takes::Words(vec!["libsvm"])),
            ("FILE|-", Takes::File),
            ("PATH", Takes::File),
            ("ROWS.csv", Takes::File),
            ("DIR", Takes::Folder),
            ("TIME", Takes::Text),
            ("A,B,..", Takes::Text),
            ("ORIGIN|*", Takes::Text),
        ] {
            assert_eq!(Takes::of(shown), takes, "{shown}");
        }
    }
}
