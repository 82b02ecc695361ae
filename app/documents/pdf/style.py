"""The measures, colours and text styles of printed pages, in points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
MARGIN_SIDE, MARGIN_TOP, MARGIN_BOTTOM = 20 * MM, 24 * MM, 18 * MM
MARGIN_UNDER_COPIES = 34 * MM
"""Below the text of copies that bear a square with their address."""
WRITING_LINE = 9 * MM

Colour = tuple[float, float, float]


def colour(rgb: str) -> Colour:
    """The colour written as #rrggbb; parts from 0 to 1."""
    return (int(rgb[1:3], 16) / 255, int(rgb[3:5], 16) / 255, int(rgb[5:7], 16) / 255)


INK, INK_2, INK_3 = colour("#1f2522"), colour("#4a524c"), colour("#5f655e")
RULE, EDGE = colour("#c9c4b6"), colour("#7d7e72")
WASH, NOTE_WASH = colour("#f2f0e9"), colour("#faf8f2")
ACCENT, ACCENT_WASH = colour("#1f5c4b"), colour("#e8f0ec")
PEN_INK = colour("#1f4e8c")  # what somebody wrote, as if with a pen


@dataclass(frozen=True)
class TextStyle:
    """How a text is set; sizes and distances in points."""

    size: float = 10.5
    leading: float = 17
    bold: bool = False
    colour: Colour = INK
    align: Literal["left", "right", "centre"] = "left"
    justified: bool = False
    before: float = 0
    after: float = 0
    keep: bool = False
    """Whether it must stand on the page of what follows."""


BODY = TextStyle(justified=True, before=5, after=5)
LEAD = replace(BODY, size=11.5, leading=19, colour=INK_2)
SMALL = TextStyle(size=8.5, leading=13, colour=INK_2, before=2, after=3)
FACTS = TextStyle(size=9.5, leading=15, colour=INK_2, before=2, after=8, keep=True)
TITLE = TextStyle(size=23, leading=32, bold=True, before=0, after=6, keep=True)
SUBTITLE = TextStyle(size=12, leading=19, colour=INK_2, before=0, after=6, keep=True)
HEADINGS = {
    1: TextStyle(size=18, leading=26, bold=True, before=20, after=7, keep=True),
    2: TextStyle(size=14, leading=21, bold=True, before=17, after=5, keep=True),
    3: TextStyle(size=11.5, leading=18, bold=True, before=12, after=3, keep=True),
    4: TextStyle(size=10.5, leading=17, bold=True, colour=INK_2, before=9, after=2, keep=True),
}
CELL = TextStyle(size=9.5, leading=15)
CELL_HEAD = TextStyle(size=8.5, leading=14, bold=True, colour=INK_2)
CODE = TextStyle(size=9, leading=14)
LABEL = TextStyle(bold=True, before=10, after=1, keep=True)
HINT = replace(SMALL, before=0, keep=True)
CAPTION = TextStyle(size=9.5, leading=15, bold=True, before=10, after=4, keep=True)
WRITTEN = TextStyle(size=11, leading=WRITING_LINE, colour=PEN_INK, before=1, after=6)
FURNITURE = TextStyle(size=8, leading=12, colour=INK_3)
