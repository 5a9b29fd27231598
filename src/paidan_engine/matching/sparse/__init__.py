"""The optimum of a large sparse batch in compiled loops: an auction for a good start, then shortest paths to the end.

The auction (Bertsekas 1988) lets each task bid for its best technician; it ends within a few steps of the optimum.
Successive shortest paths (Jonker and Volgenant 1987; Volgenant 1996 for sparse costs) make it exact: first for tasks
that should be served otherwise, then for technicians whose price says that somebody should want them. All in whole
numbers. What comes out are an assignment and the prices that prove it.
"""
