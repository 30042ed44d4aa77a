use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use graph::{NameOrigin, Realm};

use super::*;
use crate::source::SourceError;

const LONG: Duration = Duration::from_secs(20);

/// Opens a source that says what it is told by the test: it runs until then.
struct Scripted {
    opened: Arc<AtomicUsize>,
    script: Receiver<Step>,
}

#[derive(Clone)]
enum Step {
    Refuse(Refused),
    Die,
    Finish,
    Run,
}

struct Playing(Step);

impl Factory for Scripted {
    fn name(&self) -> String {
        "scripted".into()
    }

    fn is_live(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn Source>, Refused> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        match self.script.recv_timeout(LONG).unwrap() {
            Step::Refuse(refused) => Err(refused),
            step => Ok(Box::new(Playing(step))),
        }
    }

    fn tally(&self) -> Tally {
        let tally = Tally::default();
        tally.add("opened", self.opened.load(Ordering::Relaxed) as u64);
        tally
    }
}

impl Source for Playing {
    fn name(&self) -> String {
        "scripted".into()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        match self.0 {
            Step::Die => Err(SourceError("it broke".into())),
            Step::Finish => Ok(Ended::Finished),
            _ => {
                let kind = Kind::Name { addr: IpAddr::from([9, 9, 9, 9]), origin: NameOrigin::Dns, ttl_secs: 1, name: "run".into() };
                let now = (context.clock)();
                assert!(context.outlet.send(Batch { now, events: vec![Event { at: now, origin: context.origin, kind }] }, || false));
                assert!(matches!(context.commands.recv_timeout(LONG), Ok(Command::Stop)));
                Ok(Ended::Stopped)
            }
        }
    }
}

struct Stage {
    supervised: Supervised,
    script: Sender<Step>,
    batches: Receiver<Batch>,
    notices: Receiver<Notice>,
    changes: Receiver<()>,
}

impl Stage {
    fn new() -> Stage {
        let ((script, scripted), (outlet, batches), (notices_in, notices)) = (bounded(9), bounded(99), bounded(99));
        let (changed, changes) = bounded(999);
        let common = Common {
            world: World::alone().unwrap().into(),
            outlet: Outlet(outlet),
            notices: notices_in,
            realms: Realms { local: Realm(1), site: Realm(2) },
            clock: || Time::from_secs(7),
            changed: Arc::new(move || {
                let _nobody_looks = changed.send(());
            }),
        };
        let factory = Scripted { opened: Arc::default(), script: scripted };
        Stage { supervised: Supervised::new(Arc::new(factory), common).unwrap(), script, batches, notices, changes }
    }

    fn switch(&mut self, on: bool) {
        self.supervised.switch(on, &plain_thread).unwrap();
    }

    fn play(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.script.send(step.clone()).unwrap());
        self.switch(true);
    }

    fn until(&self, holds: impl Fn(&State) -> bool) -> Line {
        loop {
            let line = self.supervised.line();
            if holds(&line.state) {
                return line;
            }
            self.changes.recv_timeout(LONG).expect("it never came to hold");
        }
    }
}

/// How often it was opened, as a line says it.
fn opened(stage: &Stage) -> u64 {
    let counts = stage.supervised.line().counts;
    counts.iter().find(|count| &*count.name == "opened").map_or(0, |count| count.count)
}

#[test]
fn it_is_switched_on_and_off_and_its_origin_stays() {
    let mut stage = Stage::new();
    assert_eq!(stage.supervised.line().state, State::Off);
    for _ in 0..2 {
        stage.play(&[Step::Run]);
        let origin = stage.supervised.line().origin;
        let mut kinds = stage.batches.iter().flat_map(|batch| batch.events);
        let named = kinds.find(|event| matches!(event.kind, Kind::Name { .. })).unwrap();
        assert_eq!((named.origin, stage.supervised.line().state), (origin, State::Running));
        drop(kinds);
        stage.switch(true);
        stage.switch(false);
        stage.until(|state| *state == State::Off);
    }
    assert_eq!(opened(&stage), 2, "to switch on what is on changes nothing");
    assert!(stage.supervised.end());
}

#[test]
fn what_dies_is_started_again_and_the_user_is_told() {
    let mut stage = Stage::new();
    stage.play(&[Step::Die, Step::Run]);
    let line = stage.until(|state| matches!(state, State::Restarting { .. }));
    assert_eq!(line.state.restarts_in(Instant::now()), Some(1), "{line:?}");
    let notice = stage.notices.recv_timeout(LONG).unwrap();
    assert_eq!(notice.text, "scripted: it broke; it is started again in 1 s");
    assert_eq!(stage.until(|state| *state == State::Running).restarts, 1);
    let told = Instant::now();
    assert!(stage.supervised.end());
    assert!(told.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_waits_to_be_started_again_is_switched_off_at_once() {
    let mut stage = Stage::new();
    stage.play(&[Step::Refuse(Refused::for_now("busy"))]);
    stage.until(|state| matches!(state, State::Restarting { .. }));
    stage.switch(false);
    stage.until(|state| *state == State::Off);
    assert_eq!(opened(&stage), 1);
}

#[test]
fn what_cannot_be_opened_is_not_tried_again_unless_the_user_does() {
    let mut stage = Stage::new();
    stage.play(&[Step::Refuse(Refused::for_good("not permitted"))]);
    stage.until(|state| *state == State::Failed("not permitted".into()));
    assert_eq!(stage.notices.recv_timeout(LONG).unwrap().level, Level::Error);
    stage.play(&[Step::Finish]);
    stage.until(|state| *state == State::Finished);
}

#[test]
fn a_panic_is_shown() {
    let mut stage = Stage::new();
    stage.script = bounded(0).0;
    stage.switch(true);
    let until = Instant::now() + LONG;
    while !matches!(stage.supervised.line().state, State::Failed(_)) {
        assert!(Instant::now() < until);
        std::thread::yield_now();
    }
    assert!(!stage.supervised.end());
}
