//! What the fuzz targets share: svcd's routes without a network, and second readings of what they are sent.

pub mod by_tree;
#[path = "../../shared/made_up.rs"]
mod made_up;
#[path = "../../it/differential/reading.rs"]
pub mod reading;
pub mod service;

use svcd::pipeline::{Answers, Asked, Error, Model, OutputName, Scratch};

/// Asks a model for everything that it offers for one row, and checks that there is as much as it says.
///
/// # Errors
/// The model's own: a step may make a number too large.
pub fn answer(model: &Model) -> Result<(), Error> {
    let asked = model.outputs().fold(Asked::default(), |asked, output| asked.and(output.name));
    let (row, mut answers) = (vec![0.5; model.n_features_in()], Answers::default());
    model.answer(&row, asked, &mut Scratch::default(), &mut answers)?;
    for output in model.outputs() {
        let (labels, numbers) = (answers.labels(output.name), answers.numbers(output.name));
        assert_eq!((labels.len(), numbers.len()), if output.is_labels { (1, 0) } else { (0, output.width) });
    }
    assert!(answers.labels(OutputName::Predict).iter().all(|label| model.target().label(*label).is_some()));
    Ok(())
}

/// CRC-32 as gzip and model.bin have it, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// The bytes cut into pieces of these lengths, and what is left.
pub fn pieces<'a>(body: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut rest = body;
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, after) = rest.split_at(usize::from(*length).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
