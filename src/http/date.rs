//! The Date field: IMF-fixdate (RFC 9110 section 5.6.7), formatted once a second.

use std::time::{SystemTime, UNIX_EPOCH};

/// The current second as text, formatted again only when the second has changed.
#[derive(Debug)]
pub struct Clock {
    second: u64,
    /// The text of the Date field.
    pub text: String,
}

impl Clock {
    /// A clock that shows `now`.
    pub fn new(now: SystemTime) -> Clock {
        let second = unix_second(now);
        Clock { second, text: imf_fixdate(second) }
    }

    /// Shows `now`.
    pub fn refresh(&mut self, now: SystemTime) {
        let second = unix_second(now);
        if second != self.second {
            *self = Clock { second, text: imf_fixdate(second) };
        }
    }
}

/// `second` after the Unix epoch as IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn imf_fixdate(second: u64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (day, of_day) = (second / 86_400, second % 86_400);
    let (year, month, day_of_month) = civil(day);
    let weekday = WEEKDAYS.iter().cycle().nth((day % 7) as usize).copied().unwrap_or_default();
    let month = MONTHS.get(month - 1).copied().unwrap_or_default();
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{weekday}, {day_of_month:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// (year, month 1..=12, day 1..=31) of a day after the Unix epoch, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last day of a year; an era is the calendar's period of 400 years.
pub fn civil(day: u64) -> (u64, usize, u64) {
    const DAYS_TO_MARCH_0000: u64 = 719_468;
    const DAYS_PER_ERA: u64 = 146_097;
    let day = day + DAYS_TO_MARCH_0000;
    let (era, of_era) = (day / DAYS_PER_ERA, day % DAYS_PER_ERA);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month as usize, day_of_month)
}

/// A time before the epoch counts as the epoch: a badly set clock must not stop the server.
fn unix_second(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_are_written_as_in_the_rfc() {
        assert_eq!(imf_fixdate(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(imf_fixdate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(imf_fixdate(951_782_399), "Mon, 28 Feb 2000 23:59:59 GMT");
        assert_eq!(imf_fixdate(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(imf_fixdate(4_107_542_399), "Sun, 28 Feb 2100 23:59:59 GMT");
        assert_eq!(imf_fixdate(4_107_542_400), "Mon, 01 Mar 2100 00:00:00 GMT");
    }

    #[test]
    fn every_date_has_the_same_length() {
        assert!((0..4_102_444_800).step_by(7_777_777).all(|second| imf_fixdate(second).len() == 29));
    }

    #[test]
    fn a_clock_before_the_epoch_shows_the_epoch() {
        let clock = Clock::new(UNIX_EPOCH - Duration::from_secs(5));
        assert_eq!(clock.text, "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn the_clock_follows_the_second() {
        let mut clock = Clock::new(UNIX_EPOCH);
        clock.refresh(UNIX_EPOCH + Duration::from_millis(999));
        assert_eq!(clock.text, "Thu, 01 Jan 1970 00:00:00 GMT");
        clock.refresh(UNIX_EPOCH + Duration::from_millis(1_000));
        assert_eq!(clock.text, "Thu, 01 Jan 1970 00:00:01 GMT");
    }
}
