"""Write what the documentation has that comes from the code: `python -m docs.make`."""
