//! `/proc/PID/stat` (proc_pid_stat(5)): one line of fields, of which the second may hold anything.

use super::printable;

/// A thread of the kernel (PF_KTHREAD, linux/sched.h).
const KERNEL_THREAD: u64 = 0x0020_0000;

/// What the kernel counts of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Its short name, printable.
    pub comm: String,
    /// Its state: `R`, `S`, `D`, `Z`, …
    pub state: u8,
    /// Who has it now; zero where nobody has.
    pub parent: u32,
    /// The number of its session.
    pub session: u32,
    /// Whether it is part of the kernel.
    pub kernel: bool,
    /// Processor time of all its threads, in ticks.
    pub cpu_ticks: u64,
    /// How many threads it has; zero for one that is over.
    pub threads: u32,
    /// When it began, in ticks since the machine did.
    pub start_ticks: u64,
    /// Its resident memory, in pages.
    pub rss_pages: u64,
    /// Where its program's code and stack begin: both change with every EXEC. Zero or one where that may not be read.
    pub places: (u64, u64),
}

impl Stat {
    /// Whether its first thread has ended.
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }

    /// Whether all of it has ended, and nobody has asked yet how.
    pub fn is_over(&self) -> bool {
        self.is_zombie() && self.threads <= 1
    }
}

/// Takes the line apart; none where it is not one.
///
/// The name stands in parentheses and may hold some, and spaces and line ends, itself: the last closing one ends it, for all that follows
/// are numbers.
pub fn parse(line: &[u8]) -> Option<Stat> {
    let open = line.iter().position(|byte| *byte == b'(')?;
    let close = line.iter().rposition(|byte| *byte == b')')?;
    let comm = line.get(open + 1..close)?;
    let rest = std::str::from_utf8(line.get(close + 1..)?).ok()?;
    // Field 3, the state, comes first.
    let mut fields = [""; 26];
    let mut words = rest.split_ascii_whitespace();
    for field in &mut fields {
        *field = words.next()?;
    }
    let field = |number: usize| fields.get(number - 3).copied().unwrap_or_default();
    let number = |n: usize| field(n).parse::<u64>().ok();
    // Numbers of processes are not negative, but for a terminal's group; what is too large belongs to nobody.
    let small = |n: usize| field(n).parse::<i64>().ok().map(|value| u32::try_from(value).unwrap_or_default());
    Some(Stat {
        comm: printable(comm),
        state: field(3).bytes().next()?,
        parent: small(4)?,
        session: small(6)?,
        kernel: number(9)? & KERNEL_THREAD != 0,
        cpu_ticks: number(14)?.saturating_add(number(15)?),
        threads: small(20)?,
        start_ticks: number(22)?,
        rss_pages: field(24).parse::<i64>().ok().map(|pages| u64::try_from(pages).unwrap_or_default())?,
        places: (number(26)?, number(28)?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A line as the kernel writes it.
    pub(crate) fn line(comm: &[u8], state: char, parent: u32, threads: u32, start_ticks: u64) -> Vec<u8> {
        let mut line = b"17 (".to_vec();
        line.extend(comm);
        let rest = format!(
            ") {state} {parent} 17 16 34816 -1 4194304 102 0 0 0 21 12 0 0 20 0 {threads} 0 {start_ticks} 3133440 387 18446744073709551615 94 95 140735857749408 0 0\n"
        );
        line.extend(rest.as_bytes());
        line
    }

    #[test]
    fn a_name_may_hold_anything() {
        for (comm, shown) in [
            (&b"cat"[..], "cat"),
            (b"a) R 1 (b", "a) R 1 (b"),
            (b"", ""),
            (b"(sd-pam)", "(sd-pam)"),
            (b"x\ny z\x1b[31m", "x\\x0ay z\\x1b[31m"),
            ("\u{202e}txt.exe".as_bytes(), "\\xe2\\x80\\xaetxt.exe"),
            (b"\xff\xfe", "\\xff\\xfe"),
        ] {
            let stat = parse(&line(comm, 'S', 12, 3, 1686952)).unwrap();
            assert_eq!(stat.comm, shown);
            let expected = Stat {
                comm: shown.into(),
                state: b'S',
                parent: 12,
                session: 16,
                kernel: false,
                cpu_ticks: 33,
                threads: 3,
                start_ticks: 1686952,
                rss_pages: 387,
                places: (94, 140735857749408),
            };
            assert_eq!(stat, expected);
        }
    }

    #[test]
    fn threads_of_the_kernel_and_zombies_are_told() {
        let line = b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 9 0 0 20 0 1 0 2 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647\n";
        assert!(parse(line).unwrap().kernel);
        assert!(parse(&super::tests::line(b"x", 'Z', 1, 0, 5)).unwrap().is_zombie());
        assert_eq!(parse(b"3 (x) Z -1 -1 -1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 7 0 -5 1 1 1 0").unwrap().rss_pages, 0);
    }

    #[test]
    fn what_is_cut_short_is_nothing() {
        let whole = line(b"cat", 'S', 12, 3, 9);
        let fields = |line: &[u8]| line.split(|b| *b == b' ').count();
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_none() || fields(&whole[..end]) >= 28, "{end}");
        }
    }

    proptest! {
        #[test]
        fn any_name_and_numbers(comm in proptest::collection::vec(any::<u8>(), 0..16), parent: u16, start: u64) {
            let stat = parse(&line(&comm, 'R', parent.into(), 1, start)).unwrap();
            prop_assert_eq!((stat.comm, stat.parent, stat.start_ticks), (printable(&comm), u32::from(parent), start));
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes);
        }
    }
}
