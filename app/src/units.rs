//! Numbers as people read them.

use std::time::Duration;

use graph::{Cell, Time};

/// Bytes with a decimal prefix and at most three digits: `0 B`, `999 B`, `1.2 kB`, `34 MB`.
pub fn bytes(n: u64) -> String {
    scaled(n as f64, "B")
}

/// Bytes a second.
pub fn rate(per_sec: f32) -> String {
    if per_sec < 0.5 { String::from("–") } else { scaled(f64::from(per_sec), "B/s") }
}

fn scaled(n: f64, unit: &str) -> String {
    let mut n = n;
    let mut prefix = "";
    for next in ["k", "M", "G", "T", "P", "E"] {
        if n < 999.5 {
            break;
        }
        n /= 1000.0;
        prefix = next;
    }
    if prefix.is_empty() || n >= 9.95 { format!("{n:.0} {prefix}{unit}") } else { format!("{n:.1} {prefix}{unit}") }
}

/// A count with thin spaces between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

/// So many of something whose plural ends in s: `1 flow`, `0 flows`.
pub fn counted(n: u64, one: &str) -> String {
    let many = if one.ends_with('s') { "es" } else { "s" };
    format!("{} {one}{}", count(n), if n == 1 { "" } else { many })
}

/// A length of time: `12 ms`, `3.4 s`, `5 min 06 s`, `2 h 03 min`, `4 d 05 h`.
pub fn duration(d: Duration) -> String {
    let secs = d.as_secs();
    match secs {
        0 => format!("{} ms", d.as_millis()),
        1..60 => format!("{:.1} s", d.as_secs_f64().min(59.9)),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        3600..86400 => format!("{} h {:02} min", secs / 3600, secs / 60 % 60),
        _ => format!("{} d {:02} h", secs / 86400, secs / 3600 % 24),
    }
}

/// A point in time as date and time of day, in UTC: `2024-05-06 07:08:09`.
pub fn time(t: Time) -> String {
    let secs = t.micros() / 1_000_000;
    let (days, of_day) = (secs / 86_400, secs % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// The civil date of a day since the epoch: years from March, in eras of 400 years.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// A share of one whole, in percent.
pub fn percent(share: f32) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A cell as a table shows it.
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_string(),
        Cell::Addr(addr) => addr.to_string(),
        Cell::Count(n) => count(*n),
        Cell::Number(n) => n.to_string(),
        Cell::Bytes(n) => bytes(*n),
        Cell::Rate(r) => rate(*r),
        Cell::Share(share) => percent(*share),
        Cell::Time(t) => time(*t),
        Cell::Duration(d) => duration(*d),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_never_show_four_digits() {
        let shown: Vec<String> = [0, 999, 1_000, 9_949, 9_950, 999_499, 999_500, u64::MAX].into_iter().map(bytes).collect();
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "999 kB", "1.0 MB", "18 EB"]);
    }

    #[test]
    fn dates() {
        assert_eq!(time(Time::ZERO), "1970-01-01 00:00:00");
        assert_eq!(time(Time::from_secs(951_782_400)), "2000-02-29 00:00:00");
        assert_eq!(time(Time::from_secs(4_102_444_799)), "2099-12-31 23:59:59");
        assert!(time(Time(u64::MAX)).len() > 10);
    }

    #[test]
    fn durations_and_counts() {
        assert_eq!(duration(Duration::from_millis(12)), "12 ms");
        assert_eq!(duration(Duration::from_secs(306)), "5 min 06 s");
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(count(123), "123");
    }
}
