//! The five estimators as problems, and their solutions as parts of a model.
// Classes are counted from 0 to their number; rows are those of `TrainingRows`; solutions are as long as their problems.
#![allow(clippy::indexing_slicing)]

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::crew::Crew;
use super::matrix::{DoubledMatrix, KernelMatrix, TrainingRows};
use super::solver::{Solution, solve};
use super::state::{ALL, BY_SIGN, DualProblem};
use super::{Error, Fitted, Objective, Separation, TrainingObserver, TrainingSettings};
use crate::svc::machine::{DecisionFunctionShape, SvcParts};
use crate::svc::single::SingleParts;
use crate::svc::votes::pairs;

/// Fits an `SVC` or `NuSVC`.
///
/// `classes`: of each row, from 0. `class_weights`: one for each class; they do not count for `nu`. `weights`: of each row; rows with
/// a weight that is not above zero do not count at all.
///
/// # Errors
/// [`Error::Infeasible`] for a class without rows, or a `nu` that the classes do not allow; [`Error::Stopped`].
///
/// # Source
/// LIBSVM, `svm_train`, in the fork of scikit-learn.
pub fn fit_classes(
    rows: TrainingRows<'_>,
    classes: &[usize],
    class_weights: &[f64],
    weights: Option<&[f64]>,
    separation: Separation,
    settings: &TrainingSettings,
    observer: &dyn TrainingObserver,
) -> Result<Fitted<SvcParts>, Error> {
    let k = class_weights.len();
    let mut of_class = vec![Vec::new(); k];
    for (row, class) in classes.iter().enumerate() {
        if weights.is_none_or(|weights| weights[row] > 0.0) {
            of_class[*class].push(row);
        }
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    check_classes(&of_class, weight, separation)?;
    let pairs: Vec<(usize, usize)> = pairs(k).collect();
    let solve_pair = |pair: usize, crew: &Crew, cache_bytes: usize| {
        let (i, j) = pairs[pair];
        let places: Vec<usize> = of_class[i].iter().chain(&of_class[j]).copied().collect();
        let (signs, n_first) = (signs(of_class[i].len(), of_class[j].len()), of_class[i].len());
        let bound = |position: usize| match separation {
            Separation::C(c) => weight(places[position]) * (c * class_weights[if position < n_first { i } else { j }]),
            Separation::Nu(_) => weight(places[position]),
        };
        let bounds: Vec<f64> = (0..places.len()).map(bound).collect();
        let problem = match separation {
            Separation::C(_) => c_problem(signs, bounds),
            Separation::Nu(nu) => nu_problem(signs, bounds, nu),
        };
        let signs = problem.signs.clone();
        let matrix = KernelMatrix::new(rows, places, settings, crew, cache_bytes);
        let mut solution = solve(problem, matrix, settings, observer)?;
        let (rho, divisor) = match *solution.offsets {
            [positive, negative] => ((positive + negative) / 2.0, (positive - negative) / 2.0),
            ref offsets => (offsets.first().copied().unwrap_or_default(), 1.0),
        };
        for (alpha, sign) in solution.alpha.iter_mut().zip(signs) {
            *alpha *= sign / divisor;
        }
        Ok((solution, rho / divisor))
    };
    let solved = solve_all(pairs.len(), settings, observer, solve_pair)?;
    Ok(join_pairs(rows, &of_class, settings, solved))
}

/// Refuses what has no solution.
fn check_classes(of_class: &[Vec<usize>], weight: impl Fn(usize) -> f64, separation: Separation) -> Result<(), Error> {
    let refuse =
        |name, expected: String, found: String| Err(Error::Infeasible(crate::svc::Error::new(name, expected, found)));
    if of_class.len() < 2 {
        return refuse("classes", "at least 2 classes".to_owned(), of_class.len().to_string());
    }
    if let Some(class) = of_class.iter().position(Vec::is_empty) {
        return refuse("classes", "rows of every class".to_owned(), format!("none of class {class} with a weight"));
    }
    if let Separation::Nu(nu) = separation {
        let sums: Vec<f64> = of_class.iter().map(|rows| rows.iter().map(|row| weight(*row)).sum()).collect();
        let most = pairs(sums.len()).map(|(i, j)| 2.0 * sums[i].min(sums[j]) / (sums[i] + sums[j]));
        let is_feasible = |(i, j): (usize, usize)| nu * (sums[i] + sums[j]) / 2.0 <= sums[i].min(sums[j]);
        if !pairs(sums.len()).all(is_feasible) {
            let most = most.fold(1.0, f64::min);
            return refuse("nu", format!("at most {most:?} for classes of these sizes"), format!("{nu:?}"));
        }
    }
    Ok(())
}

/// Signs of the rows of two classes.
fn signs(n_first: usize, n_second: usize) -> Vec<f64> {
    let mut signs = vec![1.0; n_first];
    signs.resize(n_first + n_second, -1.0);
    signs
}

fn c_problem(signs: Vec<f64>, bounds: Vec<f64>) -> DualProblem {
    let size = signs.len();
    DualProblem { signs, linear: vec![-1.0; size], alpha: vec![0.0; size], bounds, groups: ALL }
}

fn nu_problem(signs: Vec<f64>, bounds: Vec<f64>, nu: f64) -> DualProblem {
    let half = bounds.iter().fold(0.0, |sum, bound| sum + nu * bound) / 2.0;
    let (mut positive, mut negative) = (half, half);
    let start = |(sign, bound): (&f64, &f64)| fill(if *sign > 0.0 { &mut positive } else { &mut negative }, *bound);
    let alpha = signs.iter().zip(&bounds).map(start).collect();
    DualProblem { linear: vec![0.0; signs.len()], signs, alpha, bounds, groups: BY_SIGN }
}

/// As much of what is left as the bound allows.
fn fill(left: &mut f64, bound: f64) -> f64 {
    let taken = if *left < bound { *left } else { bound };
    *left -= taken;
    taken
}

/// Solves all pairs, each thread one at a time; those for which none is left compute parts of kernel rows. The results do not depend on
/// the number of threads.
fn solve_all<T: Send>(
    n_pairs: usize,
    settings: &TrainingSettings,
    observer: &dyn TrainingObserver,
    solve_pair: impl Fn(usize, &Crew, usize) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let n_threads = settings.threads.get().min(n_pairs);
    let cache_bytes = settings.cache_bytes / n_threads.max(1);
    let crew = Crew::new(settings.threads, n_threads);
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let pair = next.fetch_add(1, Ordering::Relaxed);
            if pair >= n_pairs {
                crew.leave();
                return Ok(());
            }
            let solved = solve_pair(pair, &crew, cache_bytes)?;
            observer.solved();
            results.lock().unwrap_or_else(PoisonError::into_inner).push((pair, solved));
        }
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(work)).collect();
        let mut outcome = work();
        for other in others {
            // a thread that panicked has said so
            outcome = outcome.and(other.join().unwrap_or(Err(Error::Stopped)));
        }
        outcome
    })?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(pair, _)| *pair);
    Ok(results.into_iter().map(|(_, solved)| solved).collect())
}

