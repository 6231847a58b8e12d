"""Everything in the repository that is generated from the code: `python -m docs.make`."""
