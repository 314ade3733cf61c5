//! From everything that was found to one model.

use super::doubts::{before_own_steps, other_order, unknown_beside, unread_names};
use super::either::settled;
use super::labels::{column_names, encoder};
use super::order::{Widths, fitting_orders};
use super::{Content, Found, Piece, encoders, listed, shown};
use crate::model_file::dense::TRAINED_ON_SPARSE_ROWS;
use crate::model_file::{Error, LeftOut, Loaded, Role, UsedPiece};
use crate::pipeline::{Classes, Model, Step, Steps};

/// Makes one model of what was found. `leave_out`: places, files or keys that the user says do not belong to it.
///
/// # Errors
/// The error of a part that cannot be read; else [`Error::NotServed`], which says what is missing or does not fit, and what to do.
pub fn assemble(found: Vec<Found>, leave_out: &[String]) -> Result<Loaded, Error> {
    let mut assembly = Assembly { left_out: Vec::new(), warnings: Vec::new() };
    let found = assembly.without(found, leave_out)?;
    let mut found = settled(readable(found)?);
    let encoders = encoders::taken(&mut found)?;
    let estimator = assembly.estimator(&mut found)?;
    let references: Vec<&Found> = found.iter().collect();
    let transformers = assembly.transformers(&references, &estimator)?;
    encoders::encoded(assembly.join(&references, estimator, &transformers)?, encoders)
}

/// What is told of the way to the model.
struct Assembly {
    left_out: Vec<LeftOut>,
    warnings: Vec<String>,
}

/// What decides, with where it was found. It is taken, not copied: it may be large.
struct Chosen {
    source: usize,
    file: String,
    place: String,
    what: String,
    loaded: Box<Loaded>,
}

/// A transformer with where it was found.
#[derive(Clone, Copy)]
struct Transformer<'a> {
    found: &'a Found,
    what: &'a str,
    names: Option<&'a [String]>,
    steps: &'a Steps,
    warnings: &'a [String],
    widths: Widths,
}

impl Assembly {
    fn leave_out(&mut self, found: &Found, what: &str, why: &str) {
        self.left_out.push(LeftOut { place: found.place.clone(), what: format!("{what}{why}") });
    }

