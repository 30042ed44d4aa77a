//! The thread against a name server of ours.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver as Answers;
use domain::base::iana::Rcode;
use domain::base::name::{Name, ToLabelIter, ToName};
use domain::base::rdata::UnknownRecordData;
use domain::base::{Message, MessageBuilder, Rtype, Ttl};
use domain::rdata::{Cname, Ptr};
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use tokio::sync::{mpsc, oneshot};

use super::{Answer, Config, OPEN, Told, Work};

/// Long enough for anything that happens at all.
const LONG: Duration = Duration::from_secs(20);

/// A name server on the loopback interface. What it says of an address stands in the address's last byte: see [`Fake::reply`].
pub(in super::super) struct Fake {
    addr: SocketAddr,
    /// What it was asked, in that order.
    asked: Receiver<IpAddr>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    pub(in super::super) fn start() -> Fake {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let addr = socket.local_addr().unwrap();
        let (asked_in, asked) = sync_channel(10_000);
        let serve = move || {
            let mut buffer = [0; 1500];
            loop {
                let (len, from) = socket.recv_from(&mut buffer).unwrap();
                let Ok(question) = Message::from_slice(&buffer[..len]) else { return };
                let asked = wanted(question);
                if asked_in.send(asked).is_err() {
                    return;
                }
                if let Some(reply) = Fake::reply(question, asked) {
                    socket.send_to(&reply, from).unwrap();
                }
            }
        };
        Fake { addr, asked, thread: Some(std::thread::spawn(serve)) }
    }

    fn reply(question: &Message<[u8]>, asked: IpAddr) -> Option<Vec<u8>> {
        let IpAddr::V4(v4) = asked else { return None };
        let owner = question.first_question().unwrap().qname().to_vec();
        let rcode = if v4.octets()[3] == 2 { Rcode::NXDOMAIN } else { Rcode::NOERROR };
        let mut answer = MessageBuilder::new_vec().start_answer(question, rcode).unwrap();
        let long = [1; 63];
        let mut point =
            |owner: &Name<Vec<u8>>, ttl, labels: &[&[u8]]| answer.push((owner, Ttl::from_secs(ttl), Ptr::new(name(labels)))).unwrap();
        match v4.octets()[3] {
            1 => point(&owner, 300, &[b"host", b"example"]),
            2 | 11 => {}
            3 => return None,
            4 => return Some([&question.header().id().to_be_bytes()[..], &[0xff; 40]].concat()),
            5 => point(&owner, 300, &[b"a\x1b[2J\n", "\u{202e}b".as_bytes(), b"c\xff"]),
            6 => point(&owner, 300, &[&long, &long, &long]), // its escapes make it too long to show
            7 => {
                let labels = [&[63][..], &[b'x'; 63]].concat().repeat(5); // longer than any name
                let data = UnknownRecordData::from_octets(Rtype::PTR, [&labels[..], &[0]].concat()).unwrap();
                answer.push((&owner, Ttl::from_secs(300), data)).unwrap();
            }
            8 => {
                point(&owner, 7_200, &[b"z", b"example"]);
                point(&owner, 5, &[b"b", b"example"]);
            }
            9 => {
                let delegated = name(&[b"9", b"net", b"example"]);
                answer.push((&owner, Ttl::from_secs(300), Cname::new(&delegated))).unwrap();
                answer.push((&delegated, Ttl::from_secs(300), Ptr::new(name(&[b"delegated", b"example"])))).unwrap();
            }
            10 => point(&name(&[b"1", b"0", b"0", b"10", b"in-addr", b"arpa"]), 300, &[b"forged", b"example"]),
            _ => point(&owner, 300, &[]), // the root
        }
        Some(answer.finish())
    }

    /// The next address that it is asked for.
    pub(in super::super) fn next(&self) -> IpAddr {
        self.asked.recv_timeout(LONG).unwrap()
    }

