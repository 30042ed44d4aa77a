//! `name=value`, `name: value` and `"name": "value"`, wherever they stand.

use super::Span;
use super::names::{is_harmless, is_secret};

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Finds the values of secret names in an argument. A script's variables end with the word; of another argument that begins with the name,
/// all the rest is the value.
pub(super) fn find(text: &str, script: bool, secret: &mut Vec<Span>) {
    let mut after = 0;
    for (at, mark) in text.char_indices().filter(|(_, char)| matches!(char, '=' | ':')) {
        if at < after {
            continue;
        }
        let Some((name, quoted)) = name_before(text, at) else { continue };
        let rest = text.get(at + 1..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let leads = text.get(..name.start).is_some_and(|before| before.chars().all(|c| c == '-')) && !script;
        let all = leads && mark == '=';
        let told = match mark {
            '=' => spaces == 0 || quoted || all,
            // An image's tag or a port follows at once.
            _ => quoted || spaces > 0,
        };
        if !told || !is_secret(text.get(name.clone()).unwrap_or_default()) {
            continue;
        }
        let value = value(text, at + 1 + if all { 0 } else { spaces }, all);
        let held = text.get(value.clone()).unwrap_or_default();
        let variable = script && held.starts_with('$');
        after = value.end;
        if !variable && !is_harmless(text.get(name).unwrap_or_default(), held) {
            secret.push(value);
        }
    }
}

/// The name that ends before `at`, and whether it stands in quotes.
fn name_before(text: &str, at: usize) -> Option<(Span, bool)> {
    let before = text.get(..at)?;
    let near = before.trim_end_matches(' ');
    let bare = near.trim_end_matches(['"', '\'', '\\']);
    let quoted = bare.len() < near.len();
    if !quoted && near.len() < before.len() {
        return None;
    }
    let start = bare
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .map_or(0, |last| last + bare.get(last..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    (start < bare.len()).then_some((start..bare.len(), quoted))
}

/// The value that begins at `from`: what stands in quotes, or up to the next mark, or all.
fn value(text: &str, from: usize, all: bool) -> Span {
    let rest = text.get(from..).unwrap_or_default();
    let escaped = usize::from(rest.starts_with('\\'));
    let quote = rest.get(escaped..).and_then(|rest| rest.chars().next()).filter(|char| QUOTES.contains(char));
    if let Some(quote) = quote.filter(|_| !all) {
        let from = from + escaped + 1;
        let inside = text.get(from..).unwrap_or_default();
        // A backslash before the closing quote belongs to it where the opening one had one, else the quote to the value.
        let end = inside.match_indices(quote).map(|(at, _)| at).find(|at| {
            let slash = inside.get(..*at).is_some_and(|value| value.ends_with('\\'));
            slash == (escaped == 1)
        });
        return from..from + end.map_or(inside.len(), |end| end - escaped.min(end));
    }
    if all {
        return from..text.len();
    }
    let ends = |c: char| c.is_whitespace() || QUOTES.contains(&c) || matches!(c, '&' | ';' | ',' | '}' | ')' | '|' | '#' | '\\');
    from..from + rest.find(ends).unwrap_or(rest.len())
}
