//! `/proc/PID/cmdline` (proc_pid_cmdline(5)): arguments, each closed by a zero byte; a process may have written anything else there.

use graph::Image;

use super::printable;
use crate::proc::mask;

/// As much is read of it: one byte more than is kept says that there is more.
pub const READ_BYTES: usize = Image::MAX_COMMAND_BYTES + 1;

/// A command line as it is shown, and whether it was longer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Arguments apart by one space, printable, secrets masked, at most [`Image::MAX_COMMAND_BYTES`].
    pub text: String,
    /// Whether there was more of it.
    pub cut: bool,
}

/// Makes what was read, at most [`READ_BYTES`], into what is shown.
pub fn parse(bytes: &[u8]) -> Command {
    let mut cut = bytes.len() >= READ_BYTES;
    let bytes = bytes.get(..Image::MAX_COMMAND_BYTES).unwrap_or(bytes);
    // Closed by one zero byte; who renames itself often leaves many.
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let bytes = bytes.get(..end).unwrap_or_default();
    let arguments: Vec<String> = if bytes.is_empty() { Vec::new() } else { bytes.split(|byte| *byte == 0).map(printable).collect() };
    let mut text = mask::mask(arguments, cut).join(" ");
    if text.len() > Image::MAX_COMMAND_BYTES {
        let end = (0..=Image::MAX_COMMAND_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        cut = true;
    }
    Command { text, cut }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_are_apart_by_one_space() {
        for (bytes, text) in [
            (&b"curl\0-s\0https://x\0"[..], "curl -s https://x"),
            (b"nginx: worker process\0\0\0\0\0", "nginx: worker process"),
            (b"", ""),
            (b"\0\0", ""),
            (b"a\0\0b\0", "a  b"),
            (b"no zero", "no zero"),
            (b"x\0\x1b[2J\0\xe2\x80\xae\0", "x \\x1b[2J \\xe2\\x80\\xae"),
            (b"psql\0--password=hunter2\0", "psql --password=***"),
        ] {
            assert_eq!(parse(bytes), Command { text: text.into(), cut: false });
        }
    }

    #[test]
    fn a_long_one_is_cut_and_says_so() {
        let exact = vec![b'x'; Image::MAX_COMMAND_BYTES];
        assert_eq!(parse(&exact), Command { text: "x".repeat(Image::MAX_COMMAND_BYTES), cut: false });
        let longer = vec![b'x'; READ_BYTES];
        assert_eq!(parse(&longer), Command { text: "x".repeat(Image::MAX_COMMAND_BYTES), cut: true });
        let escaped = parse(&vec![0xff; 3000]);
        assert!(escaped.cut && escaped.text.len() <= Image::MAX_COMMAND_BYTES && escaped.text.starts_with("\\xff\\xff"));
    }

    #[test]
    fn a_secret_that_was_cut_is_one_still() {
        let mut line = b"git\0clone\0".to_vec();
        line.resize(Image::MAX_COMMAND_BYTES - 30, b'y');
        line.extend(b"\0https://bob:hunter2hunter2hunter2hunter2@example.com/x\0");
        line.truncate(READ_BYTES);
        let command = parse(&line);
        assert!(command.cut && !command.text.contains("hunter2"), "{}", &command.text[4000..]);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..READ_BYTES)) {
            let command = parse(&bytes);
            prop_assert!(command.text.len() <= Image::MAX_COMMAND_BYTES);
            prop_assert!(!command.text.chars().any(wire::packet::names::is_deceptive));
        }

        #[test]
        fn plain_arguments_stay(words in proptest::collection::vec("[a-z]{1,8}", 0..20)) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.bytes().chain([0])).collect();
            prop_assert_eq!(parse(&bytes).text, words.join(" "));
        }
    }
}
