//! What answers reveal of the support vectors, which are training rows, and by which names this server is known.

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};
use crate::api::cors::Cors;
use crate::api::disclosure::{Disclosure, EXPECTED_HOST, Shown, parse_host};

const SUPPORT_VECTORS: &str = "--support-vectors";

/// How much is revealed, and to whom.
pub(super) const DISCLOSURE: &[Flag] = &[
    flag("--support-vectors hide|ranges|show", "how much to reveal of the support vectors: they are training rows")
        .default("ranges; show for the embedded model")
        .env(&["SVCD_SUPPORT_VECTORS"]),
    flag("--allowed-host NAME", "a host name under which rows may be shown; repeatable")
        .repeatable()
        .env(&["SVCD_ALLOWED_HOST"]),
];

/// `is_embedded`: the model is the one inside the binary, whose training rows are public.
///
/// # Errors
/// [`Error::Usage`] for other words and names, and for rows that the pages of all origins could read.
pub(super) fn read(arguments: &Arguments, cors: Option<&Cors>, is_embedded: bool) -> Result<Disclosure, Error> {
    let words = [Shown::Nothing, Shown::Ranges, Shown::Rows].map(|shown| (shown.name(), shown));
    let given = arguments.choice(SUPPORT_VECTORS, &words)?;
    let is_for_all = cors == Some(&Cors::Any);
    if given == Some(Shown::Rows) && is_for_all {
        let found = "--cors-origin *, which lets every page read them";
        return Err(Error::Usage(format!("{SUPPORT_VECTORS}: expected hide or ranges, found show with {found}")));
    }
    let default = if is_embedded && !is_for_all { Shown::Rows } else { Shown::Ranges };
    let read = |text: &str| text.split(',').map(parse_host).collect::<Option<Vec<_>>>();
    let allowed_hosts = arguments.values("--allowed-host", EXPECTED_HOST, read)?.concat();
    Ok(Disclosure { shown: given.unwrap_or(default), allowed_hosts })
}
