//! `glouglou interfaces`: where one can capture.

use std::io::{self, Write};

use anyhow::{Context, Result};
use capture::interfaces::{Interface, capture_remedy, list};
use capture::remote::helper::{self, By};

/// Writes a line an interface, the likeliest first, and below them what is missing to capture.
pub fn interfaces() -> Result<()> {
    let interfaces = list().context("cannot list the interfaces")?;
    let mut out = io::stdout().lock();
    let width = interfaces.iter().map(|i| i.name.chars().count()).max().unwrap_or(0);
    for interface in &interfaces {
        writeln!(out, "{:width$}  {:10}  {:8}  {}", interface.name, interface.kind.to_string(), state(interface), about(interface))?;
    }
    if let Some(first) = interfaces.first()
        && let Some(remedy) = capture_remedy(&first.name)
    {
        match helper::find() {
            Some(By::File(program)) => writeln!(out, "\n{} captures for you", program.display())?,
            Some(By::Pkexec { program, .. }) => writeln!(out, "\n{} captures for you, once you allow it", program.display())?,
            None => writeln!(out, "\nNo permission to capture: {remedy}")?,
        }
    }
    Ok(())
}

fn state(interface: &Interface) -> &'static str {
    match (interface.up, interface.running) {
        (_, true) => "up",
        (true, false) => "no link",
        (false, false) => "down",
    }
}

fn about(interface: &Interface) -> String {
    let addresses = interface.addresses.iter().map(ToString::to_string);
    interface.description.iter().cloned().chain(addresses).collect::<Vec<_>>().join(", ")
}
