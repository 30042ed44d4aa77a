//! Secrets in command lines become `***` before anybody else sees them.
//!
//! Found are values of options, variables, fields and headers whose names say that they are secret, passwords in URLs, and what a few programs
//! take in options of one letter. Everything else stays: what looks like a secret only because it is long is shown.

mod headers;
mod names;
mod pairs;
mod programs;
mod urls;
mod words;

use std::ops::Range;

use words::Pending;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Part of an argument, in bytes.
type Span = Range<usize>;

/// Masks the secrets in a command line, argument by argument. `cut` says that the last argument goes on: what may be a secret whose end is
/// missing is masked as well.
///
/// ```
/// let words = |line: &str| line.split(' ').map(str::to_owned).collect();
/// let masked = capture::proc::mask::mask(words("mysql -u root -phunter2 --ssl"), false);
/// assert_eq!(masked.join(" "), "mysql -u root -p*** --ssl");
/// ```
pub fn mask(mut arguments: Vec<String>, cut: bool) -> Vec<String> {
    let mut line = words::Line::default();
    let mut pending = Pending::None;
    let mut script = false;
    let count = arguments.len();
    for (index, argument) in arguments.iter_mut().enumerate() {
        let last = cut && index + 1 == count;
        let mut secret = Vec::new();
        let several = argument.contains(char::is_whitespace);
        if line.take(std::mem::take(&mut pending), argument, 0..argument.len(), &mut secret) {
            // All of it was the value that was waited for.
        } else if several {
            // Another program's command line, or a text that is handed over: what is waited for in it stands in it.
            let mut inner = Pending::None;
            for word in words::of(argument) {
                if !line.take(std::mem::take(&mut inner), argument, word.clone(), &mut secret) {
                    inner = line.word(argument, word, &mut secret);
                }
            }
        } else {
            pending = line.word(argument, 0..argument.len(), &mut secret);
        }
        pairs::find(argument, script, &mut secret);
        urls::find(argument, last, &mut secret);
        headers::find(argument, &mut secret);
        script = is_script_option(argument);
        replace(argument, secret);
    }
    arguments
}

/// Whether the next argument is a shell's script: `-c`, `-lc`.
fn is_script_option(argument: &str) -> bool {
    argument.strip_prefix('-').is_some_and(|letters| letters.len() <= 4 && letters.ends_with('c') && !letters.starts_with('-'))
}

fn replace(text: &mut String, mut secret: Vec<Span>) {
    secret.retain(|span| !span.is_empty() && text.get(span.clone()).is_some_and(|value| value != MASK));
    secret.sort_by_key(|span| (span.start, span.end));
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for span in secret {
        if span.start >= from && (span.start > from || masked.is_empty()) {
            masked.push_str(text.get(from..span.start).unwrap_or_default());
            masked.push_str(MASK);
        }
        from = from.max(span.end);
    }
    if from > 0 {
        masked.push_str(text.get(from..).unwrap_or_default());
        *text = masked;
    }
}

#[cfg(test)]
mod tests;
