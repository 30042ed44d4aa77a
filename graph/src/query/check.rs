//! What a comparison asks of one value.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::{Bound, RangeBounds, RangeInclusive};

use ipnet::IpNet;

use super::expr::{Literal, Op};
use crate::{Time, Value, ValueType};

/// What is asked of a value. Whether a comparison holds where it does or where it does not is its operator's.
#[derive(Clone, Debug)]
pub(super) enum Check {
    /// The words are one of these, in lower case.
    Are(BTreeSet<String>),
    /// They begin with one of these.
    Begin(Vec<String>),
    /// They end with one of these.
    End(Vec<String>),
    /// One of these stands in them.
    Contain(Vec<String>),
    /// One of these finds something.
    Match(Vec<regex::Regex>),
    /// They stand between these, in lower case.
    Between(Vec<(Bound<String>, Bound<String>)>),
    /// The number is in one of these.
    Numbers(Ranges<u64>),
    /// The address is in one of these.
    Addrs(Ranges<IpAddr>),
    /// The network is one of these, or all of it is in one.
    Nets { nets: Vec<IpNet>, within: bool },
}

impl Check {
    /// What a comparison asks of values of a type; none where what it compares with is of another, or too large a pattern.
    pub(super) fn new(of: ValueType, op: Op, values: &[Literal]) -> Option<Check> {
        match of {
            ValueType::Text | ValueType::Symbol => words(op, values),
            ValueType::Ip => values.iter().map(|value| addrs(op, value)).collect::<Option<_>>().map(Ranges::new).map(Check::Addrs),
            ValueType::Net => {
                let net = |value: &Literal| if let Literal::One(Value::Net(net)) = value { Some(*net) } else { None };
                let nets = values.iter().map(net).collect::<Option<_>>()?;
                Some(Check::Nets { nets, within: matches!(op, Op::In | Op::NotIn) })
            }
            _ => values.iter().map(|value| numbers(op, value)).collect::<Option<_>>().map(Ranges::new).map(Check::Numbers),
        }
    }

    /// Whether it holds for a value; for a list, for any in it.
    pub(super) fn holds(&self, value: &Value) -> bool {
        value.each().iter().any(|one| self.holds_for_one(one))
    }

    fn holds_for_one(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Text(words) | Value::Symbol(words)) => self.holds_for_words(words),
            (Check::Addrs(ranges), Value::Ip(addr)) => ranges.has(addr),
            (Check::Nets { nets, within: false }, Value::Net(net)) => nets.contains(net),
            (Check::Nets { nets, within: true }, Value::Net(net)) => nets.iter().any(|outer| outer.contains(net)),
            (Check::Numbers(ranges), value) => number(value).is_some_and(|n| ranges.has(&n)),
            _ => false,
        }
    }

    /// The same for words.
    pub(super) fn holds_for_words(&self, words: &str) -> bool {
        match self {
            Check::Are(all) if all.len() > FEW => all.contains(&words.to_lowercase()),
            Check::Are(all) => all.iter().any(|one| is(words, one)),
            Check::Begin(all) => all.iter().any(|one| begins(words, one)),
            Check::End(all) => all.iter().any(|one| ends(words, one)),
            Check::Contain(all) => all.iter().any(|one| contains(words, one)),
            Check::Match(all) => all.iter().any(|one| one.is_match(words)),
            Check::Between(all) => {
                let lower = words.to_lowercase();
                all.iter().any(|range| range.contains(&lower))
            }
            Check::Numbers(_) | Check::Addrs(_) | Check::Nets { .. } => false,
        }
    }
}

/// So many words are compared one by one: that needs no copy in lower case.
const FEW: usize = 8;

/// Stretches of values: in order, none empty, and none overlaps the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ranges<T>(Vec<RangeInclusive<T>>);

impl<T: Ord + Copy> Ranges<T> {
    pub(super) fn new(mut all: Vec<RangeInclusive<T>>) -> Self {
        all.retain(|range| !range.is_empty());
        all.sort_unstable_by_key(|range| *range.start());
        let mut apart: Vec<RangeInclusive<T>> = Vec::with_capacity(all.len());
        for range in all {
            match apart.last_mut().filter(|last| last.end() >= range.start()) {
                Some(last) => *last = *last.start()..=*last.end().max(range.end()),
                None => apart.push(range),
            }
        }
        Ranges(apart)
    }

    /// Whether a value is in one of them.
    #[inline]
    pub(super) fn has(&self, value: &T) -> bool {
        match self.0.as_slice() {
            [one] => one.contains(value),
            many => many.get(many.partition_point(|range| range.end() < value)).is_some_and(|range| range.start() <= value),
        }
    }

    /// They themselves, in order.
    pub(super) fn each(&self) -> &[RangeInclusive<T>] {
        &self.0
    }
}

