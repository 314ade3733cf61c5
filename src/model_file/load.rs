//! From paths or bytes of any supported format to one model, by the first bytes of the content.

use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::Path;

use super::compressed::inflated;
use super::pieces::{ColumnEncoder, Content, Contents, Found, Piece, assemble};
use super::sniff::{self, Sniffed};
use super::{Error, Loaded, MODEL_FILE_BYTES_MAX, json, libsvm, native, sklearn};
use crate::inflate::Compression;

/// One of the files that a model consists of.
#[derive(Debug)]
pub struct Source {
    /// What messages call it; empty if it is the only one.
    pub name: String,
    /// Files of one rank may be applied in any order, a lower rank before a higher one.
    pub rank: usize,
    /// Its content, or why it cannot be read.
    pub content: Result<Vec<u8>, Error>,
    /// Whether somebody named it; else it stands in a folder, where it need not be a model file.
    pub is_named: bool,
}

/// Reads the one model that these files make together. `leave_out`: places, files or keys that do not belong to it.
///
/// # Errors
/// Everything that [`Error`] lists; the text names files as they are called in `sources`.
pub fn load(sources: Vec<Source>, leave_out: &[String]) -> Result<Loaded, Error> {
    let found = sources.into_iter().enumerate().flat_map(|(index, source)| found_in(index, source)).collect();
    assemble(found, leave_out)
}

/// Reads the model file at `path`.
///
/// # Errors
/// As [`load_bytes`], and for reading the file; the text does not repeat the path.
pub fn load_path(path: &Path) -> Result<Loaded, Error> {
    load_bytes(&read_path(path)?)
}

/// Reads a model from the whole content of a model file.
///
/// # Errors
/// Everything that [`Error`] lists, except for reading files.
pub fn load_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    assemble(pieces(0, 0, "", bytes, true)?, &[])
}

/// Reads the encoder of one column. `source`, `place`: number and name of its file; `bytes`: the whole content.
///
/// # Errors
/// As [`load_bytes`], and for what is no such encoder.
pub fn column_encoder(column: String, source: usize, place: String, bytes: &[u8]) -> Result<ColumnEncoder, Error> {
    ColumnEncoder::of_file(column, place, pieces(source, 0, "", bytes, true)?)
}

/// The whole content of the file at `path`, for [`load_bytes`].
///
/// # Errors
/// [`Error::Read`], [`Error::NotRegularFile`] and [`Error::TooLarge`].
pub fn read_path(path: &Path) -> Result<Vec<u8>, Error> {
    // opening a FIFO waits for a writer, so the path is checked first; then the opened file, as the path may have changed since
    check_regular(fs::metadata(path).map_err(Error::Read)?.file_type())?;
    let file = File::open(path).map_err(Error::Read)?;
    let metadata = file.metadata().map_err(Error::Read)?;
    check_regular(metadata.file_type())?;
    check_size(metadata.len())?;
    let mut bytes = Vec::new();
    // one byte above the limit shows a file that grows while it is read
    file.take(MODEL_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(Error::Read)?;
    Ok(bytes)
}

/// What is in one file.
fn found_in(source: usize, Source { name, rank, content, is_named }: Source) -> Vec<Found> {
    let pieces = content.and_then(|bytes| pieces(source, rank, &name, &bytes, is_named));
    pieces.unwrap_or_else(|cause| vec![Found { source, rank, file: name.clone(), place: name, content: Err(cause) }])
}

fn pieces(source: usize, rank: usize, name: &str, bytes: &[u8], is_named: bool) -> Result<Vec<Found>, Error> {
    check_size(bytes.len() as u64)?;
    let whole = |loaded: Loaded| -> Result<Contents, Error> {
        if let Some(probes) = &loaded.probes {
            probes.check(&loaded.model)?;
        }
        let what = format!("a model in the format {}", loaded.provenance.format);
        Ok(vec![(String::new(), Ok(Content::Piece(Piece::Estimator(Box::new(loaded)), what)))])
    };
    let other =
        |what: &str| -> Result<Contents, Error> { Ok(vec![(String::new(), Ok(Content::Other(what.to_owned())))]) };
    let items = match sniff::sniff(bytes) {
        Sniffed::Json | Sniffed::Pickle if !is_named && !sniff::is_model_file(bytes) => other("no model file")?,
        Sniffed::ModelBin => whole(native::from_bytes(bytes)?)?,
        Sniffed::Json => whole(json::from_bytes(bytes)?)?,
        Sniffed::Libsvm => whole(libsvm::from_bytes(bytes)?)?,
        Sniffed::Pickle => {
            check_whole(bytes)?;
            sklearn::pieces(bytes)?
        }
        Sniffed::Gzip => compressed_pickle(&inflated(bytes, Compression::Gzip)?)?,
        Sniffed::Zlib => compressed_pickle(&inflated(bytes, Compression::Zlib)?)?,
        Sniffed::Damaged(reason) => return Err(Error::NotServed(reason)),
        Sniffed::Foreign(what, _) | Sniffed::Other(what) if !is_named => other(what)?,
        Sniffed::Foreign(what, advice) => return Err(Error::NotServed(format!("{what}: {advice}"))),
        Sniffed::Other(_) => return Err(sniff::unknown(bytes)),
    };
    let found =
        |(place, content)| Found { source, rank, file: name.to_owned(), place: format!("{name}{place}"), content };
    Ok(items.into_iter().map(found).collect())
}

/// A pickle of protocol 4 and later announces how long its first frame is, which tells a copy that was cut off.
fn check_whole(bytes: &[u8]) -> Result<(), Error> {
    let [0x80, 4..=9, 0x95, rest @ ..] = bytes else { return Ok(()) };
    let Some((length, rest)) = rest.split_first_chunk() else { return Ok(()) };
    let announced = u64::from_le_bytes(*length);
    if announced <= rest.len() as u64 || announced > MODEL_FILE_BYTES_MAX {
        return Ok(());
    }
    let start = bytes.len() - rest.len();
    let expected = announced.saturating_add(start as u64);
    Err(Error::NotServed(format!("the file ends after {} of at least {expected} bytes: copy it again", bytes.len())))
}

/// A pickle in a compressed file: mostly joblib's `compress`, but people gzip plain pickles too.
fn compressed_pickle(content: &[u8]) -> Result<Contents, Error> {
    if !matches!(sniff::sniff(content), Sniffed::Pickle) {
        return Err(Error::NotServed("expected a pickle in the compressed file, found something else".to_owned()));
    }
    sklearn::pieces(content).map_err(|cause| match cause {
        Error::Pickle { offset, opcode, problem, .. } => Error::Pickle { offset, opcode, problem, inflated: true },
        other => other,
    })
}

fn check_size(found: u64) -> Result<(), Error> {
    if found > MODEL_FILE_BYTES_MAX { Err(Error::TooLarge { found }) } else { Ok(()) }
}

fn check_regular(file_type: FileType) -> Result<(), Error> {
    if file_type.is_file() {
        return Ok(());
    }
    Err(Error::NotRegularFile { found: if file_type.is_dir() { "a directory" } else { "a device, FIFO or socket" } })
}