/// One model of the solutions of all pairs; a row is a support vector if it is one in any of them.
fn join_pairs(
    rows: TrainingRows<'_>,
    of_class: &[Vec<usize>],
    settings: &TrainingSettings,
    solved: Vec<(Solution, f64)>,
) -> Fitted<SvcParts> {
    let k = of_class.len();
    let mut is_support: Vec<Vec<bool>> = of_class.iter().map(|rows| vec![false; rows.len()]).collect();
    let halves = |(i, j): (usize, usize), solution: &'_ Solution| {
        let (first, second) = solution.alpha.split_at(of_class[i].len());
        [(i, j - 1, first.to_vec()), (j, i, second.to_vec())]
    };
    for (pair, (solution, _)) in pairs(k).zip(&solved) {
        for (class, _, alpha) in halves(pair, solution) {
            is_support[class].iter_mut().zip(alpha).for_each(|(is_support, alpha)| *is_support |= alpha.abs() > 0.0);
        }
    }
    let n_support: Vec<usize> = is_support.iter().map(|flags| flags.iter().filter(|flag| **flag).count()).collect();
    let n_sv: usize = n_support.iter().sum();
    let mut dual_coef = vec![0.0; (k - 1) * n_sv];
    for (pair, (solution, _)) in pairs(k).zip(&solved) {
        for (class, row, alpha) in halves(pair, solution) {
            let start = row * n_sv + n_support[..class].iter().sum::<usize>();
            let of_support = alpha.iter().zip(&is_support[class]).filter(|(_, is_support)| **is_support);
            dual_coef[start..].iter_mut().zip(of_support).for_each(|(coef, (alpha, _))| *coef = *alpha);
        }
    }
    let flags = is_support.iter().flatten();
    let support: Vec<usize> =
        of_class.iter().flatten().zip(flags).filter(|(_, flag)| **flag).map(|(row, _)| *row).collect();
    Fitted {
        parts: SvcParts {
            kernel: settings.kernel,
            n_features_in: rows.n_features,
            n_support,
            support_vectors: support.iter().flat_map(|row| rows.row(*row)).copied().collect(),
            dual_coef,
            intercept: solved.iter().map(|(_, rho)| -rho).collect(),
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        },
        support,
        iterations: solved.iter().map(|(solution, _)| solution.iterations).collect(),
        is_unfinished: solved.iter().any(|(solution, _)| solution.is_unfinished),
    }
}

