//! A model without the columns that none of its steps sees, as scikit-learn's ColumnTransformer drops them.

use super::{Branch, Error, Estimator, Step, Steps};

/// Takes the columns away that are not in `keep`, which says so for each column before the steps. None of them is seen.
pub(super) fn without(steps: &mut Steps, estimator: &mut Estimator, keep: &[bool]) -> Result<(), Error> {
    if !steps.is_empty() {
        return of_steps(steps, keep);
    }
    match estimator {
        Estimator::Meta(meta) => std::iter::once(&mut *meta.first)
            .chain(&mut meta.others)
            .try_for_each(|member| without(&mut member.steps, &mut member.estimator, keep)),
        _ => Err(Error::part("columns", "columns that are seen", "others")),
    }
}

/// Branches alone leave a column unseen, and only in front of all other steps.
fn of_steps(steps: &mut Steps, keep: &[bool]) -> Result<(), Error> {
    if keep.iter().all(|keep| *keep) {
        return Ok(());
    }
    let Some(Step::Columns(branches)) = steps.0.first_mut() else {
        return Err(Error::part("columns", "columns that are seen", "others"));
    };
    // the new place of each column
    let places: Vec<_> =
        keep.iter().scan(0, |next, keep| Some(std::mem::replace(next, *next + usize::from(*keep)))).collect();
    for branch in &mut branches.branches {
        let is_kept = |column: &usize| keep.get(*column).copied().unwrap_or_default();
        let own: Vec<bool> = branch.columns().iter().map(is_kept).collect();
        let columns = branch.columns().iter().filter(|column| is_kept(column));
        let columns = columns.filter_map(|column| places.get(*column).copied()).collect();
        let mut inner = std::mem::take(branch.steps_mut());
        of_steps(&mut inner, &own)?;
        *branch = Branch::new(branch.name().to_owned(), columns, branch.weight(), inner);
    }
    branches.n_features_in = keep.iter().filter(|keep| **keep).count();
    Ok(())
}
