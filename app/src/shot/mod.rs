//! `glouglou shot`: a picture of a recording or of the demo, without a window, a display or a graphics processor.

mod averaged;
mod reader;
mod size;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use capture::file::Detail;
use graph::{Attribute, Folding, Host, Limits, Time};

pub use size::Size;

use self::reader::{Read, Reader};
use crate::cli::{ShotArgs, SourceArgs};
use crate::computing::Computing;
use crate::open::{Opened, open};
use crate::pipeline::{laid_out, new_model};
use crate::report;
use crate::state::mode::{Colouring, Mode};
use crate::theme::{Palette, size as text};
use crate::view::graph::Scene;
use crate::view::graph::picture::{Format, Sheet, keep, of_scene};

/// How much of its story the demo tells.
const STORY: Duration = Duration::from_secs(60);

/// Makes it.
///
/// # Errors
/// What is wrong with what was asked for, with what is read, or with where it goes.
pub fn shot(args: &ShotArgs) -> Result<()> {
    let sheet = Sheet { size: args.size.points(), scale: args.scale };
    Format::of(&args.output)?.allows(sheet.size, sheet.scale)?;
    args.group.iter().try_for_each(is_known)?;
    let opened = opened(args)?;
    let (name, demo) = (named(&opened), matches!(opened, Opened::Demo(_)));
    let limits = if demo { Limits::default() } else { Limits::keep_all() };
    let (source, beside) = opened.into_sources();
    let folding =
        Folding { levels: args.group.clone(), open: args.open, budget: args.nodes, layering: args.layout.layering(), ..Folding::default() };
    let mut read = None;
    let (computing, notices) = Computing::with_databases(&args.databases.geoip);
    notices.into_iter().for_each(report::tell);
    report::run(source, beside, limits, computing, Reader { folding, read: &mut read })?;
    let Read { registry, snapshot, mut drawn } = read.context("nothing was read")?;
    if snapshot.hosts.is_empty() {
        bail!("{name}: nothing to draw: no packet in it is of a host, or the filter takes none");
    }
    if !demo {
        let times = |of: fn(&Host) -> Time| snapshot.hosts.values().map(of);
        let (first, last) = (times(|host| host.first).min(), times(|host| host.last).max());
        averaged::average(&mut drawn, last.unwrap_or_default().secs_since(first.unwrap_or_default()));
    }
    let kind = args.layout.kind();
    let drawn = Arc::new(drawn);
    let placed = laid_out(&drawn, kind, args.seed);
    let scene = Scene {
        registry: &registry,
        snapshot: &snapshot,
        drawn: &drawn,
        budget: args.nodes,
        alike: &[],
        mode: Mode::Hosts,
        colouring: Colouring::User,
        now: snapshot.now,
        positions: &placed.positions,
        placed: None,
        discs: &placed.discs,
        palette: Palette::for_theme(args.theme.theme()),
        text_size: text::SMALL,
        reduced_motion: true,
        waiting: ("", ""),
        untold: None,
    };
    Ok(keep(&args.output, of_scene(scene, kind, &name, sheet))?)
}

/// Whether nodes can have that in common.
fn is_known(attribute: &Attribute) -> Result<()> {
    let (model, _) = new_model(&[], Limits::default())?;
    match attribute {
        Attribute::Column(name) if model.registry().find(name).is_none() => {
            let names = Attribute::ALL.iter().map(Attribute::name).chain(model.registry().columns().map(|(_, column)| column.name));
            bail!("nothing is called {name}: --group takes one of {}", names.collect::<Vec<_>>().join(", "))
        }
        _ => Ok(()),
    }
}

fn opened(args: &ShotArgs) -> Result<Opened> {
    match &args.read {
        Some(path) => {
            let source = SourceArgs { filter: args.filter.clone(), ..SourceArgs::reading(path) };
            open(&source, Detail::Slices)?.context("nothing to draw: add -r FILE or --demo")
        }
        None => Opened::story(STORY),
    }
}

fn named(opened: &Opened) -> String {
    match opened {
        Opened::File(_, path) => Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned(),
        _ => "demo".to_owned(),
    }
}
