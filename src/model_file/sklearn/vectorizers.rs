//! Text vectorizers: from scikit-learn's attributes to what turns a document into a sparse row.

use std::borrow::Cow;

use super::attributes::{Attributes, File};
use super::{csr, words};
use crate::model_file::numpy::{self, Dtype};
use crate::model_file::pickle::{Id, Meaning, Value};
use crate::model_file::{Error, pickle};
use crate::pipeline::Step;
use crate::pipeline::text::{
    Accents, Analyzer, GramRange, Normal, TokenPattern, Vectorizer, VectorizerParts, WeightNorm, Weights, WordColumns,
    WordList,
};

/// A `CountVectorizer`, `TfidfVectorizer` or `HashingVectorizer`.
///
/// # Errors
/// [`Error::NotServed`] for what only Python can run, and for settings that are not served; [`Error::Attribute`] for attributes that
/// do not fit.
pub(super) fn vectorizer(file: &File<'_>, id: Id) -> Result<Vectorizer, Error> {
    let class = file.class(id).map(|class| class.meaning);
    let own: &[&str] = match class {
        Some(Meaning::HashingVectorizer) => OF_HASHING,
        Some(Meaning::TfidfVectorizer) => OF_TFIDF,
        _ => OF_COUNT,
    };
    let vectorizer = Attributes::known(file, id, &[OF_ALL, own].concat())?;
    refuse_files(&vectorizer)?;
    let is_single = is_single(&vectorizer)?;
    let (normal, analyzer, is_callable) = analyzer(&vectorizer)?;
    let stop_words = match analyzer {
        Analyzer::Word(_) if !is_callable => words::stop_words(&vectorizer)?,
        _ => WordList::default(),
    };
    let grams = if is_callable { GramRange { shortest: 1, longest: 1 } } else { gram_range(&vectorizer)? };
    let (word_columns, weights) = match class {
        Some(Meaning::HashingVectorizer) => hashed(&vectorizer, is_single)?,
        _ => {
            let words = words::vocabulary(&vectorizer)?;
            let weights = match class {
                Some(Meaning::TfidfVectorizer) => {
                    let inner = vectorizer.require("_tfidf")?;
                    Some(weights(file, inner, Some(words.len()), is_single)?)
                }
                _ => None,
            };
            (WordColumns::Vocabulary(Cow::Owned(words)), weights)
        }
    };
    let parts = VectorizerParts {
        normal,
        analyzer,
        stop_words: Cow::Owned(stop_words),
        grams,
        word_columns,
        binary: vectorizer.boolean("binary")?,
        weights: weights.map(Cow::Owned),
    };
    Vectorizer::new(parts).map_err(|cause| super::svc::attribute_error(vectorizer.class.name(), cause))
}

/// A `TfidfTransformer`. `width`: the columns before it, where that is known.
///
/// # Errors
/// As [`vectorizer`].
pub(super) fn weights(file: &File<'_>, id: Id, width: Option<usize>, is_single: bool) -> Result<Weights, Error> {
    let transformer = Attributes::known(file, id, OF_TRANSFORMER)?;
    let has_idf = transformer.boolean("use_idf")?;
    let idf = match (transformer.get("idf_"), transformer.get("_idf_diag")) {
        _ if !has_idf => None,
        (Some(_), _) => Some(transformer.vector("idf_")?),
        (None, Some(_)) => Some(csr::diagonal(&transformer, "_idf_diag")?),
        (None, None) => {
            let class = transformer.class.name();
            return Err(Error::NotServed(format!("the {class} is not fitted: call fit before saving it")));
        }
    };
    let n_features_in = match (&idf, width) {
        (Some(idf), _) => idf.len(),
        (None, Some(width)) => width,
        (None, None) => transformer.count("n_features_in_")?,
    };
    let is_diagonal = has_idf && transformer.get("idf_").is_none();
    let sublinear_tf = transformer.boolean("sublinear_tf")?;
    let is_old =
        super::attributes::major_minor(transformer.version()?.as_deref()).is_some_and(|version| version < (1, 5));
    if sublinear_tf && is_old {
        file.remark(
            "sublinear_tf takes logarithms: NumPy before 2 had its own on some processors, so weights may differ in \
             the last digit from those in training",
        );
    }
    Ok(Weights { n_features_in, sublinear_tf, idf, turns_round: is_diagonal, norm: norm(&transformer)?, is_single })
}

/// A `TfidfTransformer` after other steps, or by itself.
///
/// # Errors
/// As [`vectorizer`].
pub(super) fn transformer(file: &File<'_>, id: Id, before: &[Step]) -> Result<Weights, Error> {
    let transformer = Attributes::any(file, id)?;
    // its numbers are of the type of the counts that it was fitted on
    let is_single = transformer.get("idf_").is_some() && transformer.is_single("idf_")?;
    weights(file, id, before.last().map(Step::width_out), is_single)
}

