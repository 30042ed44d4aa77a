//! Long names, shortened in the middle: the end says whose a host is, the beginning which of theirs.

/// A name of at most `most` characters. What is left out is the middle, and of a domain name the last labels stay whole.
pub(super) fn shorten(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let end = tail(name, most);
    let begin = name.chars().take(most.saturating_sub(end.chars().count() + 1));
    begin.chain(std::iter::once('…')).chain(end.chars()).collect()
}

/// The end of a name that stays: as many whole labels as fit into two thirds, at least two of them if they fit at all; of a
/// name without labels, a half.
fn tail(name: &str, most: usize) -> &str {
    let room = most.saturating_sub(1);
    let whole = name.match_indices('.').map(|(at, _)| name.get(at + 1..).unwrap_or(name));
    let fits = |end: &&str| (3..=room * 2 / 3).contains(&end.chars().count());
    let labels = whole.clone().find(|end| fits(end) && end.contains('.')).or_else(|| whole.clone().find(fits));
    labels.unwrap_or_else(|| {
        let half = name.char_indices().rev().take(room / 2).last();
        half.and_then(|(at, _)| name.get(at..)).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_that_is_registered_stays() {
        for (name, short) in [
            ("router.home", "router.home"),
            ("ec2-18-184-117-32.eu-central-1.compute.amazonaws.com", "ec2-18-184-117-3…amazonaws.com"),
            ("a-very-long-machine-name-indeed.example.co.uk", "a-very-long-mach…example.co.uk"),
            ("2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234:5…def0:1234:5678"),
            ("an-endless-word-without-any-dot-whatsoever", "an-endless-word…dot-whatsoever"),
        ] {
            assert_eq!(shorten(name, 30), short);
        }
    }

    #[test]
    fn any_name_fits() {
        for name in ["äöü.ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß.ñandú.example", "x.y", "....................................", ""]
        {
            for most in [1, 2, 3, 5, 30] {
                assert!(shorten(name, most).chars().count() <= most, "{name} {most}");
            }
        }
    }
}
