"""Write torch_files.json: safetensors files that PyTorch wrote in each of its number formats, and the numbers in them.

Needs torch, numpy and safetensors.

python tests/oracles/make_torch_files.py
"""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FLOATS = "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"
WHOLE = "int64 int32 int16 int8 uint8 bool"


def patterns(size: int) -> list[bytes]:
    """Elements of a size in bytes: all there are of one byte; of more, random ones and the most special."""
    if size == 1:
        return [bytes([byte]) for byte in range(256)]
    rng = random.Random(size)
    ends = [b"\x00\x00", b"\x00\x80", b"\x80\x7f", b"\x80\xff", b"\xc0\x7f", b"\x01\x00", b"\x80\x3f", b"\x00\x7c"]
    return [end.rjust(size, b"\0") for end in ends] + [rng.randbytes(size) for _ in range(56)]


def files(torch: Any) -> dict[str, dict[str, Any]]:
    """For each format a file with one array of two dimensions and a lone number, and what PyTorch makes of them."""
    from safetensors.torch import save

    found = {}
    for name in f"{FLOATS} {WHOLE}".split():
        dtype = getattr(torch, name)
        content = b"".join(patterns(torch.zeros(1, dtype=dtype).element_size()))
        if name == "bool":
            content = bytes(byte & 1 for byte in content)
        rows = torch.frombuffer(bytearray(content), dtype=dtype).reshape(-1, 4)
        state = {"rows": rows, "lone": rows[1, 2].clone()}
        numbers = {key: (x.double() if name in FLOATS.split() else x).tolist() for key, x in state.items()}
        found[name] = {"file": base64.b64encode(save(state, metadata={"format": "pt"})).decode()} | numbers
    return found


def main() -> None:
    import torch

    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in files(torch).items())
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "files": {{\n{rows}\n}}}}\n'
    (HERE / "torch_files.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
