"""Compilation: a function of numbers, run a few times as it is, becomes one without its bookkeeping; see `jit`.

record.py           one run of a function as a list of steps
draws.py            random numbers that layers draw, as inputs
branches.py         rules with branches as rules without, for derivatives inside a function
program.py          the steps of all runs as one tree, and derivatives as further steps
chain_rule.py       the table's partial derivatives as expressions
nest.py             what loop nests over one flat buffer are
columns.py          one way through the tree as groups of operations that are alike
streams.py          regular addresses, found among many
builder.py          nests while they are made
dots.py             dot products as matrix products
reductions.py       sums, extremes, softmax and the like as nests
few.py              groups of a few operations as nests
nests.py            one way through the tree as nests
reverse.py          the derivatives of nests, as further nests
first_writes.py     derivatives that are written rather than added to zeros
reroll.py           a run of nests that repeats as a loop
python_source.py    the tree as Python
addresses.py        which addresses nests read and write, and whether order matters
c_source.py         the nests as C: c_inlining.py leaves out what need not be stored, c_places.py where a nest reads
                    and writes, c_blocks.py nests in one loop, c_zeros.py sums that need no zeros before, c_loops.py
                    loops, c_products.py and products.h matrix products, c_formulas.py what is computed in a loop,
                    c_text.py how it is written
numpy_calls.py      the nests as calls of NumPy: array_nests.py a nest, contraction.py matrix products, array_values.py
                    what is computed, float_code.py few rounds as plain Python, buffer_code.py how it is written
c_compiler.py       a C compiler, and a cache of what it made
surroundings.py     what a function uses besides its arguments, and whether that has changed
held.py             numbers that layers hold and move in each run
looks.py            whether variables, lists and attributes still hold the same
arguments.py        the numbers in arguments
results.py          the forms of results, and what a compiled function says about itself
traced.py           a call of a function on Values, and its result
readers.py          code that takes the arguments of a call apart
runners.py          compiled code, from the arguments of a call to its result: as Python
prepared.py         a program of nests on a back end, with buffers
nest_runner.py      compiled code on a buffer, whose guards lead from one way to another
choice.py           which back end runs a function, and when C takes over
recordings.py       all runs with arguments of one key
losses.py           the runs of a loss, with the parameters as inputs, for training
function.py         jit, which puts these together
"""
