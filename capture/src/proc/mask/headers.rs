//! Headers of HTTP that carry a secret whatever it looks like.

use super::Span;

/// In small letters.
const HEADERS: [&str; 3] = ["authorization", "cookie", "x-auth-key"];
const SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// Finds their values: to the end of the quotes around them, or of the line.
pub(super) fn find(text: &str, secret: &mut Vec<Span>) {
    let small = text.to_ascii_lowercase();
    for header in HEADERS {
        for (at, _) in small.match_indices(header) {
            let after = at + header.len();
            let rest = small.get(after..).unwrap_or_default();
            let mark = rest.trim_start_matches(['"', '\'', '\\', ' ']);
            if !mark.starts_with([':', '=']) {
                continue;
            }
            let value = mark.get(1..).unwrap_or_default().trim_start_matches(['"', '\'', '\\', ' ']);
            let from = small.len() - value.len();
            let end = value.find(['"', '\'', '`', '\r', '\n']).unwrap_or(value.len());
            let value = value.get(..end).unwrap_or_default();
            // How it is said may stay: Bearer, Basic.
            let scheme = SCHEMES.iter().find(|scheme| value.starts_with(**scheme)).map_or(0, |scheme| scheme.len());
            secret.push(from + scheme..from + end);
        }
    }
}