    /// All but what the user leaves out.
    fn without(&mut self, found: Vec<Found>, names: &[String]) -> Result<Vec<Found>, Error> {
        if let Some(name) = names.iter().find(|name| !found.iter().any(|found| found.is_called(name))) {
            let places = listed(found.iter().map(Found::shown));
            return Err(Error::NotServed(format!("--leave-out: expected one of {places}, found `{name}`")));
        }
        let (left, kept): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| names.iter().any(|name| found.is_called(name)));
        for found in &left {
            let what = found.content.as_ref().map_or("not readable", Content::what);
            self.leave_out(found, what, ", by --leave-out");
        }
        Ok(kept)
    }

    /// Takes the one estimator out of what was found.
    fn estimator(&mut self, found: &mut Vec<Found>) -> Result<Chosen, Error> {
        let taken = found.iter().position(Found::is_estimator).map(|index| found.remove(index));
        let Some(Found { source, file, place, content: Ok(Content::Piece(Piece::Estimator(loaded), what)), .. }) =
            taken
        else {
            return Err(Error::NotServed(nothing_decides(found)));
        };
        let estimator = Chosen { source, file, place, what, loaded };
        for other in found.iter() {
            let Ok(Content::Piece(Piece::Estimator(other_loaded), other_what)) = &other.content else { continue };
            if other_loaded.model != estimator.loaded.model {
                let place = other.shown();
                let Chosen { what, source, .. } = &estimator;
                let own_place = estimator.shown();
                let way = if other.source == *source { "" } else { "name the one to serve with --model, or " };
                return Err(Error::NotServed(format!(
                    "expected one model, found {what} in {own_place} and {other_what} in {place}: {way}skip the other \
                     with --leave-out"
                )));
            }
            self.leave_out(other, other_what, &format!(", the same model as in {}", estimator.shown()));
        }
        Ok(estimator)
    }

    /// The transformers in the order in which they are applied.
    fn transformers<'a>(&mut self, found: &[&'a Found], estimator: &Chosen) -> Result<Vec<Transformer<'a>>, Error> {
        let model = &estimator.loaded.model;
        let mut transformers: Vec<Transformer<'a>> = Vec::new();
        for transformer in found.iter().filter_map(|found| Transformer::of(found)) {
            let twin = transformers.iter_mut().find(|other| other.steps == transformer.steps);
            if let Some(twin) = twin {
                twin.names = twin.names.or(transformer.names);
                self.leave_out(transformer.found, transformer.what, &format!(", the same as {}", twin.found.shown()));
            } else if contains(model.steps(), transformer.steps) {
                let why = format!(", a step of the pipeline in {} already", estimator.shown());
                self.leave_out(transformer.found, transformer.what, &why);
            } else {
                transformers.push(transformer);
            }
        }
        let width = model.n_features_in();
        let widths: Vec<_> = transformers.iter().map(|transformer| transformer.widths).collect();
        match fitting_orders(&widths, width).as_slice() {
            [order] => {
                let order = order.iter().filter_map(|index| transformers.get(*index).copied()).collect();
                check_names(order, estimator)
            }
            [] => Err(Error::NotServed(no_order(found, &transformers, estimator, width))),
            _ => Err(Error::NotServed(several_orders(&transformers, estimator))),
        }
    }

    fn join(
        mut self,
        found: &[&Found],
        Chosen { source, place, what, loaded, .. }: Chosen,
        transformers: &[Transformer<'_>],
    ) -> Result<Loaded, Error> {
        let Loaded { model, provenance, probes, warnings, .. } = *loaded;
        let mut used: Vec<_> = transformers.iter().map(Transformer::used).collect();
        let width_in = model.n_features_in();
        let first = transformers.first().map(|first| first.found.shown());
        self.warnings.extend(before_own_steps(first, &shown(&place), &model));
        if transformers.is_empty() && model.steps().is_empty() {
            self.warnings.extend(unknown_beside(found, &model));
        }
        used.push(UsedPiece { source, place, what, role: Role::Estimator { width_in } });
        let n_classes = model.classes().map_or(0, Classes::len);
        let classes = self.classes(found, model.classes(), &mut used);
        let steps = transformers.iter().flat_map(|transformer| &transformer.steps.0);
        let steps: Vec<_> = steps.chain(&model.steps().0).cloned().collect();
        let width = steps.first().map_or(width_in, |step| step.width_in());
        let own_names = own_names(transformers, &model);
        let list = if own_names.is_none() { column_names(found, width, n_classes)? } else { None };
        if own_names.is_none() && list.is_none() {
            self.warnings.extend(unread_names(found));
        }
        if let Some((list, names)) = list {
            used.push(list.used(format!("a list of {} texts", names.len()), Role::Names));
        }
        self.tell_others(found, &used, [width, n_classes], own_names.is_some());
        let names = own_names.or(list.map(|(_, names)| names.to_vec()));
        let estimator = model.into_estimator();
        let estimator = match classes {
            Some(classes) => estimator.with_classes(classes)?,
            None => estimator,
        };
        let model = Model::over_numbers(names, Steps(steps), estimator)?;
        // probe rows are in the units of the piece that they came with
        let probes = if transformers.is_empty() { probes } else { None };
        let of_transformers = transformers.iter().flat_map(|transformer| transformer.warnings).cloned();
        let leaves_out_zeros = model.leaves_out_zeros();
        let warnings = of_transformers.chain(warnings).chain(self.warnings);
        let warnings = warnings.filter(|warning| !leaves_out_zeros || warning != TRAINED_ON_SPARSE_ROWS).collect();
        Ok(Loaded { model, provenance, probes, warnings, pieces: used, left_out: self.left_out })
    }

    /// The labels of an encoder, if there is one for the model's classes.
    fn classes(&mut self, found: &[&Found], classes: Option<&Classes>, used: &mut Vec<UsedPiece>) -> Option<Classes> {
        match encoder(found, classes) {
            Ok(None) => None,
            Ok(Some((encoder, labels))) => {
                // columns of two values are common, and nothing in the encoder tells them from two classes
                if labels.len() == 2 {
                    self.warnings.push(format!(
                        "the labels {} are those of the LabelEncoder in {}: if it encodes a column of the rows \
                         instead, skip it with --leave-out",
                        labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(" and "),
                        encoder.shown()
                    ));
                }
                used.push(encoder.used("LabelEncoder".to_owned(), Role::Labels));
                Some(labels.clone())
            }
            Err(why) => {
                let is_encoder = |found: &&&Found| matches!(found.piece(), Some(Piece::Labels(_)));
                let encoders: Vec<_> = found.iter().filter(is_encoder).collect();
                encoders.iter().for_each(|encoder| self.leave_out(encoder, "LabelEncoder", &format!(": {why}")));
                let places = listed(encoders.iter().map(|encoder| encoder.shown()));
                let (encoders, does, one) = match encoders.as_slice() {
                    [_] => ("LabelEncoder", "does", "it"),
                    _ => ("LabelEncoders", "do", "one"),
                };
                let way = classes.map_or_else(String::new, |_| format!("; if {one} should, use --class-names"));
                self.warnings.push(format!("the {encoders} in {places} {does} not name the classes: {why}{way}"));
                None
            }
        }
    }

    /// What else was found, and why it is no part of the model.
    fn tell_others(&mut self, found: &[&Found], used: &[UsedPiece], [width, n_classes]: [usize; 2], has_names: bool) {
        for found in found {
            match &found.content {
                Ok(Content::Opaque(what) | Content::Other(what) | Content::NotServed(what, _)) => {
                    self.leave_out(found, what, "")
                }
                Ok(Content::Piece(Piece::Names(names), _)) if !used.iter().any(|used| used.place == found.place) => {
                    let what = format!("a list of {} texts", names.len());
                    let why = match names.len() == width {
                        true if has_names => "; the model has its own names",
                        true => "; the same names",
                        false if names.len() == n_classes => "; if it names the classes, use --class-names",
                        false => "; the model has another number of columns",
                    };
                    self.leave_out(found, &format!("{what}: {}", listed(names.iter().cloned())), why);
                }
                _ => {}
            }
        }
    }
}

