//! Rust source as words and signs, without comments, literals and code that only tests have.

use std::collections::BTreeSet;

/// A word (with its quote, if it is a lifetime), `::`, or a single sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// From 1.
    pub line: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    }
}

/// What a source text consists of. A literal is the sign `"`.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let (text, len) = match first {
            _ if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            _ if rest.starts_with("/*") => (None, comment_len(rest)),
            '"' | '\'' | 'b' | 'c' | 'r' if literal_len(rest) > 0 => (Some("\""), literal_len(rest)),
            _ if rest.starts_with("::") => (Some("::"), 2),
            '\'' | '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => {
                let len =
                    1 + rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len() - 1);
                (Some(&rest[..len]), len)
            }
            _ if first.is_whitespace() => (None, first.len_utf8()),
            _ => (Some(&rest[..first.len_utf8()]), first.len_utf8()),
        };
        if let Some(text) = text {
            found.push(Token { text: text.to_owned(), line });
        }
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    found
}

/// Length of the comment at the start; comments stand in comments.
fn comment_len(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of the text or character in quotes at the start, 0 where there is none.
fn literal_len(text: &str) -> usize {
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or("");
    let quoted = &text[prefix.len()..];
    let hashes = if prefix.ends_with('r') { quoted.len() - quoted.trim_start_matches('#').len() } else { 0 };
    if quoted[hashes..].starts_with('"') {
        let start = prefix.len() + hashes + 1;
        if prefix.ends_with('r') {
            let end = format!("\"{}", "#".repeat(hashes));
            return text[start..].find(&end).map_or(text.len(), |at| start + at + end.len());
        }
        let mut is_escaped = false;
        let end = text[start..].find(|c: char| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        return end.map_or(text.len(), |at| start + at + 1);
    }
    if !quoted.starts_with('\'') || !matches!(prefix, "" | "b") {
        return 0;
    }
    // A lifetime has no quote behind its first character, unless that is escaped.
    let mut characters = quoted[1..].char_indices();
    match characters.next() {
        Some((_, '\\')) => {
            let end = quoted[3..].find('\'').map_or(quoted.len(), |at| 3 + at + 1);
            prefix.len() + end
        }
        Some((_, _)) => match characters.next() {
            Some((at, '\'')) => prefix.len() + 1 + at + 1,
            _ => 0,
        },
        None => 0,
    }
}

/// Code without what only tests have.
pub struct Code {
    pub tokens: Vec<Token>,
    /// Lines that hold nothing but what was left out.
    pub test_lines: usize,
    /// Modules in files of their own that only tests have.
    pub test_modules: Vec<String>,
}

/// Leaves out every item behind a `#[cfg(test)]`.
pub fn without_tests(all: Vec<Token>) -> Code {
    let mut code = Code { tokens: Vec::new(), test_lines: 0, test_modules: Vec::new() };
    let mut test_lines = BTreeSet::new();
    let mut at = 0;
    while at < all.len() {
        let attribute = attribute_len(&all[at..]);
        let words: Vec<&str> = all[at..at + attribute].iter().map(|token| token.text.as_str()).collect();
        if !(words.contains(&"cfg") && words.contains(&"test") && !words.contains(&"not")) {
            code.tokens.extend_from_slice(&all[at..at + attribute.max(1)]);
            at += attribute.max(1);
            continue;
        }
        let start = at;
        while attribute_len(&all[at..]) > 0 {
            at += attribute_len(&all[at..]);
        }
        let len = item_len(&all[at..]);
        let item = &all[at..at + len];
        if let Some([_, name, end]) = item.iter().position(|token| token.is("mod")).map(|mod_at| &item[mod_at..])
            && end.is(";")
        {
            code.test_modules.push(name.text.clone());
        }
        at += len;
        test_lines.extend(all[start].line..=all[at - 1].line);
    }
    for token in &code.tokens {
        test_lines.remove(&token.line);
    }
    code.test_lines = test_lines.len();
    code
}

/// Tokens of the attribute at the start, `#[...]` or `#![...]`; 0 where there is none.
fn attribute_len(tokens: &[Token]) -> usize {
    let is_inner = usize::from(tokens.get(1).is_some_and(|token| token.is("!")));
    let starts = tokens.first().is_some_and(|token| token.is("#"));
    match tokens.get(1 + is_inner) {
        Some(open) if starts && open.is("[") => 1 + is_inner + group_len(&tokens[1 + is_inner..]),
        _ => 0,
    }
}

/// Tokens from an opening bracket to the one that closes it.
pub fn group_len(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Tokens of the item at the start: to its `;`, or to the end of its block.
fn item_len(tokens: &[Token]) -> usize {
    let is_use = tokens.iter().take_while(|token| !token.is(";") && !token.is("{")).any(|token| token.is("use"));
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return at + 1,
            "{" if !is_use => return at + group_len(&tokens[at..]),
            "(" | "[" | "{" => at += group_len(&tokens[at..]),
            _ => at += 1,
        }
    }
    at
}
