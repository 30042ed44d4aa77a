//! Lines in what comes in pieces. One that is too long is thrown away as it comes.

/// The longest line, in bytes. Suricata's own are below 64 KiB unless they hold a payload.
pub const MAX_LINE: usize = 1 << 20;

/// Puts lines together.
#[derive(Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    /// The line that goes on was too long.
    skipping: bool,
}

impl Lines {
    /// Takes more bytes, and hands over each line that they end, without its end; none for one that was too long. Empty lines are none.
    pub fn take(&mut self, mut bytes: &[u8], mut line: impl FnMut(Option<&[u8]>)) {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            let (head, rest) = bytes.split_at(at);
            bytes = rest.get(1..).unwrap_or_default();
            if self.skipping || self.held.len() + head.len() > MAX_LINE {
                line(None);
            } else if self.held.is_empty() {
                whole(head, &mut line);
            } else {
                self.held.extend_from_slice(head);
                whole(&self.held, &mut line);
            }
            self.held.clear();
            self.skipping = false;
        }
        if self.held.len() + bytes.len() > MAX_LINE {
            self.held = Vec::new();
            self.skipping = true;
        }
        if !self.skipping {
            self.held.extend_from_slice(bytes);
        }
    }

    /// What is held of a line that has not ended: its length in bytes.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Nothing more comes: hands over the line that has not ended.
    pub fn end(&mut self, mut line: impl FnMut(Option<&[u8]>)) {
        if std::mem::take(&mut self.skipping) {
            line(None);
        } else {
            whole(&self.held, &mut line);
        }
        self.held.clear();
    }
}

fn whole(bytes: &[u8], line: &mut impl FnMut(Option<&[u8]>)) {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if !bytes.is_empty() {
        line(Some(bytes));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Option<usize>> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.take(piece, |line| found.push(line.map(<[u8]>::len)));
            assert!(lines.held() <= MAX_LINE);
        }
        lines.end(|line| found.push(line.map(<[u8]>::len)));
        found
    }

    #[test]
    fn what_is_too_long_is_thrown_away_and_the_next_is_read() {
        let long = vec![b'x'; 3 * MAX_LINE];
        assert_eq!(lines(&[b"ab\n", &long, b"yz\ncde\n\n\r\nfg"]), [Some(2), None, Some(3), Some(2)]);
        assert_eq!(lines(&[&long]), [None]);
        let mut held = Lines::default();
        held.take(b"ab\ncd", |_| {});
        assert_eq!(held.held(), 2);
        assert_eq!(lines(&[&[&long[..MAX_LINE], b"\n"].concat()]), [Some(MAX_LINE)]);
        assert_eq!(lines(&[&[&long[..=MAX_LINE], b"\na\n"].concat()]), [None, Some(1)]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab\n\r]{0,60}", cuts in proptest::collection::vec(0..60_usize, 0..8)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &text.as_bytes()[ends[0]..ends[1]]).collect();
            prop_assert_eq!(lines(&pieces), lines(&[text.as_bytes()]));
        }
    }
}
