//! What the flags ask for.

use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use super::grid::{self, GridAxis};
use super::recipe::{ClassWeights, EstimatorName, GammaRule, Imputing, KernelChoice, Recipe, Scaling};
use super::split::TestSize;
use crate::api::csv::{ReadOptions, Syntax, texts};
use crate::cli::Error;
use crate::cli::arguments::Arguments;
use crate::cli::reading;

/// All that is asked for.
pub(super) struct TrainingOptions {
    pub output: PathBuf,
    pub report: Option<PathBuf>,
    pub table: TableOptions,
    pub recipe: Recipe,
    pub test_size: TestSize,
    pub seed: u32,
    pub is_stratified: bool,
    pub n_folds: Option<usize>,
    pub grid: Vec<GridAxis>,
    pub stores_probes: bool,
}

/// How the file is read.
pub(super) struct TableOptions {
    pub reading: ReadOptions,
    pub target: Option<String>,
    pub weight: Option<String>,
    pub ignored: Vec<String>,
    /// Columns of categories.
    pub one_hot: Vec<String>,
    /// Whether a cell may be empty.
    pub takes_missing: bool,
    pub estimator: EstimatorName,
    pub is_estimator_given: bool,
    /// Bytes of numbers, at most.
    pub data_bytes_max: usize,
}

impl TableOptions {
    /// Columns that are named.
    pub fn wanted(&self) -> Vec<String> {
        self.target.iter().chain(&self.weight).chain(&self.ignored).chain(&self.one_hot).cloned().collect()
    }
}

/// Reads the flags.
///
/// # Errors
/// [`Error::Usage`] for values that no estimator takes, and for flags that do not go together.
pub(super) fn parse(arguments: &Arguments) -> Result<TrainingOptions, Error> {
    let given = arguments.choice("--estimator", &EstimatorName::WORDS)?;
    let estimator = given.unwrap_or(EstimatorName::Svc);
    check_flags(arguments, estimator)?;
    let list = |text: &str| Some(texts(text.as_bytes(), Syntax::default()));
    let text = |text: &str| Some(text.to_owned());
    let table = TableOptions {
        reading: reading::options(arguments)?,
        target: arguments.value("--target", "a column", text)?,
        weight: arguments.value("--sample-weight", "a column", text)?,
        ignored: arguments.value("--ignore", "columns, comma-separated", list)?.unwrap_or_default(),
        one_hot: arguments.value("--one-hot", "columns, comma-separated", list)?.unwrap_or_default(),
        takes_missing: arguments.has("--impute"),
        estimator,
        is_estimator_given: given.is_some(),
        data_bytes_max: arguments.bytes("--data-bytes-max")?.unwrap_or(DATA_BYTES_MAX),
    };
    let options = TrainingOptions {
        output: arguments.path("--output").unwrap_or_else(|| PathBuf::from("model.bin")),
        report: arguments.path("--report"),
        recipe: Recipe { one_hot: table.one_hot.clone(), ..recipe(arguments, estimator)? },
        table,
        test_size: arguments.value("--test-size", TEST_SIZE, test_size)?.unwrap_or(TestSize::Share(0.2)),
        seed: arguments.value("--seed", "a whole number from 0 to 4294967295", |text| text.parse().ok())?.unwrap_or(0),
        is_stratified: arguments.has("--stratify"),
        n_folds: arguments.count("--cv", 2)?,
        grid: arguments.value("--grid", GRID, grid::parse)?.unwrap_or_default(),
        stores_probes: arguments.has("--store-probes"),
    };
    if options.stores_probes && options.test_size == TestSize::Nothing {
        return Err(Error::Usage("--store-probes: expected held-out rows to store, found --test-size 0".to_owned()));
    }
    Ok(options)
}

