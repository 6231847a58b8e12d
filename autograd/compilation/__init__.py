"""Compilation: a function of numbers, run a few times as it is, becomes one without its bookkeeping; see `jit`.

record.py           one run of a function as a list of steps
program.py          the steps of all runs as one tree, and derivatives as further steps
nest.py             the tree as loop nests over one flat buffer
reroll.py           a run of nests that repeats as a loop
python_source.py    the tree as Python
c_compiler.py       a C compiler, and a cache of what it made
surroundings.py     what a function uses besides its arguments, and whether that has changed
looks.py            whether variables, lists and attributes still hold the same
arguments.py        the numbers in arguments and results
function.py         jit, which puts these together
"""
