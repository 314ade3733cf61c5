//! What a model was put together from, as lines in columns: the way of a row from the top down.

use crate::escape::escaped;
use crate::model_file::{LeftOut, Loaded, Role, UsedPiece};
use crate::pipeline::Target;

/// One line for each piece: where it was found, what it is, and what it does. Nothing for a model that was whole.
pub(super) fn pieces(loaded: &Loaded) -> Vec<String> {
    if !loaded.is_assembled() {
        return Vec::new();
    }
    let gives = match loaded.model.target() {
        Target::Classes(classes) => format!("{} classes", classes.len()),
        Target::Number => "a number".to_owned(),
        Target::Inlier => "1 or -1".to_owned(),
    };
    let does = |piece: &UsedPiece| match piece.role {
        Role::Transformer { width_in, width_out } => format!("{width_in} -> {width_out}"),
        Role::Estimator { width_in } => format!("{width_in} -> {gives}"),
        Role::Column => "encodes a column".to_owned(),
        Role::Labels => "names the classes".to_owned(),
        Role::Names => "names the columns".to_owned(),
    };
    let lines = loaded.pieces.iter().map(|piece| [piece.place.clone(), piece.what.clone(), does(piece)]);
    in_columns(&lines.collect::<Vec<_>>())
}

/// One line for each thing that is not part of the model.
pub(super) fn left_out(left_out: &[LeftOut]) -> Vec<String> {
    let lines = left_out.iter().map(|left| [left.place.clone(), left.what.clone()]);
    in_columns(&lines.collect::<Vec<_>>())
}

/// Texts below each other, escaped; the last column is not padded.
fn in_columns<const COLUMNS: usize>(lines: &[[String; COLUMNS]]) -> Vec<String> {
    let lines: Vec<_> = lines.iter().map(|line| line.each_ref().map(|text| escaped(text).to_string())).collect();
    let widths: Vec<_> = (0..COLUMNS.saturating_sub(1))
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|text| text.chars().count()).max())
        .collect();
    let padded = |line: &[String; COLUMNS]| {
        let width = |column: usize| widths.get(column).copied().flatten().unwrap_or(0).min(COLUMN_CHARS_MAX);
        let texts = line.iter().enumerate().map(|(column, text)| format!("{text:<0$}", width(column)));
        texts.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(padded).collect()
}

/// Characters to which a column is padded; a longer text moves what is behind it.
const COLUMN_CHARS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text_and_not_wider_than_they_may_be() {
        let line = |texts: [&str; 2]| texts.map(str::to_owned);
        assert_eq!(in_columns(&[line(["a", "b"]), line(["čč", ""])]), ["a   b", "čč"]);
        assert_eq!(in_columns(&[line(["a", "b"]), line(["\n", "c"])]), ["a   b", "\\n  c"]);
        let long = "x".repeat(50);
        let found = in_columns(&[line([&long, "b"]), line(["a", "b"])]);
        assert_eq!(found, [format!("{long}  b"), format!("a{}  b", " ".repeat(39))]);
        assert_eq!(in_columns::<2>(&[]), <[&str; 0]>::default());
    }
}
