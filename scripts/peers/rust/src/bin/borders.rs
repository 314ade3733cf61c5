//! Whether svcd's labels stay LIBSVM's where they are hardest to tell: next to the borders between classes.
//!
//! Arguments `MODEL ROWS COUNT NEAR`; rows are little-endian doubles, row by row. Makes COUNT rows between pairs of these rows, NEAR of
//! them within 1e-7 of their distance of a border and every second one of these within 1e-12, and prints how many get another label when labels alone are asked for
//! than in LIBSVM's order of summation, which decision values are computed in. Each thousand rows are labelled with one of the CPU's
//! instruction sets, in turn.

use std::error::Error;
use std::fs;
use std::path::Path;

use svcd::model_file::load::load_path;
use svcd::pipeline::{Answers, Asked, Model, OutputName, Scratch};
use svcd::svc::Cpu;

/// Halve a distance to less than 1e-7 and 1e-12 of it.
const HALVINGS: [u32; 2] = [24, 41];

/// Rows that are asked for at once.
const ROWS_AT_ONCE: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, count, near] = &arguments[..] else {
        return Err("usage: borders MODEL ROWS COUNT NEAR".into());
    };
    let (count, near): (usize, usize) = (count.parse()?, near.parse()?);
    let mut asking = Asking { model: load_path(Path::new(model))?.model, scratch: Scratch::default() };
    let mut sets: Vec<Scratch> = Cpu::available().map(Scratch::on).collect();
    let bytes = fs::read(rows)?;
    let rows: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let width = asking.model.n_features_in();
    let rows: Vec<&[f64]> = rows.chunks_exact(width).collect();
    let (mut random, mut made, mut close, mut others) = (Random(0x9e37_79b9_7f4a_7c15), Vec::new(), 0, 0);
    let (mut turn, mut unproven) = (0, 0);
    for index in 0..count {
        let (from, to) = (rows[random.below(rows.len())], rows[random.below(rows.len())]);
        // the rows next to borders stand among the others
        let is_near = (index + 1) * near / count > close;
        match is_near.then(|| asking.next_to_a_border(from, to, HALVINGS[close % 2])).transpose()?.flatten() {
            Some(row) => {
                made.extend(row);
                close += 1;
            }
            None => made.extend(between(from, to, random.unit())),
        }
        if made.len() == ROWS_AT_ONCE * width || index + 1 == count {
            let with_values = asking.labels(&made)?;
            let scratch = &mut sets[turn];
            let alone = labels(&asking.model, &made, Asked::only(OutputName::Predict), scratch)?;
            unproven += scratch.take_unproven();
            turn = (turn + 1) % sets.len();
            others += alone.iter().zip(&with_values).filter(|(alone, with_values)| alone != with_values).count();
            made.clear();
        }
    }
    println!("{others} other labels in {count} rows, {close} of them within 1e-7 of a border, {} within 1e-12, {unproven} not proven", close / 2);
    Ok(())
}

struct Asking {
    model: Model,
    scratch: Scratch,
}

impl Asking {
    /// Labels in LIBSVM's order of summation.
    fn labels(&mut self, rows: &[f64]) -> Result<Vec<usize>, svcd::pipeline::Error> {
        let asked = Asked::only(OutputName::Predict).and(OutputName::DecisionFunction);
        labels(&self.model, rows, asked, &mut self.scratch)
    }

    /// A row on one side of a border between two rows, unless they have one label.
    fn next_to_a_border(
        &mut self,
        from: &[f64],
        to: &[f64],
        halvings: u32,
    ) -> Result<Option<Vec<f64>>, svcd::pipeline::Error> {
        let first = self.labels(from)?;
        if self.labels(to)? == first {
            return Ok(None);
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..halvings {
            let middle = (low + high) / 2.0;
            let label = self.labels(&between(from, to, middle).collect::<Vec<_>>())?;
            if label == first { low = middle } else { high = middle }
        }
        Ok(Some(between(from, to, if first[0].is_multiple_of(2) { low } else { high }).collect()))
    }
}

fn labels(
    model: &Model,
    rows: &[f64],
    asked: Asked,
    scratch: &mut Scratch,
) -> Result<Vec<usize>, svcd::pipeline::Error> {
    let mut answers = Answers::default();
    model.answer(rows, asked, scratch, &mut answers)?;
    Ok(answers.labels(OutputName::Predict).to_vec())
}

fn between(from: &[f64], to: &[f64], t: f64) -> impl Iterator<Item = f64> {
    from.iter().zip(to).map(move |(from, to)| from + (to - from) * t)
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() >> 33) as usize % count
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
