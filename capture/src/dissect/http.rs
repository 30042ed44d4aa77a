//! HTTP/1: whom the client asks, for what, and how that goes.

use graph::{Column, ColumnId, Meaning, NameOrigin, Proto, RegistryBuilder, RegistryError, Side, Value, ValueType};
use wire::packet::http::{Body, Chunk, Head, Start, find, is_http};
use wire::packet::socks::is_socks;

use super::collected::Collected;
use super::text::{host_name, symbol, text};
use super::{Dissector, Found, Next, Payload, Session};

/// How long the name of a server may be believed.
const NAME_TTL_SECS: u32 = 24 * 3600;

#[derive(Clone, Copy, Debug)]
struct Http {
    host: ColumnId,
    method: ColumnId,
    path: ColumnId,
    status: ColumnId,
    user_agent: ColumnId,
    server: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let mut add = |column| builder.register(column);
    Ok(Box::new(Http {
        host: add(Column::new("http.host", ValueType::Text, "whom the client asks, with the port where it says one")
            .many()
            .means(Meaning::RequestedHost))?,
        method: add(Column::new("http.method", ValueType::Symbol, "what is to be done: GET, POST, …")
            .many()
            .also(&["http.request.method"]))?,
        path: add(Column::new("http.path", ValueType::Text, "with what; without the query, which may hold secrets").many())?,
        status: add(Column::new("http.status", ValueType::Integer, "how it went: 200, 404, …").many().also(&["http.response.code"]))?,
        user_agent: add(Column::new("http.user_agent", ValueType::Text, "what the client says it is"))?,
        server: add(Column::new("http.server", ValueType::Text, "what the server says it is"))?,
    }))
}

impl Dissector for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let is_http = first.proto() == Proto::TCP && (is_http(first.bytes) || is_socks(first.bytes));
        is_http.then(|| Box::new(Looking { http: *self, streams: Default::default(), lists: Default::default() }) as _)
    }
}

#[derive(Debug)]
struct Looking {
    http: Http,
    /// Of each end.
    streams: [Stream; 2],
    lists: Lists,
}

/// How far what an end says is read.
#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    /// Where it is read next.
    at: usize,
    /// What begins there.
    awaits: Awaits,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Awaits {
    /// The first message, there or further on: what is said to a proxy comes first.
    #[default]
    First,
    Message,
    Chunk,
    /// That cannot be told.
    Nothing,
}

#[derive(Debug, Default)]
struct Lists {
    hosts: Collected,
    methods: Collected,
    paths: Collected,
    statuses: Collected,
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let [a, b] = &mut self.streams;
        let stream = if payload.from == Side::A { a } else { b };
        while let Some(rest) = payload.bytes.get(stream.at..) {
            let (len, awaits) = match stream.awaits {
                Awaits::First => match find(payload.bytes, stream.at) {
                    Ok(at) => (at - stream.at, Awaits::Message),
                    Err(from) => {
                        stream.at = from;
                        break;
                    }
                },
                Awaits::Message => match Head::parse(rest) {
                    Ok(Some(head)) => {
                        self.lists.tell(&self.http, &head, payload, found);
                        let (body_len, awaits) = after(&head);
                        (head.len.saturating_add(body_len), awaits)
                    }
                    Ok(None) => break,
                    Err(_) => (0, Awaits::Nothing),
                },
                Awaits::Chunk => match Chunk::parse(rest) {
                    Ok(Some(Chunk { len, is_last })) => (len, if is_last { Awaits::Message } else { Awaits::Chunk }),
                    Ok(None) => break,
                    Err(_) => (0, Awaits::Nothing),
                },
                Awaits::Nothing => break,
            };
            (stream.at, stream.awaits) = (stream.at.saturating_add(len), awaits);
        }
        if self.streams.iter().all(|stream| stream.awaits == Awaits::Nothing) { Next::Done } else { Next::More }
    }
}

/// How long the body is that stands behind a head, and what comes then.
fn after(head: &Head<'_>) -> (usize, Awaits) {
    match (head.start, head.body) {
        (Start::Request { method: "CONNECT", .. }, _) | (_, Body::Lost) => (0, Awaits::Nothing),
        (Start::Response { status: 100..=199 | 204 | 304 }, _) => (0, Awaits::Message),
        (_, Body::Len(len)) => (len, Awaits::Message),
        (_, Body::Chunks) => (0, Awaits::Chunk),
        (Start::Request { .. }, Body::Unsaid) => (0, Awaits::Message),
        (Start::Response { .. }, Body::Unsaid) => (0, Awaits::Nothing),
    }
}