/// A value on the line of its type.
pub(super) fn number(value: &Value) -> Option<u64> {
    Some(match value {
        Value::Integer(n) | Value::Bytes(n) | Value::Rate(n) => *n,
        Value::Port(n) => u64::from(*n),
        Value::Duration(length) => u64::try_from(length.as_micros()).unwrap_or(u64::MAX),
        Value::Time(time) => time.micros(),
        Value::Bool(b) => u64::from(*b),
        Value::Mac([a, b, c, d, e, f]) => u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]),
        Value::Text(_) | Value::Symbol(_) | Value::Ip(_) | Value::Net(_) | Value::List(_) => return None,
    })
}

/// That number as a value of a type that is one.
pub(super) fn amount(of: ValueType, n: u64) -> Value {
    match of {
        ValueType::Bytes => Value::Bytes(n),
        ValueType::Rate => Value::Rate(n),
        ValueType::Duration => Value::Duration(std::time::Duration::from_micros(n)),
        ValueType::Time => Value::Time(Time(n)),
        _ => Value::Integer(n),
    }
}

#[expect(clippy::reversed_empty_ranges, reason = "nothing is less than the least")]
const NONE: RangeInclusive<u64> = 1..=0;

fn numbers(op: Op, value: &Literal) -> Option<RangeInclusive<u64>> {
    Some(match value {
        Literal::Range(from, to) => number(from)?..=number(to)?,
        Literal::One(value) => {
            let n = number(value)?;
            match op {
                Op::Less => n.checked_sub(1).map_or(NONE, |most| 0..=most),
                Op::AtMost => 0..=n,
                Op::More => n.checked_add(1).map_or(NONE, |least| least..=u64::MAX),
                Op::AtLeast => n..=u64::MAX,
                _ => n..=n,
            }
        }
    })
}

fn addrs(op: Op, value: &Literal) -> Option<RangeInclusive<IpAddr>> {
    let addr = match value {
        Literal::Range(Value::Ip(from), Value::Ip(to)) => return Some(*from..=*to),
        Literal::One(Value::Net(net)) => return Some(net.network()..=net.broadcast()),
        Literal::One(Value::Ip(addr)) => *addr,
        _ => return None,
    };
    // Less and more are those of the same family.
    let (first, last): (IpAddr, IpAddr) = match addr {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::BROADCAST.into()),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::from_bits(u128::MAX).into()),
    };
    Some(match op {
        Op::Less if addr == first => last..=first,
        Op::Less => first..=step(addr, false),
        Op::AtMost => first..=addr,
        Op::More if addr == last => last..=first,
        Op::More => step(addr, true)..=last,
        Op::AtLeast => addr..=last,
        _ => addr..=addr,
    })
}

fn step(addr: IpAddr, up: bool) -> IpAddr {
    match (addr, up) {
        (IpAddr::V4(a), true) => Ipv4Addr::from_bits(a.to_bits().saturating_add(1)).into(),
        (IpAddr::V4(a), false) => Ipv4Addr::from_bits(a.to_bits().saturating_sub(1)).into(),
        (IpAddr::V6(a), true) => Ipv6Addr::from_bits(a.to_bits().saturating_add(1)).into(),
        (IpAddr::V6(a), false) => Ipv6Addr::from_bits(a.to_bits().saturating_sub(1)).into(),
    }
}

fn words(op: Op, values: &[Literal]) -> Option<Check> {
    let lower = |value: &Value| value.words().map(|words| words.to_lowercase());
    let between = |value: &Literal| {
        Some(match value {
            Literal::Range(from, to) => (Bound::Included(lower(from)?), Bound::Included(lower(to)?)),
            Literal::One(value) => {
                let words = lower(value)?;
                match op {
                    Op::Less => (Bound::Unbounded, Bound::Excluded(words)),
                    Op::AtMost => (Bound::Unbounded, Bound::Included(words)),
                    Op::More => (Bound::Excluded(words), Bound::Unbounded),
                    Op::AtLeast => (Bound::Included(words), Bound::Unbounded),
                    _ => (Bound::Included(words.clone()), Bound::Included(words)),
                }
            }
        })
    };
    let each = || values.iter().map(|value| if let Literal::One(value) = value { lower(value) } else { None }).collect::<Option<Vec<_>>>();
    Some(match op {
        Op::Is | Op::Not | Op::In | Op::NotIn => match each() {
            Some(words) => Check::Are(words.into_iter().collect()),
            None => Check::Between(values.iter().map(between).collect::<Option<_>>()?),
        },
        Op::Begins => Check::Begin(each()?),
        Op::Ends => Check::End(each()?),
        Op::Contains => Check::Contain(each()?),
        Op::Less | Op::AtMost | Op::More | Op::AtLeast => Check::Between(values.iter().map(between).collect::<Option<_>>()?),
        Op::Matches => {
            let pattern = |value: &Literal| if let Literal::One(value) = value { pattern(value.words()?).ok() } else { None };
            Check::Match(values.iter().map(pattern).collect::<Option<_>>()?)
        }
    })
}

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1_000;
/// The most that a compiled pattern may take, in bytes.
const MAX_PATTERN_SIZE: usize = 1 << 20;

