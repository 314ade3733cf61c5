//! Prometheus' text format, version 0.0.4: families of samples, each with its help and type.

use std::fmt::Display;
use std::io::Write;

/// The type of a number that only grows while the process lives.
pub(super) const COUNTER: &str = "counter";
/// The type of a number that goes up and down.
pub(super) const GAUGE: &str = "gauge";
/// The type of a distribution.
pub(super) const HISTOGRAM: &str = "histogram";

/// Writes one family's samples.
pub(super) struct Family<'a> {
    name: &'static str,
    out: &'a mut Vec<u8>,
}

/// Begins a family of this type. `help`: one line without a backslash.
pub(super) fn family<'a>(out: &'a mut Vec<u8>, name: &'static str, kind: &str, help: &str) -> Family<'a> {
    // Writing to a Vec cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    Family { name, out }
}

/// Names and values of labels.
type SampleLabels<'a> = &'a [(&'static str, &'a str)];

impl Family<'_> {
    /// One sample.
    pub(super) fn sample(&mut self, labels: SampleLabels<'_>, value: impl Display) {
        self.suffixed("", labels, value);
    }

    /// The samples of one histogram. `buckets`: upper bound and count of each bucket alone; `above`: the count above all bounds;
    /// `total`: the sum of what was counted.
    pub(super) fn histogram(
        &mut self,
        labels: SampleLabels<'_>,
        buckets: impl Iterator<Item = (f64, u64)>,
        above: u64,
        total: f64,
    ) {
        let mut sum = 0;
        for (bound, count) in buckets {
            sum += count;
            let bound = bound.to_string();
            self.suffixed("_bucket", &[labels, &[("le", bound.as_str())]].concat(), sum);
        }
        sum += above;
        self.suffixed("_bucket", &[labels, &[("le", "+Inf")]].concat(), sum);
        self.suffixed("_sum", labels, total);
        self.suffixed("_count", labels, sum);
    }

    fn suffixed(&mut self, suffix: &str, labels: SampleLabels<'_>, value: impl Display) {
        let _ = write!(self.out, "{}{suffix}", self.name);
        for (index, (name, value)) in labels.iter().enumerate() {
            // A value may hold anything; these three have to be escaped.
            let value = value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
            let _ = write!(self.out, "{}{name}=\"{value}\"", if index == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.out, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_family_is_help_type_and_samples() {
        let text = written(|out| {
            let mut family = family(out, "svcd_things_total", COUNTER, "Things seen.");
            family.sample(&[], 7);
            family.sample(&[("kind", "a"), ("size", "1")], 0.5);
        });
        assert_eq!(
            text,
            "# HELP svcd_things_total Things seen.\n# TYPE svcd_things_total counter\n\
             svcd_things_total 7\nsvcd_things_total{kind=\"a\",size=\"1\"} 0.5\n"
        );
    }

    #[test]
    fn a_label_may_be_any_text() {
        let text = written(|out| family(out, "m", GAUGE, "M.").sample(&[("class", "a\"b\\c\nd é}")], 1));
        assert!(text.ends_with("m{class=\"a\\\"b\\\\c\\nd é}\"} 1\n"), "{text}");
    }

    #[test]
    fn buckets_are_cumulative() {
        let text = written(|out| {
            let buckets = [(0.000_025, 3), (0.001, 0), (2.5, 2)].into_iter();
            family(out, "d_seconds", HISTOGRAM, "D.").histogram(&[("route", "/")], buckets, 1, 1.5);
        });
        let expected = "d_seconds_bucket{route=\"/\",le=\"0.000025\"} 3\n\
                        d_seconds_bucket{route=\"/\",le=\"0.001\"} 3\n\
                        d_seconds_bucket{route=\"/\",le=\"2.5\"} 5\n\
                        d_seconds_bucket{route=\"/\",le=\"+Inf\"} 6\n\
                        d_seconds_sum{route=\"/\"} 1.5\n\
                        d_seconds_count{route=\"/\"} 6\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
