//! What a request asks for besides the explanations of its rows.

use serde::de::{SeqAccess, Visitor};

use crate::api::Error;
use crate::api::Problem;
use crate::api::disclosure::Shown;
use crate::api::route::Call;
use crate::api::rows::{
    Any, KnownText, Object, Optional, PathStep, Reading, Switch, Whole, check_text, read_items, refuse,
};
use crate::pipeline::{ColumnKind, ColumnRange, TermLimit};

/// What the content has to be, for errors.
pub(super) const EXPECTED: &str = "one of `instances` and `inputs`";
/// Terms of a row, at most, and where nobody says how many.
const TERMS_MAX: usize = 16;
const TERMS: usize = 8;
/// The most columns for which a request may have curves.
pub const CURVES_MAX: usize = 16;

/// What is asked for besides the rows.
pub(super) struct Besides {
    pub(super) limit: TermLimit,
    /// Columns with the ends of their curves, in the order of the columns; without ends, a curve goes around the row.
    pub(super) curves: Vec<(usize, Option<ColumnRange>)>,
    pub(super) lists_support_vectors: bool,
    pub(super) tells_weights: bool,
}

impl Besides {
    pub(super) fn read(call: &Call<'_>, shown: Shown) -> Result<Besides, Error> {
        let Call { request, served, .. } = *call;
        let text = check_text(request.content, EXPECTED)?;
        let reading = Reading::new(&served.columns).of(request);
        let mut columns = Vec::new();
        let members = (
            ("limit", Optional(Whole { reading: &reading, not_zero: None })),
            ("curves", Optional(Names { reading: &reading, columns: &mut columns })),
            ("support_vectors", Optional(Switch { reading: &reading })),
            ("each_side", Optional(Switch { reading: &reading })),
            ("weights", Optional(Switch { reading: &reading })),
        );
        let (limit, _, lists, each_side, weights) =
            reading.run(text, Any(Object { reading: &reading, expected: "an object", members }))?;
        let wrong = |key, expected: String, found: String| {
            Error::Content(Problem::at(&served.columns, &[PathStep::Key(key)], expected, found))
        };
        let limit = limit.unwrap_or(TERMS);
        if limit > TERMS_MAX {
            return Err(wrong("limit", format!("at most {TERMS_MAX}"), "more".to_owned()));
        }
        if columns.len() > CURVES_MAX {
            return Err(wrong("curves", format!("at most {CURVES_MAX} columns"), columns.len().to_string()));
        }
        if lists == Some(true) && shown < Shown::Rows {
            let expected = "false, as support vectors are rows of the training data: a server shows them only if it was \
                            started with --support-vectors show and is asked by IP address, as localhost or by the name \
                            of an --allowed-host";
            return Err(wrong("support_vectors", expected.to_owned(), "true".to_owned()));
        }
        if weights == Some(true) && !(served.model.has_weights() && shown >= Shown::Ranges) {
            let expected = "false, as weights are shown only of linear models, and not with --support-vectors hide";
            return Err(wrong("weights", expected.to_owned(), "true".to_owned()));
        }
        let kinds = served.model.columns().kinds();
        let is_number = |column: &usize| kinds.get(*column).is_some_and(ColumnKind::is_number);
        if let Some(column) = columns.iter().find(|column| !is_number(column)) {
            let found = format!("`{}`, a column of another kind", served.columns.name(*column));
            return Err(wrong("curves", "columns of numbers".to_owned(), found));
        }
        columns.sort_unstable();
        let is_told = shown >= Shown::Ranges;
        let curves = columns.into_iter().map(|column| (column, served.range(column).filter(|_| is_told))).collect();
        let limit = if each_side == Some(true) { TermLimit::OfEachSign(limit / 2) } else { TermLimit::Largest(limit) };
        let (lists_support_vectors, tells_weights) = (lists == Some(true), weights == Some(true));
        Ok(Besides { limit, curves, lists_support_vectors, tells_weights })
    }
}

/// An array of names of columns, each once; they are appended to `columns`.
struct Names<'a, 'r> {
    reading: &'a Reading<'a>,
    columns: &'r mut Vec<usize>,
}

impl<'de> Visitor<'de> for Names<'_, '_> {
    type Value = ();

    refuse!("an array of names of columns"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let Self { reading, columns } = self;
        read_items(reading, seq, PathStep::Index, |seq: &mut A, index| {
            let read = |name: &str| reading.columns.position(name, index);
            let Some(column) = seq.next_element_seed(Any(KnownText {
                reading,
                read,
                expected: || "the name of a column".to_owned(),
            }))?
            else {
                return Ok(None);
            };
            // beyond that the array is refused, and its length is all that matters
            if columns.len() <= CURVES_MAX && columns.contains(&column) {
                return Err(reading.wrong("each column once", "it twice"));
            }
            columns.push(column);
            Ok(Some(()))
        })
        .map(drop)
    }
}
