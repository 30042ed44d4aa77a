//! Graphs of five families, made from a seed.

use std::collections::BTreeSet;

/// Nodes from 0 on, and links between them, each once.
pub(crate) struct Graph {
    pub(crate) nodes: usize,
    pub(crate) links: Vec<(usize, usize)>,
}

/// Makes a graph of about so many nodes.
type Make = fn(usize) -> Graph;

/// Names of families, and what makes them.
pub(crate) const FAMILIES: [(&str, Make); 5] =
    [("scale-free", scale_free), ("mesh", mesh), ("small world", small_world), ("clusters", clusters), ("clients and servers", clients)];

/// Newcomers link to early nodes more often than to late ones, every second one twice: few hubs, many leaves, 1.5 links a node.
pub(crate) fn scale_free(nodes: usize) -> Graph {
    let older = |id: usize, nth: usize| {
        let scrambled = ((id * 2 + nth) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let share = scrambled as f64 / (1u64 << 24) as f64;
        (share * share * id as f64) as usize
    };
    Graph::of(nodes, (1..nodes).flat_map(|id| (0..1 + id % 2).map(move |nth| (id, older(id, nth)))))
}

/// Rows and columns.
fn mesh(nodes: usize) -> Graph {
    let side = (nodes as f64).sqrt() as usize;
    let right = (0..side * side).filter(move |n| n % side + 1 < side).map(|n| (n, n + 1));
    let down = (0..side * (side - 1)).map(move |n| (n, n + side));
    Graph::of(side * side, right.chain(down))
}

/// A ring in which every node knows the next two, and one link of twenty leads anywhere instead.
fn small_world(nodes: usize) -> Graph {
    let mut rng = fastrand::Rng::with_seed(2);
    let links = (0..nodes).flat_map(|n| [(n, (n + 1) % nodes), (n, (n + 2) % nodes)]);
    let links: Vec<(usize, usize)> = links.map(|(a, b)| if rng.u32(0..20) == 0 { (a, rng.usize(0..nodes)) } else { (a, b) }).collect();
    Graph::of(nodes, links)
}

/// Groups of about fifty in which each knows three or four others, and few know anybody of another group.
fn clusters(nodes: usize) -> Graph {
    const GROUP: usize = 50;
    let mut rng = fastrand::Rng::with_seed(3);
    let mut links = Vec::new();
    for node in 0..nodes {
        let first = node / GROUP * GROUP;
        for _ in 0..2 {
            links.push((node, rng.usize(first..(first + GROUP).min(nodes))));
        }
        if rng.u32(0..12) == 0 {
            links.push((node, rng.usize(0..nodes)));
        }
    }
    Graph::of(nodes, links)
}

/// What a network looks like: sites of a router and its hosts; every host talks to a few servers, some of which everybody uses.
fn clients(nodes: usize) -> Graph {
    let mut rng = fastrand::Rng::with_seed(4);
    let servers = nodes / 2;
    let mut links = Vec::new();
    for host in servers..nodes {
        for _ in 0..1 + rng.usize(0..2) {
            let popular = rng.f64();
            links.push((host, (popular * popular * popular * servers as f64) as usize));
        }
    }
    // Servers that nobody happened to ask have one client each.
    let asked: BTreeSet<usize> = links.iter().map(|(_, server)| *server).collect();
    for server in (0..servers).filter(|server| !asked.contains(server)) {
        links.push((servers + rng.usize(0..servers / 8), server));
    }
    Graph::of(nodes, links)
}

impl Graph {
    fn of(nodes: usize, links: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let links: BTreeSet<(usize, usize)> = links.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
        Self { nodes, links: links.into_iter().collect() }
    }

    /// The neighbours of every node.
    pub(crate) fn neighbours(&self) -> Vec<Vec<usize>> {
        let mut neighbours = vec![Vec::new(); self.nodes];
        for (a, b) in &self.links {
            neighbours[*a].push(*b);
            neighbours[*b].push(*a);
        }
        neighbours
    }
}
