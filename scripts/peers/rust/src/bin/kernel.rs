//! svcd's own mathematics without server and files: predicts when it is told to, and says how long it took.
//!
//! Arguments `MODEL ROWS LABELS [INSTRUCTION_SET]`; rows are little-endian doubles, row by row. Writes the labels as little-endian
//! 32-bit integers and says `ready`. Then, for each line `PASSES ROWS_AT_ONCE` on standard input, it predicts all rows
//! so often, so many with each call, and prints the seconds.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use svcd::model_file::load::load_path;
use svcd::pipeline::{Label, Model, Scratch};
use svcd::svc::Cpu;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, labels, set @ ..] = &arguments[..] else {
        return Err("usage: kernel MODEL ROWS LABELS [INSTRUCTION_SET]".into());
    };
    let model = load_path(Path::new(model))?.model;
    let rows = doubles(&fs::read(rows)?);
    let mut scratch = match set.first() {
        None => Scratch::default(),
        Some(name) => Scratch::on(Cpu::available().find(|cpu| cpu.name() == name).ok_or("not on this CPU")?),
    };
    let mut out = Vec::new();
    predict(&model, &rows, model.n_features_in(), &mut scratch, &mut out)?;
    fs::write(labels, out.iter().flat_map(|class| label(&model, *class).to_le_bytes()).collect::<Vec<u8>>())?;
    say("ready")?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (passes, at_once) = line.split_once(' ').ok_or("expected PASSES ROWS_AT_ONCE")?;
        let (passes, at_once): (usize, usize) = (passes.parse()?, at_once.parse()?);
        let began = Instant::now();
        for _ in 0..passes {
            predict(&model, &rows, at_once * model.n_features_in(), &mut scratch, &mut out)?;
        }
        say(&began.elapsed().as_secs_f64().to_string())?;
    }
    Ok(())
}

fn predict(
    model: &Model,
    rows: &[f64],
    numbers_at_once: usize,
    scratch: &mut Scratch,
    out: &mut Vec<usize>,
) -> Result<(), svcd::pipeline::Error> {
    out.clear();
    rows.chunks(numbers_at_once).try_for_each(|rows| model.predict(rows, scratch, out))
}

fn label(model: &Model, class: usize) -> i32 {
    match model.target().label(class) {
        Some(Label::Integer(label)) => i32::try_from(label).expect("the labels of this comparison are small"),
        _ => unreachable!("the labels of this comparison are integers"),
    }
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().expect("eight bytes"))).collect()
}

fn say(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
