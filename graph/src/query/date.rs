//! Points in time, as dates of the calendar in UTC.

use crate::Time;

const SEC: u64 = 1_000_000;
const DAY: u64 = 86_400 * SEC;

/// Reads `2026-11-22`, `2026-11-22T10:00`, with seconds and parts of them, or seconds since 1970: the first and the last microsecond of what is
/// named.
pub(super) fn parse(text: &str) -> Option<(Time, Time)> {
    let text = text.trim();
    let Some((date, rest)) = text.split_at_checked(10).filter(|(date, _)| date.contains('-')) else {
        let (at, length) = seconds(text)?;
        return Some((Time(at), Time(at.checked_add(length - 1)?)));
    };
    let mut parts = date.split('-');
    let mut number = |len: usize| parts.next().filter(|p| p.len() == len && p.bytes().all(|b| b.is_ascii_digit()))?.parse::<u64>().ok();
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let days = days(year, month, day)?;
    let start = days.checked_mul(DAY)?;
    let rest = rest.trim_end_matches(['Z', 'z']);
    if rest.is_empty() {
        return Some((Time(start), Time(start + DAY - 1)));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let mut parts = rest.splitn(3, ':');
    let mut number = |most: u64| {
        let part = parts.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<u64>().ok().filter(|n| *n <= most)
    };
    let (hour, minute) = (number(23)?, number(59)?);
    let start = start + (hour * 60 + minute) * 60 * SEC;
    let (more, length) = match parts.next() {
        None => (0, 60 * SEC),
        Some(part) => seconds(part).filter(|(at, _)| *at < 60 * SEC)?,
    };
    Some((Time(start + more), Time(start + more + length - 1)))
}

/// Whether a word is a day, and a time of day could stand behind it.
pub(super) fn is_day(word: &str) -> bool {
    word.len() == 10 && word.contains('-') && parse(word).is_some()
}

/// Whether a word is a time of day.
pub(super) fn is_of_day(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(':')
}

/// Seconds and at most six digits of a part: microseconds, and how many of them have these digits.
fn seconds(text: &str) -> Option<(u64, u64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let part: u64 = format!("{fraction:0<6}").parse().ok()?;
    let length = 10_u64.pow(6 - u32::try_from(fraction.len()).ok()?);
    Some((whole.parse::<u64>().ok()?.checked_mul(SEC)?.checked_add(part)?, length))
}

/// Writes a point in time so that it reads as itself, to the microsecond.
pub(super) fn print(time: Time) -> String {
    let (days, of_day) = (time.micros() / DAY, time.micros() % DAY);
    let (year, month, day) = civil(days);
    if year > 9_999 {
        return time.to_string();
    }
    let (secs, micros) = (of_day / SEC, of_day % SEC);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{micros:06}", secs / 3600, secs / 60 % 60, secs % 60)
}

/// Days since 1970-01-01 of a day of the Gregorian calendar (Howard Hinnant's days_from_civil).
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)?;
    (civil(days) == (year, month, day)).then_some(days)
}

/// The day of the Gregorian calendar that is so many days after 1970-01-01 (civil_from_days, likewise).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read() {
        let span = |text: &str| parse(text).map(|(from, to)| (from.to_string(), to.to_string()));
        let is = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(span("1970-01-02"), is("86400.000000", "172799.999999"));
        assert_eq!(span("2024-02-29T12:30"), is("1709209800.000000", "1709209859.999999"));
        assert_eq!(span("2024-02-29 12:30:07Z"), is("1709209807.000000", "1709209807.999999"));
        assert_eq!(span("1700000000.25"), is("1700000000.250000", "1700000000.259999"));
        for wrong in [
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "2024-01-01T25:00",
            "2024-01-01T10",
            "2024-01-01T5:30",
            "2024-01-01T+5:30",
            "2024-01-01T05:+3",
            "2024-01-01T05:30:75",
            "yesterday",
            "",
            "-5",
            "99999999999999999999",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(micros: u64) {
            for micros in [micros, micros >> 8, micros >> 16] {
                prop_assert_eq!(parse(&print(Time(micros))), Some((Time(micros), Time(micros))));
            }
        }
    }
}
