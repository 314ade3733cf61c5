//! Estimators in estimators as a flat list, so that no file can make a decoder recurse as deep as it likes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::coding::meta;
use crate::model_file::{Error, NESTED_MAX};
use crate::pipeline::{self, Classes, Estimator, LinearKind, Nested, Rule, Steps};
use crate::svc::{LinearParts, SparseVectors, SvcParts};

/// An estimator in the list, which comes after its members, with the steps that stand before it alone.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredNested<'a>(Cow<'a, Steps>, StoredMember<'a>);

/// What it is. Variants are appended.
#[derive(Serialize, Deserialize)]
enum StoredMember<'a> {
    Svc(Cow<'a, Classes>, Cow<'a, SvcParts>),
    Meta(Cow<'a, Classes>, u64, Cow<'a, Rule>),
    Linear(Cow<'a, Classes>, Cow<'a, LinearParts>, LinearKind),
    SparseSvc(Cow<'a, Classes>, Cow<'a, SvcParts>, SparseVectors),
}

/// The estimator and all inside it, members first.
///
/// # Errors
/// [`Error::Model`] for a member that has no classes, which no model has.
pub(super) fn flattened(estimator: &Estimator) -> Result<Vec<StoredNested<'_>>, Error> {
    let mut list = Vec::new();
    push(Cow::Owned(Steps::default()), estimator, &mut list)?;
    Ok(list)
}

/// As deep as the model is, which is at most [`NESTED_MAX`].
fn push<'a>(steps: Cow<'a, Steps>, estimator: &'a Estimator, list: &mut Vec<StoredNested<'a>>) -> Result<(), Error> {
    let member = match estimator {
        Estimator::Svc { svc, classes } => StoredMember::Svc(Cow::Borrowed(classes), Cow::Borrowed(svc.parts())),
        Estimator::SparseSvc { svc, classes } => {
            StoredMember::SparseSvc(Cow::Borrowed(classes), Cow::Borrowed(svc.parts()), svc.vectors())
        }
        Estimator::Linear { linear, classes, kind } => {
            StoredMember::Linear(Cow::Borrowed(classes), Cow::Borrowed(linear.parts()), *kind)
        }
        Estimator::Meta(meta) => {
            for member in meta.members() {
                push(Cow::Borrowed(&member.steps), &member.estimator, list)?;
            }
            StoredMember::Meta(Cow::Borrowed(&meta.classes), meta.n_members() as u64, Cow::Borrowed(&meta.rule))
        }
        other => return Err(wrong("members with classes", other.name())),
    };
    list.push(StoredNested(steps, member));
    Ok(())
}

/// The outermost estimator of a list.
pub(super) fn check(list: Vec<StoredNested<'_>>) -> Result<Estimator, Error> {
    // not taken yet, each with how deep it is
    let mut free: Vec<(Nested<Estimator>, usize)> = Vec::new();
    for StoredNested(steps, member) in list {
        let (estimator, depth) = match member {
            StoredMember::Svc(classes, parts) => (Estimator::of_svc(classes.into_owned(), parts.into_owned())?, 0),
            StoredMember::SparseSvc(classes, parts, vectors) => {
                (Estimator::of_sparse_svc(classes.into_owned(), parts.into_owned(), vectors)?, 0)
            }
            StoredMember::Linear(classes, parts, kind) => {
                (Estimator::of_linear(kind, classes.into_owned(), parts.into_owned())?, 0)
            }
            StoredMember::Meta(classes, count, rule) => {
                let start = usize::try_from(count).ok().and_then(|count| free.len().checked_sub(count));
                let start = start.ok_or_else(|| wrong(format_args!("at most {} members", free.len()), count))?;
                let (members, depths): (Vec<_>, Vec<_>) = free.drain(start..).unzip();
                let depth = depths.into_iter().max().unwrap_or_default() + 1;
                if depth > NESTED_MAX {
                    return Err(wrong(format_args!("estimators in estimators at most {NESTED_MAX} deep"), "more"));
                }
                (meta(classes.into_owned(), members, rule.into_owned())?, depth)
            }
        };
        free.push((Nested { steps: steps.into_owned(), estimator }, depth));
    }
    match <[_; 1]>::try_from(free) {
        Ok([(Nested { steps, estimator }, _)]) if steps.is_empty() => Ok(estimator),
        Ok(_) => Err(wrong("no steps of the outermost estimator", "some")),
        Err(free) => Err(wrong("1 outermost estimator", free.len())),
    }
}

fn wrong(expected: impl ToString, found: impl ToString) -> Error {
    pipeline::Error::part("members", expected, found).into()
}
