//! The bare token `NaN`, which Python's `json.dumps` and many clients write for a missing number, and JSON does not have.
//!
//! Where a column may be missing, content is searched for it before it is read, and read with `null` in its place. Errors give
//! places in the original content.

const NAN: &str = "NaN";
const NULL: &str = "null";

/// Content in which each bare `NaN` is `null`.
#[derive(Debug)]
pub struct WithoutNan<'a> {
    original: &'a str,
    /// What is to be read.
    pub text: String,
}

impl<'a> WithoutNan<'a> {
    /// How long the text becomes; `None` where there is no bare `NaN`.
    pub fn length(original: &str) -> Option<usize> {
        // Most content has none, and this search is quick.
        let first = original.find(NAN)?;
        match bare_nans(original, first).count() {
            0 => None,
            count => Some(original.len() + count * (NULL.len() - NAN.len())),
        }
    }

    /// `length`: that of the text.
    pub fn new(original: &'a str, length: usize) -> WithoutNan<'a> {
        let mut text = String::with_capacity(length);
        let mut done = 0;
        for at in bare_nans(original, 0) {
            text.push_str(original.get(done..at).unwrap_or_default());
            text.push_str(NULL);
            done = at + NAN.len();
        }
        text.push_str(original.get(done..).unwrap_or_default());
        WithoutNan { original, text }
    }

    /// The column in the content itself, for a line and column of the text, all counted from 1.
    pub fn column(&self, line: usize, column: usize) -> usize {
        let start: usize = self.original.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let of_line = bare_nans(self.original, 0).skip_while(|at| *at < start);
        // Each of those before has made what follows one byte longer.
        let before = of_line.zip(0..).take_while(|(at, longer)| at - start + longer + NULL.len() < column).count();
        column - before.min(column) * (NULL.len() - NAN.len())
    }
}

/// Where `NaN` stands outside of strings. Nothing before `first` is one.
fn bare_nans(text: &str, first: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let (mut at, mut is_string, mut is_escaped) = (0, false, false);
    std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            let start = at;
            at += 1;
            if is_string {
                is_string = *byte != b'"' || is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
            } else if *byte == b'"' {
                is_string = true;
            } else if *byte == b'N' && start >= first && bytes.get(start..).is_some_and(|it| it.starts_with(b"NaN")) {
                at += NAN.len() - 1;
                return Some(start);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Option<String> {
        let length = WithoutNan::length(text)?;
        let replaced = WithoutNan::new(text, length).text;
        assert_eq!((replaced.len(), replaced.capacity()), (length, length));
        Some(replaced)
    }

    #[test]
    fn nan_is_replaced_outside_of_strings_alone() {
        for (text, found) in [
            ("[NaN, 1,NaN]", Some("[null, 1,null]")),
            (r#"{"NaN":NaN,"a":"\"NaN","b\\":NaN}"#, Some(r#"{"NaN":null,"a":"\"NaN","b\\":null}"#)),
            (r#"["NaN"]"#, None),
            (r#"["é\\\"NaN", "#, None),
            ("[1]", None),
            ("[Na", None),
            // No JSON before, and none afterwards.
            ("[-NaN, NaNNaN]", Some("[-null, nullnull]")),
        ] {
            assert_eq!(replaced(text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn columns_are_those_of_the_content() {
        let text = "[NaN,\n NaN, NaN, ?]";
        let without = WithoutNan::new(text, 100);
        let column = |what: &str, text: &str, line: usize| text.lines().nth(line - 1).unwrap().find(what).unwrap() + 1;
        assert_eq!(without.column(2, column("?", &without.text, 2)), column("?", text, 2));
        assert_eq!(without.column(2, 2), 2);
        assert_eq!((without.column(1, 1), without.column(1, 6)), (1, 5));
    }
}