fn norm(owner: &Attributes<'_, '_>) -> Result<Option<WeightNorm>, Error> {
    if matches!(owner.file.values().get(owner.require("norm")?), Value::None) {
        return Ok(None);
    }
    match owner.text("norm")?.as_str() {
        "l1" => Ok(Some(WeightNorm::L1)),
        "l2" => Ok(Some(WeightNorm::L2)),
        _ => Err(owner.expected("norm", "`l1`, `l2` or None")),
    }
}

fn hashed(vectorizer: &Attributes<'_, '_>, is_single: bool) -> Result<(WordColumns<'static>, Option<Weights>), Error> {
    // until 0.20
    if vectorizer.boolean_or("non_negative", false)? {
        return Err(Error::NotServed(
            "the HashingVectorizer was made with non_negative=True, which scikit-learn has dropped: fit it again with \
             alternate_sign=False"
                .to_owned(),
        ));
    }
    let n_features = vectorizer.integer("n_features")?;
    let n_features = u32::try_from(n_features).map_err(|_| vectorizer.expected("n_features", "1 to 2147483647"))?;
    let alternate_sign = vectorizer.boolean_or("alternate_sign", true)?;
    let weights = norm(vectorizer)?.map(|norm| Weights {
        n_features_in: n_features as usize,
        sublinear_tf: false,
        idf: None,
        turns_round: false,
        norm: Some(norm),
        is_single,
    });
    Ok((WordColumns::Hashed { n_features, alternate_sign }, weights))
}

fn refuse_files(vectorizer: &Attributes<'_, '_>) -> Result<(), Error> {
    match vectorizer.text("input")?.as_str() {
        "content" => Ok(()),
        "file" | "filename" => Err(Error::NotServed(format!(
            "the {} takes files instead of texts: save it again after set_params(input='content'), and send their texts",
            vectorizer.class.name()
        ))),
        _ => Err(vectorizer.expected("input", "`content`")),
    }
}

/// Whether its numbers are floats of 32 bits.
fn is_single(vectorizer: &Attributes<'_, '_>) -> Result<bool, Error> {
    let (values, id) = (vectorizer.file.values(), vectorizer.require("dtype")?);
    let name = match values.get(id) {
        Value::Global(_) => values.class_name(id).unwrap_or_default(),
        Value::Text(text) => text.decode().into_owned(),
        _ => {
            let dtype = Dtype::read(values, id).map_err(|problem| vectorizer.error("dtype", problem))?;
            if dtype.is_wide_number() {
                return Ok(dtype.is_single());
            }
            String::new()
        }
    };
    match name.rsplit('.').next().unwrap_or_default() {
        "float64" | "double" | "float" | "int64" | "int32" | "int" | "float_" | "int_" | "long" | "f8" | "<f8"
        | "i8" | "<i8" => Ok(false),
        "float32" | "single" | "f4" | "<f4" => Ok(true),
        _ => Err(vectorizer.expected("dtype", "float64, float32, int64 or int32")),
    }
}

/// How a document becomes tokens, and whether a function of Python's does it all.
fn analyzer(vectorizer: &Attributes<'_, '_>) -> Result<(Normal, Analyzer, bool), Error> {
    let none = Normal { lowercase: false, strip_accents: None };
    let id = vectorizer.require("analyzer")?;
    if !matches!(vectorizer.file.values().get(id), Value::Text(_)) {
        if method_of_str(vectorizer.file, id) == Some("split") {
            return Ok((none, Analyzer::Word(TokenPattern::SPLIT), true));
        }
        return Err(refused_code(vectorizer, "analyzer"));
    }
    let normal = normal(vectorizer)?;
    let analyzer = match vectorizer.text("analyzer")?.as_str() {
        "word" => Analyzer::Word(tokens(vectorizer)?),
        "char" => Analyzer::Char,
        "char_wb" => Analyzer::CharWordBounds,
        _ => return Err(vectorizer.expected("analyzer", "`word`, `char` or `char_wb`")),
    };
    Ok((normal, analyzer, false))
}

/// A preprocessor replaces both lower case and accents.
fn normal(vectorizer: &Attributes<'_, '_>) -> Result<Normal, Error> {
    let values = vectorizer.file.values();
    let preprocessor = vectorizer.require("preprocessor")?;
    if !matches!(values.get(preprocessor), Value::None) {
        return match method_of_str(vectorizer.file, preprocessor) {
            Some("lower") => Ok(Normal { lowercase: true, strip_accents: None }),
            _ => Err(refused_code(vectorizer, "preprocessor")),
        };
    }
    let id = vectorizer.require("strip_accents")?;
    let strip_accents = match values.get(id) {
        Value::None => None,
        Value::Text(text) if text.is("ascii") => Some(Accents::Ascii),
        Value::Text(text) if text.is("unicode") => Some(Accents::Unicode),
        Value::Text(_) => return Err(vectorizer.expected("strip_accents", "`ascii`, `unicode` or None")),
        _ => return Err(refused_code(vectorizer, "strip_accents")),
    };
    Ok(Normal { lowercase: vectorizer.boolean("lowercase")?, strip_accents })
}