/// Fits an `SVR`, `NuSVR` or `OneClassSVM`.
///
/// `targets`: of each row; nothing for a one-class SVM. `weights`: as for [`fit_classes`].
///
/// # Errors
/// [`Error::Infeasible`] without rows; [`Error::Stopped`].
///
/// # Source
/// LIBSVM, `svm_train`, in the fork of scikit-learn.
pub fn fit_single(
    rows: TrainingRows<'_>,
    targets: &[f64],
    weights: Option<&[f64]>,
    objective: Objective,
    settings: &TrainingSettings,
    observer: &dyn TrainingObserver,
) -> Result<Fitted<SingleParts<'static>>, Error> {
    let counts = |row: &usize| weights.is_none_or(|weights| weights[*row] > 0.0);
    let places: Vec<usize> = (0..rows.count()).filter(counts).collect();
    if places.is_empty() {
        return Err(Error::Infeasible(crate::svc::Error::new("rows", "at least 1 row with a weight", 0)));
    }
    let weight = |place: &usize| weights.map_or(1.0, |weights| weights[*place]);
    let bounds: Vec<f64> = places.iter().map(weight).collect();
    let target = |place: &usize| targets[*place];
    let crew = Crew::new(settings.threads, 1);
    let matrix = KernelMatrix::new(rows, places.clone(), settings, &crew, settings.cache_bytes);
    let (solution, alpha, rho) = match objective {
        Objective::OneClass { nu } => {
            let solution = solve(one_class_problem(bounds, nu), matrix, settings, observer)?;
            let (alpha, rho) = (solution.alpha.clone(), solution.offsets[0]);
            (solution, alpha, rho)
        }
        Objective::Epsilon { c, epsilon } => {
            let targets: Vec<f64> = places.iter().map(target).collect();
            let linear = targets.iter().map(|y| epsilon - y).chain(targets.iter().map(|y| epsilon + y)).collect();
            let bounds: Vec<f64> = bounds.iter().map(|weight| weight * c).collect();
            let alpha = vec![0.0; 2 * places.len()];
            solve_doubled(linear, alpha, bounds, matrix, settings, observer, false)?
        }
        Objective::Nu { c, nu } => {
            let targets: Vec<f64> = places.iter().map(target).collect();
            let linear = targets.iter().map(|y| -y).chain(targets.iter().copied()).collect();
            let bounds: Vec<f64> = bounds.iter().map(|weight| weight * c).collect();
            let mut left = bounds.iter().fold(0.0, |sum, bound| sum + bound * nu) / 2.0;
            let half: Vec<f64> = bounds.iter().map(|bound| fill(&mut left, *bound)).collect();
            solve_doubled(linear, half.repeat(2), bounds, matrix, settings, observer, true)?
        }
    };
    let kept = places.iter().zip(alpha).filter(|(_, alpha)| alpha.abs() > 0.0);
    let (support, dual_coef): (Vec<usize>, Vec<f64>) = kept.unzip();
    Ok(Fitted {
        parts: SingleParts {
            kernel: settings.kernel,
            n_features_in: rows.n_features,
            support_vectors: Cow::Owned(support.iter().flat_map(|row| rows.row(*row)).copied().collect()),
            dual_coef: Cow::Owned(dual_coef),
            intercept: -rho,
        },
        support,
        iterations: vec![solution.iterations],
        is_unfinished: solution.is_unfinished,
    })
}

fn one_class_problem(bounds: Vec<f64>, nu: f64) -> DualProblem {
    let size = bounds.len();
    let mut left = bounds.iter().fold(0.0, |sum, bound| sum + bound * nu);
    let alpha = bounds.iter().map(|bound| fill(&mut left, *bound)).collect();
    DualProblem { signs: vec![1.0; size], linear: vec![0.0; size], alpha, bounds, groups: ALL }
}

/// A regression: a variable above and one below each target. Gives the solution, the difference of the two for each row, and rho.
fn solve_doubled(
    linear: Vec<f64>,
    alpha: Vec<f64>,
    bounds: Vec<f64>,
    matrix: KernelMatrix<'_>,
    settings: &TrainingSettings,
    observer: &dyn TrainingObserver,
    is_nu: bool,
) -> Result<(Solution, Vec<f64>, f64), Error> {
    let n_rows = bounds.len();
    let groups = if is_nu { BY_SIGN } else { ALL };
    let problem = DualProblem { signs: signs(n_rows, n_rows), linear, alpha, bounds: bounds.repeat(2), groups };
    let solution = solve(problem, DoubledMatrix::new(matrix), settings, observer)?;
    let rho = match *solution.offsets {
        [positive, negative] => (positive + negative) / 2.0,
        ref offsets => offsets.first().copied().unwrap_or_default(),
    };
    let (above, below) = solution.alpha.split_at(n_rows);
    let alpha = above.iter().zip(below).map(|(above, below)| above - below).collect();
    Ok((solution, alpha, rho))
}
