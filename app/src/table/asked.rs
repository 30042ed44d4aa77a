//! What is asked on the command line: a query, as text or as JSON.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use graph::{Limits, Query, Schema};

use super::aggregator;
use crate::cli::TableArgs;
use crate::pipeline::new_model;

/// The most that is read of a file with a query, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Reads what is asked; before anything is opened, so that a mistake costs nothing.
pub fn asked(args: &TableArgs) -> Result<Arc<Query>> {
    let text = match (&args.query, &args.query_json) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => aggregator::query(&read(path)?).with_context(|| format!("{} holds no query", path.display()))?,
        (None, None) => return Ok(Arc::default()),
    };
    parse(&text, &schema()?)
}

/// What can be asked.
pub(super) fn schema() -> Result<Arc<Schema>> {
    Ok(new_model(&[""], Limits::default())?.0.schema().clone())
}

fn parse(text: &str, schema: &Arc<Schema>) -> Result<Arc<Query>> {
    Query::parse(text, schema).map(Arc::new).map_err(|error| {
        let caret: Vec<String> = error.caret(text).lines().map(|line| format!("  {line}")).collect();
        anyhow!("{error}\n{}", caret.join("\n"))
    })
}

fn read(path: &Path) -> Result<String> {
    let file: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path).with_context(|| format!("cannot open {}", path.display()))?),
    };
    let mut text = String::new();
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text);
    read.with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(text.len() as u64 <= MAX_BYTES, "{} is longer than {MAX_BYTES} bytes", path.display());
    Ok(text)
}
