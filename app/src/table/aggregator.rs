//! The query of the Pakon aggregator, in our words.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use graph::{Time, quote};
use serde::Deserialize;
use serde_json::Value;

/// A query as its API takes it: all is optional.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    /// From when on, in milliseconds since 1970.
    start: Option<u64>,
    /// Until when.
    end: Option<u64>,
    /// Columns, and what each may be; every one of them must match.
    #[serde(default)]
    filter: BTreeMap<String, Vec<Value>>,
    /// Flows that have the same in these columns are one row.
    #[serde(default)]
    aggregate: Vec<String>,
    /// What is shown of each flow.
    #[serde(default)]
    columns: Vec<String>,
    /// Whether it is told when the flows of a row began and ended, and how many there are.
    #[serde(default)]
    details: bool,
}

/// The same in our language.
pub(super) fn query(json: &str) -> Result<String> {
    let json: Json = serde_json::from_str(json)?;
    let mut terms = Vec::new();
    // A flow that lived at any time between them.
    terms.extend(json.start.map(|ms| format!("end >= {}", time(ms))));
    terms.extend(json.end.map(|ms| format!("start <= {}", time(ms))));
    for (column, alternatives) in &json.filter {
        name(column)?;
        let alternatives = alternatives.iter().map(word).collect::<Result<Vec<_>>>()?;
        terms.push(match alternatives.as_slice() {
            [] => format!("not has {column}"),
            some => format!("{column} in {{{}}}", some.join(", ")),
        });
    }
    let mut stages = vec![terms.join(" and ")];
    json.aggregate.iter().chain(&json.columns).try_for_each(|column| name(column))?;
    if json.aggregate.is_empty() {
        if !json.columns.is_empty() {
            stages.push(format!("columns {}", json.columns.join(", ")));
        }
    } else {
        let details = if json.details { ", count, min start, max end" } else { "" };
        let figures = "sum bytes.sent, sum bytes.received, sum packets.sent, sum packets.received";
        stages.push(format!("{figures}{details} by {}", json.aggregate.join(", ")));
    }
    Ok(stages.join(" | "))
}

fn time(ms: u64) -> String {
    Time(ms.saturating_mul(1_000)).to_string()
}

/// A name is written into the query as it is: it must not be more than a name.
fn name(column: &str) -> Result<()> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if column.is_empty() || !column.chars().all(is_name) {
        bail!("no column is called {:?}", column.chars().take(60).collect::<String>());
    }
    Ok(())
}

fn word(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(quote(text)),
        Value::Number(n) => Ok(quote(&n.to_string())),
        Value::Bool(yes) => Ok(yes.to_string()),
        other => bail!("{other} cannot be compared with: a text, a number, true or false can"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_words() {
        let json = r#"{"start": 1500, "end": 2000000, "filter": {"service": ["dns", "a \"b\""], "dst.port": [53], "user": []},
                       "aggregate": ["service"], "columns": ["service"], "details": true}"#;
        assert_eq!(
            query(json).unwrap(),
            "end >= 1.500000 and start <= 2000.000000 and dst.port in {\"53\"} and service in {dns, \"a \\\"b\\\"\"} and not has user \
             | sum bytes.sent, sum bytes.received, sum packets.sent, sum packets.received, count, min start, max end by service"
        );
        assert_eq!(query("{}").unwrap(), "");
        assert_eq!(query(r#"{"columns": ["src.ip", "bytes"]}"#).unwrap(), " | columns src.ip, bytes");
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for json in [
            "",
            "[]",
            r#"{"filters": {}}"#,
            r#"{"start": -1}"#,
            r#"{"filter": {"a | top 1": [1]}}"#,
            r#"{"filter": {"a": [[1]]}}"#,
            r#"{"aggregate": ["a b"]}"#,
        ] {
            assert!(query(json).is_err(), "{json}");
        }
    }
}