impl Found {
    fn piece(&self) -> Option<&Piece> {
        if let Ok(Content::Piece(piece, _)) = &self.content { Some(piece) } else { None }
    }

    pub(super) fn is_estimator(&self) -> bool {
        matches!(self.piece(), Some(Piece::Estimator(_)))
    }

    fn used(&self, what: String, role: Role) -> UsedPiece {
        UsedPiece { source: self.source, place: self.place.clone(), what, role }
    }
}

impl Chosen {
    fn shown(&self) -> String {
        shown(&self.place)
    }
}

impl<'a> Transformer<'a> {
    fn of(found: &'a Found) -> Option<Transformer<'a>> {
        let Ok(Content::Piece(Piece::Transformer { names, steps, warnings }, what)) = &found.content else {
            return None;
        };
        let (first, last) = (steps.0.first()?, steps.0.last()?);
        let widths = Widths { rank: found.rank, width_in: first.width_in(), width_out: last.width_out() };
        Some(Transformer { found, what, names: names.as_deref(), steps, warnings, widths })
    }

    fn used(&self) -> UsedPiece {
        let Widths { width_in, width_out, .. } = self.widths;
        self.found.used(self.what.to_owned(), Role::Transformer { width_in, width_out })
    }
}

/// Refuses pieces whose columns have the same names in different orders.
fn check_names<'a>(transformers: Vec<Transformer<'a>>, estimator: &Chosen) -> Result<Vec<Transformer<'a>>, Error> {
    let model = &estimator.loaded.model;
    let is_other = |transformer: &&Transformer<'_>| transformer.names.is_some_and(|names| other_order(names, model));
    match transformers.iter().find(is_other) {
        None => Ok(transformers),
        Some(other) => Err(Error::NotServed(format!(
            "{} and {} have the same columns in different orders, and svcd does not reorder columns between steps: fit \
             both on the same order",
            other.found.shown(),
            estimator.shown()
        ))),
    }
}

/// The first part that cannot be read is the error, with the way past it where there is one.
fn readable(mut found: Vec<Found>) -> Result<Vec<Found>, Error> {
    let has_estimator = found.iter().any(Found::is_estimator);
    let is_alone = found.len() == 1;
    match found.iter().position(|found| found.content.is_err()) {
        None => Ok(found),
        Some(index) => match found.swap_remove(index) {
            Found { content: Err(cause), .. } if is_alone => Err(cause),
            Found { content: Err(cause), place, .. } => {
                Err(Error::Piece { place, cause: Box::new(cause), has_estimator })
            }
            // not so: it has just been found
            other => Ok(vec![other]),
        },
    }
}

/// Whether `steps` has all of `others` one after the other.
fn contains(steps: &Steps, others: &Steps) -> bool {
    !others.is_empty() && steps.0.windows(others.0.len()).any(|window| window == others.0)
}

