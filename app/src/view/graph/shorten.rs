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

/// The end of a name that stays: as many whole labels as fit into two thirds, at least two of them if they fit at all.
fn tail(name: &str, most: usize) -> &str {
    let room = most * 2 / 3;
    let whole = name.match_indices('.').map(|(at, _)| name.get(at + 1..).unwrap_or(name));
    let fits = |end: &&str| end.chars().count() <= room;
    let labels = whole.clone().find(|end| fits(end) && end.contains('.')).or_else(|| whole.clone().find(fits));
    labels.filter(|end| end.chars().count() > 2).unwrap_or_else(|| {
        let half = name.char_indices().rev().nth((most / 2).saturating_sub(1)).map_or(0, |(at, _)| at);
        name.get(half..).unwrap_or(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_that_is_registered_stays() {
        for (name, short) in [
            ("router.home", "router.home"),
            ("ec2-18-184-117-32.eu-central-1.compute.amazonaws.com", "ec2-18-18…compute.amazonaws.com"),
            ("a-very-long-machine-name-indeed.example.co.uk", "a-very-long-mach…example.co.uk"),
            ("2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234:…:def0:1234:5678"),
            ("an-endless-word-without-any-dot-whatsoever", "an-endless-wor…-dot-whatsoever"),
        ] {
            assert_eq!(shorten(name, 30), short);
        }
    }

    #[test]
    fn any_name_fits() {
        for name in ["äöü.ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß.ñandú.example", "x.y", "....................................", ""] {
            for most in [0, 1, 2, 5, 30] {
                assert!(shorten(name, most.max(1)).chars().count() <= most.max(1), "{name} {most}");
            }
        }
    }
}