impl Lists {
    fn tell(&mut self, http: &Http, head: &Head<'_>, payload: &Payload<'_>, found: &mut Found) {
        match head.start {
            Start::Request { method, target } => {
                let path = target.split_once('?').map_or(target, |(path, _)| path);
                self.methods.tell(http.method, [symbol(method.as_bytes())], found);
                self.paths.tell(http.path, [text(path.as_bytes())], found);
                self.hosts.tell(http.host, head.host.map(text), found);
                if let Some(agent) = head.user_agent {
                    found.certain(http.user_agent, text(agent));
                }
                // Whoever is asked for something that is elsewhere is a proxy, and has another name.
                if let Some(name) = head.host.filter(|_| target.starts_with('/')).and_then(host_name) {
                    found.name(payload.dst().addr, NameOrigin::HttpHost, NAME_TTL_SECS, &name);
                }
            }
            Start::Response { status } => {
                self.statuses.tell(http.status, [Value::Integer(status.into())], found);
                if let Some(server) = head.server {
                    found.certain(http.server, text(server));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::packet::TcpFlags;

    use super::*;
    use crate::dissect::testing::{Lab, SERVER};

    const PORT: u16 = 8000;

    #[test]
    fn what_is_said_to_a_proxy_comes_before_the_first_request() {
        let mut lab = Lab::new(&[register]);
        lab.connect(1080);
        // With a name and a password, so that it comes long before.
        let stream = [
            &b"\x05\x01\x02\x01\x08username\x14twenty letters there"[..],
            b"\x05\x01\x00\x01\xc0\x00\x02\x02\x00\x50",
            b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n",
        ]
        .concat();
        for (at, bytes) in (0..).step_by(9).zip(stream.chunks(9)) {
            lab.tcp(true, 1080, TcpFlags::ACK, 101 + at, bytes);
        }
        assert!(lab.tags().contains(&"http.host=one.example".to_owned()));
    }

    #[test]
    fn requests_and_answers_that_follow_each_other_are_heard() {
        let mut lab = Lab::new(&[register]);
        lab.connect(PORT);
        let first = b"POST /form?token=secret HTTP/1.1\r\nHost: one.example\r\nContent-Length: 5\r\nUser-Agent: curl/8\r\n\r\nGET /";
        let second = b"GET /two HTTP/1.1\r\nHost: Two.example:8000\r\n\r\n";
        let stream = [&first[..], second].concat();
        for (at, bytes) in (0..).step_by(30).zip(stream.chunks(30)) {
            lab.tcp(true, PORT, TcpFlags::ACK, 101 + at, bytes);
        }
        let answers = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: nginx\r\n\r\nokHTTP/1.1 404 Not Found\r\n\r\nendless";
        lab.tcp(false, PORT, TcpFlags::ACK, 501, answers);
        let events = lab.events();
        let names: Vec<String> = events
            .iter()
            .filter_map(|e| if let graph::Kind::Name { addr, name, .. } = &e.kind { Some(format!("{addr} {name}")) } else { None })
            .collect();
        assert_eq!(names, [format!("{SERVER} one.example"), format!("{SERVER} two.example")]);
        let mut tags = lab.tags_of(&events);
        tags.sort();
        let expected = [
            "app.protocol=http",
            "http.host=one.example, Two.example:8000",
            "http.method=POST, GET",
            "http.path=/form, /two",
            "http.server=nginx",
            "http.status=200, 404",
            "http.user_agent=curl/8",
        ];
        assert_eq!(tags, expected);
    }

    #[test]
    fn answers_behind_chunks_are_heard_however_they_come() {
        let mut lab = Lab::new(&[register]);
        lab.connect(PORT);
        lab.tcp(true, PORT, TcpFlags::ACK, 101, b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n14\r\nHTTP/1.1 500 is text\r\n3;a=b\r\nabc\r\n0\r\nDigest: x\r\n\r\n";
        let stream = [&chunked[..], b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nnot a header\r\nServer: other\r\n\r\n"].concat();
        for (at, bytes) in (0..).step_by(7).zip(stream.chunks(7)) {
            lab.tcp(false, PORT, TcpFlags::ACK, 501 + at, bytes);
        }
        let tags = lab.tags();
        assert!(tags.contains(&"http.status=200, 404".to_owned()) && tags.contains(&"http.server=nginx".to_owned()), "{tags:?}");
    }

    #[test]
    fn a_proxy_is_not_called_like_what_is_asked_for() {
        let mut lab = Lab::new(&[register]);
        lab.connect(PORT);
        lab.tcp(true, PORT, TcpFlags::ACK, 101, b"GET http://far.example/ HTTP/1.1\r\nHost: far.example\r\n\r\n");
        let events = lab.events();
        assert!(!events.iter().any(|e| matches!(e.kind, graph::Kind::Name { .. })));
        assert!(lab.tags_of(&events).contains(&"http.host=far.example".to_owned()));
    }

    #[test]
    fn another_protocol_after_the_head_is_left_alone() {
        let mut lab = Lab::new(&[register]);
        lab.connect(PORT);
        lab.tcp(true, PORT, TcpFlags::ACK, 101, b"CONNECT far.example:443 HTTP/1.1\r\nHost: far.example\r\n\r\n\x16\x03\x01");
        lab.tcp(false, PORT, TcpFlags::ACK, 501, b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01");
        assert!(lab.tags().contains(&"http.status=200".to_owned()));
        lab.tcp(false, PORT, TcpFlags::ACK, 523, b"HTTP/1.1 500 Not this\r\n\r\n");
        assert_eq!(lab.tags(), [""; 0]);
    }
}
