//! Percent-encoding in the paths of models (RFC 3986 section 2.1).
//!
//! Some clients encode more of a model's name than they have to, or the colon after it. Such spellings are decoded if RFC 3986
//! section 6.2.2.2 calls them equivalent, and so is the colon. A dot or a slash is never decoded, and nothing outside of these
//! paths is: a proxy may guard a path such as `/metrics` by its spelling.

/// Where paths are decoded; the beginning itself is compared byte for byte.
pub(super) const DECODED_BELOW: [&[u8]; 2] = [b"/v1/models/", b"/v2/models/"];

/// The path that `path` is another spelling of; `None` if it is not another spelling of anything.
pub(super) fn decoded(path: &[u8]) -> Option<Vec<u8>> {
    if !path.contains(&b'%') || !DECODED_BELOW.iter().any(|start| path.starts_with(start)) {
        return None;
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, after @ ..] = rest {
        let (byte, after) = encoded(rest).unwrap_or((*first, after));
        decoded.push(byte);
        rest = after;
    }
    Some(decoded)
}

/// The byte that is encoded at the start of `text`, if it is one that may be decoded, and what follows.
fn encoded(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    (byte.is_ascii_alphanumeric() || b"-_~:".contains(&byte)).then_some((byte, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded_text(path: &str) -> Option<String> {
        decoded(path.as_bytes()).map(|path| String::from_utf8(path).unwrap())
    }

    #[test]
    fn letters_digits_and_the_colon_of_a_models_path_are_decoded() {
        for (path, expected) in [
            ("/v1/models/%69ris", "/v1/models/iris"),
            ("/v2/models/%49%72%4a%7A/ready", "/v2/models/IrJz/ready"),
            ("/v1/models/iris%3Apredict", "/v1/models/iris:predict"),
            ("/v1/models/a%2Db%5fc%7e%30%3a", "/v1/models/a-b_c~0:"),
        ] {
            assert_eq!(decoded_text(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn nothing_else_is_decoded_and_nothing_twice() {
        for path in ["/v1/models/%2e%2E", "/v1/models/a%2fb%2F", "/v1/models/%2569", "/v2/models/%00%0d%0a%20%40%C3"] {
            assert_eq!(decoded_text(path).as_deref(), Some(path), "{path}");
        }
        for path in ["/%6detrics", "/v1/%6dodels/iris", "/%76%31/models/iris", "/v1/models", "/v2/models/iris", "/%2e"]
        {
            assert_eq!(decoded_text(path), None, "{path}");
        }
    }
}
