//! `/proc/PID/status` (proc_pid_status(5)): named lines.

/// What is read of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The process that a thread belongs to; its own number where it is one.
    pub tgid: Option<u32>,
    /// Effective user and group, as our user namespace numbers them.
    pub ids: Option<(u32, u32)>,
}

/// Looks for the lines that are needed. The name, which stands above them, has its line ends escaped by the kernel.
pub fn parse(text: &[u8]) -> Status {
    let (mut user, mut group, mut tgid) = (None, None, None);
    for line in text.split(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(b"Tgid:") {
            tgid = tgid.or_else(|| nth(rest, 0));
        } else if let Some(rest) = line.strip_prefix(b"Uid:") {
            user = user.or_else(|| nth(rest, 1));
        } else if let Some(rest) = line.strip_prefix(b"Gid:") {
            group = group.or_else(|| nth(rest, 1));
            break;
        }
    }
    Status { tgid, ids: user.zip(group) }
}

/// The n-th number of a line.
fn nth(rest: &[u8], n: usize) -> Option<u32> {
    std::str::from_utf8(rest).ok()?.split_ascii_whitespace().nth(n)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_effective_ids_are_the_second_ones() {
        let text = b"Name:\tUid:\t1\\nGid:\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t812\nNgid:\t0\nPid:\t815\nPPid:\t1\nUid:\t1000\t33\t0\t7\nGid:\t1\t34\t3\t4\n";
        assert_eq!(parse(text), Status { tgid: Some(812), ids: Some((33, 34)) });
        assert_eq!(parse(b"Tgid:\t-1\nUid:\t1\nGid:\t1\t2\n"), Status::default());
        assert_eq!(parse(b"Uid:\t1\t2\n").ids, None);
    }

    proptest! {
        #[test]
        fn any_ids(tgid: u32, user: u32, group: u32) {
            let text = format!("Name:\tx\nTgid:\t{tgid}\nUid:\t0\t{user}\t0\t0\nGid:\t0\t{group}\t0\t0\nFDSize:\t64\n");
            prop_assert_eq!(parse(text.as_bytes()), Status { tgid: Some(tgid), ids: Some((user, group)) });
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes);
        }
    }
}
