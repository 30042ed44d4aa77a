//! Options and what follows them.

use super::Span;
use super::names::{is_harmless, is_secret};
use super::programs::{self, Form};

/// What the next word is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pending {
    /// Nothing special.
    #[default]
    None,
    /// The value of the option of this name.
    Value(String),
    /// Something with a secret after the first such character.
    After(char),
}

/// What was read of a command line so far.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The last program that takes secrets in options of one letter.
    program: Option<&'static str>,
    /// Whether that program logs in now: only then is a container manager's `-p` a password.
    login: bool,
}

impl Line {
    /// Takes the word that was waited for; false where none was, or where it is an option itself.
    pub(super) fn take(&mut self, pending: Pending, text: &str, word: Span, secret: &mut Vec<Span>) -> bool {
        let held = text.get(word.clone()).unwrap_or_default();
        match pending {
            Pending::Value(name) if !held.starts_with("--") && (!held.starts_with('-') || held.len() != 2) => {
                if !is_harmless(&name, held) {
                    secret.push(word);
                }
                true
            }
            Pending::After(mark) if !held.starts_with('-') => {
                if let Some(at) = held.find(mark) {
                    secret.push(word.start + at + 1..word.end);
                }
                true
            }
            _ => false,
        }
    }

    /// Looks at a word; says what the next one is.
    pub(super) fn word(&mut self, text: &str, word: Span, secret: &mut Vec<Span>) -> Pending {
        let held = text.get(word.clone()).unwrap_or_default();
        if let Some(program) = programs::program(held) {
            (self.program, self.login) = (Some(program), false);
        }
        self.login |= held == "login";
        let option = self.program.and_then(|program| programs::option(program, held)).filter(|_| self.may());
        if matches!(held, "|" | "||" | "&&" | ";") || held.ends_with(';') {
            *self = Line::default();
        }
        // openssl's own way to say where a password comes from.
        if let Some(value) = held.strip_prefix("pass:").filter(|_| self.program == Some("openssl")) {
            secret.push(word.end - value.len()..word.end);
        }
        match option {
            Some((Form::Glued | Form::Either, len)) if held.len() > len => {
                secret.push(word.start + len..word.end);
                Pending::None
            }
            Some((Form::Glued, _)) => Pending::None,
            Some((Form::Either, _)) => Pending::Value(held.to_owned()),
            Some((Form::AfterColon, len)) if held.len() > len && len == 2 => {
                if let Some(at) = held.find(':') {
                    secret.push(word.start + at + 1..word.end);
                }
                Pending::None
            }
            Some((Form::AfterColon, _)) => Pending::After(':'),
            Some((Form::AfterPercent, _)) => Pending::After('%'),
            None if held.len() > 2 && held.starts_with('-') && !held.contains(['=', ':']) && is_secret(held) => {
                Pending::Value(held.to_owned())
            }
            None => Pending::None,
        }
    }

    fn may(&self) -> bool {
        self.login || !matches!(self.program, Some("docker" | "podman" | "nerdctl"))
    }
}

/// The words of a text, without the quotes around them.
pub(super) fn of(text: &str) -> Vec<Span> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let quoted = matches!(first, '"' | '\'').then(|| rest.get(1..).and_then(|inside| inside.find(first))).flatten();
        let (from, len, next) = match quoted {
            Some(len) => (at + 1, len, len + 2),
            None => {
                let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (at, len, len)
            }
        };
        words.push(from..from + len);
        at += next;
    }
    words
}
