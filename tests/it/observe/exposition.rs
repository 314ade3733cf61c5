//! A strict reader of Prometheus' text format 0.0.4: it panics on whatever `promtool check metrics` complains of, and more.

use std::collections::{BTreeMap, HashSet};

/// Value of each sample, by its name and labels as they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples(BTreeMap<String, f64>);

impl Samples {
    /// The value of a sample that must be there.
    pub fn get(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.0))
    }

    /// All samples of a name, by their labels.
    pub fn family(&self, name: &str) -> BTreeMap<&str, f64> {
        let labels = |series: &'_ String| series.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'));
        self.0
            .iter()
            .filter(|(series, _)| labels(series))
            .map(|(series, value)| (&series[name.len()..], *value))
            .collect()
    }

    pub fn has(&self, series: &str) -> bool {
        self.0.contains_key(series)
    }
}

pub fn parse(text: &str) -> Samples {
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let mut seen = HashSet::new();
    let mut samples = BTreeMap::new();
    let mut family: Option<(String, String)> = None;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(name) && help.ends_with('.') && !help.contains('\\'), "{line}");
            assert!(seen.insert(name.to_owned()), "{name} comes twice");
            let kind = lines.next().and_then(|next| next.strip_prefix(&format!("# TYPE {name} "))).expect(line);
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            family = Some((name.to_owned(), kind.to_owned()));
            continue;
        }
        let (name, kind) = family.as_ref().unwrap_or_else(|| panic!("no family before {line}"));
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (sample_name, _) = parse_series(series);
        let suffix = sample_name.strip_prefix(name.as_str()).unwrap_or_else(|| panic!("{line} within {name}"));
        assert!(if kind == "histogram" { ["_bucket", "_sum", "_count"].contains(&suffix) } else { suffix.is_empty() });
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(value.is_finite() && value >= 0.0, "{line}");
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} comes twice");
    }
    check_histograms(text, &samples);
    Samples(samples)
}

/// metric name, and its labels: (name, value as written).
fn parse_series(series: &str) -> (&str, Vec<(&str, &str)>) {
    let Some((name, rest)) = series.split_once('{') else {
        assert!(is_name(series), "{series}");
        return (series, Vec::new());
    };
    assert!(is_name(name), "{series}");
    let mut rest = rest.strip_suffix('}').unwrap_or_else(|| panic!("{series}"));
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{series}"));
        assert!(is_name(label) && !label.contains(':') && !labels.iter().any(|(known, _)| *known == label), "{series}");
        let end = closing_quote(after).unwrap_or_else(|| panic!("{series}"));
        labels.push((label, &after[..end]));
        rest = &after[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or_else(|| {
            assert!(rest.is_empty(), "{series}");
            rest
        });
    }
    (name, labels)
}

/// Where a label's value ends; only a backslash, a quote and `n` may be escaped.
fn closing_quote(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => assert!(matches!(bytes.next(), Some((_, b'\\' | b'"' | b'n'))), "{text}"),
            _ => {}
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Buckets rise in bound and count, end with +Inf, and that is the count.
fn check_histograms(text: &str, samples: &BTreeMap<String, f64>) {
    let mut last: Option<(String, f64, f64)> = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = parse_series(series);
        let Some(base) = name.strip_suffix("_bucket") else { continue };
        let (bound, others): (Vec<_>, Vec<_>) = labels.into_iter().partition(|(label, _)| *label == "le");
        let bound: f64 = bound[0].1.parse().unwrap();
        let others: Vec<_> = others.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        let (group, count) = (format!("{{{}}}", others.join(",")), value.parse::<f64>().unwrap());
        if let Some((last_group, last_bound, last_count)) = &last {
            assert!(*last_group != group || (bound > *last_bound && count >= *last_count), "{line}");
        }
        if bound.is_infinite() {
            assert_eq!(samples.get(&format!("{base}_count{group}")), Some(&count), "{line}");
            assert!(samples.contains_key(&format!("{base}_sum{group}")), "{line}");
        }
        last = Some((group, bound, count)).filter(|_| bound.is_finite());
    }
    assert!(last.is_none(), "a histogram without +Inf");
}
