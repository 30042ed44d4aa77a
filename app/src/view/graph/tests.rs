//! The hands on the graph, in a window that nobody sees.
