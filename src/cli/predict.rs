//! `svcd predict`: runs a stream of CSV rows through a model, on all cores, in constant memory.
//!
//! ```text
//!          block 0, 2, ..     -> worker 0 ->
//! reader <                                   > writer (this thread)
//!          block 1, 3, ..     -> worker 1 ->
//! ```
//!
//! Blocks are dealt out and collected in turn, so the answers keep the order of the rows without sorting.

mod answers;
mod blocks;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::arguments::Arguments;
use super::command::{Command, flag};
use super::model::{self, MODEL, NAMES, NO_EVIDENCE_CHECK};
use super::{Error, output};
use crate::api::csv::{self, Layout, Records};
use crate::pipeline::{Asked, OutputName};
use answers::{AnswerFormat, AnsweredBlock, Predictor, WorkerBuffers, parse_outputs};
use blocks::{Block, BlockReader};

/// The command.
pub const COMMAND: Command = Command {
    name: "predict",
    summary: "sends the rows of a CSV file through a model",
    operand: "[FILE|-]",
    about: "\
Reads CSV from FILE, or from standard input for - or nothing, and writes a row of answers for each row.
A first record that is not all numbers is a header: its columns are matched by name where the model has
names, else by position. Numbers are written so that they read back as the same double. A model of several
files takes one --model for each.",
    flags: &[
        &[
            flag("--output A,B,..", "any of predict, decision_function, predict_proba, score_samples")
                .default("predict"),
            flag("--format csv|jsonl", "csv with a header, or one JSON object a line").default("csv"),
            flag("--threads N", "rows are computed on so many threads")
                .default("one for each core")
                .env(&["SVCD_THREADS"]),
            NO_EVIDENCE_CHECK,
        ],
        MODEL,
        NAMES,
    ],
    examples: &[
        ("svcd predict rows.csv", "the iris model's label for each row"),
        (
            "svcd predict -m model.bin --output predict,decision_function --format jsonl - < rows.csv",
            "with scores, as JSON",
        ),
        ("svcd predict -m scaler.pkl -m svm_model.pkl rows.csv", "through a scaler and the SVM behind it"),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

/// Blocks that may wait before each worker, and after it.
const QUEUE_BLOCKS: usize = 2;
/// Time between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

fn run(arguments: &Arguments) -> Result<(), Error> {
    let asked = arguments
        .value(
            "--output",
            "any of predict, decision_function, predict_proba, score_samples, comma-separated",
            parse_outputs,
        )?
        .unwrap_or(Asked::only(OutputName::Predict));
    let format = arguments.choice("--format", &[("csv", AnswerFormat::Csv), ("jsonl", AnswerFormat::Jsonl)])?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.count("--threads", 1)?.unwrap_or(cores);
    let model = model::open(&arguments.paths("--model"), arguments)?.told().loaded.model;

    let operand = arguments.operand().filter(|operand| *operand != "-");
    let source = operand.map_or("standard input".to_owned(), |path| path.to_string_lossy().into_owned());
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("predict", &source, cause);
    let input: Box<dyn Read + Send> = match operand {
        Some(path) => Box::new(File::open(path).map_err(|cause| failed(&cause))?),
        None => Box::new(io::stdin()),
    };
    let mut predictor =
        Predictor::new(model, asked, format.unwrap_or(AnswerFormat::Csv)).map_err(|cause| failed(&cause))?;
    let mut blocks = BlockReader::new(input);
    let first = blocks.next().map_err(|cause| failed(&cause))?.ok_or_else(|| failed(&"expected rows, found none"))?;
    let first = take_header(first, &mut predictor).map_err(|cause| failed(&cause))?;

    output::print(&predictor.header())?;
    let gathered = start(threads, Arc::new(predictor), first, blocks).map_err(|cause| failed(&cause))?;
    write_all(&gathered, &failed)
}

/// Reads the header off the first block, if it has one.
fn take_header(block: Block, predictor: &mut Predictor) -> Result<Block, String> {
    let mut records = Records::new(&block.text);
    let Some(header) = records.next().filter(|first| !csv::is_row(first.text)) else {
        return Ok(block);
    };
    if predictor.served.model.has_feature_names() {
        let layout = Layout::by_name(&header, &predictor.served.columns, true);
        predictor.layout = layout.map_err(|error| predictor.explain(&error, block.lines_before))?;
    }
    let (rest, lines) = records.rest();
    Ok(Block { text: rest.to_vec(), lines_before: block.lines_before + lines })
}

/// Starts the reader and the workers; the receivers give the answers in turn. The threads end when nobody listens any more.
fn start(
    threads: usize,
    predictor: Arc<Predictor>,
    first: Block,
    mut blocks: BlockReader,
) -> io::Result<Vec<Receiver<AnsweredBlock>>> {
    let mut dealers: Vec<SyncSender<io::Result<Block>>> = Vec::new();
    let mut gathered = Vec::new();
    for index in 0..threads {
        let (dealer, work) = sync_channel(QUEUE_BLOCKS);
        let (done, answers) = sync_channel(QUEUE_BLOCKS);
        let predictor = Arc::clone(&predictor);
        thread::Builder::new().name(format!("predict-{index}")).spawn(move || {
            let mut buffers = WorkerBuffers::default();
            while let Ok(block) = work.recv() {
                let answered = predictor.answer(block, &mut buffers);
                if done.send(answered).is_err() {
                    return;
                }
            }
        })?;
        dealers.push(dealer);
        gathered.push(answers);
    }
    thread::Builder::new().name("read".to_owned()).spawn(move || {
        let rest = std::iter::from_fn(move || blocks.next().transpose());
        for (block, dealer) in std::iter::once(Ok(first)).chain(rest).zip(dealers.iter().cycle()) {
            let is_over = block.is_err();
            if dealer.send(block).is_err() || is_over {
                return;
            }
        }
    })?;
    Ok(gathered)
}

/// Writes the answers in the order of the rows, up to the first row that is wrong.
fn write_all(
    gathered: &[Receiver<AnsweredBlock>],
    failed: &dyn Fn(&dyn std::fmt::Display) -> Error,
) -> Result<(), Error> {
    let mut progress = ProgressLine::new();
    for receiver in gathered.iter().cycle() {
        // The reader is at the end: there is no next block.
        let Ok(answered) = receiver.recv() else { break };
        output::print(&answered.text)?;
        progress.add(answered.rows);
        if let Some(error) = answered.error {
            progress.end();
            return Err(failed(&error));
        }
    }
    progress.end();
    Ok(())
}

/// A line on the terminal that shows the progress.
struct ProgressLine {
    is_shown: bool,
    rows: usize,
    started: Instant,
    next: Instant,
}

impl ProgressLine {
    fn new() -> ProgressLine {
        let started = Instant::now();
        // If the rows go to the terminal, they show the progress themselves.
        let is_shown = io::stderr().is_terminal() && !io::stdout().is_terminal();
        ProgressLine { is_shown, rows: 0, started, next: started + PROGRESS_INTERVAL }
    }

    fn add(&mut self, rows: usize) {
        self.rows += rows;
        let now = Instant::now();
        if self.is_shown && now >= self.next {
            self.next = now + PROGRESS_INTERVAL;
            self.show();
        }
    }

    fn end(&self) {
        if self.is_shown {
            self.show();
            let _ = writeln!(io::stderr());
        }
    }

    fn show(&self) {
        let rate = self.rows as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let _ = write!(io::stderr(), "\r{} rows, {rate:.0} rows/s ", self.rows);
    }
}
