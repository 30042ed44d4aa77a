use proptest::prelude::*;

use super::*;

/// Arguments apart by `|`.
fn masked(line: &str) -> String {
    mask(line.split('|').map(str::to_owned).collect(), false).join("|")
}

#[test]
fn secrets_are_hidden() {
    for (line, shown) in [
        // Options.
        ("psql|--password|hunter2|db", "psql|--password|***|db"),
        ("app|--password=hunter2", "app|--password=***"),
        ("app|--password=hunter2 with spaces; and=more", "app|--password=***"),
        ("app|--passwd|x", "app|--passwd|***"),
        ("gh|auth|login|--token|ghp_abc", "gh|auth|login|--token|***"),
        ("vault|login|-token=s.abc", "vault|login|-token=***"),
        ("app|--client-secret|abc|--verbose", "app|--client-secret|***|--verbose"),
        ("app|--api-key=abc", "app|--api-key=***"),
        ("app|--apikey|abc", "app|--apikey|***"),
        ("app|--apiKey|abc", "app|--apiKey|***"),
        ("app|--aws-secret-access-key|abc/def+g=", "app|--aws-secret-access-key|***"),
        ("keytool|-storepass|changeit|-keypass|other", "keytool|-storepass|***|-keypass|***"),
        ("app|--password|-strange-one", "app|--password|***"),
        ("java|-Djavax.net.ssl.keyStorePassword=changeit|-jar|x.jar", "java|-Djavax.net.ssl.keyStorePassword=***|-jar|x.jar"),
        ("app|--db.password=a&b;c,d", "app|--db.password=***"),
        // Options of one letter, of programs that are known.
        ("mysql|-u|root|-phunter2|db", "mysql|-u|root|-p***|db"),
        ("/usr/bin/mysqldump|-phunter2|mysql", "/usr/bin/mysqldump|-p***|mysql"),
        ("sshpass|-p|hunter2|ssh|host|-p|22", "sshpass|-p|***|ssh|host|-p|***"),
        ("docker|login|-u|me|-p|hunter2|registry", "docker|login|-u|me|-p|***|registry"),
        ("redis-cli|-a|hunter2|ping", "redis-cli|-a|***|ping"),
        ("curl|-u|bob:hunter2|https://x", "curl|-u|bob:***|https://x"),
        ("curl|-ubob:hunter2|https://x", "curl|-ubob:***|https://x"),
        ("curl|--proxy-user|bob:a:b|x", "curl|--proxy-user|bob:***|x"),
        ("ldapsearch|-D|cn=me|-w|hunter2", "ldapsearch|-D|cn=me|-w|***"),
        ("smbclient|//srv/x|-U|bob%hunter2", "smbclient|//srv/x|-U|bob%***"),
        ("openssl|rsa|-passin|pass:hunter2", "openssl|rsa|-passin|pass:***"),
        ("7z|x|-phunter2|a.7z", "7z|x|-p***|a.7z"),
        // Variables.
        ("env|PGPASSWORD=hunter2|psql", "env|PGPASSWORD=***|psql"),
        ("docker|run|-e|MYSQL_ROOT_PASSWORD=a b c|mysql", "docker|run|-e|MYSQL_ROOT_PASSWORD=***|mysql"),
        ("docker|run|--env=API_TOKEN=abc|img", "docker|run|--env=API_TOKEN=***|img"),
        ("env|AWS_SECRET_ACCESS_KEY=abc|aws", "env|AWS_SECRET_ACCESS_KEY=***|aws"),
        ("env|SSHPASS=abc|DB_PASS=def|DB_PWD=g|x", "env|SSHPASS=***|DB_PASS=***|DB_PWD=***|x"),
        ("env|PASSWORD1=abc|x", "env|PASSWORD1=***|x"),
        // Fields.
        ("mount|-o|username=bob,password=hunter2,uid=1|//srv/x", "mount|-o|username=bob,password=***,uid=1|//srv/x"),
        ("app|Server=x;Uid=u;Pwd=hunter2;Ssl=true", "app|Server=x;Uid=u;Pwd=***;Ssl=true"),
        ("curl|https://x/?a=1&token=abc&b=2#c", "curl|https://x/?a=1&token=***&b=2#c"),
        (r#"curl|-d|{"user":"bob","password":"hun,ter2","x":1}"#, r#"curl|-d|{"user":"bob","password":"***","x":1}"#),
        (r#"curl|-d|{"token" : "abc"}"#, r#"curl|-d|{"token" : "***"}"#),
        (r#"curl|-d|{'secret': 12345}"#, r#"curl|-d|{'secret': ***}"#),
        ("curl|-d|user=bob&password=hunter2", "curl|-d|user=bob&password=***"),
        // Headers.
        ("curl|-H|Authorization: Bearer abc.def|x", "curl|-H|Authorization: Bearer ***|x"),
        ("curl|-H|authorization:Basic Ym9iOmh1bnRlcjI=|x", "curl|-H|authorization:Basic ***|x"),
        ("curl|-H|Proxy-Authorization: Negotiate abc|x", "curl|-H|Proxy-Authorization: ***|x"),
        ("curl|--header=Authorization: token abc|x", "curl|--header=Authorization: ***|x"),
        ("curl|-H|X-Api-Key: abc|x", "curl|-H|X-Api-Key: ***|x"),
        ("curl|-H|PRIVATE-TOKEN: abc|x", "curl|-H|PRIVATE-TOKEN: ***|x"),
        ("curl|-H|Cookie: session=abc; a=b|x", "curl|-H|Cookie: ***|x"),
        // URLs.
        ("git|clone|https://bob:hunter2@example.com/x", "git|clone|https://bob:***@example.com/x"),
        ("app|postgres://u:p/w@db:5432/x", "app|postgres://u:***@db:5432/x"),
        ("app|amqp://u:p@ss@host/", "app|amqp://u:***@host/"),
        ("app|redis://:hunter2@host", "app|redis://:***@host"),
        ("app|a=http://x:y@h/,http://v:w@g/", "app|a=http://x:***@h/,http://v:***@g/"),
        ("env|DATABASE_URL=mysql://u:p@h/d|x", "env|DATABASE_URL=mysql://u:***@h/d|x"),
        // Scripts and command lines in one argument.
        ("sh|-c|mysql -u root -phunter2 db && ssh -p22 host", "sh|-c|mysql -u root -p*** db && ssh -p22 host"),
        ("sh|-c|PGPASSWORD=hunter2 psql -h db", "sh|-c|PGPASSWORD=*** psql -h db"),
        ("bash|-lc|PASSWORD=\"a b\" ./run x", "bash|-lc|PASSWORD=\"***\" ./run x"),
        ("sh|-c|app --password 'a b' --verbose", "sh|-c|app --password '***' --verbose"),
        ("sh|-c|curl -H \"Authorization: Bearer abc\" https://x", "sh|-c|curl -H \"Authorization: Bearer ***\" https://x"),
        ("sh|-c|curl -u bob:hunter2 https://x", "sh|-c|curl -u bob:*** https://x"),
        ("worker --token abc --queue x", "worker --token *** --queue x"),
        ("ssh|host|mysql -phunter2", "ssh|host|mysql -p***"),
    ] {
        assert_eq!(masked(line), shown, "of {line}");
    }
}

#[test]
fn everything_else_stays() {
    for line in [
        "ls|-la|/etc/passwd",
        "passwd|root",
        "mkdir|-p|a/b",
        "ssh|-p|2222|bob@host",
        "ssh|-p2222|host|mysql",
        "nginx|-p|/srv",
        "mysql|-p|-u|root",
        "mysql|--port=3306|db",
        "docker|run|-p|8080:80|-u|1000:1000|nginx:latest",
        "docker|run|secret:latest",
        "podman|run|--user|1000:1000|x",
        "app|--password-file|/run/secrets/x",
        "app|--password-file=/run/secrets/x",
        "app|--token-ttl=3600|--secret-name=foo|--token-id|7",
        "docker|login|--password-stdin",
        "gh|auth|login|--with-token|host",
        "app|--no-password|db",
        "app|--max-token|4096|--max-tokens=5",
        "app|--password=|x",
        "app|--token|--verbose",
        "app|--use-token=true",
        "app|--secret=false",
        "env|PWD=/home/bob|OLDPWD=/|x",
        "ffmpeg|-pass|1|-i|x",
        "x264|--pass=2",
        "app|--two-pass=yes|--bypass=all",
        "app|--private-key|/etc/ssl/key.pem|--key=x",
        "ssh-keygen|-t|ed25519|-f|key",
        "curl|https://example.com:8080/@scope/x",
        "curl|https://bob@example.com/",
        "curl|http://[::1]:80/a@b",
        "git|clone|git@github.com:a/b.git",
        "vite|http://localhost:3000/@vite/client",
        "rsync|-av|host:/a|/b",
        "kubectl|create|secret|generic|x",
        "kubectl|get|secret",
        "python3|-m|tokenize|tokens=5",
        "python3|-c|print('token')",
        "grep|-r|password|/etc",
        "sh|-c|mysql -p\"$PASS\" || true",
        "sh|-c|PASSWORD=$(cat /run/x) TOKEN=${T} ./run",
        "java|-Dtoken.file=/x|-Xmx4g",
        "systemd-ask-password|--timeout=10",
        "/usr/lib/polkit|--no-debug",
        "compass=north|trespass=1",
        "",
    ] {
        let expected = if line.contains("-p\"$PASS\"") { line.replace("-p\"$PASS\"", "-p***") } else { line.to_owned() };
        assert_eq!(masked(line), expected);
    }
}

#[test]
fn what_is_cut_is_masked_to_its_end() {
    let cut = |line: &str| mask(line.split('|').map(str::to_owned).collect(), true).join("|");
    assert_eq!(cut("git|clone|https://bob:hunt"), "git|clone|https://bob:***");
    assert_eq!(cut("git|clone|https://bob:1234"), "git|clone|https://bob:1234", "a port");
    assert_eq!(cut("git|https://bob:hunt|https://example.com/"), "git|https://bob:hunt|https://example.com/");
    assert_eq!(cut("app|--password=hun"), "app|--password=***");
}

proptest! {
    #[test]
    fn a_value_of_any_look_is_hidden(name in "(--)?[a-z]{1,6}[-_](password|token|secret|api-key)", value in "[a-zA-Z0-9/+$!%^&*()~ üñ]{7,30}") {
        prop_assume!(!["no", "use", "with", "ask", "is", "has", "max", "min", "num", "eos", "bos", "pad", "unk", "by", "next", "read", "show",
            "hide", "need", "start", "stop", "page", "allow", "reset", "prompt", "random", "change", "enable"].contains(&name.trim_start_matches('-').split(['-', '_']).next().unwrap()));
        let line = mask(vec!["app".into(), format!("{name}={value}"), "last".into()], false);
        prop_assert_eq!(line, ["app".to_owned(), format!("{name}=***"), "last".into()]);
    }

    #[test]
    fn any_text(arguments in proptest::collection::vec("\\PC{0,40}", 0..6), cut: bool) {
        let count = arguments.len();
        prop_assert_eq!(mask(arguments, cut).len(), count);
    }

    #[test]
    fn marks_of_all_kinds(arguments in proptest::collection::vec("(password|token|mysql|curl|-p|-u|://|[:=@'\"\\\\ ü&;/]|a){0,12}", 0..4), cut: bool) {
        mask(arguments, cut);
    }
}
