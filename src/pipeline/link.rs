//! What each column of the caller's rows holds, as the steps that see it require; and steps that know it.
//!
//! Each column is followed on every way through the tree, to the first step that takes it. An encoder takes categories. An
//! imputer of categories fills one, and the encoder after it learns the category that is filled in. Any other step takes numbers,
//! and so does the estimator; NaN, the missing number, may go through some steps before one refuses or replaces it.

use super::steps::{Branches, EncodedColumn, Encoder, EncoderKind, Fill, FilledColumn, Transform};
use super::{Categories, Category, ColumnKind, Error, Estimator, Step, Steps};

/// The kind of each of the `width` columns. Encoders are given the dictionaries of all who see their columns.
///
/// # Errors
/// [`Error::Part`] for a column that one step takes as categories and another as something else.
pub(super) fn link(steps: &mut Steps, estimator: &mut Estimator, width: usize) -> Result<Vec<ColumnKind>, Error> {
    if steps.is_empty() && !matches!(estimator, Estimator::Meta(_)) {
        return Ok(vec![ColumnKind::Number; width]);
    }
    let mut wishes: Vec<Wishes> = vec![Wishes::default(); width];
    let origins: Vec<Origin> = (0..width).map(Origin::new).collect();
    let mut has_encoders = false;
    let mut wish = |at: At<'_>| {
        has_encoders |= !matches!(at.taker, Taker::Numbers(..));
        at.wish(&mut wishes)
    };
    walk(steps, origins.clone(), &mut wish).and_then(|behind| walk_inside(estimator, &behind, &mut wish))?;
    let kinds = wishes.into_iter().enumerate().map(|(column, wishes)| wishes.kind(column));
    let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
    if has_encoders {
        let mut tell = |at: At<'_>| at.tell(&kinds);
        let behind = walk(steps, origins, &mut tell)?;
        walk_inside(estimator, &behind, &mut tell)?;
    }
    Ok(kinds)
}

/// Where a number of a row between steps comes from.
#[derive(Debug, Clone)]
enum Origin {
    /// A column of the caller's, as it came but for what was filled on the way, in that order.
    Column(usize, Vec<FilledColumn>),
    /// Made by a step. NaN where one of these columns of the caller's lacks a number.
    Made(Vec<usize>),
}

/// A step that takes a column, at its place in the tree.
struct At<'s> {
    origin: &'s Origin,
    taker: Taker<'s>,
}

