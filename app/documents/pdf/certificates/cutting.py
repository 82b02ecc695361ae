"""Faces cut down to the glyphs that a file shows, numbered as asked for: quick enough for a cut of its own per file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.documents.pdf import fonts


@dataclass(frozen=True)
class _Whole:
    """A face as it is before the cut."""

    outlines: bytes
    places: Sequence[int]
    metrics: Sequence[tuple[float, float]]
    glyph_of: dict[int, int]
    copied: tuple[tuple[bytes, bytes], ...]
    head: bytes
    hhea: bytes
    maxp: bytes

    def outline(self, glyph: int) -> bytes:
        """Filled up to whole words."""
        outline = self.outlines[self.places[glyph] : self.places[glyph + 1]]
        if outline[:1] >= b"\x80":
            raise ValueError(f"glyph {glyph} is composed of others, which stay behind")
        return outline + bytes(-len(outline) % 4)


@cache
def _whole(face: str) -> _Whole:
    font: Any = fonts.typeface(face)  # its types do not know tables
    hints = [(tag.encode(), font.get_table(tag)) for tag in ("cvt ", "fpgm", "prep") if tag in font.table]
    head, hhea, maxp = (font.get_table(tag) for tag in ("head", "hhea", "maxp"))
    head = head[:8] + bytes(4) + head[12:50] + b"\0\1" + head[52:]  # no sum over all, long places
    outlines = font.get_table("glyf")
    return _Whole(outlines, font.glyphPos, font.hmetrics, font.charToGlyph, tuple(hints), head, hhea, maxp)


def cut(face: str, codes: Sequence[int]) -> bytes:
    """The face with nothing but the glyphs of these characters, the first of them as number 1."""
    whole = _whole(face)
    glyphs = [0, *(whole.glyph_of.get(code, 0) for code in codes)]
    outlines = [whole.outline(glyph) for glyph in glyphs]
    count = len(glyphs)
    places, at = [0], 0
    for outline in outlines:
        at += len(outline)
        places.append(at)
    measures = [int(number) & 0xFFFF for glyph in glyphs for number in whole.metrics[glyph]]
    return _assembled(
        [
            *whole.copied,
            (b"glyf", b"".join(outlines)),
            (b"head", whole.head),
            (b"hhea", whole.hhea[:34] + struct.pack(">H", count)),
            (b"hmtx", struct.pack(f">{2 * count}H", *measures)),
            (b"loca", struct.pack(f">{count + 1}L", *places)),
            (b"maxp", whole.maxp[:4] + struct.pack(">H", count) + whole.maxp[6:]),
        ]
    )


def _assembled(tables: list[tuple[bytes, bytes]]) -> bytes:
    tables.sort()
    power = len(tables).bit_length() - 1
    directory = [struct.pack(">LHHHH", 0x10000, len(tables), 16 << power, power, 16 * len(tables) - (16 << power))]
    at, bodies = 12 + 16 * len(tables), []
    for tag, content in tables:
        body = content + bytes(-len(content) % 4)
        total = sum(struct.unpack(f">{len(body) // 4}L", body)) & 0xFFFFFFFF
        directory.append(tag + struct.pack(">LLL", total, at, len(content)))
        bodies.append(body)
        at += len(body)
    return b"".join(directory + bodies)
