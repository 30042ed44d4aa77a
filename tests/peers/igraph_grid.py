"""python-igraph's grid Fruchterman-Reingold, on the graph in FILE: what one of so many iterations takes, in milliseconds of the processor.

    igraph_grid.py FILE FEW MANY

It lays out from random with FEW and with MANY iterations: a tick is the difference, so that what is done once does not count.
"""

import sys
import time

import igraph

path, few, many = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path) as file:
    (nodes,), *links = [[int(word) for word in line.split()] for line in file]
graph = igraph.Graph(nodes, links)


def took(ticks):
    began = time.process_time()
    graph.layout_fruchterman_reingold(grid=True, niter=ticks)
    return time.process_time() - began


print((took(many) - took(few)) / (many - few) * 1000)
