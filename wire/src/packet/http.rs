//! HTTP/1 (RFC 9112), and what looks like it: SSDP. The crate `httparse` reads the headers; first lines are read more kindly than it does, for many programs write them
//! as they should not.

use httparse::{EMPTY_HEADER, Header, Status};

/// The longest first line.
const MAX_LINE: usize = 8192;
/// No method is longer, the space behind it included.
const LONGEST_METHOD: usize = 16;
/// Headers read of one message.
const MAX_HEADERS: usize = 64;
/// The methods by which a request is known (RFC 9110, 5789, 4918, 3253, 8144; UPnP).
const METHODS: [&str; 34] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "MKCALENDAR",
    "ACL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "LABEL",
    "MERGE",
    "MKACTIVITY",
    "UNBIND",
    "UNCHECKOUT",
    "UPDATE",
    "NOTIFY",
    "M-SEARCH",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PURGE",
];

/// The head of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    /// Its first line.
    pub start: Start<'a>,
    /// The Host of a request, with its port.
    pub host: Option<&'a [u8]>,
    /// The program of a client.
    pub user_agent: Option<&'a [u8]>,
    /// The program of a server.
    pub server: Option<&'a [u8]>,
    /// Where something is found.
    pub location: Option<&'a [u8]>,
    /// What follows it.
    pub body: Body,
    /// How long the head is; where a header cannot be read, as far as it was there.
    pub len: usize,
}

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// So many bytes, and the next message.
    Len(usize),
    /// Chunks, and the next message behind the last of them.
    Chunks,
    /// It is not said: with a request nothing, with an answer all that comes.
    Unsaid,
    /// It cannot be told where it begins.
    Lost,
}

/// A chunk of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// How long it is with all that belongs to it; more than there may be of it.
    pub len: usize,
    /// Whether the next message follows.
    pub is_last: bool,
}

impl Chunk {
    /// Reads the beginning of a chunk. `Ok(None)` where that is not there to its end.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(bytes: &[u8]) -> Result<Option<Chunk>, httparse::InvalidChunkSize> {
        let Status::Complete((len, size)) = httparse::parse_chunk_size(bytes)? else { return Ok(None) };
        if size > 0 {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            return Ok(Some(Chunk { len: len.saturating_add(size).saturating_add(2), is_last: false }));
        }
        let mut trailers = [EMPTY_HEADER; MAX_HEADERS];
        match httparse::parse_headers(bytes.get(len..).unwrap_or_default(), &mut trailers) {
            Ok(Status::Complete((more, _))) => Ok(Some(Chunk { len: len + more, is_last: true })),
            Ok(Status::Partial) => Ok(None),
            Err(_) => Err(httparse::InvalidChunkSize),
        }
    }
}

/// A first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// What is to be done.
        method: &'a str,
        /// With what, as it was said: a path, a whole address, an asterisk.
        target: &'a str,
    },
    /// An answer.
    Response {
        /// How it went.
        status: u16,
    },
}