fn tokens(vectorizer: &Attributes<'_, '_>) -> Result<TokenPattern, Error> {
    let values = vectorizer.file.values();
    let tokenizer = vectorizer.require("tokenizer")?;
    if !matches!(values.get(tokenizer), Value::None) {
        return match method_of_str(vectorizer.file, tokenizer) {
            Some("split") => Ok(TokenPattern::SPLIT),
            _ => Err(refused_code(vectorizer, "tokenizer")),
        };
    }
    let pattern = vectorizer.text("token_pattern")?;
    TokenPattern::parse(&pattern).map_err(|known| {
        let shown = pickle::printable(pattern.chars());
        vectorizer.error("token_pattern", format!("expected {known}; found `{shown}`"))
    })
}

/// The name of a method of `str`, if a value is one: `getattr(str, 'lower')`.
fn method_of_str<'f>(file: &'f File<'_>, id: Id) -> Option<&'f str> {
    let values = file.values();
    let known = ["lower", "split"];
    match values.get(id) {
        Value::Object { global, arguments, state: None, .. } if global.meaning == Meaning::GetAttr => {
            let [class, name] = *values.tuple(*arguments)? else { return None };
            let is_str = matches!(values.get(class), Value::Global(class) if class.meaning == Meaning::Str);
            known.into_iter().find(|known| is_str && values.is_text(name, known))
        }
        Value::Global(_) => {
            let name = values.class_name(id)?;
            known.into_iter().find(|known| name == format!("builtins.str.{known}"))
        }
        _ => None,
    }
}

/// What to do about a function that only Python can run.
fn refused_code(vectorizer: &Attributes<'_, '_>, name: &str) -> Error {
    let values = vectorizer.file.values();
    let found = vectorizer.get(name);
    let code = found.and_then(|id| method_name(vectorizer, id).or_else(|| values.class_name(id)));
    let code = code.unwrap_or_else(|| "it".to_owned());
    let advice = match name {
        "preprocessor" | "strip_accents" => {
            "run it in the client on each text, and save the vectorizer again after set_params(preprocessor=None, strip_accents=None, \
             lowercase=False)"
        }
        "analyzer" => {
            r"run it in the client, join its tokens by blanks, and save the vectorizer again after set_params(analyzer='word', tokenizer=None, preprocessor=None, strip_accents=None, stop_words=None, ngram_range=(1, 1), token_pattern=r'\S+', lowercase=False)"
        }
        _ => {
            r"run it in the client, join its tokens by blanks, and save the vectorizer again after set_params(tokenizer=None, token_pattern=r'\S+', lowercase=False)"
        }
    };
    let class = vectorizer.class.name();
    Error::NotServed(format!("svcd cannot run `{code}`, the {class}'s {name}, which is Python code: {advice}"))
}

/// The function that `functools.partial` or `getattr` was called with.
fn method_name(vectorizer: &Attributes<'_, '_>, id: Id) -> Option<String> {
    let values = vectorizer.file.values();
    let Value::Object { arguments, .. } = values.get(id) else { return None };
    let arguments = values.tuple(*arguments)?;
    let function = values.class_name(*arguments.first()?)?;
    match arguments.get(1).map(|id| values.get(*id)) {
        Some(Value::Text(name)) => Some(format!("{function}.{}", pickle::printable(name.chars()))),
        _ => Some(function),
    }
}

fn gram_range(vectorizer: &Attributes<'_, '_>) -> Result<GramRange, Error> {
    let items = vectorizer.items("ngram_range")?;
    let number = |id: &Id| {
        let number = numpy::integer(vectorizer.file.values(), *id)
            .map_err(|problem| vectorizer.error("ngram_range", problem))?;
        usize::try_from(number).map_err(|_| vectorizer.expected("ngram_range", "two numbers from 1"))
    };
    match items {
        [shortest, longest] => Ok(GramRange { shortest: number(shortest)?, longest: number(longest)? }),
        _ => Err(vectorizer.expected("ngram_range", "two numbers")),
    }
}

/// The attributes that scikit-learn 0.18 to 1.9 gives to every vectorizer.
const OF_ALL: &[&str] = &[
    "analyzer",
    "binary",
    "decode_error",
    "dtype",
    "encoding",
    "input",
    "lowercase",
    "ngram_range",
    "preprocessor",
    "stop_words",
    "strip_accents",
    "token_pattern",
    "tokenizer",
];

const OF_COUNT: &[&str] = &[
    "_stop_words_id",
    "fixed_vocabulary_",
    "max_df",
    "max_features",
    "min_df",
    "stop_words_",
    "vocabulary",
    "vocabulary_",
];

/// WeightNorm and the like stand in `_tfidf` too, until 1.0 only there.
const OF_TFIDF: &[&str] = &[
    "_stop_words_id",
    "_tfidf",
    "fixed_vocabulary_",
    "max_df",
    "max_features",
    "min_df",
    "norm",
    "smooth_idf",
    "stop_words_",
    "sublinear_tf",
    "use_idf",
    "vocabulary",
    "vocabulary_",
];

const OF_HASHING: &[&str] = &["_stop_words_id", "alternate_sign", "n_features", "non_negative", "norm"];

const OF_TRANSFORMER: &[&str] = &["_idf_diag", "idf_", "norm", "smooth_idf", "sublinear_tf", "use_idf"];
