//! The page's script and style without what only their readers need: comments, indentation, and blanks beside signs.
//!
//! Comments stand on lines of their own. Texts in quotes and regular expressions stay as they are, so nothing here changes what runs.

/// Without indentation, comments on lines of their own, and empty lines.
pub(super) fn lines(text: &str) -> String {
    let is_told = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/**");
    text.lines().map(str::trim).filter(is_told).collect::<Vec<_>>().join("\n")
}

/// A style sheet whose lines end in one of `{};,`.
pub(super) fn style(text: &str) -> String {
    let blanks =
        [(": ", ":"), ("; ", ";"), (", ", ","), (" { ", "{"), (" {", "{"), (" }", "}"), ("\n", ""), (";}", "}")];
    blanks.iter().fold(lines(text), |style, (wide, narrow)| style.replace(wide, narrow))
}

/// A script whose statements end with a semicolon or the brace of a block; a line break stays where one may begin with a bracket.
pub(super) fn script(text: &str) -> String {
    let text = lines(text);
    let mut short = String::with_capacity(text.len());
    // for each template that is open, the braces that are open in the code inside of it
    let mut templates: Vec<usize> = Vec::new();
    let mut rest = text.as_str();
    while let Some(sign) = rest.chars().next() {
        let is_inside_end = sign == '}' && templates.last() == Some(&0);
        let taken = match sign {
            '"' | '\'' => quoted(rest, sign),
            '/' if begins_expression(&short) => expression(rest),
            '`' => template(rest, &mut templates, true),
            '}' if is_inside_end => template(rest, &mut templates, false),
            _ => sign.len_utf8(),
        };
        // what never changes is told to readers alone
        if rest.starts_with("const ") && !short.ends_with(is_word) {
            short.push_str("let ");
            rest = rest.get("const ".len()..).unwrap_or_default();
            continue;
        }
        if sign == '}' && !is_inside_end && short.ends_with(';') {
            short.pop();
        }
        let (token, after) = rest.split_at(taken);
        match (sign, templates.last_mut()) {
            ('{', Some(open)) => *open += 1,
            ('}', Some(open)) if !is_inside_end => *open -= 1,
            _ => {}
        }
        if !sign.is_ascii_whitespace() || is_needed(sign, short.chars().last(), after.chars().next()) {
            short.push_str(token);
        }
        rest = after;
    }
    short
}

/// Whether a blank keeps two words or signs apart, or a line break may end a statement.
fn is_needed(blank: char, before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    match blank {
        '\n' if before == '}' => !is_word(after) && !"})],;:?.=&|<>".contains(after),
        '\n' => !"{([,;:?=&|<>\n".contains(before) && !"})],;:?.=&|<>".contains(after),
        _ => is_word(before) && is_word(after) || before == after && matches!(before, '+' | '-'),
    }
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '_' | '$')
}

/// Whether a slash behind this divides nothing.
fn begins_expression(before: &str) -> bool {
    before.ends_with(|sign| "(,=:[!&|?{};>\n".contains(sign)) || before.ends_with("return")
}

/// Bytes up to the quote that ends a text.
fn quoted(text: &str, quote: char) -> usize {
    end(text, |sign| sign == quote)
}

/// Bytes up to the slash that ends a regular expression; one in brackets does not.
fn expression(text: &str) -> usize {
    let mut is_class = false;
    end(text, |sign| {
        is_class = sign == '[' || is_class && sign != ']';
        sign == '/' && !is_class
    })
}

/// Bytes of a template up to its end, or up to the code inside of it. `is_start`: whether it begins here; else its code has ended.
fn template(text: &str, templates: &mut Vec<usize>, is_start: bool) -> usize {
    let mut before = ' ';
    let mut is_code = false;
    let taken = end(text, |sign| {
        is_code = before == '$' && sign == '{';
        before = sign;
        sign == '`' || is_code
    });
    match (is_start, is_code) {
        (true, true) => templates.push(0),
        (false, false) => drop(templates.pop()),
        _ => {}
    }
    taken
}

/// Bytes behind the first sign that ends a text; a sign behind a backslash does not.
fn end(text: &str, mut is_end: impl FnMut(char) -> bool) -> usize {
    let mut is_escaped = true;
    for (at, sign) in text.char_indices() {
        if !is_escaped && is_end(sign) {
            return at + sign.len_utf8();
        }
        // the first sign is what opens the text
        is_escaped = !is_escaped && sign == '\\' && at > 0;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_go_where_they_part_nothing() {
        for (long, expected) in [
            ("const a = b + 1;\n  // why\n\n  return a;\n", "let a=b+1;return a;"),
            ("a + +b - -c", "a+ +b- -c"),
            ("a\nb\n++c", "a\nb\n++c"),
            ("if (a) {\n  b();\n}\nc()", "if(a){b()}c()"),
            ("f = () => {\n}\n(b)", "f=()=>{}\n(b)"),
            ("const f = a\n  ? b\n  : c\n", "let f=a?b:c"),
            ("aconst b; 'const c;}'", "aconst b;'const c;}'"),
            ("f({ é: 1 }, [ 2 ])", "f({é:1},[2])"),
            ("a = 'b  = \\' c';", "a='b  = \\' c';"),
            ("a = \"'\" + ' \" ' ;", "a=\"'\"+' \" ';"),
            ("a / b / c", "a/b/c"),
            ("a = / [ /] '/g . test( b )", "a=/ [ /] '/g.test(b)"),
            ("return / x /", "return/ x /"),
            ("x => / \" /", "x=>/ \" /"),
            ("`a  ${ b + 1 }  c` + d", "`a  ${b+1}  c`+d"),
            ("`a ${ f({ b: `c  ${ d } ` }) } \\` ${ e } f` ;", "`a ${f({b:`c  ${d} `})} \\` ${e} f`;"),
            ("`$ ` + { a: 1 }", "`$ `+{a:1}"),
        ] {
            assert_eq!(script(long), expected, "{long}");
        }
    }

    #[test]
    fn a_style_becomes_one_line() {
        assert_eq!(style("a, b > c {\n  color: red;\n  d: e;\n}\n* { f: g }\n"), "a,b > c{color:red;d:e}*{f:g}");
    }
}
