//! The way from the estimator that was saved to the one inside that is served, and what stands on it.

use super::advice;
use super::attributes::{Attributes, File};
use super::pipelines::{self, NamedStep, StepPlace};
use super::{branches, select, selection, steps};
use crate::model_file::pickle::{ClassKind, Global, Id, Meaning};
use crate::model_file::{Error, NESTED_MAX};
use crate::pipeline::{Classes, Error as ModelError, Estimator, MetaEstimator, Model, Nested, Rule, Step, Steps};

/// What has been found on the way to the estimator that is served.
pub(super) struct Chain<'f, 'a> {
    pub(super) file: &'f File<'a>,
    steps: Vec<Step>,
    /// Where the next step stands.
    place: StepPlace,
    /// Names of the columns, of the first estimator that sees rows.
    feature_names_in: Option<Vec<String>>,
    /// Whether a step stands in front: what follows sees other columns, whose names are not the caller's.
    scaled: bool,
    /// How many estimators this one is in.
    depth: usize,
}

/// Reads an estimator inside the one at the end of a chain.
pub(super) type NestedReader = fn(&mut Chain<'_, '_>, Id) -> Result<Nested<Estimator>, Error>;

/// The labels of an estimator inside another.
pub(super) fn classes(member: &Nested<Estimator>) -> Result<&Classes, Error> {
    let name = member.estimator.name();
    let no_classes = || Error::NotServed(format!("expected a classifier inside another, found {name}"));
    member.estimator.target().classes().ok_or_else(no_classes)
}

/// A meta-estimator, the object `whole`. `labels`: its own, if they are not those of its first member.
pub(super) fn meta(
    whole: &Attributes<'_, '_>,
    members: Vec<Nested<Estimator>>,
    labels: Option<Classes>,
    rule: Rule,
) -> Result<MetaEstimator<Estimator>, Error> {
    let mut members = members.into_iter();
    let first = members.next().ok_or_else(|| {
        Error::NotServed(format!("expected estimators in the {}, found none: is it fitted?", whole.class.name()))
    })?;
    let classes = if let Some(labels) = labels { labels } else { classes(&first)?.clone() };
    Ok(MetaEstimator { classes, first: Box::new(first), others: members.collect(), rule })
}

impl<'f, 'a> Chain<'f, 'a> {
    /// Nothing found yet.
    pub(super) fn new(file: &'f File<'a>) -> Self {
        let place = StepPlace::default();
        Self { file, steps: Vec::new(), place, feature_names_in: None, scaled: false, depth: 0 }
    }

    /// Goes down to the estimator that is served, and takes up what stands before it.
    pub(super) fn follow(&mut self, id: Id) -> Result<(Id, Global<'a>), Error> {
        let mut id = id;
        for _ in 0..NESTING_MAX {
            let class = self.file.class(id);
            let Some(class) = class else {
                return Err(Error::NotServed(not_served(self.file, id, class)));
            };
            match class.meaning {
                Meaning::Pipeline => id = self.pipeline(id)?,
                Meaning::Search => id = self.search(id)?,
                Meaning::Frozen => id = pipelines::frozen(self.file, id)?,
                Meaning::Rfe => {
                    self.step(NamedStep { name: id, estimator: id })?;
                    id = select::estimator(self.file, id)?;
                }
                meaning if meaning.is_estimator() => {
                    self.names(id)?;
                    return Ok((id, class));
                }
                _ => return Err(Error::NotServed(not_served(self.file, id, Some(class)))),
            }
        }
        Err(Error::NotServed(format!("expected estimators in estimators at most {NESTING_MAX} deep, found more")))
    }

    /// Takes up the steps before the last, which it gives.
    fn pipeline(&mut self, id: Id) -> Result<Id, Error> {
        let pipeline = pipelines::pipeline(self.file, id)?;
        let mut before = pipelines::of_pipeline(&pipeline)?;
        let Some(NamedStep { estimator: last, .. }) = before.pop() else {
            return Err(pipeline.error("steps", "expected at least one step, found none"));
        };
        if pipelines::is_passed_over(self.file, last) {
            return Err(pipeline.error("steps", "expected an SVM as the last step, found none"));
        }
        for step in before {
            self.step(step)?;
        }
        Ok(last)
    }

    /// Takes up a step before the estimator.
    pub(super) fn step(&mut self, step: NamedStep) -> Result<(), Error> {
        self.names_of_first_step(step.estimator)?;
        steps::append(self.file, step, &mut self.place, &mut self.steps)
    }

