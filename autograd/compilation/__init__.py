"""Compilation: a function of numbers, run a few times as it is, becomes one without its bookkeeping; see `jit`.

recording/          one run of a function as a list of steps
program.py          the steps of all runs as one tree, and derivatives as further steps
chain_rule.py       the table's partial derivatives as expressions
python/             the tree as Python
nests/              one way through the tree as loop nests over one flat buffer, and their derivatives
c/                  the nests as C
arrays/             the nests as calls of NumPy
arguments.py        the numbers in arguments
results.py          the forms of results, and what a compiled function says about itself
readers.py          code that takes the arguments of a call apart
runners.py          compiled code, from the arguments of a call to its result: as Python
prepared.py         a program of nests on a back end, with buffers
nest_runner.py      compiled code on a buffer, whose guards lead from one way to another
choice.py           which back end runs a function, and when C takes over
recordings.py       all runs with arguments of one key
training.py         a step of training on a buffer
updates.py          an optimizer's update as nests
function.py         jit, which puts these together
"""
