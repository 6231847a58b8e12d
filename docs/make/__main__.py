"""Write what is generated from the code: everything, or the targets that are named.

    python -m docs.make [pages] [pictures] [reference] [stubs] [kernels]

pages       what the examples in README, docs/ and the gallery print
pictures    what they draw, if its content changed
reference   docs/api, from the docstrings and the table of operations
stubs       autograd/*.pyi, from the table
kernels     autograd/_native/kernels.h, from the table
"""

import argparse
import os

os.environ["COLUMNS"] = "88"  # whatever the terminal
os.environ["AUTOGRAD_PURE_PYTHON"] = "1"  # a compiled core may be older than the table

from . import api, examples, kernels, stubs

TARGETS = ("kernels", "stubs", "reference", "pages", "pictures")  # in the order in which they are written


def main() -> None:
    """Write the targets on the command line, or all of them."""
    parser = argparse.ArgumentParser("python -m docs.make", description="Write what is generated from the code.")
    parser.add_argument("targets", nargs="*", metavar="target", help=f"{', '.join(TARGETS)}; all of them by default")
    targets = parser.parse_args().targets or TARGETS
    unknown = [target for target in targets if target not in TARGETS]
    if unknown:
        parser.error(f"unknown target {unknown[0]!r}: choose from {', '.join(TARGETS)}")
    if "kernels" in targets:
        kernels.make()
    if "stubs" in targets:
        stubs.make()
    if "reference" in targets:
        api.make()
    if "pages" in targets or "pictures" in targets:
        examples.make(pages="pages" in targets, pictures="pictures" in targets)


if __name__ == "__main__":
    main()
