"""C: nests as C, which the machine's compiler makes fast.

source.py           nests as C
inlining.py         leaves out what need not be stored
places.py           where a nest reads and writes
blocks.py           nests in one loop
zeros.py            sums that need no zeros before
loops.py            loops
products.py         matrix products, as calls of the functions in products.h
formulas.py         what is computed in a loop
text.py             how it is written
compiler.py         a C compiler, and a cache of what it made
"""
