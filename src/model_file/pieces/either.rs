//! Pieces that are two things: what else was found says which.

use super::{Content, Found, Piece};

/// An `RFE` with an SVM inside is the estimator if there is no other; otherwise it is a step before the estimator.
pub(super) fn settled(found: Vec<Found>) -> Vec<Found> {
    let has_estimator = found.iter().any(Found::is_estimator);
    let settle = |found: Found| {
        let content = found.content.map(|content| match content {
            Content::Piece(Piece::Either { decides, selects }, what) => {
                Content::Piece(if has_estimator { *selects } else { Piece::Estimator(decides) }, what)
            }
            other => other,
        });
        Found { content, ..found }
    };
    found.into_iter().map(settle).collect()
}
