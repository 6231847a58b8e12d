"""Arrays: nests as calls of NumPy, for machines without a C compiler.

calls.py            nests as calls of NumPy
nests.py            a nest
contraction.py      matrix products
values.py           what is computed
float_code.py       few rounds as plain Python
buffer_code.py      how it is written
"""
