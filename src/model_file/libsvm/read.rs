//! From the text to a model: the header's entries, each at most once; how they fit together; the support vectors.

use std::borrow::Cow;
use std::collections::HashSet;

use super::words::{Lines, Place, Word, Words};
use crate::model_file::dense::{FEATURES_MAX, dense_numbers_max};
use crate::model_file::{Error, Format, Loaded, Provenance};
use crate::pipeline::{Classes, Estimator, Model, Steps, SvrKind};
use crate::svc::{Coupling, DecisionFunctionShape, Kernel, Probability, SingleParts, SvcParts};

/// Reads a model from the whole content of a LIBSVM model file. Zeros that the file leaves out take memory here, so support vectors
/// times features has to be in proportion to the file's size.
///
/// # Errors
/// [`Error::Libsvm`] with the line and the column of the first thing that is wrong.
pub fn from_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    let mut lines = Lines::new(bytes);
    let ModelHeader { kernel, n_sv, kind, unused } = Entries::read(&mut lines)?;
    let Vectors { n_features_in, support_vectors, dual_coef } =
        Vectors::read(lines, n_sv, kind.width(), dense_numbers_max(bytes.len()))?;
    let single = |rho: f64| SingleParts {
        kernel,
        n_features_in,
        support_vectors: Cow::Borrowed(&support_vectors),
        dual_coef: Cow::Borrowed(&dual_coef),
        intercept: -rho,
    };
    let estimator = match kind {
        Kind::Svr(kind, rho) => Estimator::of_svr(kind, single(rho))?,
        Kind::OneClass(rho) => Estimator::of_one_class(single(rho))?,
        Kind::Classes { label, rho, probability, nr_sv } => {
            let parts = SvcParts {
                kernel,
                n_features_in,
                n_support: nr_sv,
                support_vectors,
                dual_coef,
                intercept: rho.into_iter().map(|rho| -rho).collect(),
                decision_function_shape: DecisionFunctionShape::Ovo,
                break_ties: false,
                probability,
            };
            Estimator::of_svc(Classes::Integer(label), parts)?
        }
    };
    let model = Model::over_numbers(None, Steps::default(), estimator)?;
    let provenance =
        Provenance { format: Format::Libsvm, source: Format::Libsvm, sklearn_version: None, training: None };
    let mut loaded = Loaded::whole(model, provenance, None);
    loaded.warnings.extend(unused.map(str::to_owned));
    Ok(loaded)
}

/// A header whose entries fit together.
struct ModelHeader {
    kernel: Kernel,
    /// At least one.
    n_sv: usize,
    kind: Kind,
    /// What the file has and svcd does not answer with, in words for the user.
    unused: Option<&'static str>,
}

/// What the model answers with, and the entries that only such a model has.
enum Kind {
    Classes {
        /// At least one, all different.
        label: Vec<i64>,
        rho: Vec<f64>,
        probability: Option<Probability>,
        /// They add up to the number of support vectors.
        nr_sv: Vec<usize>,
    },
    /// A number.
    Svr(SvrKind, f64),
    /// A side.
    OneClass(f64),
}

impl Kind {
    /// Coefficients of a support vector.
    fn width(&self) -> usize {
        match self {
            Kind::Classes { label, .. } => label.len().saturating_sub(1),
            Kind::Svr(..) | Kind::OneClass(_) => 1,
        }
    }
}

/// The word for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SvmType {
    Svc,
    Svr(SvrKind),
    OneClass,
}

/// What the header's lines say.
#[derive(Default)]
struct Entries {
    svm_type: Option<SvmType>,
    kernel_type: Option<KernelType>,
    degree: Option<u32>,
    gamma: Option<f64>,
    coef0: Option<f64>,
    nr_class: Option<usize>,
    total_sv: Option<usize>,
    rho: Option<Vec<f64>>,
    label: Option<(Place, Vec<i64>)>,
    prob_a: Option<Vec<f64>>,
    prob_b: Option<(Place, Vec<f64>)>,
    density_marks: Option<(Place, Vec<f64>)>,
    nr_sv: Option<(Place, Vec<usize>)>,
}

#[derive(Clone, Copy)]
enum KernelType {
    Linear,
    Polynomial,
    Rbf,
    Sigmoid,
}

