"""Python: the tree of a function's runs as Python code.

source.py           the tree as Python
prelude.py          the definitions of the table's functions, for a program that runs by itself
slopes.py           partial derivatives of operations that are known as functions only
"""