impl<'a> Start<'a> {
    /// Reads the line. A target may have spaces in it, and a request no version.
    fn parse(line: &'a str) -> Option<Start<'a>> {
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("HTTP/1.") {
            return Some(Start::Response { status: rest.split_ascii_whitespace().nth(1)?.parse().ok()? });
        }
        let (method, rest) = line.split_once(' ')?;
        let target = rest.rsplit_once(" HTTP/").map_or(rest, |(target, _)| target).trim();
        (METHODS.contains(&method) && !target.is_empty()).then_some(Start::Request { method, target })
    }
}

/// Where in a stream that began as something else a message begins, from there on: behind what is said to a proxy.
///
/// # Errors
/// Where none does: from where on to look when there is more of the stream, so that nothing is looked at again and again.
pub fn find(stream: &[u8], from: usize) -> Result<usize, usize> {
    let end = stream.len().min(MAX_LINE);
    (from..end).find(|at| stream.get(*at..).is_some_and(is_http)).ok_or(end.saturating_sub(LONGEST_METHOD).max(from))
}

/// Whether bytes begin like a message.
///
/// ```
/// assert!(wire::packet::http::is_http(b"GET / HTTP/1.1\r\n"));
/// assert!(!wire::packet::http::is_http(b"GETS / HTTP/1.1\r\n"));
/// ```
pub fn is_http(bytes: &[u8]) -> bool {
    is_response(bytes) || METHODS.iter().any(|method| bytes.strip_prefix(method.as_bytes()).is_some_and(|rest| rest.starts_with(b" ")))
}

/// Whether bytes begin like an answer.
pub fn is_response(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HTTP/1.")
}

impl<'a> Head<'a> {
    /// Reads the head of the message at the beginning. `Ok(None)` where it is not there to its end.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(bytes: &'a [u8]) -> Result<Option<Head<'a>>, httparse::Error> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        // Empty lines may stand before (RFC 9112, section 2.2).
        let before = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let bytes = bytes.get(before..).unwrap_or_default();
        let Some(end) = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
            // Of the shortest beginnings it is not to be told.
            let may_begin = bytes.len() < 16 || (is_http(bytes) && bytes.len() < MAX_LINE);
            return if may_begin { Ok(None) } else { Err(httparse::Error::Version) };
        };
        let (line, rest) = bytes.split_at_checked(end + 1).unwrap_or_default();
        let start = std::str::from_utf8(line).ok().and_then(Start::parse).ok_or(httparse::Error::Version)?;
        let (len, is_whole) = match httparse::parse_headers(rest, &mut headers) {
            Ok(Status::Complete((len, _))) => (len, true),
            Ok(Status::Partial) => return Ok(None),
            // The headers before the one that is wrong are there.
            Err(_) => (rest.len(), false),
        };
        let find = |name| header(&headers, name);
        let body_len = || std::str::from_utf8(find("content-length")?).ok()?.trim().parse().ok();
        let body = match find("transfer-encoding") {
            _ if !is_whole => Body::Lost,
            Some(coding) if coding.to_ascii_lowercase().ends_with(b"chunked") => Body::Chunks,
            Some(_) => Body::Lost,
            None => body_len().map_or(Body::Unsaid, Body::Len),
        };
        Ok(Some(Head {
            start,
            host: find("host"),
            user_agent: find("user-agent"),
            server: find("server"),
            location: find("location"),
            body,
            len: before + line.len() + len,
        }))
    }
}

