//! Lines of JSON of whatever make: values are found by paths that somebody else wrote down.
//!
//! ```
//! use wire::json::{Object, Path};
//!
//! let object = Object::parse(br#"{"flow":{"ends":["192.0.2.1"],"bytes":12}}"#).ok_or("no object")?;
//! let at = |path: &str| path.parse::<Path>();
//! assert_eq!(object.text(&at("flow.ends.0")?).as_deref(), Some("192.0.2.1"));
//! assert_eq!(object.number(&at("flow.bytes")?), Some(12));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::str::FromStr;

use serde_json::Value;
use thiserror::Error;

/// The most names in a path.
const MAX_DEPTH: usize = 32;

/// Where a value stands: names of fields joined by dots; of a list, numbers from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<String>);

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no path: names joined by dots, at most {MAX_DEPTH}")]
pub struct NoPath(String);

impl FromStr for Path {
    type Err = NoPath;

    fn from_str(text: &str) -> Result<Path, NoPath> {
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        if names.len() > MAX_DEPTH || names.iter().any(String::is_empty) { Err(NoPath(text.to_owned())) } else { Ok(Path(names)) }
    }
}

/// A JSON object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Value);

impl Object {
    /// Reads a line; none where it is no JSON object.
    pub fn parse(line: &[u8]) -> Option<Object> {
        serde_json::from_slice(line).ok().filter(Value::is_object).map(Object)
    }

    fn find(&self, path: &Path) -> Option<&Value> {
        path.0.iter().try_fold(&self.0, |value, name| match value {
            Value::Object(fields) => fields.get(name),
            Value::Array(list) => list.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// A text; numbers, and yes or no, are written out.
    pub fn text(&self, path: &Path) -> Option<String> {
        match self.find(path)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(is) => Some(is.to_string()),
            _ => None,
        }
    }

    /// Each text of a list, or the one that stands there.
    pub fn texts(&self, path: &Path) -> Vec<String> {
        match self.find(path) {
            Some(Value::Array(list)) => list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
            _ => self.text(path).into_iter().collect(),
        }
    }

    /// A whole number, perhaps in a text.
    pub fn number(&self, path: &Path) -> Option<u64> {
        match self.find(path)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_paths() {
        let object = Object::parse(br#"{"a":{"b":[1,"2",true,null,["x","y",3]]},"c":"-5"}"#).unwrap();
        let path = |text: &str| text.parse::<Path>().unwrap();
        assert_eq!((object.number(&path("a.b.0")), object.number(&path("a.b.1")), object.number(&path("c"))), (Some(1), Some(2), None));
        assert_eq!((object.text(&path("a.b.2")), object.text(&path("a.b.3")), object.text(&path("a"))), (Some("true".into()), None, None));
        assert_eq!((object.texts(&path("a.b.4")), object.texts(&path("c"))), (vec!["x".to_owned(), "y".into()], vec!["-5".to_owned()]));
        assert_eq!(object.text(&path("a.b.99")), None);
    }

    #[test]
    fn what_is_no_object_or_no_path_is_told() {
        assert!([&b"[]"[..], b"1", b"{", b"{\"a\":\"\xff\"}"].iter().all(|line| Object::parse(line).is_none()));
        assert!(["", "a..b", ".a", &"a.".repeat(40)].iter().all(|text| text.parse::<Path>().is_err()));
    }
}
