//! svcd's own mathematics without server and files: predicts when it is told to, and says how long it took.
//!
//! Arguments `MODEL ROWS ANSWERS OUTPUT [INSTRUCTION_SET]`; rows are little-endian doubles, row by row, or a document a line. Writes
//! the answers, labels as little-endian 32-bit integers and numbers as doubles, and says `ready`. Then, for each line
//! `PASSES ROWS_AT_ONCE` on standard input, it predicts all rows so often, so many with each call, and prints the seconds.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use svcd::model_file::load::load_path;
use svcd::pipeline::{Answers, Asked, Documents, Label, Model, OutputName, Rows, Scratch};
use svcd::svc::Cpu;

struct Asking {
    model: Model,
    output: OutputName,
    cells: Vec<f64>,
    documents: Documents,
    scratch: Scratch,
    answers: Answers,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, answers, output, set @ ..] = &arguments[..] else {
        return Err("usage: kernel MODEL ROWS ANSWERS OUTPUT [INSTRUCTION_SET]".into());
    };
    let model = load_path(Path::new(model))?.model;
    let output = OutputName::parse(output).ok_or("no such output")?;
    let mut documents = Documents::default();
    let bytes = fs::read(rows)?;
    let cells: Vec<f64> = if model.columns().have_text() {
        std::str::from_utf8(&bytes)?.lines().map(|line| documents.push(line)).collect()
    } else {
        bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    };
    let scratch = match set.first() {
        None => Scratch::default(),
        Some(name) => Scratch::on(Cpu::available().find(|cpu| cpu.name() == name).ok_or("not on this CPU")?),
    };
    let mut asking = Asking { model, output, cells, documents, scratch, answers: Answers::default() };
    asking.answer(asking.cells.len())?;
    fs::write(answers, asking.bytes())?;
    say("ready")?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (passes, at_once) = line.split_once(' ').ok_or("expected PASSES ROWS_AT_ONCE")?;
        let (passes, at_once): (usize, usize) = (passes.parse()?, at_once.parse()?);
        let began = Instant::now();
        for _ in 0..passes {
            asking.answer(at_once * asking.model.n_features_in())?;
        }
        say(&began.elapsed().as_secs_f64().to_string())?;
    }
    Ok(())
}

impl Asking {
    fn answer(&mut self, cells_at_once: usize) -> Result<(), svcd::pipeline::Error> {
        let Asking { model, output, cells, documents, scratch, answers } = self;
        answers.clear();
        cells.chunks(cells_at_once).try_for_each(|cells| {
            model.answer_rows(Rows { cells, documents }, Asked::only(*output), scratch, answers)
        })
    }

    fn bytes(&self) -> Vec<u8> {
        let labels = self.answers.labels(self.output).iter();
        let labels = labels.flat_map(|label| label_of(&self.model, *label).to_le_bytes());
        labels.chain(self.answers.numbers(self.output).iter().flat_map(|number| number.to_le_bytes())).collect()
    }
}

fn label_of(model: &Model, class: usize) -> i32 {
    match model.target().label(class) {
        Some(Label::Integer(label)) => i32::try_from(label).expect("the labels of this comparison are small"),
        _ => unreachable!("the labels of this comparison are integers"),
    }
}

fn say(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