fn header<'a>(headers: &[Header<'a>], name: &str) -> Option<&'a [u8]> {
    headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.trim_ascii())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REQUEST: &[u8] =
        b"POST /form?key=1 HTTP/1.1\r\nHost: www.example.com:8080\r\nuser-agent: curl/8\r\nContent-Length: 5\r\n\r\nhello";

    #[test]
    fn a_request_and_an_answer_are_read() {
        let head = Head::parse(REQUEST).unwrap().unwrap();
        assert_eq!(head.start, Start::Request { method: "POST", target: "/form?key=1" });
        assert_eq!((head.host, head.user_agent, head.body), (Some(&b"www.example.com:8080"[..]), Some(&b"curl/8"[..]), Body::Len(5)));
        assert_eq!(&REQUEST[head.len..], b"hello");
        assert_eq!(Head::parse(&[b"\n\r\n", REQUEST].concat()), Ok(Some(Head { len: head.len + 3, ..head })));
        let answer = b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n";
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!((head.start, head.server, head.body), (Start::Response { status: 404 }, Some(&b"nginx"[..]), Body::Chunks));
    }

    #[test]
    fn half_a_head_is_waited_for_and_another_protocol_is_an_error() {
        for cut in 0..REQUEST.len() - 5 {
            assert_eq!(Head::parse(&REQUEST[..cut]), Ok(None), "{cut}");
        }
        assert!(Head::parse(b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 and more").is_err() && Head::parse(b"EHLO me\r\n\r\n").is_err());
        let cut = b"GET / HTTP/1.1\r\nHost: a\r\n\0: x\r\nUser-Agent: b\r\n\r\n";
        let head = Head::parse(cut).unwrap().unwrap();
        assert_eq!(
            (head.host, head.user_agent, head.body, head.len),
            (Some(&b"a"[..]), None, Body::Lost, cut.len()),
            "what came before is read"
        );
        let long = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(len));
        assert!(Head::parse(long(MAX_LINE - 20).as_bytes()).is_ok_and(|head| head.is_some()));
        assert!(Head::parse(long(MAX_LINE).as_bytes()).is_err(), "no line is as long as that");
    }

    #[test]
    fn what_is_said_to_be_empty_is_not_said() {
        let head = Head::parse(b"GET / HTTP/1.1\r\nHost: \r\nUser-Agent:\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.host, head.user_agent), (None, None));
    }

    #[test]
    fn first_lines_are_read_as_they_are_written() {
        let target = |line: &str| match Head::parse(format!("{line}\r\nHost: a\r\n\r\n").as_bytes()) {
            Ok(Some(Head { start: Start::Request { target, .. }, .. })) => target.to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(target("GET  /  HTTP/1.1"), "/");
        assert_eq!(target("GET /a b HTTP/1.1"), "/a b");
        assert_eq!(target("GET /old"), "/old");
    }

    #[test]
    fn a_message_behind_something_else_is_found_however_it_comes() {
        let stream = b"\x05\x01\0\x05\x01\0\x01abcdUNSUBSCRIBE / HTTP/1.1";
        assert_eq!(find(stream, 0), Ok(11));
        assert_eq!(find(&stream[11..], 0), Ok(0));
        let (mut from, mut looked) = (0, 0);
        for len in 0..=22 {
            let before = from;
            from = find(&stream[..len], from).unwrap_err();
            looked += len - before;
        }
        assert!(looked < 23 * (LONGEST_METHOD + 1), "what was looked at is not looked at again");
        assert_eq!(find(stream, from), Ok(11));
        let far = [&[b'x'; MAX_LINE][..], b"GET / HTTP/1.1"].concat();
        assert_eq!(find(&far, 0), Err(MAX_LINE - LONGEST_METHOD), "nobody says so much to a proxy");
        assert!(METHODS.iter().all(|method| method.len() < LONGEST_METHOD));
    }

    #[test]
    fn messages_are_known_by_their_beginning() {
        for yes in [&b"M-SEARCH * HTTP/1.1"[..], b"HTTP/1.0 200", b"PROPFIND /"] {
            assert!(is_http(yes));
        }
        for no in [&b"HTTP/2"[..], b"GET", b"EHLO ", b""] {
            assert!(!is_http(no));
        }
    }

    #[test]
    fn chunks_are_passed_over() {
        let chunk = |bytes: &[u8]| Chunk::parse(bytes).map(|chunk| chunk.map(|chunk| (chunk.len, chunk.is_last)));
        assert_eq!(chunk(b"1a; name=value\r\nabc"), Ok(Some((16 + 26 + 2, false))));
        assert_eq!(chunk(b"0\r\n\r\nHTTP/1.1"), Ok(Some((5, true))));
        assert_eq!(chunk(b"0\r\nDigest: x\r\n\r\nHTTP/1.1"), Ok(Some((16, true))));
        for part in [&b""[..], b"1a", b"1a\r", b"0\r\n", b"0\r\n\r", b"0\r\nDigest: x\r\n"] {
            assert_eq!(chunk(part), Ok(None));
        }
        assert!(chunk(b"none\r\n").is_err() && chunk(b"0\r\n\0: x\r\n\r\n").is_err());
        assert_eq!(chunk(b"ffffffffffffffff\r\n"), Ok(Some((usize::MAX, false))));
    }

    proptest! {
        #[test]
        fn anything_is_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Head::parse(&bytes);
            let _ = Head::parse(&[b"GET / HTTP/1.1\r\n", &bytes[..]].concat());
        }
    }
}
