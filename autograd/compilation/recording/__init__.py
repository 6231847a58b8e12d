"""Recording: what a function does with numbers in one run, and what it uses besides its arguments.

record.py           one run of a function as a list of steps
traced.py           a call of a function on Values, and its result
branches.py         rules with branches as rules without, for derivatives inside a function
draws.py            random numbers that layers draw, as inputs
held.py             numbers that layers hold and move in each run
losses.py           the runs of a loss, with the parameters as inputs, for training
surroundings.py     what a function uses besides its arguments, and whether that has changed
looks.py            whether variables, lists and attributes still hold the same
"""
