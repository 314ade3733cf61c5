//! Encoders of single columns, each in its own file.

use std::path::PathBuf;

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};
use crate::model_file::load;
use crate::model_file::pieces::ColumnEncoder;
use crate::model_file::sha256::Digest;

/// Which column which file encodes.
pub(super) const ENCODE: Flag =
    flag("--encode COLUMN=FILE", "the saved LabelEncoder of a column; repeatable").env(&["SVCD_ENCODE"]).repeatable();

/// The columns with the files of their encoders: each with a flag of its own, or separated by commas.
///
/// # Errors
/// [`Error::Usage`] for what has no `=`, or nothing before or after it.
pub(super) fn given(arguments: &Arguments) -> Result<Vec<(String, PathBuf)>, Error> {
    let pair = |text: &str| {
        let (column, file) = text.split_once('=').filter(|(column, file)| !column.is_empty() && !file.is_empty())?;
        Some((column.to_owned(), PathBuf::from(file)))
    };
    let read = |text: &str| text.split(',').map(pair).collect::<Option<Vec<_>>>();
    Ok(arguments
        .values(ENCODE.name(), "a column and the file of its encoder, as in sex=sex_encoder.pkl", read)?
        .concat())
}

/// The encoders in these files, with the digests of the files. `first_source`: the number of the first file among all.
///
/// # Errors
/// [`Error::Failed`] for a file that cannot be read, or holds no encoder of one column.
pub(super) fn read(given: Vec<(String, PathBuf)>, first_source: usize) -> Result<Vec<(ColumnEncoder, Digest)>, Error> {
    let read = |(index, (column, path)): (usize, (String, PathBuf))| {
        let shown = path.display().to_string();
        let name = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
        let encoder = load::read_path(&path).and_then(|bytes| {
            let encoder = load::column_encoder(column, first_source + index, name, &bytes)?;
            Ok((encoder, Digest::of(&bytes)))
        });
        encoder.map_err(|cause| Error::failed_to("load", &shown, &cause))
    };
    given.into_iter().enumerate().map(read).collect()
}
