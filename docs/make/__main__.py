"""Write the reference in docs/api, and what the code in README and in the gallery prints and draws."""

from . import api, examples

if __name__ == "__main__":
    api.make()
    examples.make()
