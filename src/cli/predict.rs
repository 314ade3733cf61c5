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
mod kept;
mod lines;
mod options;
pub(super) mod progress;

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::arguments::Arguments;
use super::blocks::{Block, BlockReader, InputFormat};
use super::command::{Command, flag};
use super::model::{self, MODEL, NAMES, NO_EVIDENCE_CHECK};
use super::output::{self, Replacement};
use super::reading::READING;
use super::text_input::{self, TextStream};
use super::{Error, log};
use crate::api::csv::{self, ReadOptions, Records, Syntax};
use answers::{AnswerFormat, AnsweredBlock, Predictor, REASONS_MAX, WorkerBuffers};
use kept::Kept;
use progress::{Extent, ProgressLine};

/// The command.
pub const COMMAND: Command = Command {
    name: "predict",
    summary: "answers the rows of a CSV file with a model's predictions",
    operand: "[FILE|-]",
    about: "\
Reads CSV from FILE, or from standard input if FILE is - or missing, and writes a row of answers for each row.
The input may be compressed with gzip, and may be UTF-16 if it begins with a byte order mark.
The first record is a header if it holds the names of all columns, in any order and among others. It is also
one if it holds only words; if the model has no names, the columns then go by position. Any other first record
is a row by position. Numbers are written so that they read back as the same double. Give --model once for
each file of the model. On a terminal, standard error shows the progress, and for a file the time left.",
    flags: &[
        &[
            flag("--output A,B,..", "any of predict, decision_function, predict_proba, score_samples")
                .default("predict"),
            flag("--format csv|jsonl", "CSV with a header, or one JSON object per line").default("csv"),
            flag("--format-in csv|lines|jsonl", "CSV, plain text with one document per line, or JSON lines")
                .default("csv"),
            flag("-o, --output-file FILE", "where to write; replaced in one step, and only on success")
                .default("standard output"),
            flag("--keep A,B,..", "columns of the input to write before the answers"),
            flag("--on-error stop|null", "stop at a wrong row, or leave its answer empty (exit code 3)")
                .default("stop"),
            flag("--filter", "for one of many processes: no header, and empty input is no error"),
            flag("--threads N", "number of threads that compute rows")
                .default("one for each core")
                .env(&["SVCD_THREADS"]),
            NO_EVIDENCE_CHECK,
        ],
        READING,
        MODEL,
        NAMES,
    ],
    examples: &[
        ("svcd predict rows.csv", "the iris model's label for each row"),
        (
            "svcd predict -m model.bin --output predict,decision_function --format jsonl - < rows.csv",
            "labels and scores, as JSON",
        ),
        ("svcd predict -m scaler.pkl -m svm_model.pkl rows.csv", "with a scaler and the SVM after it"),
        ("svcd predict -m spam.pkl --format-in lines messages.txt", "a label for each line of text"),
        (
            "svcd predict --keep id --on-error null -o labels.csv rows.csv.gz",
            "labels after their ids, and empty ones for wrong rows",
        ),
        (
            "svcd predict --separator ';' --decimal ',' --comment '#' rows.csv",
            "CSV as spreadsheets write it in half of Europe",
        ),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

/// Blocks that may wait before each worker, and after it.
const QUEUE_BLOCKS: usize = 2;

fn run(arguments: &Arguments) -> Result<(), Error> {
    let answer_options = options::of_answers(arguments)?;
    let read_options = options::of_reading(arguments)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.count("--threads", 1)?.unwrap_or(cores);
    let (model_paths, target) = (arguments.paths("--model"), arguments.path("--output-file"));
    if let Some(target) = &target {
        model::check_target("--output-file", target, &model_paths)?;
    }
    let model = model::open(&model_paths, arguments)?.told().loaded.model;

    let operand = arguments.operand().filter(|operand| *operand != "-");
    let source = operand.map_or("standard input".to_owned(), |path| path.to_string_lossy().into_owned());
    let failed = |cause: &dyn std::fmt::Display| Error::failed_to("predict", &source, cause);
    let mut predictor = Predictor::new(model, answer_options).map_err(|cause| failed(&cause))?;
    options::check_kept(&read_options.keep, &predictor.output_columns())?;
    let mut sink = AnswerSink::open(target.as_deref(), operand)?;
    let (input, extent) = open_input(operand).map_err(|cause| failed(&cause))?;
    let input_format = options::of_input(arguments, &predictor.served)?;
    predictor.input = input_format;
    let mut blocks = match input_format {
        InputFormat::Csv => BlockReader::new(input, read_options.likely_syntax()),
        _ => BlockReader::of_lines(input),
    };
    let is_text = answer_options.format == AnswerFormat::Jsonl;
    let first = match input_format {
        InputFormat::Csv => begin(&mut blocks, &read_options, is_text, &mut predictor),
        _ => begin_lines(&mut blocks),
    };
    let first = match first {
        Err(NoBlock::NoRows(_)) if answer_options.is_filter => return sink.finish(),
        Err(NoBlock::NoRows(expected)) => return Err(failed(&format_args!("expected {expected}, found none"))),
        Err(NoBlock::Wrong(cause)) => return Err(failed(&cause)),
        Ok(first) => first,
    };

    sink.write(&predictor.header())?;
    let gathered =
        start(threads, Arc::new(predictor), first, blocks, extent.clone()).map_err(|cause| failed(&cause))?;
    let refused = write_all(&gathered, &mut sink, extent, &failed)?;
    sink.finish()?;
    refused.verdict()
}

/// The text of the input, and what tells how much of the input has been read.
fn open_input(operand: Option<&OsStr>) -> io::Result<(TextStream, Extent)> {
    let file = match operand {
        Some(path) => File::open(path)?,
        None => File::from(io::stdin().as_fd().try_clone_to_owned()?),
    };
    let (input, extent) = progress::counted(file)?;
    Ok((text_input::text(Box::new(input))?, extent))
}

/// Why there is no first block of rows.
enum NoBlock {
    /// The input ends before the first row; this says where one was expected.
    NoRows(&'static str),
    Wrong(String),
}

impl From<String> for NoBlock {
    fn from(cause: String) -> NoBlock {
        NoBlock::Wrong(cause)
    }
}

/// The first block of lines that are rows, each by itself.
fn begin_lines(blocks: &mut BlockReader) -> Result<Block, NoBlock> {
    blocks.next().map_err(|cause| cause.to_string())?.ok_or(NoBlock::NoRows("rows"))
}

/// Reads the header, if there is one, and returns the first block of rows.
fn begin(
    blocks: &mut BlockReader,
    options: &ReadOptions,
    is_text: bool,
    predictor: &mut Predictor,
) -> Result<Block, NoBlock> {
    let block = next_rows(blocks, options.likely_syntax())?.ok_or(NoBlock::NoRows("rows"))?;
    let opening = csv::open(&block.text, &predictor.served.columns, options)
        .map_err(|error| predictor.explain(&error, block.lines_before))?;
    let syntax = opening.layout.syntax();
    let kept = opening.kept.iter().copied().zip(options.keep.iter().cloned()).collect();
    let mut rows = opening.rows;
    let (rest, lines) = rows.rest();
    let rest = Block { text: rest.to_vec(), lines_before: block.lines_before + lines };
    let first_line = rows.next().map(|row| block.lines_before + row.line + 1);
    predictor.may_be_header = first_line.filter(|_| opening.may_be_header);
    if let Some(line) = first_line.filter(|_| opening.counts_columns) {
        log::line(format_args!(
            "warning: line {line} holds 0,1,.., as pandas numbers columns without names, and is read as a row: give \
             --header present if it is a header, --header absent if it is not"
        ));
    }
    predictor.layout = opening.layout;
    predictor.kept = Kept::new(kept, syntax, is_text);
    blocks.restart(rest, syntax);
    next_rows(blocks, syntax)?.ok_or(NoBlock::NoRows("rows after the header"))
}

/// The next block that has rows, not only empty lines and comments.
fn next_rows(blocks: &mut BlockReader, syntax: Syntax) -> Result<Option<Block>, String> {
    loop {
        match blocks.next().map_err(|cause| cause.to_string())? {
            Some(block) if Records::new(&block.text, syntax).next().is_none() => {}
            block => return Ok(block),
        }
    }
}

/// Where the answers go.
enum AnswerSink {
    Standard,
    File(Replacement),
}

impl AnswerSink {
    fn open(target: Option<&Path>, input: Option<&OsStr>) -> Result<AnswerSink, Error> {
        let Some(target) = target else { return Ok(AnswerSink::Standard) };
        if input.is_some_and(|input| output::is_same_file(target, Path::new(input))) {
            return Err(Error::Usage("--output-file: expected a file other than the input".to_owned()));
        }
        Replacement::removed_on_signal(target).map(AnswerSink::File)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            AnswerSink::Standard => output::print(bytes),
            AnswerSink::File(replacement) => replacement.write(bytes),
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self {
            AnswerSink::Standard => Ok(()),
            AnswerSink::File(replacement) => replacement.finish(),
        }
    }
}

/// Starts the reader and the workers; the receivers give the answers in turn, each with the bytes of the input that had been read
/// by then. The threads end when nobody listens any more.
fn start(
    threads: usize,
    predictor: Arc<Predictor>,
    first: Block,
    mut blocks: BlockReader,
    extent: Extent,
) -> io::Result<Vec<Receiver<(AnsweredBlock, u64)>>> {
    let mut dealers: Vec<SyncSender<(io::Result<Block>, u64)>> = Vec::new();
    let mut gathered = Vec::new();
    for index in 0..threads {
        let (dealer, work) = sync_channel(QUEUE_BLOCKS);
        let (done, answers) = sync_channel(QUEUE_BLOCKS);
        let predictor = Arc::clone(&predictor);
        thread::Builder::new().name(format!("predict-{index}")).spawn(move || {
            let mut buffers = WorkerBuffers::default();
            while let Ok((block, read)) = work.recv() {
                let answered = predictor.answer(block, &mut buffers);
                if done.send((answered, read)).is_err() {
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
            if dealer.send((block, extent.read())).is_err() || is_over {
                return;
            }
        }
    })?;
    Ok(gathered)
}

/// Writes the answers in the order of the rows, up to the first row that is wrong if that is the end.
fn write_all(
    gathered: &[Receiver<(AnsweredBlock, u64)>],
    sink: &mut AnswerSink,
    extent: Extent,
    failed: &dyn Fn(&dyn std::fmt::Display) -> Error,
) -> Result<RefusedRows, Error> {
    let mut progress = ProgressLine::new(extent, matches!(sink, AnswerSink::File(_)));
    let mut refused = RefusedRows::default();
    for receiver in gathered.iter().cycle() {
        // The reader is at the end: there is no next block.
        let Ok((answered, read)) = receiver.recv() else { break };
        sink.write(&answered.text)?;
        progress.add(answered.rows, read);
        refused.add(&answered);
        if let Some(error) = answered.error {
            progress.end();
            return Err(failed(&error));
        }
    }
    progress.end();
    Ok(refused)
}

/// Rows without an answer.
#[derive(Default)]
struct RefusedRows {
    rows: usize,
    refused: usize,
    reasons: Vec<String>,
}

impl RefusedRows {
    fn add(&mut self, block: &AnsweredBlock) {
        self.rows += block.rows;
        self.refused += block.refused;
        self.reasons.extend(block.reasons.iter().take(REASONS_MAX - self.reasons.len()).cloned());
    }

    /// Tells the first reasons; the error has the count.
    fn verdict(&self) -> Result<(), Error> {
        if self.refused == 0 {
            return Ok(());
        }
        for reason in &self.reasons {
            log::line(format_args!("{reason}"));
        }
        Err(Error::Incomplete(format!("{} of {} rows have an empty answer", self.refused, self.rows)))
    }
}
