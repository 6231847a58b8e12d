"""Nests: one way through a function as loops over one flat buffer, and their derivatives.

nest.py             what loop nests over one flat buffer are
columns.py          one way through the tree as columns of numbers, and groups of operations that are alike
streams.py          regular addresses, found among many
builder.py          nests while they are made
dots.py             dot products as matrix products
reductions.py       sums, extremes, softmax and the like as nests
few.py              groups of a few operations as nests
grouping.py         one way through the tree as nests
reverse.py          the derivatives of nests, as further nests
first_writes.py     derivatives that are written rather than added to zeros
reroll.py           a run of nests that repeats as a loop
addresses.py        which addresses nests read and write, and whether order matters
"""
