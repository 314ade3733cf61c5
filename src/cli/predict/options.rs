//! What the flags say about reading and answering.

use super::answers::{AnswerFormat, AnswerOptions, OnError, parse_outputs};
use crate::api::csv::{ReadOptions, Syntax, texts};
use crate::api::served::Served;
use crate::cli::Error;
use crate::cli::arguments::Arguments;
use crate::cli::blocks::InputFormat;
use crate::cli::reading;
use crate::pipeline::{Asked, OutputName};

/// How answers are asked for.
pub(super) fn of_answers(arguments: &Arguments) -> Result<AnswerOptions, Error> {
    let expected = "any of predict, decision_function, predict_proba, score_samples, comma-separated";
    let asked = arguments.value("--output", expected, parse_outputs)?;
    let format = arguments.choice("--format", &[("csv", AnswerFormat::Csv), ("jsonl", AnswerFormat::Jsonl)])?;
    let on_error = arguments.choice("--on-error", &[("stop", OnError::Stop), ("null", OnError::Null)])?;
    Ok(AnswerOptions {
        asked: asked.unwrap_or(Asked::only(OutputName::Predict)),
        format: format.unwrap_or(AnswerFormat::Csv),
        on_error: on_error.unwrap_or(OnError::Stop),
        is_filter: arguments.has("--filter"),
    })
}

/// What the input is.
pub(super) fn of_input(arguments: &Arguments, served: &Served) -> Result<InputFormat, Error> {
    let words = [("csv", InputFormat::Csv), ("lines", InputFormat::Lines), ("jsonl", InputFormat::JsonLines)];
    let format = arguments.choice("--format-in", &words)?.unwrap_or(InputFormat::Csv);
    if format == InputFormat::Csv {
        return Ok(format);
    }
    if let Some(flag) =
        ["--keep", "--header", "--separator", "--decimal", "--comment"].iter().find(|flag| arguments.has(flag))
    {
        return Err(Error::Usage(format!("{flag}: expected only with --format-in csv")));
    }
    if format == InputFormat::Lines && !served.is_text() {
        return Err(Error::Usage(
            "--format-in lines: expected a model with one column of text, found one with other columns".to_owned(),
        ));
    }
    Ok(format)
}

/// What is known of the input.
pub(super) fn of_reading(arguments: &Arguments) -> Result<ReadOptions, Error> {
    let names = |text: &str| Some(texts(text.as_bytes(), Syntax::default()));
    let keep = arguments.value("--keep", "names, comma-separated", names)?;
    Ok(ReadOptions { keep: keep.unwrap_or_default(), ..reading::options(arguments)? })
}

/// Columns of the output have different names.
pub(super) fn check_kept(keep: &[String], outputs: &[String]) -> Result<(), Error> {
    for (index, name) in keep.iter().enumerate() {
        let problem = match (outputs.contains(name), keep.iter().take(index).any(|before| before == name)) {
            (true, _) => format!("--keep: expected a name that no answer has, found `{name}`: rename it in the input"),
            (_, true) => format!("--keep: expected each name once, found `{name}` twice"),
            _ => continue,
        };
        return Err(Error::Usage(problem));
    }
    Ok(())
}
