//! Which names say that what they name is secret.

/// Names that end in such a word name a secret: `DB_PASSWORD`, `--auth-token`, `clientSecret`.
const SECRETS: [&str; 11] =
    ["password", "passwd", "passphrase", "passcode", "pass", "pwd", "token", "secret", "apikey", "secretkey", "accesskey"];
/// The same where nothing tells where the last word begins: `PGPASSWORD`, `storepass`.
const ENDINGS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "storepass",
    "keypass",
    "sshpass",
    "dbpass",
    "userpass",
    "sqlpass",
];
/// A key of one of these kinds is itself secret; other keys are files or numbers.
const KEYS: [&str; 9] = ["api", "access", "secret", "auth", "account", "encryption", "signing", "master", "shared"];
/// With such a first word it is a switch, a place or a number, not the secret itself.
const NOT_FIRST: [&str; 33] = [
    "no", "use", "with", "without", "ask", "prompt", "has", "is", "allow", "require", "need", "read", "reset", "change", "show", "hide",
    "random", "generate", "enable", "disable", "max", "min", "num", "next", "start", "stop", "eos", "bos", "pad", "unk", "special", "by",
    "page",
];
/// Before "pass" these count passes.
const ROUNDS: [&str; 6] = ["one", "two", "single", "multi", "first", "second"];

/// Whether that name, with or without dashes before it, is a secret's.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    // A shell's own variables are folders.
    if name.len() > 64 || matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let words = words(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    if words.len() > 1 && NOT_FIRST.contains(&first.as_str()) || last == "pass" && ROUNDS.contains(&before) {
        return false;
    }
    SECRETS.contains(&last) || ENDINGS.iter().any(|ending| last.ends_with(ending)) || last == "key" && KEYS.contains(&before)
}

/// Whether a value of such a name is none that has to be hidden: a switch, a number of passes, a folder.
pub(super) fn is_harmless(name: &str, value: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    let switch = ["", "true", "false", "yes", "no", "none", "null"].contains(&value.to_ascii_lowercase().as_str());
    switch || name == "pass" && ["1", "2", "3"].contains(&value) || name.ends_with("pwd") && value.starts_with(['/', '.', '~'])
}

/// The words of a name, in lower case: apart by marks, or by a capital after a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for char in name.chars() {
        let ends = !char.is_ascii_alphanumeric() || small && char.is_ascii_uppercase();
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if char.is_ascii_alphanumeric() {
            word.push(char.to_ascii_lowercase());
        }
        small = char.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
