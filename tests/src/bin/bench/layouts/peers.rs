//! Other layouts, fetched and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::families::Graph;
use super::home;

const FROM_NPM: [&str; 5] =
    ["ngraph.graph@20.1.2", "ngraph.forcelayout@3.3.1", "d3-force@3.0.0", "graphology@0.26.0", "graphology-layout-forceatlas2@0.10.1"];
const FROM_PYPI: &str = "python-igraph==1.0.0";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// One that is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timed {
    IgraphGrid,
    Ngraph,
    D3,
    ForceAtlas2,
}

impl Timed {
    pub(super) const ALL: [Timed; 4] = [Timed::IgraphGrid, Timed::Ngraph, Timed::D3, Timed::ForceAtlas2];

    pub(super) fn name(self) -> &'static str {
        match self {
            Timed::IgraphGrid => "igraph, grid FR",
            Timed::Ngraph => "ngraph.forcelayout",
            Timed::D3 => "d3-force",
            Timed::ForceAtlas2 => "graphology ForceAtlas2, BH",
        }
    }
}

/// Those that could be fetched.
pub(super) struct Peers {
    node: bool,
    python: bool,
}

impl Peers {
    /// Fetches what is not there yet.
    pub(super) fn fetch() -> Self {
        let (node, python) = (home().join("npm"), home().join("python"));
        fs::create_dir_all(&node).unwrap();
        fs::write(node.join("package.json"), "{\"private\": true}\n").unwrap();
        let mut npm = Command::new("npm");
        let has_node = succeeds(
            npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"]).args(FROM_NPM).current_dir(&node),
        );
        let has_python = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&python))
            && succeeds(Command::new(python.join("bin/pip")).args(["install", "--quiet", FROM_PYPI]));
        for (there, what) in [(has_node, "node's"), (has_python, "python's")] {
            if !there {
                println!("{what} layouts could not be fetched");
            }
        }
        Self { node: has_node, python: has_python }
    }

    /// A file with a graph, for the scripts.
    pub(super) fn write(&self, graph: &Graph) -> PathBuf {
        let file = home().join("graph.txt");
        let links: String = graph.links.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
        fs::write(&file, format!("{}\n{links}", graph.nodes)).unwrap();
        file.canonicalize().unwrap()
    }

    /// The milliseconds of a tick.
    pub(super) fn tick(&self, peer: Timed, file: &Path, nodes: usize) -> Option<f64> {
        // Enough to be median, few enough to be done in seconds.
        let ticks = if nodes > 10_000 { "5" } else { "11" };
        let said = match peer {
            Timed::IgraphGrid => self.python(file, &["10", "40"]),
            Timed::Ngraph => self.node("ticks", "ngraph", file, ticks),
            Timed::D3 => self.node("ticks", "d3", file, ticks),
            Timed::ForceAtlas2 => self.node("ticks", "forceatlas2", file, ticks),
        };
        Some(said?.trim().parse().unwrap())
    }

    /// Where ForceAtlas2 puts everything with so many iterations, and how long they took.
    pub(super) fn places(&self, file: &Path, iterations: usize) -> Option<(Duration, Vec<[f64; 2]>)> {
        let said = self.node("places", "forceatlas2", file, &iterations.to_string())?;
        let mut lines = said.lines();
        let took = Duration::from_secs_f64(lines.next().unwrap().parse::<f64>().unwrap() / 1e3);
        let place = |line: &str| {
            let (x, y) = line.split_once(' ').unwrap();
            [x.parse().unwrap(), y.parse().unwrap()]
        };
        Some((took, lines.map(place).collect()))
    }

    fn node(&self, what: &str, name: &str, file: &Path, ticks: &str) -> Option<String> {
        let script = PathBuf::from(SCRIPTS).join("peers.mjs");
        self.node.then(|| said(Command::new("node").arg(script).args([what, name]).arg(file).arg(ticks).current_dir(home().join("npm"))))
    }

    fn python(&self, file: &Path, counts: &[&str]) -> Option<String> {
        let script = PathBuf::from(SCRIPTS).join("igraph_grid.py");
        self.python.then(|| said(Command::new(home().join("python/bin/python")).arg(script).arg(file).args(counts)))
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn said(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}
