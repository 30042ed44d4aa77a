//! Where nodes were when they were last seen: kept from run to run, so that a known network looks the same tomorrow.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use graph::Identity;
use layouts::Point;

use crate::state::store::replace;

/// As many places are remembered; of more, those that were not seen for longest go.
const MOST: usize = 50_000;
/// The first line of the file: what it is, and its version.
const HEAD: &str = "glouglou places 1";
/// A larger file is none of this program's.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// Where nodes were.
#[derive(Debug, Default)]
pub(super) struct Memory {
    places: HashMap<Identity, Place>,
    /// None where nothing is kept.
    path: Option<PathBuf>,
    /// The number of this run: places with a lower one were not seen in it.
    run: u32,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    at: Point,
    /// The last run in which it was seen.
    seen: u32,
}

impl Memory {
    /// Reads the file, as far as it makes sense. The error is of a file that is not touched, and nothing is kept then.
    pub(super) fn load(path: Option<PathBuf>) -> (Memory, Option<io::Error>) {
        let Some(path) = path else { return Default::default() };
        let read = match File::open(&path) {
            Ok(file) => read(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashMap::new()),
            Err(error) => Err(error),
        };
        match read {
            Ok(places) => {
                let run = places.values().map(|place| place.seen).max().unwrap_or(0).saturating_add(1);
                (Memory { places, path: Some(path), run }, None)
            }
            Err(error) => (Memory::default(), Some(error)),
        }
    }

    /// Where a node was when it was last seen.
    pub(super) fn place_of(&self, identity: Identity) -> Option<Point> {
        self.places.get(&identity).map(|place| place.at)
    }

    /// A node is here now.
    pub(super) fn see(&mut self, identity: Identity, at: Point) {
        if self.path.is_some() && (self.places.len() < 2 * MOST || self.places.contains_key(&identity)) {
            self.places.insert(identity, Place { at, seen: self.run });
        }
    }

    /// Whether places are kept.
    pub(super) fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Writes the file: a line a place, the ones that were seen last first.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut lines: Vec<(u32, Identity, Point)> =
            self.places.iter().map(|(identity, place)| (place.seen, *identity, place.at)).collect();
        lines.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        lines.truncate(MOST);
        let mut text = String::from(HEAD);
        text.push('\n');
        for (seen, identity, at) in &lines {
            use std::fmt::Write as _;
            writeln!(text, "{:016x} {:.1} {:.1} {seen}", identity.0, at.x, at.y).map_err(io::Error::other)?;
        }
        replace(path, text.as_bytes())
    }
}

/// A line that makes no sense is passed over: it is one place that is chosen anew.
fn read(file: File) -> io::Result<HashMap<Identity, Place>> {
    let mut lines = BufReader::new(file.take(MAX_FILE_BYTES)).split(b'\n');
    let head = lines.next().transpose()?.unwrap_or_default();
    if head != HEAD.as_bytes() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("its first line is not {HEAD:?}")));
    }
    let mut places = HashMap::new();
    for line in lines.take(MOST) {
        let line = line?;
        if let Some((identity, place)) = std::str::from_utf8(&line).ok().and_then(place) {
            places.insert(identity, place);
        }
    }
    Ok(places)
}

fn place(line: &str) -> Option<(Identity, Place)> {
    let mut words = line.split(' ');
    let identity = Identity(u64::from_str_radix(words.next()?, 16).ok()?);
    let mut number = || words.next()?.parse::<f32>().ok().filter(|number| number.is_finite());
    let at = Point { x: number()?, y: number()? };
    let seen = words.next()?.parse().ok()?;
    words.next().is_none().then_some((identity, Place { at, seen }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: u32) -> Point {
        Point { x: n as f32, y: -0.5 }
    }

    fn load(path: &std::path::Path) -> Memory {
        let (memory, error) = Memory::load(Some(path.to_owned()));
        assert!(error.is_none(), "{error:?}");
        memory
    }

    #[test]
    fn what_was_seen_is_there_in_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/places");
        let mut memory = load(&path);
        memory.see(Identity(7), at(1));
        memory.see(Identity(u64::MAX), at(2));
        memory.save().unwrap();
        let next = load(&path);
        assert_eq!([Identity(7), Identity(u64::MAX), Identity(8)].map(|id| next.place_of(id)), [Some(at(1)), Some(at(2)), None]);
    }

    #[test]
    fn it_is_bounded_and_what_was_not_seen_for_longest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("places");
        let mut memory = load(&path);
        (0..40_000).for_each(|n| memory.see(Identity(n), at(0)));
        memory.save().unwrap();
        let mut memory = load(&path);
        (30_000..3 * MOST as u64).for_each(|n| memory.see(Identity(n), at(1)));
        assert!(memory.places.len() <= 2 * MOST);
        memory.save().unwrap();
        let memory = load(&path);
        assert_eq!(memory.places.len(), MOST);
        assert_eq!((memory.place_of(Identity(30_000)), memory.place_of(Identity(5))), (Some(at(1)), None));
    }

    #[test]
    fn a_damaged_line_is_one_place_less_and_a_file_of_others_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("places");
        std::fs::write(&path, format!("{HEAD}\n7 1 2 3\nzz 1 2 3\n8 NaN 2 3\n9 1\n\u{ff}\na 1 2 3 4\nb inf 1 1\nc 4 5 6\n")).unwrap();
        let memory = load(&path);
        assert_eq!(memory.places.len(), 2);
        assert_eq!(memory.place_of(Identity(12)), Some(Point { x: 4.0, y: 5.0 }));
        assert_eq!(memory.run, 7);
        std::fs::write(&path, "glouglou places 2\n").unwrap();
        let (mut memory, error) = Memory::load(Some(path.clone()));
        assert!(error.is_some() && !memory.is_kept());
        memory.see(Identity(1), at(1));
        memory.save().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "glouglou places 2\n");
    }
}
