//! `svcd train`: from a CSV file to a model that is ready to serve.
//!
//! table -> split -> search, if asked for -> fit -> scores -> file -> the same scores of what was read back

mod categories;
mod data;
mod fitting;
mod grid;
mod labels;
mod mersenne;
mod options;
mod preparing;
mod recipe;
mod report;
mod scaling;
mod scores;
mod search;
mod sigmoid;
mod split;
mod table;
mod watch;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::Arguments;
use super::command::{Command, flag};
use super::output;
use super::reading::READING;
use super::{Error, log};
use crate::model_file::{Format, Loaded, PROBE_ROWS_MAX, Probes, Provenance, TrainingRecord, load, native};
use crate::pipeline::{ClassLabels, Model, Scratch};
use data::{DataView, KnownAnswers, TrainingData};
use fitting::FittedModel;
use options::TrainingOptions;
use preparing::cells_for;
use recipe::Recipe;
use report::TrainingReport;
use scores::HeldOutScores;
use search::TriedRecipe;
use split::TrainTestSplit;
use table::TrainingTable;
use watch::{INTERRUPTED, TrainingWatch};

/// The command.
pub const COMMAND: Command = Command {
    name: "train",
    summary: "trains an SVM on a CSV file and writes a model.bin",
    operand: "DATA.csv",
    about: "\
Reads a CSV file with a header, holds out a share of its rows, trains on the others and writes the model. Shows
the scores on the held-out rows before the model is saved and after it is loaded again. The solution and the
split are scikit-learn's: --seed N draws the rows of train_test_split(random_state=N). Labels are whole numbers,
booleans or text; all other columns are numbers, or categories with --one-hot. --cv and --grid divide the
training rows into folds. Ctrl-C stops without writing anything.",
    flags: &[
        &[
            flag("-o, --output FILE", "where to write; an existing file is replaced").default("model.bin"),
            flag("--target COLUMN", "the column to predict: its name, or its number from 0; -1 is the last")
                .default("the last column"),
            flag("--ignore A,B,..", "columns to leave out of training"),
            flag("--sample-weight COLUMN", "column with the weight of each row"),
            flag("--estimator svc|nusvc|svr|nusvr|one-class", "what to train").default("svc"),
            flag("--kernel rbf|linear|poly|sigmoid", "the kernel").default("rbf"),
            flag("--C NUMBER", "penalty for errors").default("1"),
            flag("--gamma scale|auto|NUMBER", "the kernel's gamma").default("scale"),
            flag("--degree N", "degree of the kernel poly").default("3"),
            flag("--coef0 NUMBER", "constant term of the kernels poly and sigmoid").default("0"),
            flag("--nu NUMBER", "upper bound on the share of errors, for nusvc, nusvr and one-class").default("0.5"),
            flag("--epsilon NUMBER", "size of errors that cost nothing, for svr").default("0.1"),
            flag("--class-weight WEIGHTS", "balanced, or a weight for each label, such as a=1,b=2.5"),
            flag("--tol NUMBER", "tolerance for stopping: how close to optimal is enough").default("0.001"),
            flag("--max-iter N", "stop each problem after this many iterations"),
            flag("--no-shrinking", "turn off the shrinking heuristic"),
            flag("--test-size SIZE", "share or number of rows to hold out, 0 for none").default("0.2"),
            flag("--seed N", "seed for drawing the held-out rows").default("0"),
            flag("--stratify", "hold out the same share of each class"),
            flag("--impute mean|median|most_frequent", "what fills an empty number; a category gets the most frequent"),
            flag("--one-hot A,B,..", "columns of categories; each category becomes a column of 0 and 1"),
            flag("--scale standard|minmax|robust", "scale the numbers; the scaler is part of the model"),
            flag("--probability", "probabilities, from a sigmoid fitted by 5-fold cross-validation"),
            flag("--cv K", "show the scores of K-fold cross-validation first"),
            flag("--grid \"NAME=A,B.. ..\"", "try all combinations by cross-validation and take the best"),
            flag("--store-probes", "store held-out rows in the model; every load checks their answers"),
            flag("--report FILE", "write the scores and other results as JSON"),
            flag("--cache-size BYTES", "memory for kernel values, such as 500MiB").default("200MiB"),
            flag("--data-bytes-max BYTES", "refuse a table with more bytes of numbers").default("1GiB"),
            flag("--threads N", "number of threads that solve pairs of classes")
                .default("one for each core")
                .env(&["SVCD_THREADS"]),
        ],
        READING,
    ],
    examples: &[
        ("svcd train data.csv --target species", "an SVC on 80 % of the rows, as model.bin"),
        ("svcd train iris.csv --scale standard --grid \"C=0.1,1,10 gamma=scale,0.01\"", "the best of six combinations"),
        ("svcd train houses.csv --estimator svr --target price --scale standard --C 100", "a regression"),
        ("svcd train parts.csv --estimator one-class --nu 0.05 -o parts.bin", "finds rows that are unlike the rest"),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

fn run(arguments: &Arguments) -> Result<(), Error> {
    let options = options::parse(arguments)?;
    let operand = arguments.operand().unwrap_or_default();
    let path = Path::new(operand);
    let shown = path.display().to_string();
    for (flag, target) in [("--output", Some(&options.output)), ("--report", options.report.as_ref())] {
        if target.is_some_and(|target| output::is_same_file(target, path)) {
            return Err(Error::Usage(format!("{flag}: expected a file other than the data, found `{shown}`")));
        }
    }
    let should_stop = output::set_on_signal()?;
    let outcome = train(path, &options, &should_stop);
    if should_stop.load(Ordering::Relaxed) && outcome.is_err() {
        output::end_by_signal(INTERRUPTED);
    }
    outcome
}

fn train(path: &Path, options: &TrainingOptions, should_stop: &AtomicBool) -> Result<(), Error> {
    let shown = path.display().to_string();
    let failed = |cause: String| Error::failed_to("train on", &path.display().to_string(), &cause);
    let TrainingTable { mut data, sha256, target } = table::read(path, &options.table, should_stop).map_err(failed)?;
    let n_rows = data.count();
    let classes = if options.is_stratified { data.classes() } else { None };
    let TrainTestSplit { train, test } =
        split::split(n_rows, options.test_size, options.seed, classes).map_err(failed)?;
    let n_train = train.len();
    data.reorder(&[train, test].concat());
    let (names, trained_on, held_out) = (data.names.take(), data.view(0..n_train), data.view(n_train..n_rows));

    let Trained { recipe, fitted, grid, cross_validation, watch } =
        fit(options, &data, trained_on, should_stop).map_err(failed)?;
    let (n_support, iterations, is_unfinished) = (fitted.n_support.clone(), fitted.iterations, fitted.is_unfinished);
    let seconds = watch.elapsed();
    let model = fitted.into_model(names).map_err(failed)?;
    let score = |model: &Model| match held_out.rows.count() {
        0 => Ok(None),
        _ => HeldOutScores::of(model, held_out).map(Some),
    };
    let before_saving = score(&model).map_err(failed)?;
    let probes = if options.stores_probes { Some(probes(&model, held_out).map_err(failed)?) } else { None };
    let gamma = model.kernel().and_then(|kernel| kernel.parameters().gamma);
    let record = TrainingRecord {
        data_sha256: sha256.to_string(),
        n_train: n_train as u64,
        n_test: (n_rows - n_train) as u64,
        seed: u64::from(options.seed),
        parameters: recipe.parameters(),
        scores: before_saving.as_ref().map(HeldOutScores::named).unwrap_or_default(),
    };
    if should_stop.load(Ordering::Relaxed) {
        return Err(failed(INTERRUPTED.to_owned()));
    }
    let model_bytes = save(model, record, probes, &options.output)?;
    let saved = options.output.display().to_string();
    let not_read = |cause: String| Error::failed_to("read back", &saved, &cause);
    let loaded = load::load_path(&options.output).map_err(|cause| not_read(cause.to_string()))?.model;
    let after_loading = score(&loaded).map_err(not_read)?;
    tell(
        &TrainingReport {
            data: shown,
            data_sha256: sha256.to_string(),
            rows: n_rows,
            features: data.n_features,
            target,
            classes: loaded.classes().map(ClassLabels),
            seed: options.seed,
            train_rows: n_train,
            test_rows: n_rows - n_train,
            parameters: recipe.parameters(),
            gamma,
            grid,
            cross_validation,
            support_vectors_by_class: n_support,
            iterations,
            is_unfinished,
            seconds,
            before_saving,
            after_loading,
            model: saved.clone(),
            model_bytes,
        },
        options,
    )
}

/// Prints the report, writes it if asked for, and complains of a model that is another one once it is loaded.
fn tell(report: &TrainingReport<'_>, options: &TrainingOptions) -> Result<(), Error> {
    output::print(report.text().as_bytes())?;
    if let Some(path) = &options.report {
        output::replace(path, report.json().as_bytes())?;
    }
    if report.is_unfinished {
        log::line(format_args!("warning: --max-iter ended training before the solution was found"));
    }
    match report.before_saving == report.after_loading {
        true => Ok(()),
        false => Err(Error::failed_to("read back", &report.model, &"expected the same answers, found others")),
    }
}

/// A fitted model, and what was tried before.
struct Trained<'a> {
    recipe: Recipe,
    fitted: FittedModel,
    grid: Vec<TriedRecipe>,
    cross_validation: Vec<f64>,
    watch: TrainingWatch<'a>,
}

/// Searches the grid, cross-validates and fits, as asked for.
fn fit<'a>(
    options: &TrainingOptions,
    data: &TrainingData,
    trained_on: DataView<'_>,
    should_stop: &'a AtomicBool,
) -> Result<Trained<'a>, String> {
    let n_classes = if let KnownAnswers::Classes { labels, .. } = &data.answers { labels.len() } else { 0 };
    // the curve of probabilities changes no search: it is fitted once, at the end
    let without_curve = Recipe { has_probability: false, ..options.recipe.clone() };
    let recipes = grid::recipes(&without_curve, &options.grid);
    let n_folds = options.n_folds.unwrap_or(FOLDS);
    let n_validated =
        if options.grid.is_empty() { options.n_folds.unwrap_or_default() } else { recipes.len() * n_folds };
    let n_problems =
        n_validated * search::problems_of(&without_curve, n_classes) + search::problems_of(&options.recipe, n_classes);
    let watch = TrainingWatch::new(n_problems, should_stop);
    let run = || -> Result<_, String> {
        let (mut recipe, mut grid, mut cross_validation) = (options.recipe.clone(), Vec::new(), Vec::new());
        if !options.grid.is_empty() {
            let (best, tried) = search::search(&recipes, trained_on, n_folds, &watch)?;
            grid = tried;
            let has_probability = recipe.has_probability;
            recipe = recipes.get(best).map_or(recipe, |(_, best)| Recipe { has_probability, ..best.clone() });
        } else if let Some(n_folds) = options.n_folds {
            cross_validation = search::cross_validate(&without_curve, trained_on, n_folds, &watch)?;
        }
        let fitted = fitting::fit(&recipe, trained_on, &watch)?;
        Ok((recipe, fitted, grid, cross_validation))
    };
    let outcome = run();
    watch.end();
    let (recipe, fitted, grid, cross_validation) = outcome?;
    Ok(Trained { recipe, fitted, grid, cross_validation, watch })
}

