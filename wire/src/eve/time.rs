//! Times as Suricata writes them: `2015-03-29T11:01:38.221126-0600`.

/// Microseconds since 1970; none where it is no time, or an earlier one.
pub fn micros(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let zone = rest.rfind(['+', '-', 'Z'])?;
    let (time, zone) = (rest.get(..zone)?, rest.get(zone..)?);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let in_range = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !in_range || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<9}").parse().ok()?;
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    u64::try_from(seconds.checked_mul(1_000_000)?.checked_add(fraction / 1_000)?).ok()
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let digits: String = zone.get(1..)?.chars().filter(|char| *char != ':').collect();
    let sign = match (zone.get(..1)?, digits.len()) {
        ("Z", 0) => return Some(0),
        ("+", 4) => 1,
        ("-", 4) => -1,
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

/// Days since 1970 of a day of the Gregorian calendar: years begin in March, so that a leap day is the last of one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(micros("1970-01-01T00:00:00.000001+0000"), Some(1));
        assert_eq!(micros("2000-02-29T12:00:00Z"), Some(951_825_600_000_000));
        assert_eq!(micros("2015-03-29T11:01:38.221126-0600"), Some(1_427_648_498_221_126));
        assert_eq!(micros("2026-12-31T23:59:60.5+01:00"), Some(1_798_758_000_500_000));
        for bad in [
            "",
            "T",
            "2015-03-29",
            "2015-13-29T11:01:38+0000",
            "2015-03-29T11:01:38",
            "1969-12-31T23:00:00+0000",
            "2015-03-29T11:01:38.x+0000",
        ] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }
}