    /// What has been found: names of columns, and steps.
    pub(super) fn into_parts(self) -> (Option<Vec<String>>, Steps) {
        (self.feature_names_in, Steps(self.steps))
    }

    /// A pipeline has no names of its own: they are with its first step that does something.
    fn names_of_first_step(&mut self, id: Id) -> Result<(), Error> {
        let mut id = id;
        for _ in 0..NESTING_MAX {
            if self.scaled || pipelines::is_passed_over(self.file, id) {
                return Ok(());
            }
            match self.file.class(id).map(|class| class.meaning) {
                Some(Meaning::Pipeline) => {}
                Some(Meaning::Frozen) => {
                    id = pipelines::frozen(self.file, id)?;
                    continue;
                }
                Some(Meaning::FeatureUnion) => {
                    // each of its transformers sees all columns
                    for step in branches::of_union(self.file, id)? {
                        self.names(step.estimator)?;
                    }
                    self.scaled = true;
                    return Ok(());
                }
                _ => {
                    self.names(id)?;
                    self.scaled = true;
                    return Ok(());
                }
            }
            let inner = pipelines::of_pipeline(&pipelines::pipeline(self.file, id)?)?;
            let first = inner.iter().find(|step| !pipelines::is_passed_over(self.file, step.estimator));
            match first {
                Some(first) => id = first.estimator,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn search(&mut self, id: Id) -> Result<Id, Error> {
        let search = Attributes::any(self.file, id)?;
        self.names(id)?;
        search.get("best_estimator_").ok_or_else(|| {
            Error::NotServed(format!(
                "the {} has no best_estimator_: fit it with refit=True, or save the SVC that you fitted with its best_params_",
                search.class.name()
            ))
        })
    }

    /// Takes the names of an estimator's columns, unless there are some or the columns are others.
    fn names(&mut self, id: Id) -> Result<(), Error> {
        if self.scaled || self.feature_names_in.is_some() || self.file.class(id).is_none() {
            return Ok(());
        }
        self.feature_names_in = selection::names(&Attributes::any(self.file, id)?)?;
        Ok(())
    }

    /// The way on from here, inside one of several estimators. Names of columns are looked for until there are some.
    ///
    /// # Errors
    /// [`Error::NotServed`] for estimators that are nested too deep, or too many.
    pub(super) fn inner(&self) -> Result<Self, Error> {
        let depth = self.depth + 1;
        if depth > NESTED_MAX {
            return Err(Error::NotServed(format!(
                "expected estimators in estimators at most {NESTED_MAX} deep, found more"
            )));
        }
        self.file.count_part()?;
        let scaled = self.scaled || self.feature_names_in.is_some();
        let (file, place) = (self.file, self.place);
        Ok(Self { file, steps: Vec::new(), place, feature_names_in: None, scaled, depth })
    }

    /// The steps before the estimator on this way alone, which takes rows of `width` numbers; `outer` gets the names that were
    /// found on it.
    pub(super) fn into_steps(mut self, outer: &mut Self, width: usize) -> Steps {
        steps::settle_widths(&mut self.steps, width);
        outer.feature_names_in = outer.feature_names_in.take().or(self.feature_names_in);
        Steps(self.steps)
    }

    /// The model with this estimator at the end.
    pub(super) fn finish(mut self, estimator: Estimator) -> Result<Model, ModelError> {
        steps::settle_widths(&mut self.steps, estimator.width_in());
        Model::over_numbers(self.feature_names_in, Steps(self.steps), estimator)
    }
}

/// The version of scikit-learn that saved an estimator.
pub(super) fn version(file: &File<'_>, id: Id) -> Result<Option<String>, Error> {
    Attributes::any(file, id)?.version()
}

/// Why something is no model that is served, and what to do.
fn not_served(file: &File<'_>, id: Id, class: Option<Global<'_>>) -> String {
    let found = file.values().describe(id);
    if let (true, Some(name)) = (is_of_another_library(file, id, class), file.values().class_name(id)) {
        return format!("expected a fitted SVM, found `{name}`: svcd serves scikit-learn's SVMs");
    }
    let Some(class) = class else {
        return format!("expected a fitted SVM, found {found}");
    };
    let advice = advice::not_served(class.name(), class.kind());
    format!("expected a fitted SVM, found {found}: {advice}")
}

fn is_of_another_library(file: &File<'_>, id: Id, class: Option<Global<'_>>) -> bool {
    file.values().is_foreign(id) && class.is_none_or(|class| class.kind() == ClassKind::Other)
}

/// Estimators in estimators. A search of a pipeline of a search is three; a file may say that a pipeline holds itself.
const NESTING_MAX: usize = 16;