/// Held-out rows with the answers that the model gives to them.
fn probes(model: &Model, held_out: DataView<'_>) -> Result<Probes, String> {
    let numbers = PROBE_ROWS_MAX.saturating_mul(held_out.rows.n_features);
    let mut rows = cells_for(model.columns(), held_out).into_owned();
    rows.truncate(numbers);
    let (mut scratch, mut probes) = (Scratch::default(), Probes::default());
    model.predict(&rows, &mut scratch, &mut probes.predict).map_err(|cause| cause.to_string())?;
    Probes::push_values(model, &rows, &mut scratch, &mut probes.decision_function_ovo)
        .map_err(|cause| cause.to_string())?;
    Ok(Probes { rows, ..probes })
}

/// Writes the model, and gives the bytes that it takes.
fn save(model: Model, record: TrainingRecord, probes: Option<Probes>, target: &Path) -> Result<usize, Error> {
    let loaded = Loaded {
        model,
        provenance: Provenance {
            format: Format::Training,
            source: Format::Training,
            sklearn_version: None,
            training: Some(record),
        },
        probes,
        warnings: Vec::new(),
        pieces: Vec::new(),
        left_out: Vec::new(),
    };
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("write", &target.display().to_string(), cause);
    let bytes = native::to_bytes(&loaded).map_err(|cause| failed(&cause))?;
    output::replace(target, &bytes)?;
    Ok(bytes.len())
}

/// Folds for `--grid` without `--cv`, as in scikit-learn.
const FOLDS: usize = 5;