impl Entries {
    /// Reads up to the line `SV`.
    fn read(lines: &mut Lines<'_>) -> Result<ModelHeader, Error> {
        let mut entries = Self::default();
        loop {
            let mut words = lines.expect(|| "a header line or `SV`".to_owned())?;
            let word = words.expect("a header word or `SV`")?;
            if word.text == "SV" {
                words.end()?;
                return entries.finish(word.place);
            }
            entries.read_entry(word, words)?;
        }
    }

    fn read_entry(&mut self, word: Word<'_>, words: Words<'_>) -> Result<(), Error> {
        // LIBSVM too needs `nr_class` first, to know how many values follow; it is a C int, so neither count overflows
        let nr_class = self.nr_class;
        let n_classes = || nr_class.map(|k| k as u64).ok_or_else(|| word.not("`nr_class` first"));
        let n_pairs = || n_classes().map(|k| k * (k - 1) / 2);
        match word.text {
            "svm_type" => once(&mut self.svm_type, word, words.only("a type of SVM", svm_type)?),
            "kernel_type" => once(&mut self.kernel_type, word, words.only("a kernel", kernel_type)?),
            "degree" => once(&mut self.degree, word, words.only("a number", degree)?),
            "gamma" => once(&mut self.gamma, word, words.only("a number", gamma)?),
            "coef0" => once(&mut self.coef0, word, words.only("a number", Word::real)?),
            "nr_class" => once(&mut self.nr_class, word, words.only("a number", |word| word.count(2))?),
            "total_sv" => once(&mut self.total_sv, word, words.only("a number", |word| word.count(1))?),
            "rho" => once(&mut self.rho, word, words.list(n_pairs()?, Word::real)?),
            "label" => once(&mut self.label, word, (word.place, labels(words, n_classes()?)?)),
            "probA" => once(&mut self.prob_a, word, words.list(n_pairs()?, Word::real)?),
            "probB" => once(&mut self.prob_b, word, (word.place, words.list(n_pairs()?, Word::real)?)),
            "nr_sv" => {
                let counts = words.list(n_classes()?, |word| word.count(0))?;
                once(&mut self.nr_sv, word, (word.place, counts))
            }
            "prob_density_marks" => {
                let marks = words.list(DENSITY_MARKS, Word::real)?;
                once(&mut self.density_marks, word, (word.place, marks))
            }
            _ => Err(word.not("a header word of LIBSVM or `SV`")),
        }
    }

    /// `end`: the place of `SV`.
    fn finish(self, end: Place) -> Result<ModelHeader, Error> {
        let svm_type = self.svm_type.ok_or_else(|| end.missing("svm_type"))?;
        let kernel = self.kernel(end)?;
        let n_sv = self.total_sv.ok_or_else(|| end.missing("total_sv"))?;
        self.refuse_entries_of_others(svm_type)?;
        let rho = self.rho.as_ref().and_then(|rho| rho.first()).copied();
        let one_rho = || match (self.nr_class, rho) {
            (Some(2), Some(rho)) => Ok(rho),
            (Some(found), Some(_)) => Err(end.error(format!("expected `nr_class 2`, found `nr_class {found}`"))),
            (_, _) => Err(end.missing("rho")),
        };
        let (kind, unused) = match svm_type {
            SvmType::Svr(kind) => (Kind::Svr(kind, one_rho()?), self.prob_a.as_ref().map(|_| UNUSED_NOISE)),
            SvmType::OneClass => (Kind::OneClass(one_rho()?), self.density_marks.as_ref().map(|_| UNUSED_MARKS)),
            SvmType::Svc => (self.classes(end, n_sv)?, None),
        };
        Ok(ModelHeader { kernel, n_sv, kind, unused })
    }

