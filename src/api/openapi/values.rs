//! Values of JSON as text.

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    // Text alone cannot fail to serialize.
    serde_json::to_string(text).unwrap_or_default()
}

/// Values as they stand in an array or an object.
pub(super) fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(",")
}
