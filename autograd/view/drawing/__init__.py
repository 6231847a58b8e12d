"""Pictures of graphs: Value by Value, or with a box for each module, laid out by Graphviz."""
