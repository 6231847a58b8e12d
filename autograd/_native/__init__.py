"""The compiled core in C: a twin of autograd/node.py and of the sweep in autograd/graph.py."""

import os
import zlib


def digest() -> str:
    """Return a checksum of the C sources next to this file, "" without: an installed wheel has the headers alone."""
    folder = os.path.dirname(os.path.abspath(__file__))
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = 0
    for name in names:
        if name.endswith((".c", ".h")):
            with open(os.path.join(folder, name), "rb") as file:
                found = zlib.crc32(file.read(), found)
    return f"{found:08x}" if "node.c" in names else ""
