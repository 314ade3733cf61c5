//! Answers that are put together from texts.

use super::Error;
use crate::http::{Response, Status};

/// Answers 200 with these texts one after the other. Names of models and versions need no escapes in JSON.
///
/// # Errors
/// None; the type is that of all answers.
pub(super) fn says(content_type: &'static str, texts: &[&str], mut content: Vec<u8>) -> Result<Response, Error> {
    for text in texts {
        content.extend_from_slice(text.as_bytes());
    }
    Ok(Response::new(Status::OK, content_type, content))
}
