// Layouts from npm, on the graph in FILE (a line with the number of nodes, then a line with both ends of each link):
//   node peers.mjs ticks NAME FILE TICKS   prints the median of what so many ticks took, in milliseconds of the processor
//   node peers.mjs places NAME FILE TICKS  prints the milliseconds that so many ticks took, and then the place of every node
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [what, name, file, count] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const [[nodes], ...links] = readFileSync(file, "utf8").trim().split("\n").map((line) => line.split(" ").map(Number));

// The same numbers on every run.
let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;

const peers = {
  ngraph() {
    const graph = require("ngraph.graph")();
    for (let n = 0; n < nodes; n++) graph.addNode(n);
    links.forEach(([a, b]) => graph.addLink(a, b));
    const layout = require("ngraph.forcelayout")(graph);
    return { tick: () => layout.step(), place: (n) => layout.getNodePosition(n) };
  },
  async d3() {
    const d3 = await import(process.cwd() + "/node_modules/d3-force/src/index.js");
    const all = Array.from({ length: nodes }, () => ({}));
    const simulation = d3.forceSimulation(all).force("charge", d3.forceManyBody()).force("center", d3.forceCenter());
    simulation.force("link", d3.forceLink(links.map(([source, target]) => ({ source, target })))).stop();
    return { tick: () => simulation.tick(), place: (n) => all[n] };
  },
  forceatlas2() {
    const { UndirectedGraph } = require("graphology");
    const forceAtlas2 = require("graphology-layout-forceatlas2");
    const helpers = require("graphology-layout-forceatlas2/helpers");
    const iterate = require("graphology-layout-forceatlas2/iterate");
    const graph = new UndirectedGraph();
    for (let n = 0; n < nodes; n++) graph.addNode(n, { x: 1000 * random(), y: 1000 * random() });
    links.forEach(([a, b]) => graph.addEdge(a, b));
    const settings = { ...require("graphology-layout-forceatlas2/defaults"), ...forceAtlas2.inferSettings(graph), barnesHutOptimize: true };
    const matrices = helpers.graphToByteArrays(graph, () => 1);
    const at = (n) => ({ x: matrices.nodes[n * 10], y: matrices.nodes[n * 10 + 1] });
    return { tick: () => iterate(settings, matrices.nodes, matrices.edges), place: at };
  },
};

const peer = await peers[name]();
// Of the processor, whatever else the machine does.
const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const times = [];
for (let n = 0; n < Number(count); n++) {
  const began = spent();
  peer.tick();
  times.push(spent() - began);
}
if (what === "ticks") {
  console.log(times.sort((a, b) => a - b)[times.length >> 1]);
} else {
  const lines = [times.reduce((a, b) => a + b, 0)];
  for (let n = 0; n < nodes; n++) {
    const { x, y } = peer.place(n);
    lines.push(`${x} ${y}`);
  }
  console.log(lines.join("\n"));
}
