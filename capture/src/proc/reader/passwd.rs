//! Who a user's number is, as /etc/passwd says (passwd(5)).

use super::printable;

/// More of the file is not read.
pub const MAX_PASSWD_BYTES: usize = 1 << 20;
/// The longest name that is taken, in bytes: useradd(8) allows 32.
const MAX_NAME_BYTES: usize = 256;

/// Numbers and names of users, in the order of the file; lines that are none are left out.
///
/// ```
/// use capture::proc::reader::parse_passwd;
///
/// let users: Vec<_> = parse_passwd(b"root:x:0:0::/root:/bin/sh\n# no user\n+\n").collect();
/// assert_eq!(users, [(0, "root".to_owned())]);
/// ```
pub fn parse(bytes: &[u8]) -> impl Iterator<Item = (u32, String)> {
    let bytes = bytes.get(..MAX_PASSWD_BYTES).unwrap_or(bytes);
    bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let name = fields.next().filter(|name| !name.is_empty() && name.len() <= MAX_NAME_BYTES)?;
        let user = str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
        Some((user, printable(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_none_are_left_out() {
        let users: Vec<_> = parse(b"a:x:1:1:::\n:x:2:\nb\nc:x:-3:\nd:x:4294967296:\ne:x:5:5\x1b\nev\x1bil:x:6:\n+nis\n\xff:x:7:").collect();
        let expected = [(1, "a"), (5, "e"), (6, "ev\\x1bil"), (7, "\\xff")].map(|(user, name)| (user, name.to_owned()));
        assert_eq!(users, expected);
    }

    #[test]
    fn a_name_without_an_end_is_left_out() {
        let line = [&[b'a'; 300][..], b":x:1:"].concat();
        assert_eq!(parse(&line).count(), 0);
    }
}