/// The names of the first piece that has some, as long as nothing before it makes other columns.
fn own_names(transformers: &[Transformer<'_>], model: &Model) -> Option<Vec<String>> {
    for transformer in transformers {
        if let Some(names) = transformer.names {
            return Some(names.to_vec());
        }
        if !transformer.steps.0.iter().all(Step::keeps_columns) {
            return None;
        }
    }
    model.columns().own_names().map(<[String]>::to_vec)
}

/// Nothing that was found decides.
fn nothing_decides(found: &[Found]) -> String {
    let reason = found.iter().find_map(|found| match &found.content {
        Ok(Content::NotServed(_, reason)) => Some(reason.as_str()),
        _ => None,
    });
    let what = found.iter().map(|found| {
        let what = found.content.as_ref().map_or("something that svcd cannot read", Content::what);
        if found.place.is_empty() { what.to_owned() } else { format!("{what} in {}", found.shown()) }
    });
    let what = if found.is_empty() { "nothing".to_owned() } else { listed(what) };
    let has_pieces = found.iter().any(|found| found.piece().is_some());
    let advice = reason.unwrap_or(match has_pieces {
        true => "give the SVM's file too, with another --model",
        false => "svcd serves scikit-learn's SVMs",
    });
    format!("expected a fitted SVM, found {what}: {advice}")
}

/// No order fits, or only one that is not the given one.
fn no_order(found: &[&Found], transformers: &[Transformer<'_>], estimator: &Chosen, width: usize) -> String {
    let free: Vec<_> = transformers.iter().map(|transformer| Widths { rank: 0, ..transformer.widths }).collect();
    if let [order, ..] = fitting_orders(&free, width).as_slice() {
        let applied = order.iter().filter_map(|index| Some(transformers.get(*index)?.found));
        // what names classes and columns stands behind them: whoever types the line keeps it
        let names = found.iter().filter(|found| matches!(found.piece(), Some(Piece::Labels(_) | Piece::Names(_))));
        let mut files: Vec<&str> = Vec::new();
        let applied = applied.map(|found| found.file.as_str()).chain([estimator.file.as_str()]);
        for file in applied.chain(names.map(|found| found.file.as_str())) {
            if !files.contains(&file) {
                files.push(file);
            }
        }
        return format!(
            "the transformers do not fit together in this order; they do in this one: --model {}",
            files.join(" --model ")
        );
    }
    if let Some(part) = transformers.iter().find_map(|transformer| part_of_columns(transformer, estimator)) {
        return part;
    }
    let widths = listed(transformers.iter().map(|transformer| {
        let Widths { width_in, width_out, .. } = transformer.widths;
        format!(
            "{} ({}) makes rows of {width_out} numbers out of {width_in}",
            transformer.found.shown(),
            transformer.what
        )
    }));
    format!(
        "these do not belong to one model: {} takes rows of {width} numbers, and {widths}; skip what does not belong \
         to it with --leave-out",
        estimator.shown()
    )
}

/// A transformer of some of the columns, which their names show.
fn part_of_columns(transformer: &Transformer<'_>, estimator: &Chosen) -> Option<String> {
    let (names, all) = (transformer.names?, estimator.loaded.model.columns().own_names()?);
    if !names.iter().all(|name| all.contains(name)) {
        return None;
    }
    let others = listed(all.iter().filter(|name| !names.contains(name)).map(|name| format!("`{name}`")));
    Some(format!(
        "{} ({}) transforms {} of the {} columns, all but {others}, and svcd applies a transformer only to all \
         columns: transform the rows before you send them, and skip it with --leave-out",
        transformer.found.shown(),
        transformer.what,
        names.len(),
        all.len()
    ))
}

/// Widths leave more than one order.
fn several_orders(transformers: &[Transformer<'_>], estimator: &Chosen) -> String {
    let places = listed(transformers.iter().map(|transformer| transformer.found.shown()));
    let is_one_file = transformers.iter().all(|transformer| transformer.found.source == estimator.source);
    let advice = if is_one_file {
        "save them as one: pickle.dump(make_pipeline(first, second, svc), f), or skip one with --leave-out"
    } else {
        "give the files one by one with --model, in the order in which they are applied, or skip one with --leave-out"
    };
    format!("{places} fit the model in more than one order: {advice}")
}
