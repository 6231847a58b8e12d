"""The number formats of safetensors files, as Python floats and ints; those that NumPy lacks among them.

>>> unpacked("BF16", b"\\xc0\\x3f")
[1.5]
>>> unpacked("F8_E4M3", b"\\x38\\x7e")
[1.0, 448.0]
"""

from __future__ import annotations

import math
import struct
from functools import cache
from typing import Any

__all__ = ["nested", "unpacked"]

CODES = {
    "F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U64": "Q", "U32": "I",
    "U16": "H", "U8": "B", "BOOL": "?",
}  # fmt: skip

# Of each format of 8 bits the fraction's bits, the exponent's bias, and the bytes that the formula does not describe.
_NAN, _INF = math.nan, math.inf
EIGHT_BITS: dict[str, tuple[int, int, dict[int, float]]] = {
    "F8_E4M3": (3, 7, {0x7F: _NAN, 0xFF: _NAN}),
    "F8_E5M2": (2, 15, {0x7C: _INF, 0xFC: -_INF} | dict.fromkeys([0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF], _NAN)),
    "F8_E4M3FNUZ": (3, 8, {0x80: _NAN}),
    "F8_E5M2FNUZ": (2, 16, {0x80: _NAN}),
}


def unpacked(dtype: str, data: bytes) -> list[Any]:
    """Return the numbers of an array.

    Args:
        dtype: the format's name in the file, such as "F32".
        data: the numbers, one after another, little-endian.

    Raises:
        ValueError: a format without one real number for each element, such as complex numbers.
    """
    if dtype in EIGHT_BITS:
        return list(map(_table(dtype).__getitem__, data))
    if dtype == "BF16":  # the upper half of a float32
        data = b"".join(b"\0\0" + data[i : i + 2] for i in range(0, len(data), 2))
    code = CODES.get("F32" if dtype == "BF16" else dtype)
    if code is None:
        known = ", ".join([*CODES, "BF16", *EIGHT_BITS])
        raise ValueError(f"the format must be one of {known}, but is {dtype}: convert it to float32 and save it again")
    return list(struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data))


@cache
def _table(dtype: str) -> list[float]:
    fraction_bits, bias, others = EIGHT_BITS[dtype]
    return [others.get(byte, _small(byte, fraction_bits, bias)) for byte in range(256)]


def _small(byte: int, fraction_bits: int, bias: int) -> float:
    """The number of a sign, an exponent and a fraction in 8 bits."""
    exponent, fraction = divmod(byte & 0x7F, 1 << fraction_bits)
    if exponent:
        fraction += 1 << fraction_bits  # the leading 1, which is not stored
    return math.copysign(math.ldexp(fraction, max(exponent, 1) - bias - fraction_bits), 0.5 - (byte >> 7))


def nested(numbers: list[Any], shape: list[int]) -> Any:
    """Return numbers in nested lists of a shape, the last dimension innermost; a lone number for the shape []."""
    if not shape:
        return numbers[0]
    for size in reversed(shape[1:]):
        numbers = [numbers[i : i + size] for i in range(0, len(numbers), size or 1)]
    return numbers
