//! Programs that take a secret in an option of one letter.

/// How the secret stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Behind the letter: `-psecret`. The letter alone asks for it.
    Glued,
    /// In the next word: `-p secret`, or behind the letter.
    Either,
    /// After the colon of the next word: `-u user:secret`.
    AfterColon,
    /// After the percent sign of the next word: `-U user%secret`.
    AfterPercent,
}

const MYSQL: &[&str] =
    &["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mysqlcheck", "mariadb", "mariadb-dump", "mariadb-admin", "mycli"];
const MONGO: &[&str] = &["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"];
const CURL: &[&str] = &["curl", "http", "https", "xh"];
const LDAP: &[&str] = &["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldappasswd", "ldapwhoami"];
const SAMBA: &[&str] = &["smbclient", "rpcclient", "smbget"];
const ZIP: &[&str] = &["7z", "7za", "7zr", "7zz", "unrar", "rar"];

const OPTIONS: [(&[&str], &str, Form); 16] = [
    (MYSQL, "-p", Form::Glued),
    (ZIP, "-p", Form::Glued),
    (MONGO, "-p", Form::Either),
    (&["sshpass", "docker", "podman", "nerdctl"], "-p", Form::Either),
    (&["redis-cli"], "-a", Form::Either),
    (CURL, "-u", Form::AfterColon),
    (CURL, "--user", Form::AfterColon),
    (CURL, "-U", Form::AfterColon),
    (CURL, "--proxy-user", Form::AfterColon),
    (CURL, "-a", Form::AfterColon),
    (LDAP, "-w", Form::Either),
    (SAMBA, "-U", Form::AfterPercent),
    (&["sqlcmd", "bcp", "ipmitool"], "-P", Form::Either),
    (&["zip", "unzip"], "-P", Form::Either),
    (&["rdesktop"], "-p", Form::Either),
    (&["openssl"], "-k", Form::Either),
];

/// The program of that table that a word names, by path or name.
pub(super) fn program(word: &str) -> Option<&'static str> {
    let name = word.rsplit('/').next().unwrap_or(word);
    OPTIONS.iter().flat_map(|(programs, ..)| programs.iter()).find(|program| **program == name).copied()
}

/// How that program takes a secret with that word, and how long the option itself is.
pub(super) fn option(program: &str, word: &str) -> Option<(Form, usize)> {
    OPTIONS.iter().filter(|(programs, ..)| programs.contains(&program)).find_map(|(_, option, form)| {
        let glued = option.len() == 2 && word.starts_with(option) && *form != Form::AfterPercent;
        (word == *option || glued).then_some((*form, option.len()))
    })
}
