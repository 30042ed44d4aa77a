//! The files of this machine that computations need, as far as there are.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use capture::{Level, Notice};
use graph::{Database, Ports};

/// Where databases of addresses are by custom.
const GEOIP: [&str; 2] = ["/usr/share/GeoIP", "/var/lib/GeoIP"];
/// As many of them are read from a directory.
const MOST_DATABASES: usize = 16;
/// A larger database is not read into memory.
const MAX_DATABASE_BYTES: u64 = 512 << 20;
/// A larger file of the system is none that is meant here.
const MAX_BYTES: u64 = 32 << 20;
/// IEEE's lists of assigned hardware addresses, where Debian has them.
const VENDORS: [&str; 3] = ["/usr/share/ieee-data/oui.csv", "/usr/share/ieee-data/mam.csv", "/usr/share/ieee-data/oui36.csv"];

/// The registered ports, as this system has them.
pub(super) fn ports() -> Ports {
    read("/etc/services".as_ref(), MAX_BYTES).map(|file| Ports::read(&file)).unwrap_or_default()
}

/// IEEE's lists, as far as they are installed.
pub(super) fn vendors() -> Vec<Vec<u8>> {
    VENDORS.iter().filter_map(|path| read(path.as_ref(), MAX_BYTES).ok()).collect()
}

/// The databases at these places, or, where there are none, those of the system, which need not be there. The notices are what is wrong with them.
pub(super) fn databases(places: &[PathBuf]) -> (Vec<Database>, Vec<Notice>) {
    let (mut databases, mut notices) = (Vec::new(), Vec::new());
    let mut complain = |text: String, remedy: Option<String>| notices.push(Notice { level: Level::Warning, text, remedy });
    let usual = usual_databases();
    for place in if places.is_empty() { &usual } else { places } {
        let files = files_at(place).unwrap_or_else(|error| {
            complain(format!("no countries from {}: {error}", place.display()), Some(format!("ls -l {}", place.display())));
            Vec::new()
        });
        for path in files {
            match read(&path, MAX_DATABASE_BYTES) {
                Ok(file) => match Database::read(&path.to_string_lossy(), file) {
                    Ok(database) => databases.push(database),
                    // What else lies in the directory of the system need not be one for us.
                    Err(error) if !places.is_empty() || !matches!(error, graph::GeoError::Other { .. }) => {
                        complain(error.to_string(), None)
                    }
                    Err(_) => {}
                },
                Err(error) => complain(format!("no countries from {}: {error}", path.display()), Some(format!("ls -l {}", path.display()))),
            }
        }
    }
    (databases, notices)
}

/// Where databases are by custom, as far as there is such a directory.
pub(super) fn usual_databases() -> Vec<PathBuf> {
    GEOIP.iter().map(PathBuf::from).filter(|place| place.is_dir()).collect()
}

/// Looks whether there is a database at a place.
pub(super) fn check_databases(place: &Path) -> Result<(), String> {
    let shown = place.display();
    match fs::metadata(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(format!("there is no {shown}: check the name")),
        Err(error) => return Err(format!("cannot read {shown}: {error}; see ls -ld {shown}")),
        Ok(metadata) if !metadata.is_dir() && !metadata.is_file() => return Err(format!("{shown} is neither a file nor a folder")),
        Ok(_) => {}
    }
    match databases(&[place.to_owned()]) {
        (_, wrong) if !wrong.is_empty() => Err(wrong.into_iter().map(|notice| notice.text).collect::<Vec<_>>().join("; ")),
        (none, _) if none.is_empty() => Err(format!("there is no database in {shown}: its files end in .mmdb")),
        _ => Ok(()),
    }
}

/// A file, or those of a directory that are databases by their names; of several that tell the same the smallest.
fn files_at(place: &Path) -> io::Result<Vec<PathBuf>> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let mut all = fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    all.retain(|path| path.extension() == Some(OsStr::new("mmdb")));
    all.sort();
    let named = |path: &Path, word: &str| path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains(word));
    if all.iter().any(|path| named(path, "Country")) {
        all.retain(|path| !named(path, "City") && !named(path, "Enterprise"));
    }
    all.truncate(MOST_DATABASES);
    Ok(all)
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if File::open(path)?.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_databases_that_tell_the_same_one_is_read() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["GeoLite2-City.mmdb", "GeoLite2-Country.mmdb", "GeoLite2-ASN.mmdb", "GeoIP.dat"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let names = |place: &Path| {
            let files = files_at(place).unwrap();
            files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(dir.path()), ["GeoLite2-ASN.mmdb", "GeoLite2-Country.mmdb"]);
        assert_eq!(names(&dir.path().join("GeoLite2-City.mmdb")), ["GeoLite2-City.mmdb"]);
    }

    #[test]
    fn what_is_no_database_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (bad, none) = (dir.path().join("bad.mmdb"), dir.path().join("none.mmdb"));
        fs::write(&bad, "nothing").unwrap();
        let (databases, notices) = databases(&[bad, none]);
        assert!(databases.is_empty());
        let texts: Vec<&str> = notices.iter().map(|notice| notice.text.as_str()).collect();
        assert!(texts[0].contains("bad.mmdb is no database") && texts[1].contains("none.mmdb"), "{texts:?}");
    }

    #[test]
    fn what_is_wrong_with_a_place_is_said_before_it_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let wrong = |place: &Path| check_databases(place).unwrap_err();
        assert!(wrong(dir.path()).contains("no database in"), "{}", wrong(dir.path()));
        let (none, bad) = (dir.path().join("none"), dir.path().join("bad.mmdb"));
        assert!(wrong(&none).contains("check the name") && wrong(Path::new("/dev/null")).contains("neither a file nor a folder"));
        fs::write(&bad, "nothing").unwrap();
        assert!(wrong(&bad).contains("is no database") && wrong(dir.path()).contains("bad.mmdb is no database"));
    }

    #[test]
    fn a_file_without_end_is_not_read() {
        assert_eq!(read(Path::new("/dev/zero"), 1_000).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
