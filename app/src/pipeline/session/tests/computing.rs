//! Computations of a session: switched, failing, remembering.

use std::path::Path;

use graph::{
    Acquaintances, Column, ColumnId, Computation, FirstContacts, Happening, Interest, Model, Place, Prepared, Registry, RegistryError,
    Scopes, Standing, Tag, Trouble, Updates, Value, ValueType,
};

use super::*;
use crate::computing::Memories;

/// Fails at the first host.
struct Failing;

impl Prepared for Failing {
    fn name(&self) -> &'static str {
        "failing"
    }

    fn help(&self) -> &'static str {
        "fails"
    }

    fn register(self: Box<Self>, _columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        Ok(self)
    }
}

impl Computation for Failing {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().hosts()
    }

    fn hear(&mut self, _happening: Happening, _model: &Model, _updates: &mut Updates) -> Result<(), Trouble> {
        Err(Trouble("its file is damaged: get it anew".into()))
    }
}

/// Says one thing of every host.
struct Says(&'static str);

impl Prepared for Says {
    fn name(&self) -> &'static str {
        "says"
    }

    fn help(&self) -> &'static str {
        "says one thing"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let column = columns.register(Column::new("said", ValueType::Text, "one thing").endpoint())?;
        Ok(Box::new(Saying { column, word: self.0 }))
    }
}

struct Saying {
    column: ColumnId,
    word: &'static str,
}

impl Computation for Saying {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().hosts()
    }

    fn hear(&mut self, happening: Happening, _model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        if let Happening::Host(id) = happening {
            updates.tag_host(id, Tag::certain(self.column, Value::text(self.word)));
        }
        Ok(())
    }
}

/// A session that shows two hosts, and these computations.
fn shown(prepared: Vec<Box<dyn Prepared>>, off: &[&str], memories: Memories) -> Shown {
    let off = off.iter().map(|name| (*name).to_owned()).collect();
    Shown::computing(SourceKind::Live, &[at(1), at(2)], Computing { prepared, off, memories, ..Computing::default() })
}

/// How many hosts have a tag.
fn tagged(shown: &Shown) -> usize {
    shown.snapshot.hosts.values().filter(|host| !host.tags.is_empty()).count()
}

fn standings(shown: &Shown) -> Vec<Standing> {
    shown.session.computations().iter().map(|listed| listed.standing.clone()).collect()
}

#[test]
fn one_is_switched_on_and_off_while_the_session_runs() {
    let mut shown = shown(vec![Box::new(Scopes)], &["scope"], Memories::default());
    assert_eq!((standings(&shown), tagged(&shown)), (vec![Standing::Off], 0));
    assert!(shown.session.compute("scope", true));
    shown.until(|shown| tagged(shown) == 2);
    assert_eq!(standings(&shown), [Standing::On]);
    let origin = shown.session.computations()[0].origin;
    let host = shown.snapshot.hosts.values().next().unwrap();
    assert!(host.tags.all().all(|said| said.origin() == origin && said.place() == Place::Flow));
    assert!(shown.session.compute("scope", false));
    shown.until(|shown| tagged(shown) == 0);
    assert_eq!(standings(&shown), [Standing::Off]);
}

#[test]
fn one_goes_on_with_what_else_it_is_given_and_what_is_known_is_computed_anew() {
    let mut shown = shown(vec![Box::new(Says("before"))], &[], Memories::default());
    let said = |shown: &Shown| {
        let mut said: Vec<_> =
            shown.snapshot.hosts.values().flat_map(|host| host.tags.all().map(|said| said.value().to_string())).collect();
        said.sort();
        said
    };
    shown.until(|shown| tagged(shown) == 2);
    assert_eq!(said(&shown), ["before"; 2]);
    assert!(shown.session.recompute(Box::new(Says("after"))));
    shown.until(|shown| said(shown) == ["after"; 2]);
}

#[test]
fn one_that_fails_is_told_and_the_others_go_on() {
    let mut shown = shown(vec![Box::new(Failing), Box::new(Scopes)], &[], Memories::default());
    shown.until(|shown| tagged(shown) == 2);
    let notice = shown.session.notices().next().unwrap();
    assert!(notice.text.contains("failing is switched off: its file is damaged"), "{notice:?}");
    assert!(matches!(&standings(&shown)[..], [Standing::Failed(text), Standing::On] if text.contains("get it anew")));
}

fn met(dir: &Path) -> Acquaintances {
    Acquaintances::read(&Memories::in_dir(dir.to_owned()).read("first-contact").unwrap()).unwrap()
}

#[test]
fn what_one_remembers_is_kept_when_the_session_ends_and_forgotten_when_it_is_told_to() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("state");
    let contacts = || FirstContacts { memory: Some(Acquaintances::default()) };
    let session = shown(vec![Box::new(contacts())], &[], Memories::in_dir(dir.clone()));
    assert!(session.session.computations()[0].remembers);
    drop(session);
    assert_ne!(met(&dir), Acquaintances::default());
    let session = shown(vec![Box::new(FirstContacts { memory: Some(met(&dir)) })], &[], Memories::in_dir(dir.clone()));
    assert!(session.session.forget("first-contact"));
    drop(session);
    assert_eq!(met(&dir), Acquaintances::default());
}
