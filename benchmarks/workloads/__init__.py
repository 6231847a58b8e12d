"""The workloads of `benchmarks/jit.py`: each as a user writes it here, and as people write it for other engines.

timing.py       engines that take turns, and whether they agree
engines.py      gradients by jax, torch, casadi, xad and C, from a loss or a C program
networks.py     two moons, digits, a larger network
sequences.py    an LSTM, a differential equation
formulas.py     sums, products, mixtures, and functions so small that the call counts
gpt.py          a GPT of scalars
ready.py        the time from the first line of a program to its first gradient
"""