    fn kernel(&self, end: Place) -> Result<Kernel, Error> {
        let gamma = || self.gamma.ok_or_else(|| end.missing("gamma"));
        let coef0 = || self.coef0.ok_or_else(|| end.missing("coef0"));
        Ok(match self.kernel_type.ok_or_else(|| end.missing("kernel_type"))? {
            KernelType::Linear => Kernel::Linear,
            KernelType::Rbf => Kernel::Rbf { gamma: gamma()? },
            KernelType::Sigmoid => Kernel::Sigmoid { gamma: gamma()?, coef0: coef0()? },
            KernelType::Polynomial => {
                let degree = self.degree.ok_or_else(|| end.missing("degree"))?;
                Kernel::Poly { gamma: gamma()?, coef0: coef0()?, degree }
            }
        })
    }

    /// Refuses what models of another type have: who wrote it there meant something by it.
    fn refuse_entries_of_others(&self, svm_type: SvmType) -> Result<(), Error> {
        let only = |place: Place, name: &str, types: &str| {
            Err(place.error(format!("expected `{name}` only with {types}, found it with another svm_type")))
        };
        let of_classes = [
            ("label", self.label.as_ref().map(|(place, _)| *place)),
            ("nr_sv", self.nr_sv.as_ref().map(|(place, _)| *place)),
            ("probB", self.prob_b.as_ref().map(|(place, _)| *place)),
        ];
        let found = of_classes.into_iter().find_map(|(name, place)| Some((name, place?)));
        match (svm_type, found, &self.density_marks) {
            (SvmType::Svc | SvmType::Svr(_), _, Some((place, _))) => only(*place, "prob_density_marks", "one_class"),
            (SvmType::OneClass | SvmType::Svr(_), Some((name, place)), _) => only(place, name, "c_svc and nu_svc"),
            _ => Ok(()),
        }
    }

    /// What only a classifier has.
    fn classes(self, end: Place, n_sv: usize) -> Result<Kind, Error> {
        let rho = self.rho.ok_or_else(|| end.missing("rho"))?;
        let (_, label) = self.label.ok_or_else(|| end.missing("label"))?;
        let (place, nr_sv) = self.nr_sv.ok_or_else(|| end.missing("nr_sv"))?;
        let sum = nr_sv.iter().fold(0_usize, |sum, n| sum.saturating_add(*n));
        if sum != n_sv {
            return Err(place.error(format!("expected counts of {n_sv} support vectors in all, found {sum}")));
        }
        let probability = match (self.prob_a, self.prob_b) {
            (None, None) => None,
            (Some(prob_a), Some((_, prob_b))) => Some(Probability { prob_a, prob_b, coupling: Coupling::Direct }),
            (Some(_), None) => return Err(end.missing("probB")),
            (None, Some(_)) => return Err(end.missing("probA")),
        };
        Ok(Kind::Classes { label, rho, probability, nr_sv })
    }
}

impl Place {
    /// The error that the header ends here without a line.
    fn missing(self, name: &str) -> Error {
        self.error(format!("expected `{name}` before `SV`, found no such line"))
    }
}

/// Numbers behind `prob_density_marks`.
const DENSITY_MARKS: u64 = 10;

/// What is said of an SVR's `probA`.
const UNUSED_NOISE: &str = "`probA`, LIBSVM's estimate of the noise, is not kept: svcd answers only with the number";

/// What is said of `prob_density_marks`.
const UNUSED_MARKS: &str = "`prob_density_marks`, for LIBSVM's probabilities of one class, are not kept: svcd answers with the side and the decision value";

/// Fills an entry, which has to be empty.
fn once<T>(entry: &mut Option<T>, word: Word<'_>, value: T) -> Result<(), Error> {
    match entry.replace(value) {
        None => Ok(()),
        Some(_) => Err(word.not("each header word once")),
    }
}

fn svm_type(word: Word<'_>) -> Result<SvmType, Error> {
    match word.text {
        "c_svc" | "nu_svc" => Ok(SvmType::Svc),
        "one_class" => Ok(SvmType::OneClass),
        "epsilon_svr" => Ok(SvmType::Svr(SvrKind::Epsilon)),
        "nu_svr" => Ok(SvmType::Svr(SvrKind::Nu)),
        _ => Err(word.not("c_svc, nu_svc, one_class, epsilon_svr or nu_svr")),
    }
}