    /// What it was asked and nobody took note of yet.
    pub(in super::super) fn asked(&self) -> Vec<IpAddr> {
        self.asked.try_iter().collect()
    }

    /// Whom to ask so that it is asked; it has so much time for an answer.
    pub(in super::super) fn config(&self, timeout: Duration) -> Config {
        let [mut udp, mut tcp] = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
        (udp.port, tcp.port) = (self.addr.port(), self.addr.port());
        let server = NameServerConfig::new(self.addr.ip(), true, vec![udp, tcp]);
        let mut options = ResolverOpts::default();
        (options.timeout, options.attempts) = (timeout, 1);
        (options.use_hosts_file, options.cache_size) = (ResolveHosts::Never, 0);
        (ResolverConfig::from_name_servers(vec![server]), options)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let waker = UdpSocket::bind("127.0.0.1:0").unwrap();
        waker.send_to(b"end", self.addr).unwrap();
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

fn name(labels: &[&[u8]]) -> Name<Vec<u8>> {
    let mut octets = Vec::new();
    for label in labels {
        octets.push(label.len() as u8);
        octets.extend(*label);
    }
    octets.push(0);
    Name::from_octets(octets).unwrap()
}

/// The address whose reverse name is asked for.
fn wanted(question: &Message<[u8]>) -> IpAddr {
    let question = question.first_question().unwrap();
    assert_eq!(question.qtype(), Rtype::PTR);
    let labels: Vec<String> = question.qname().iter_labels().map(|label| label.to_string()).collect();
    let octets: Vec<&str> = labels.iter().take(4).rev().map(String::as_str).collect();
    octets.join(".").parse().unwrap()
}

/// The last byte tells what the name server says of it.
pub(in super::super) fn at(last: u8) -> IpAddr {
    [10, 0, 0, last].into()
}

/// A thread that asks `server`.
struct Running {
    questions: mpsc::Sender<IpAddr>,
    answers: Answers<Answer>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

fn run(server: &Fake, timeout: Duration) -> Running {
    let (questions, questions_out) = mpsc::channel(OPEN);
    let (answers_in, answers) = crossbeam_channel::bounded(OPEN);
    let (stop, stopped) = oneshot::channel();
    let config = server.config(timeout);
    let work = Work::new(questions_out, answers_in);
    let thread = std::thread::spawn(move || work.run(|| Ok(config), stopped, |notice| panic!("{notice:?}")));
    Running { questions, answers, stop, thread }
}

#[test]
fn every_question_has_one_answer_and_what_it_says_is_checked() {
    let server = Fake::start();
    let running = run(&server, Duration::from_millis(300));
    (1..=12).for_each(|last| running.questions.try_send(at(last)).unwrap());
    let mut answers: Vec<Answer> = (1..=12).map(|_| running.answers.recv_timeout(LONG).unwrap()).collect();
    answers.sort_by_key(|answer| answer.addr);
    let told = |text: &str, ttl_secs| Some(Told { text: text.into(), ttl_secs });
    let expected = [
        told("host.example", 300),
        None,
        None,
        None,
        told("a\\027[2J\\010.\\226\\128\\174b.c\\255", 300),
        None,
        None,
        told("b.example", 60),
        told("delegated.example", 300),
        None,
        None,
        None,
    ];
    for ((answer, name), last) in answers.into_iter().zip(expected).zip(1..) {
        assert_eq!(answer, Answer { addr: at(last), name });
    }
    drop(running.questions);
    running.thread.join().unwrap();
}

#[test]
fn it_stops_at_once_though_a_question_is_open() {
    let server = Fake::start();
    let running = run(&server, LONG);
    running.questions.try_send(at(3)).unwrap();
    assert_eq!(server.next(), at(3));
    let told = Instant::now();
    drop(running.stop);
    running.thread.join().unwrap();
    assert!(told.elapsed() < Duration::from_millis(100), "{:?}", told.elapsed());
    assert!(running.answers.recv().is_err() && running.questions.is_closed());
}