enum Taker<'s> {
    /// The column of an encoder.
    Encoder(&'static str, &'s mut EncodedColumn),
    /// The column of an indicator.
    Indicator(&'s mut EncodedColumn),
    /// The column of an imputer.
    Fill(&'s mut FilledColumn),
    /// What takes numbers, and whether NaN is one.
    Numbers(&'static str, bool),
    /// What takes texts.
    Text(&'static str),
}

/// Who wants what of one column.
#[derive(Debug, Clone, Default)]
struct Wishes {
    categories: Option<(&'static str, Categories)>,
    /// Whether NaN is taken, too.
    numbers: Option<(&'static str, bool)>,
    text: Option<&'static str>,
    /// What an indicator calls missing, if it does not refuse it.
    indicated: Option<Categories>,
    refuses_missing: bool,
}

/// The origins behind the steps.
fn walk<F>(steps: &mut Steps, mut origins: Vec<Origin>, see: &mut F) -> Result<Vec<Origin>, Error>
where
    F: FnMut(At<'_>) -> Result<(), Error>,
{
    // of the numbers that a vectorizer makes none comes from the caller
    let mut is_behind_text = false;
    for step in &mut steps.0 {
        let takes_text = step.takes_text();
        origins = match step {
            Step::Vectorizer(vectorizer) => {
                let name = vectorizer.class();
                origins.iter().try_for_each(|origin| see(At { origin, taker: Taker::Text(name) }))?;
                Vec::new()
            }
            step if is_behind_text => {
                let name = step.name();
                origins.iter().try_for_each(|origin| see(At { origin, taker: Taker::Numbers(name, false) }))?;
                origins
            }
            Step::Encode(encoder) => through_encoder(encoder, &origins, see)?,
            Step::Fill(fill) => through_fill(fill, origins, see)?,
            Step::Columns(branches) => through_branches(branches, &origins, see)?,
            other => through_numbers(other, &origins, see)?,
        };
        is_behind_text |= takes_text;
    }
    Ok(origins)
}

/// The same inside an estimator, and what it takes itself.
fn walk_inside<F>(estimator: &mut Estimator, origins: &[Origin], see: &mut F) -> Result<(), Error>
where
    F: FnMut(At<'_>) -> Result<(), Error>,
{
    let name = estimator.name();
    if let Estimator::Meta(meta) = estimator {
        for member in std::iter::once(&mut *meta.first).chain(&mut meta.others) {
            let behind = walk(&mut member.steps, origins.to_vec(), see)?;
            walk_inside(&mut member.estimator, &behind, see)?;
        }
        return Ok(());
    }
    origins.iter().try_for_each(|origin| see(At { origin, taker: Taker::Numbers(name, false) }))
}

fn through_encoder<F>(encoder: &mut Encoder, origins: &[Origin], see: &mut F) -> Result<Vec<Origin>, Error>
where
    F: FnMut(At<'_>) -> Result<(), Error>,
{
    let (name, kind) = (encoder.name(), encoder.kind);
    for (column, origin) in encoder.columns.iter_mut().zip(origins) {
        let taker = match kind {
            EncoderKind::MissingIndicator => Taker::Indicator(column),
            _ => Taker::Encoder(name, column),
        };
        see(At { origin, taker })?;
    }
    Ok(vec![Origin::Made(Vec::new()); encoder.width_out()])
}

fn through_fill<F>(fill: &mut Fill, origins: Vec<Origin>, see: &mut F) -> Result<Vec<Origin>, Error>
where
    F: FnMut(At<'_>) -> Result<(), Error>,
{
    let filled = fill.columns.iter_mut().zip(origins);
    let filled = filled.map(|(column, mut origin)| {
        see(At { origin: &origin, taker: Taker::Fill(column) })?;
        match &mut origin {
            Origin::Column(_, fills) => fills.push(column.clone()),
            Origin::Made(lacking) if column.fills_number() => lacking.clear(),
            Origin::Made(_) => {}
        }
        Ok(origin)
    });
    filled.collect()
}

fn through_branches<F>(branches: &mut Branches<Steps>, origins: &[Origin], see: &mut F) -> Result<Vec<Origin>, Error>
where
    F: FnMut(At<'_>) -> Result<(), Error>,
{
    let mut behind = Vec::new();
    for branch in &mut branches.branches {
        let own = branch.columns().iter().filter_map(|column| origins.get(*column).cloned()).collect();
        behind.extend(walk(branch.steps_mut(), own, see)?);
    }
    Ok(behind)
}

fn through_numbers<F>(step: &Step, origins: &[Origin], see: &mut F) -> Result<Vec<Origin>, Error>
where
    F: FnMut(At<'_>) -> Result<(), Error>,
{
    let step = step.transform();
    let missing = vec![f64::NAN; origins.len()];
    let takes_missing = step.first_refused(&missing).is_none();
    for origin in origins {
        see(At { origin, taker: Taker::Numbers(step.name(), takes_missing) })?;
    }
    let mut behind = vec![Origin::Made(Vec::new()); step.width_out()];
    if takes_missing {
        let mut made = Vec::new();
        step.apply(&missing, &mut made);
        for (column, _) in made.iter().enumerate().filter(|(_, number)| number.is_nan()) {
            let sources = step.sources(column);
            let lacking = sources.iter().filter_map(|source| origins.get(*source)).flat_map(Origin::lacking);
            if let Some(origin) = behind.get_mut(column) {
                *origin = Origin::Made(lacking.collect());
            }
        }
    }
    Ok(behind)
}

impl Origin {
    fn new(column: usize) -> Origin {
        Origin::Column(column, Vec::new())
    }

    /// The caller's columns of which a missing number is NaN here.
    fn lacking(&self) -> Vec<usize> {
        match self {
            Origin::Column(_, fills) if fills.iter().any(FilledColumn::fills_number) => Vec::new(),
            Origin::Column(column, _) => vec![*column],
            Origin::Made(lacking) => lacking.clone(),
        }
    }

    /// What a category of the caller's is here.
    fn filled<'a>(&'a self, category: Category<'a>) -> Category<'a> {
        match self {
            Origin::Column(_, fills) => fills.iter().fold(category, |category, fill| fill.filled(category)),
            Origin::Made(_) => category,
        }
    }

    /// The caller's categories that an encoder knows here, or takes as unknown ones.
    fn categories(&self, known: &Categories) -> Result<Categories, Error> {
        let Origin::Column(_, fills) = self else { return Ok(known.clone()) };
        if fills.is_empty() {
            return Ok(known.clone());
        }
        let is_taken = |category: Category<'_>| known.takes_unknown() || known.position(category).is_some();
        let mut missing: Vec<Category<'_>> = Vec::new();
        for fill in fills {
            let category = fill.missing.category();
            if known.position(category).is_none() && !missing.iter().any(|seen| seen.is(category)) {
                missing.push(category);
            }
        }
        let all = known.iter().chain(missing).filter(|category| is_taken(self.filled(*category)));
        Categories::new(all, known.takes_unknown())
    }
}

impl At<'_> {
    /// Notes what the step wants.
    fn wish(self, wishes: &mut [Wishes]) -> Result<(), Error> {
        match self.taker {
            Taker::Fill(_) => Ok(()),
            Taker::Text(name) => match self.origin {
                Origin::Column(place, fills) if fills.is_empty() => {
                    if let Some(wishes) = wishes.get_mut(*place) {
                        wishes.text = Some(name);
                    }
                    Ok(())
                }
                _ => Err(Error::part("columns", format_args!("a text for {name}"), "the output of a step")),
            },
            Taker::Encoder(name, column) => match self.origin {
                Origin::Column(place, _) => {
                    let categories = self.origin.categories(column.categories())?;
                    wishes.get_mut(*place).map_or(Ok(()), |wishes| wishes.add_categories(*place, name, categories))
                }
                Origin::Made(lacking) => {
                    let takes_missing = column.categories().takes_missing();
                    add_numbers(wishes, lacking, name, takes_missing);
                    Ok(())
                }
            },
            Taker::Indicator(column) => {
                // of a column that has been filled nothing is missing
                let Origin::Column(place, fills) = self.origin else { return Ok(()) };
                if let Some(wishes) = wishes.get_mut(*place).filter(|_| fills.is_empty()) {
                    wishes.refuses_missing |= column.width() == 0;
                    wishes.indicated.get_or_insert_with(|| column.categories().clone());
                }
                Ok(())
            }
            Taker::Numbers(name, takes_missing) => {
                if let Origin::Column(place, fills) = self.origin {
                    let is_filled = self.origin.lacking().is_empty();
                    if let Some(fill) = fills.iter().find(|fill| fill.statistic.category().number().is_none()) {
                        let found = format_args!("{} of a SimpleImputer", fill.statistic.category());
                        return Err(Error::part(
                            "columns",
                            format_args!("numbers for {name} in column {place}"),
                            found,
                        ));
                    }
                    add_numbers(wishes, &[*place], name, takes_missing || is_filled);
                } else {
                    add_numbers(wishes, &self.origin.lacking(), name, takes_missing);
                }
                Ok(())
            }
        }
    }

    /// Lets the step know what its cells are.
    fn tell(self, kinds: &[ColumnKind]) -> Result<(), Error> {
        let dictionary = match self.origin {
            Origin::Column(place, _) => kinds.get(*place).and_then(ColumnKind::categories),
            Origin::Made(_) => None,
        };
        match self.taker {
            Taker::Fill(column) => column.of_numbers = dictionary.is_none(),
            Taker::Encoder(_, column) | Taker::Indicator(column) => match dictionary {
                Some(dictionary) => column.link(dictionary, |category| self.origin.filled(category)),
                None => column.link_to_numbers(),
            },
            Taker::Numbers(..) | Taker::Text(_) => {}
        }
        Ok(())
    }
}

fn add_numbers(wishes: &mut [Wishes], columns: &[usize], name: &'static str, takes_missing: bool) {
    for column in columns {
        if let Some(wishes) = wishes.get_mut(*column) {
            let (first, before) = wishes.numbers.unwrap_or((name, true));
            wishes.numbers = Some((first, before && takes_missing));
        }
    }
}

impl Wishes {
    fn add_categories(&mut self, column: usize, name: &'static str, categories: Categories) -> Result<(), Error> {
        let Some((first, known)) = &self.categories else {
            self.categories = Some((name, categories));
            return Ok(());
        };
        let joined = known.joined(&categories)?;
        if joined.is_empty() && !joined.takes_unknown() {
            let expected = format_args!("a category in column {column} that {first} and {name} both know");
            return Err(Error::part("columns", expected, "none"));
        }
        self.categories = Some((name, joined));
        Ok(())
    }

    fn kind(self, column: usize) -> Result<ColumnKind, Error> {
        if let Some(vectorizer) = self.text {
            let other = self.categories.map(|(name, _)| name).or(self.numbers.map(|(name, _)| name));
            let Some(other) = other else { return Ok(ColumnKind::Text) };
            let found = format_args!("{vectorizer}, which takes texts, and {other}, which does not");
            return Err(Error::part("columns", format_args!("one kind of column {column}"), found));
        }
        let takes_missing = !self.refuses_missing;
        let number = |missing| if missing { ColumnKind::NumberOrMissing } else { ColumnKind::Number };
        match (self.categories, self.numbers, self.indicated) {
            (None, None, None) => Ok(ColumnKind::Ignored),
            (None, None, Some(_)) => Ok(number(takes_missing)),
            (None, Some((_, missing)), _) => Ok(number(missing && takes_missing)),
            (Some((_, categories)), None, indicated) => {
                let categories = match indicated {
                    Some(indicated) if takes_missing => categories.joined(&indicated)?,
                    Some(_) => categories.without_missing()?,
                    None => categories,
                };
                Ok(ColumnKind::Category(categories))
            }
            (Some((encoder, categories)), Some((other, missing)), _) => {
                if categories.iter().any(|category| matches!(category, Category::String(_))) {
                    let expected = format_args!("one kind of column {column}");
                    let found = format_args!("{encoder}, which takes strings, and {other}, which takes numbers");
                    return Err(Error::part("columns", expected, found));
                }
                Ok(number(missing && takes_missing && categories.takes_missing()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{
        Branch, BranchesKind, Classes, Codes, Columns, LinearKind, Model, OwnCategory, Scaler, ScalerFormula, Scratch,
        UNKNOWN,
    };
    use crate::svc::LinearParts;

    /// An encoder of one column that gives the place of each text.
    fn ordinal(texts: &[&str], unknown: Option<f64>) -> Step {
        let categories: Vec<_> = texts.iter().map(|text| Category::String(text)).collect();
        encoder(&categories, unknown)
    }

    fn encoder(categories: &[Category<'_>], unknown: Option<f64>) -> Step {
        let numbers = (0..categories.len()).map(|place| place as f64).collect();
        let codes = Codes::Numbers { width: 1, numbers, unknown: unknown.map(|unknown| vec![unknown]) };
        let columns = vec![EncodedColumn::new(categories, codes).unwrap()];
        Step::Encode(Encoder { kind: EncoderKind::Ordinal, columns })
    }

    fn scaler() -> Step {
        let formula = ScalerFormula::MaxAbs { scale: vec![1.0], clip: false };
        Step::Scaler(Scaler { n_features_in: 1, formula })
    }

    /// Each branch sees the column of its number; the answer is the sum of all.
    fn model(width: usize, branches: Vec<(usize, Vec<Step>)>) -> Result<Model, Error> {
        let parts =
            LinearParts { n_features_in: branches.len(), coef: vec![1.0; branches.len()], intercept: vec![0.0] };
        let branch = |(column, steps)| Branch::new("branch".to_owned(), vec![column], None, Steps(steps));
        let branches = branches.into_iter().map(branch).collect();
        let steps = Step::Columns(Branches { kind: BranchesKind::ColumnTransformer, n_features_in: width, branches });
        let estimator = Estimator::of_linear(LinearKind::Svc, Classes::Integer(vec![0, 1]), parts).unwrap();
        let names = (0..width).map(|column| format!("c{column}")).collect();
        Model::new(Columns::numbers(width, Some(names)).unwrap(), Steps(vec![steps]), estimator)
    }

    fn sum(model: &Model, row: &[f64]) -> Result<f64, String> {
        let mut sums = Vec::new();
        let answered = model.decision_function(row, &mut Scratch::default(), &mut sums);
        answered.map(|()| sums[0]).map_err(|error| error.to_string())
    }

    #[test]
    fn two_encoders_of_one_column_share_a_dictionary() {
        let (ab, bc) = (ordinal(&["a", "b"], Some(10.0)), ordinal(&["b", "c"], Some(20.0)));
        let model = model(1, vec![(0, vec![ab]), (0, vec![bc])]).unwrap();
        let categories = model.columns().kinds()[0].categories().unwrap();
        for (text, expected) in [("a", 20.0), ("b", 1.0), ("c", 11.0), ("d", 30.0)] {
            let cell = categories.cell(Category::String(text)).unwrap();
            assert_eq!(sum(&model, &[cell]), Ok(expected), "{text}");
        }
        assert_eq!(categories.cell(Category::String("d")), Some(UNKNOWN));
    }

    #[test]
    fn a_filled_category_is_the_one_that_it_is_filled_with() {
        let fill = FilledColumn::new(OwnCategory::NaN, OwnCategory::String("b".to_owned()));
        let fill = Step::Fill(Fill { columns: vec![fill] });
        let model = model(1, vec![(0, vec![fill, ordinal(&["a", "b"], None)])]).unwrap();
        let categories = model.columns().kinds()[0].categories().unwrap();
        assert_eq!(categories.len(), 3);
        assert_eq!(sum(&model, &[categories.cell(Category::None).unwrap()]), Ok(1.0));
    }

    #[test]
    fn a_column_of_numbers_and_of_categories_is_one_of_numbers_where_these_are() {
        let numbers = encoder(&[Category::Number(2.0), Category::Number(3.0)], None);
        let both = model(1, vec![(0, vec![numbers]), (0, vec![scaler()])]).unwrap();
        assert_eq!(both.columns().kinds(), [ColumnKind::Number]);
        assert_eq!(sum(&both, &[3.0]), Ok(4.0));
        let text = "row 0, column 0: expected a category that the model knows, found another";
        assert_eq!(sum(&both, &[4.0]), Err(text.to_owned()));
        let refusal = model(1, vec![(0, vec![ordinal(&["a"], None)]), (0, vec![scaler()])]).unwrap_err();
        let text = "`columns`: expected one kind of column 0, found OrdinalEncoder, which takes strings, and MaxAbsScaler, which \
                    takes numbers";
        assert_eq!(refusal.to_string(), text);
        let refusal = model(1, vec![(0, vec![ordinal(&["a"], None)]), (0, vec![ordinal(&["b"], None)])]).unwrap_err();
        let text =
            "`columns`: expected a category in column 0 that OrdinalEncoder and OrdinalEncoder both know, found none";
        assert_eq!(refusal.to_string(), text);
    }

    #[test]
    fn a_column_that_no_step_sees_is_none_of_the_models() {
        let model = model(3, vec![(2, vec![scaler()]), (1, vec![ordinal(&["a"], Some(5.0))])]).unwrap();
        assert_eq!(model.feature_names(), ["c1", "c2"]);
        assert_eq!(sum(&model, &[UNKNOWN, 3.0]), Ok(8.0));
    }
}
