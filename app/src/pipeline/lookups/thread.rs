//! The thread "names": it asks the name servers, and waits for nothing else.

use std::future::Future;
use std::net::IpAddr;
use std::panic::resume_unwind;

use capture::{Level, Notice};
use crossbeam_channel::Sender;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, Record};
use hickory_resolver::system_conf::read_system_conf;
use tokio::runtime::{Builder, Runtime};
use tokio::select;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use wire::packet::names::printable;

use super::{Answer, IN_FLIGHT, Told};

/// The least time for which a name is believed, in seconds.
const MIN_TTL_SECS: u32 = 60;

/// Whom to ask, and how.
pub(in super::super) type Config = (ResolverConfig, ResolverOpts);

/// The name servers of /etc/resolv.conf; nobody else is ever asked.
///
/// # Errors
/// The file cannot be read, or names no server.
pub(in super::super) fn system() -> Result<Config, NetError> {
    let (servers, mut options) = read_system_conf()?;
    options.num_concurrent_reqs = 1; // a question concerns one of them, and the next only where that one is silent
    options.cache_size = 0; // who asks remembers
    Ok((servers, options))
}

/// What the thread works on.
pub(in super::super) struct Work {
    questions: mpsc::Receiver<IpAddr>,
    answers: Sender<Answer>,
}

impl Work {
    pub(super) fn new(questions: mpsc::Receiver<IpAddr>, answers: Sender<Answer>) -> Self {
        Work { questions, answers }
    }

    /// Answers questions until `stopped` is told or its other end is gone. Every socket is closed then.
    pub(in super::super) fn run(
        self,
        config: impl FnOnce() -> Result<Config, NetError>,
        stopped: oneshot::Receiver<()>,
        tell: impl Fn(Notice),
    ) {
        match config().and_then(start) {
            Ok((runtime, resolver)) => runtime.block_on(async {
                select! {
                    biased;
                    _told_or_gone = stopped => {}
                    () = self.serve(|addr| ask(resolver.clone(), addr), &tell) => {}
                }
            }),
            Err(error) => tell(Notice {
                level: Level::Warning,
                text: format!(
                    "Names are not looked up: /etc/resolv.conf names no server to ask ({}). Name one there, then switch look-ups off and on.",
                    reason(&error)
                ),
                remedy: Some("cat /etc/resolv.conf".into()),
            }),
        }
    }

    async fn serve<F>(mut self, ask: impl Fn(IpAddr) -> F, tell: impl Fn(Notice))
    where
        F: Future<Output = (IpAddr, Reply)> + Send + 'static,
    {
        let mut open = JoinSet::new();
        let mut silence = Silence::default();
        loop {
            select! {
                question = self.questions.recv(), if open.len() < IN_FLIGHT => match question {
                    Some(addr) => drop(open.spawn(ask(addr))),
                    None => return,
                },
                Some(done) = open.join_next() => match done {
                    Ok((addr, reply)) => {
                        silence.hear(&reply).map(&tell);
                        let name = if let Reply::Name(told) = reply { Some(told) } else { None };
                        // It is never full: see `OPEN`. Where the model is gone the questions end.
                        let _model_is_gone = self.answers.try_send(Answer { addr, name });
                    }
                    // A task that nobody aborts fails only by a panic: this thread's, as if it had asked itself.
                    Err(error) => if let Ok(panic) = error.try_into_panic() { resume_unwind(panic) },
                },
            }
        }
    }
}

fn start((servers, options): Config) -> Result<(Runtime, TokioResolver), NetError> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let builder = TokioResolver::builder_with_config(servers, TokioRuntimeProvider::default());
    Ok((runtime, builder.with_options(options).build()?))
}

/// What came back.
enum Reply {
    Name(Told),
    /// It has no name, or none that can be shown.
    Nameless,
    /// Nobody answered.
    Silence,
}

async fn ask(resolver: TokioResolver, addr: IpAddr) -> (IpAddr, Reply) {
    let mut name = Name::from(addr);
    name.set_fqdn(true);
    let reply = match resolver.reverse_lookup(name).await {
        Ok(lookup) => lookup.answers().iter().filter_map(told).min().map_or(Reply::Nameless, Reply::Name),
        Err(NetError::Timeout | NetError::Io(_) | NetError::NoConnections | NetError::Busy) => Reply::Silence,
        Err(_) => Reply::Nameless,
    };
    (addr, reply)
}

fn told(record: &Record) -> Option<Told> {
    let RData::PTR(name) = &record.data else { return None };
    Some(Told { text: printable(name.0.iter())?.into(), ttl_secs: record.ttl.max(MIN_TTL_SECS) })
}

/// Tells once that nobody answers.
#[derive(Default)]
struct Silence {
    unanswered: usize,
    over: bool,
}

impl Silence {
    fn hear(&mut self, reply: &Reply) -> Option<Notice> {
        self.over |= !matches!(reply, Reply::Silence);
        self.unanswered += 1;
        if self.over || self.unanswered < IN_FLIGHT {
            return None;
        }
        self.over = true;
        let text = "Names are looked up, but no name server of /etc/resolv.conf answers".into();
        Some(Notice { level: Level::Warning, text, remedy: Some("cat /etc/resolv.conf".into()) })
    }
}

fn reason(error: &NetError) -> String {
    match error {
        NetError::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn silence_is_told_once_and_never_after_an_answer() {
        let mut silence = Silence::default();
        let told: Vec<usize> = (1..100).filter(|_| silence.hear(&Reply::Silence).is_some()).collect();
        assert_eq!(told, [IN_FLIGHT]);
        let mut silence = Silence::default();
        assert!(silence.hear(&Reply::Nameless).is_none());
        assert!((1..100).all(|_| silence.hear(&Reply::Silence).is_none()));
    }

    #[test]
    fn few_questions_are_asked_at_a_time() {
        const ASKED: u32 = 100;
        let (questions, questions_out) = mpsc::channel(ASKED as usize);
        let (answers, answers_out) = crossbeam_channel::bounded(ASKED as usize);
        (0..ASKED).for_each(|n| questions.try_send(std::net::Ipv4Addr::from_bits(n).into()).unwrap());
        drop(questions);
        // What is being asked now holds a clone of it.
        let open = Arc::new(());
        let most = Arc::new(AtomicUsize::new(0));
        let ask = |addr| {
            let (open, most) = (open.clone(), most.clone());
            async move {
                most.fetch_max(Arc::strong_count(&open) - 1, Ordering::Relaxed);
                for _ in 0..200 {
                    tokio::task::yield_now().await;
                }
                (addr, Reply::Nameless)
            }
        };
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(Work::new(questions_out, answers).serve(ask, |_| ()));
        assert_eq!(most.load(Ordering::Relaxed), IN_FLIGHT);
        assert!(answers_out.len() >= ASKED as usize - IN_FLIGHT, "what is open when the questions end has no answer");
    }

    #[test]
    fn a_panic_over_one_question_is_the_threads() {
        let (questions, questions_out) = mpsc::channel(1);
        let (answers, _answers_out) = crossbeam_channel::bounded(1);
        questions.try_send([10, 0, 0, 1].into()).unwrap();
        let work = Work::new(questions_out, answers);
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let serve = work.serve(|_| async { panic!("as the test wants") }, |_| ());
        let serve = || runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), serve).await });
        assert!(catch_unwind(AssertUnwindSafe(serve)).is_err());
    }
}
