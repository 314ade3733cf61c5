//! The arguments of one command, read as what they mean.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Error;

/// The arguments of one command: its operands, and the flags that are given or set by a variable.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    /// The arguments that are not flags.
    pub operands: Vec<OsString>,
    pub(super) given: Vec<Given>,
    /// What is odd about the environment.
    pub(super) warnings: Vec<String>,
}

/// One flag with its value.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) flag: &'static str,
    /// The flag, or the variable that stands in for it.
    pub(super) source: &'static str,
    pub(super) value: OsString,
}

impl Given {
    fn read<T>(&self, expected: &dyn fmt::Display, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Error> {
        self.value.to_str().and_then(read).ok_or_else(|| {
            let found = self.value.to_string_lossy();
            Error::Usage(format!("{}: expected {expected}, found `{found}`", self.source))
        })
    }
}

impl Arguments {
    pub(super) fn find(&self, flag: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.flag == flag)
    }

    /// The operand, if one is given.
    pub fn operand(&self) -> Option<&OsStr> {
        self.operands.first().map(OsString::as_os_str)
    }

    /// All operands as paths.
    pub fn operand_paths(&self) -> Vec<PathBuf> {
        self.operands.iter().map(PathBuf::from).collect()
    }

    /// Whether a flag is on the command line itself, not in a variable.
    pub fn is_given(&self, flag: &str) -> bool {
        self.find(flag).is_some_and(|given| given.source == given.flag)
    }

    /// Whether a flag without a value is given.
    pub fn has(&self, flag: &str) -> bool {
        self.find(flag).is_some()
    }

    /// A path.
    pub fn path(&self, flag: &str) -> Option<PathBuf> {
        self.find(flag).map(|given| PathBuf::from(&given.value))
    }

    /// The paths of a repeatable flag.
    pub fn paths(&self, flag: &str) -> Vec<PathBuf> {
        self.given.iter().filter(|given| given.flag == flag).map(|given| PathBuf::from(&given.value)).collect()
    }

    /// The texts of a repeatable flag.
    pub fn texts(&self, flag: &str) -> Vec<String> {
        let given = self.given.iter().filter(|given| given.flag == flag);
        given.map(|given| given.value.to_string_lossy().into_owned()).collect()
    }

    /// A value, as what `read` makes of it.
    ///
    /// # Errors
    /// [`Error::Usage`] with `expected` when `read` returns nothing.
    pub fn value<T>(
        &self,
        flag: &str,
        expected: impl fmt::Display,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.find(flag).map(|given| given.read(&expected, read)).transpose()
    }

    /// Each value of a repeatable flag, as what `read` makes of it.
    ///
    /// # Errors
    /// [`Error::Usage`] with `expected` when `read` returns nothing.
    pub fn values<T>(
        &self,
        flag: &str,
        expected: impl fmt::Display,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        self.given.iter().filter(|given| given.flag == flag).map(|given| given.read(&expected, &read)).collect()
    }

    /// What one of several words stands for.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything but one of the `words`.
    pub fn choice<T: Copy>(&self, flag: &str, words: &[(&str, T)]) -> Result<Option<T>, Error> {
        let names = words.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let expected = match names.rsplit_once(", ") {
            Some((others, last)) => format!("{others} or {last}"),
            None => names,
        };
        self.value(flag, expected, |text| words.iter().find(|(name, _)| *name == text).map(|(_, meaning)| *meaning))
    }

    /// A whole number, `min` or above.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else.
    pub fn count(&self, flag: &str, min: usize) -> Result<Option<usize>, Error> {
        let expected = format!("a whole number, {min} or above");
        self.value(flag, expected, |text| text.parse().ok().filter(|count| *count >= min))
    }

    /// A number of bytes: `1048576`, `1024KiB` or `1MiB`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else, and for 0.
    pub fn bytes(&self, flag: &str) -> Result<Option<usize>, Error> {
        self.value(flag, "a number of bytes above 0 such as 8388608 or 8MiB", parse_bytes)
    }

    /// A time with its unit: `500ms`, `10s` or `2m`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else, and for 0 where `min` is longer.
    pub fn duration(&self, flag: &str, min: Duration) -> Result<Option<Duration>, Error> {
        let expected = format!("a time{} such as 500ms, 10s or 2m", if min.is_zero() { "" } else { " above 0" });
        self.value(flag, expected, |text| parse_duration(text).filter(|duration| *duration >= min))
    }
}

fn parse_bytes(text: &str) -> Option<usize> {
    const UNITS: [(&str, usize); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let unit = UNITS.iter().find_map(|(name, factor)| Some((text.strip_suffix(name)?, *factor)));
    let (digits, factor) = unit.unwrap_or((text, 1));
    digits.parse::<usize>().ok()?.checked_mul(factor).filter(|bytes| *bytes > 0)
}

/// At most a year: a later deadline might overflow.
fn parse_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 3] = [("ms", 1), ("s", 1_000), ("m", 60_000)];
    const MILLISECONDS_MAX: u64 = 365 * 24 * 3_600_000;
    let (digits, factor) = UNITS.iter().find_map(|(name, factor)| Some((text.strip_suffix(name)?, *factor)))?;
    let milliseconds = digits.parse::<u64>().ok()?.checked_mul(factor)?;
    (milliseconds <= MILLISECONDS_MAX).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(parse_bytes("8388608"), Some(8 << 20));
        assert_eq!(parse_bytes("8MiB"), Some(8 << 20));
        assert_eq!(["0", "8MB", "-1", "", "99999999999GiB"].map(parse_bytes), [None; 5]);
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(["10", "", "s", "-1s", "1h", "99999999999999m"].map(parse_duration), [None; 6]);
        let given = Given { flag: "--time", source: "--time", value: "0s".into() };
        let arguments = Arguments { given: vec![given], ..Arguments::default() };
        assert_eq!(arguments.duration("--time", Duration::ZERO), Ok(Some(Duration::ZERO)));
        assert!(arguments.duration("--time", Duration::from_millis(1)).is_err());
    }
}