/// A regular expression, in any letter case; bounded in what it takes.
pub(super) fn pattern(text: &str) -> Result<regex::Regex, String> {
    if text.len() > MAX_PATTERN {
        return Err(format!("a regular expression can have {MAX_PATTERN} bytes"));
    }
    let built = regex::RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(MAX_PATTERN_SIZE)
        .dfa_size_limit(MAX_PATTERN_SIZE)
        .nest_limit(50)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "this regular expression takes too much memory: repeat less of it".to_owned(),
        error => {
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default();
            format!("no regular expression: {}", why.trim_start_matches("error: "))
        }
    })
}

fn is(words: &str, lower: &str) -> bool {
    if words.is_ascii() { words.eq_ignore_ascii_case(lower) } else { words.to_lowercase() == lower }
}

fn begins(words: &str, lower: &str) -> bool {
    if words.is_ascii() {
        words.as_bytes().get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower.as_bytes()))
    } else {
        words.to_lowercase().starts_with(lower)
    }
}

fn ends(words: &str, lower: &str) -> bool {
    if words.is_ascii() {
        let from = words.len().checked_sub(lower.len());
        from.and_then(|from| words.as_bytes().get(from..)).is_some_and(|end| end.eq_ignore_ascii_case(lower.as_bytes()))
    } else {
        words.to_lowercase().ends_with(lower)
    }
}

/// Whether `lower`, which is in lower case, stands in `words` in any letter case.
pub(super) fn contains(words: &str, lower: &str) -> bool {
    if lower.is_empty() {
        return true;
    }
    if words.is_ascii() {
        words.as_bytes().windows(lower.len()).any(|w| w.eq_ignore_ascii_case(lower.as_bytes()))
    } else {
        words.to_lowercase().contains(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_of_any_case_and_script_match() {
        assert!(contains("Printer.LOCAL", "er.lo") && begins("Printer", "pri") && ends("Printer", "TER".to_lowercase().as_str()));
        assert!(contains("MÜNCHEN.example", "münchen") && is("MÜNCHEN", "münchen"));
        assert!(!contains("a", "ab") && !ends("a", "ba") && !begins("a", "ab"));
    }

    #[test]
    fn nothing_is_below_the_first_address_or_above_the_last() {
        let span = |op, addr: &str| addrs(op, &Literal::One(Value::Ip(addr.parse().unwrap()))).unwrap();
        for (first, last) in [("0.0.0.0", "255.255.255.255"), ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")] {
            assert!(span(Op::Less, first).is_empty() && span(Op::More, last).is_empty());
            assert_eq!(span(Op::AtMost, first), first.parse().unwrap()..=first.parse().unwrap());
            assert_eq!(span(Op::AtLeast, last), last.parse().unwrap()..=last.parse().unwrap());
        }
    }

    proptest! {
        #[test]
        fn ranges_in_order_have_what_each_has(all in proptest::collection::vec((0..40_u64, 0..9_u64), 0..9)) {
            let all: Vec<_> = all.into_iter().map(|(from, more)| from..=(from + more).saturating_sub(2)).collect();
            let ranges = Ranges::new(all.clone());
            for n in 0..50 {
                prop_assert_eq!(ranges.has(&n), all.iter().any(|range| range.contains(&n)));
            }
            prop_assert!(ranges.each().windows(2).all(|pair| pair[0].end() < pair[1].start()));
        }

        #[test]
        fn of_many_words_one_is_found_as_of_few(words in proptest::collection::vec("[a-cA-CéÉ]{1,2}", 1..20), asked in "[a-cA-CéÉ]{1,2}") {
            let literals: Vec<Literal> = words.iter().map(|word| Literal::One(Value::text(word))).collect();
            let check = Check::new(ValueType::Text, Op::In, &literals).unwrap();
            prop_assert_eq!(check.holds_for_words(&asked), words.iter().any(|word| word.to_lowercase() == asked.to_lowercase()));
        }
    }

    #[test]
    fn patterns_are_bounded() {
        assert!(pattern("curl|wget").is_ok_and(|found| found.is_match("/usr/bin/CURL")));
        for bomb in ["(a{1000}){1000}", "((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}", &"(".repeat(10_000), "a{2"] {
            assert!(pattern(bomb).is_err() || bomb == "a{2", "{bomb}");
        }
        assert!(pattern(&"a".repeat(2_000)).is_err());
    }
}