fn kernel_type(word: Word<'_>) -> Result<KernelType, Error> {
    match word.text {
        "linear" => Ok(KernelType::Linear),
        "polynomial" => Ok(KernelType::Polynomial),
        "rbf" => Ok(KernelType::Rbf),
        "sigmoid" => Ok(KernelType::Sigmoid),
        "precomputed" => {
            let served = "linear, polynomial, rbf or sigmoid (svcd computes the kernel itself, from support vectors)";
            Err(word.not(served))
        }
        _ => Err(word.not("linear, polynomial, rbf or sigmoid")),
    }
}

fn degree(word: Word<'_>) -> Result<u32, Error> {
    u32::try_from(word.count(0)?).map_err(|_| word.not("a degree"))
}

/// LIBSVM trains with none below zero.
fn gamma(word: Word<'_>) -> Result<f64, Error> {
    let gamma = word.real()?;
    if gamma < 0.0 { Err(word.not("zero or above")) } else { Ok(gamma) }
}

fn labels(words: Words<'_>, n_classes: u64) -> Result<Vec<i64>, Error> {
    let mut seen = HashSet::new();
    words.list(n_classes, |word| {
        let label = word.label()?;
        if seen.insert(label) { Ok(label) } else { Err(word.not("different labels")) }
    })
}

/// What follows `SV`.
struct Vectors {
    n_features_in: usize,
    /// (n_sv, n_features_in)
    support_vectors: Vec<f64>,
    /// (width, n_sv)
    dual_coef: Vec<f64>,
}

impl Vectors {
    /// Reads `n_sv` lines of `width` coefficients, and then the end of the file. Allocates only once all lines are known to be there.
    fn read(mut lines: Lines<'_>, n_sv: usize, width: usize, numbers_max: usize) -> Result<Self, Error> {
        let n_features_in = highest_index(lines, n_sv, numbers_max)?;
        let mut support_vectors = vec![0.0; n_sv * n_features_in];
        // (n_sv, width), as in the file
        let mut coefficients = Vec::new();
        for (vector, row) in support_vectors.chunks_exact_mut(n_features_in).enumerate() {
            let mut words = vector_line(&mut lines, vector, n_sv)?;
            for _ in 0..width {
                coefficients.push(words.expect("a coefficient")?.real()?);
            }
            fill(row, words)?;
        }
        while let Some(mut words) = lines.next_line()? {
            if let Some(word) = words.next() {
                return Err(word.not(&format!("the end of the file after {n_sv} support vectors")));
            }
        }
        let dual_coef = (0..width).flat_map(|other| coefficients.iter().skip(other).step_by(width).copied()).collect();
        Ok(Self { n_features_in, support_vectors, dual_coef })
    }
}

/// Writes the pairs of one line into a row of zeros.
fn fill(row: &mut [f64], words: Words<'_>) -> Result<(), Error> {
    let mut last = 0;
    for word in words {
        let (index, value) = word.pair()?;
        if index <= last {
            return Err(word.not(&format!("an index above {last}")));
        }
        last = index;
        // the last index of a line fits into the row: after one that does not, a lower index follows and is refused
        if let Some(slot) = row.get_mut(index - 1) {
            *slot = value;
        }
    }
    Ok(())
}

/// The number of features: the highest of the last indices of all lines, as indices ascend.
fn highest_index(mut lines: Lines<'_>, n_sv: usize, numbers_max: usize) -> Result<usize, Error> {
    let start = lines;
    let mut highest = None;
    for vector in 0..n_sv {
        let Some(word) = vector_line(&mut lines, vector, n_sv)?.last() else { continue };
        let Some(index) = word.index()? else { continue };
        if highest.is_none_or(|(highest, _)| index > highest) {
            highest = Some((index, word));
        }
    }
    let Some((index, word)) = highest else {
        return Err(start.place().error("expected `index:value` in at least one support vector, found none"));
    };
    let features_max = FEATURES_MAX.min(numbers_max / n_sv.max(1));
    if index > features_max {
        return Err(word.not(&format!(
            "indices up to {features_max} in a file of this size with {n_sv} support vectors, as zeros take memory too"
        )));
    }
    Ok(index)
}

fn vector_line<'a>(lines: &mut Lines<'a>, vector: usize, n_sv: usize) -> Result<Words<'a>, Error> {
    lines.expect(|| format!("support vector {} of {n_sv}", vector + 1))
}
