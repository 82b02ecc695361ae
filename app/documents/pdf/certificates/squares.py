"""QR codes by the thousand: addresses of equal length differ from one another in known modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import segno

MASK = 2
"""Any of the eight is valid; to weigh them all would take most of the time."""
QUIET = 4
"""Modules left white around; scanners ask for them."""
FEW = 60
"""For fewer than these it is quicker to make each from scratch."""
_DARK = re.compile("1+")


@dataclass(frozen=True)
class Square:
    """A QR code: modules to a side, and all of them from the upper left corner as the digits of a number."""

    side: int
    modules: int

    def shapes(self) -> str:
        """The dark modules as rectangles of one path, in modules from the upper left corner down."""
        side = self.side
        bits = f"{self.modules:0{side * side}b}"
        rows = [(row, bits[row * side : (row + 1) * side]) for row in range(side)]
        return "".join([_shapes(row, at, line[at : at + 8]) for row, line in rows for at in range(0, side, 8)])


@lru_cache(65_536)
def _shapes(row: int, at: int, bits: str) -> str:
    """Eight modules: few enough to be met again and again."""
    dark = (f"{at + run.start()} {row} {run.end() - run.start()} 1 re\n" for run in _DARK.finditer(bits))
    return "".join(dark)


def squares_of(addresses: Sequence[str]) -> Iterator[Square]:
    """The QR code of each, of error level M. Raises ValueError for one that is too long.

    Parity is linear: what flips with one bit of the content is the same whatever else the content says.
    """
    contents = [address.encode("utf-8", "replace") for address in addresses]
    many = len(contents) >= FEW
    for content in contents:
        yield _combined(content) if many and content else _made(content)


def _made(content: bytes) -> Square:
    matrix = segno.make_qr(content, error="m", mode="byte", mask=MASK, boost_error=False).matrix
    return Square(len(matrix), int("".join("1" if module else "0" for row in matrix for module in row), 2))


@lru_cache(8)
def _blank(length: int) -> Square:
    return _made(b"0" * length)


def _combined(content: bytes) -> Square:
    blank = _blank(len(content))
    modules = blank.modules
    for at, byte in enumerate(content):
        modules ^= _difference(len(content), at, byte)
    return Square(blank.side, modules)


@lru_cache(8192)
def _difference(length: int, at: int, byte: int) -> int:
    """What flips where this byte stands in place of a 0."""
    flipped = byte ^ ord("0")
    different = 0
    for bit in range(8):
        if flipped >> bit & 1:
            different ^= _flip(length, at, bit)
    return different


@lru_cache(8192)
def _flip(length: int, at: int, bit: int) -> int:
    content = bytearray(b"0" * length)
    content[at] ^= 1 << bit
    return _made(bytes(content)).modules ^ _blank(length).modules
