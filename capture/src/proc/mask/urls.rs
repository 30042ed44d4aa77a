//! `scheme://user:password@host`: the password. A user's name alone stays.

use super::Span;

/// Finds the passwords in an argument's URLs. Where the argument is cut, one may have lost its end.
pub(super) fn find(text: &str, cut: bool, secret: &mut Vec<Span>) {
    for (at, mark) in text.match_indices("://") {
        let from = at + mark.len();
        let rest = text.get(from..).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '|');
        let all = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
        let authority = all.get(..all.find(['/', '?', '#']).unwrap_or(all.len())).unwrap_or_default();
        // An address of IPv6 is no user.
        let Some(colon) = authority.find(':').filter(|_| !authority.starts_with('[')) else { continue };
        let after = authority.get(colon + 1..).unwrap_or_default();
        let port = after.bytes().all(|byte| byte.is_ascii_digit());
        // The last one ends it: who writes passwords into URLs forgets to encode them. That goes for a slash, too, unless what is before it
        // is a port.
        let within = |part: &str| part.get(colon + 1..).and_then(|rest| rest.rfind('@')).map(|end| colon + 1 + end);
        let end = within(authority).or_else(|| if port { None } else { within(all) });
        let open = cut && all.len() == rest.len() && !port;
        match end {
            Some(end) => secret.push(from + colon + 1..from + end),
            None if open => secret.push(from + colon + 1..text.len()),
            None => {}
        }
    }
}
