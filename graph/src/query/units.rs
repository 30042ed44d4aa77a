//! Amounts with units, as people write them, and written so that they read the same again.

use crate::ValueType;

/// Of how many there is one: a unit is `num / den` of what is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unit {
    num: u128,
    den: u128,
}

const K: u128 = 1_000;
const KI: u128 = 1_024;
const US: u128 = 1_000_000;

/// Multiples, by the letters before a unit.
const MULTIPLES: [(&str, u128); 11] = [
    ("", 1),
    ("k", K),
    ("m", K * K),
    ("g", K * K * K),
    ("t", K * K * K * K),
    ("p", K * K * K * K * K),
    ("ki", KI),
    ("mi", KI * KI),
    ("gi", KI * KI * KI),
    ("ti", KI * KI * KI * KI),
    ("pi", KI * KI * KI * KI * KI),
];

/// Units of time, in microseconds.
const TIMES: [(&str, u128); 10] = [
    ("us", 1),
    ("µs", 1),
    ("ms", K),
    ("s", US),
    ("sec", US),
    ("m", 60 * US),
    ("min", 60 * US),
    ("h", 3_600 * US),
    ("d", 86_400 * US),
    ("w", 7 * 86_400 * US),
];

fn unit(of: ValueType, text: &str) -> Option<Unit> {
    let text = text.to_lowercase();
    let times = |multiple: &str, den| {
        let (_, num) = MULTIPLES.iter().find(|(name, _)| *name == multiple)?;
        Some(Unit { num: *num, den })
    };
    match of {
        ValueType::Bytes => times(text.strip_suffix('b').unwrap_or(&text), 1),
        ValueType::Rate => match text.strip_suffix("bit/s").or_else(|| text.strip_suffix("bps")).or_else(|| text.strip_suffix("bit")) {
            Some(multiple) => times(multiple, 8),
            None => {
                let text = text.strip_suffix("/s").unwrap_or(&text);
                times(text.strip_suffix('b').unwrap_or(text), 1)
            }
        },
        ValueType::Duration => TIMES.iter().find(|(name, _)| *name == text).map(|(_, us)| Unit { num: *us, den: 1 }),
        ValueType::Integer => times(text.strip_suffix('%').unwrap_or(&text), 1),
        _ => None,
    }
}

/// Whether a word behind a number is its unit.
pub(super) fn is_unit(word: &str) -> bool {
    let types = [ValueType::Bytes, ValueType::Rate, ValueType::Duration, ValueType::Integer];
    types.into_iter().any(|of| unit(of, word).is_some())
}

/// Reads an amount: `1.5 MB`, `30s`, `8000`. Seconds where a time has no unit, in microseconds.
pub(super) fn amount(of: ValueType, text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(digits)?;
    let rest = rest.trim();
    let unit = if rest.is_empty() && of == ValueType::Duration { Unit { num: US, den: 1 } } else { unit(of, rest)? };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u128 = whole.replace('_', "").parse().ok()?;
    let fraction = fraction.get(..fraction.len().min(9)).filter(|f| f.bytes().all(|b| b.is_ascii_digit()))?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    // There is no half of one.
    if part > 0 && unit == (Unit { num: 1, den: 1 }) {
        return None;
    }
    let scaled = whole.checked_mul(scale)?.checked_add(part)?.checked_mul(unit.num)?;
    u64::try_from(scaled / (unit.den * scale)).ok()
}

/// Writes an amount with the largest unit of which it is a whole number.
pub(super) fn print(of: ValueType, n: u64) -> String {
    let whole = |units: &[(&str, u64)], none: &str| {
        let fits = units.iter().find(|(_, size)| n >= *size && n.is_multiple_of(*size));
        fits.map_or_else(|| format!("{n}{none}"), |(name, size)| format!("{} {name}", n / size))
    };
    const DECIMAL: u64 = 1_000;
    match of {
        ValueType::Bytes => whole(&[("GB", DECIMAL.pow(3)), ("MB", DECIMAL.pow(2)), ("kB", DECIMAL)], ""),
        ValueType::Rate => whole(&[("GB/s", DECIMAL.pow(3)), ("MB/s", DECIMAL.pow(2)), ("kB/s", DECIMAL)], ""),
        ValueType::Duration => {
            const S: u64 = 1_000_000;
            whole(&[("d", 86_400 * S), ("h", 3_600 * S), ("min", 60 * S), ("s", S), ("ms", 1_000)], " us")
        }
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_s_amounts_are_read() {
        for (of, text, n) in [
            (ValueType::Bytes, "1 MB", 1_000_000),
            (ValueType::Bytes, "1.5KiB", 1_536),
            (ValueType::Bytes, "2 k", 2_000),
            (ValueType::Bytes, "7", 7),
            (ValueType::Integer, "7.0", 7),
            (ValueType::Rate, "8 kbit/s", 1_000),
            (ValueType::Rate, "1 Mbps", 125_000),
            (ValueType::Rate, "3 MB/s", 3_000_000),
            (ValueType::Duration, "1.5 min", 90_000_000),
            (ValueType::Duration, "30", 30_000_000),
            (ValueType::Duration, "250ms", 250_000),
            (ValueType::Integer, "10k", 10_000),
            (ValueType::Integer, "50 %", 50),
            (ValueType::Integer, "1_000_000", 1_000_000),
        ] {
            assert_eq!(amount(of, text), Some(n), "{text}");
        }
        for (of, text) in [
            (ValueType::Bytes, "1 s"),
            (ValueType::Duration, "1 MB"),
            (ValueType::Bytes, "1.5"),
            (ValueType::Integer, "200.5"),
            (ValueType::Bytes, "-1"),
            (ValueType::Bytes, ""),
            (ValueType::Bytes, "1.2.3"),
            (ValueType::Bytes, "99999999999 PB"),
            (ValueType::Integer, "many"),
        ] {
            assert_eq!(amount(of, text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(n: u64, scale in 0..4_u32, of in proptest::sample::select(vec![
            ValueType::Bytes, ValueType::Rate, ValueType::Duration, ValueType::Integer,
        ])) {
            let n = (n >> 32).saturating_mul(1_000_u64.pow(scale));
            prop_assert_eq!(amount(of, &print(of, n)), Some(n));
            prop_assert_eq!(amount(of, &print(of, u64::MAX - n)), Some(u64::MAX - n));
        }
    }
}