/// Refuses flags that the estimator has no use for.
fn check_flags(arguments: &Arguments, estimator: EstimatorName) -> Result<(), Error> {
    use EstimatorName::{NuSvc, NuSvr, OneClass, Svc, Svr};
    let uses: [(&str, &[EstimatorName]); 10] = [
        ("--C", &[Svc, Svr, NuSvr]),
        ("--nu", &[NuSvc, NuSvr, OneClass]),
        ("--epsilon", &[Svr]),
        ("--class-weight", &[Svc]),
        ("--probability", &[Svc, NuSvc]),
        ("--stratify", &[Svc, NuSvc]),
        ("--target", &[Svc, NuSvc, Svr, NuSvr]),
        ("--cv", &[Svc, NuSvc, Svr, NuSvr]),
        ("--grid", &[Svc, NuSvc, Svr, NuSvr]),
        ("--store-probes", &[Svc, NuSvc, Svr, NuSvr, OneClass]),
    ];
    for (flag, estimators) in uses {
        if arguments.has(flag) && !estimators.contains(&estimator) {
            let name = estimator.word();
            return Err(Error::Usage(format!("{flag}: expected an estimator that uses it, found `{name}`")));
        }
    }
    let has_kernel = |kernels: &[&str]| {
        let kernel = arguments.value("--kernel", "", |text| Some(kernels.contains(&text)));
        kernel.is_ok_and(|is_one| is_one.unwrap_or(kernels.contains(&"rbf"))) || arguments.has("--grid")
    };
    for (flag, kernels) in
        [("--degree", &["poly"][..]), ("--coef0", &["poly", "sigmoid"]), ("--gamma", &["rbf", "poly", "sigmoid"])]
    {
        if arguments.has(flag) && !has_kernel(kernels) {
            return Err(Error::Usage(format!("{flag}: expected --kernel {}, which uses it", kernels.join(" or "))));
        }
    }
    Ok(())
}

fn recipe(arguments: &Arguments, estimator: EstimatorName) -> Result<Recipe, Error> {
    let usual = Recipe::default();
    let number = |flag: &str, expected: &str, default: f64, is_right: fn(f64) -> bool| {
        let read = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite() && is_right(*value));
        Ok::<_, Error>(arguments.value(flag, expected, read)?.unwrap_or(default))
    };
    let cores = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = arguments.count("--threads", 1)?.and_then(NonZero::new).unwrap_or(cores);
    let weights = arguments.value("--class-weight", CLASS_WEIGHT, ClassWeights::parse)?;
    Ok(Recipe {
        estimator,
        kernel: arguments.choice("--kernel", &KernelChoice::WORDS)?.unwrap_or(usual.kernel),
        c: number("--C", "a number above 0", usual.c, |c| c > 0.0)?,
        gamma: arguments.value("--gamma", GAMMA, GammaRule::parse)?.unwrap_or(usual.gamma),
        degree: arguments
            .value("--degree", "a whole number, 0 or above", |text| text.parse().ok())?
            .unwrap_or(usual.degree),
        coef0: number("--coef0", "a number", usual.coef0, |_| true)?,
        nu: number("--nu", "a number above 0 and at most 1", usual.nu, |nu| nu > 0.0 && nu <= 1.0)?,
        epsilon: number("--epsilon", "a number, 0 or above", usual.epsilon, |epsilon| epsilon >= 0.0)?,
        tol: number("--tol", "a number above 0", usual.tol, |tol| tol > 0.0)?,
        shrinking: !arguments.has("--no-shrinking"),
        iterations_max: arguments.count("--max-iter", 1)?.map(|count| count as u64),
        cache_bytes: arguments.bytes("--cache-size")?.unwrap_or(usual.cache_bytes),
        threads,
        class_weights: weights.unwrap_or(usual.class_weights),
        one_hot: Vec::new(),
        imputing: arguments.choice("--impute", &Imputing::WORDS)?,
        scaling: arguments.choice("--scale", &Scaling::WORDS)?,
        has_probability: arguments.has("--probability"),
    })
}

fn test_size(text: &str) -> Option<TestSize> {
    if let Ok(rows) = text.parse::<usize>() {
        return Some(if rows == 0 { TestSize::Nothing } else { TestSize::Rows(rows) });
    }
    let share = text.parse::<f64>().ok().filter(|share| (0.0..1.0).contains(share))?;
    Some(if share == 0.0 { TestSize::Nothing } else { TestSize::Share(share) })
}

const TEST_SIZE: &str = "a share of the rows below 1, or a number of rows, 0 for none";
const GRID: &str = "values for C, gamma, kernel, degree, coef0, nu or epsilon, such as \"C=0.1,1,10 gamma=scale,0.01\"";
const GAMMA: &str = "scale, auto or a number, 0 or above";
const CLASS_WEIGHT: &str = "balanced, or labels with weights, such as a=1,b=2.5";
/// A table with more numbers is refused.
const DATA_BYTES_MAX: usize = 1 << 30;
