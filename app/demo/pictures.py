"""A seal and a signature for the demo organisation, drawn here: nobody's real ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

from app.documents.glyphs import FOLDER

SIDE, FINER = 480, 3
"""Dots of the seal's side, and how many times finer it is drawn."""
RED, INK = (196, 30, 38), (24, 38, 74)
WIDEST_ARC = 3.9
"""How far a long name may go round, in radians: the words below need their room."""
SEAL_WORDS = "培训专用章"
Point = tuple[float, float]

# The strokes of a signature in a field of 100 by 40: points that the pen passes, and how hard it presses from 0 to 1.
_STROKES: tuple[tuple[tuple[float, float, float], ...], ...] = (
    ((9, 15, 0.3), (17, 13.5, 0.9), (28, 11, 0.6), (33, 9.5, 0.15)),
    (
        (22, 3, 0.5),
        (21.5, 10, 1),
        (20, 18, 0.8),
        (15, 23, 0.45),
        (8, 27, 0.15),
    ),
    ((22, 12, 0.3), (28, 17, 0.7), (36, 20.5, 1), (39, 21, 0.3)),
    (
        (15, 25, 0.3),
        (24, 23.5, 0.8),
        (27, 24, 0.7),
        (23, 28, 0.6),
        (22, 33, 0.9),
        (19, 37.5, 0.8),
        (14.5, 35.5, 0.2),
    ),
    ((10, 32, 0.3), (22, 29.5, 0.8), (34, 27, 0.5), (41, 24, 0.2)),
    ((53, 6, 0.4), (50, 12, 0.9), (44, 18.5, 0.3)),
    ((49.5, 13, 0.4), (49, 18, 0.9), (49, 22, 0.4)),
    (
        (65, 5, 0.4),
        (61, 10, 0.8),
        (56, 13.5, 0.5),
        (61, 14, 0.4),
        (66, 18, 0.9),
        (72, 17, 0.7),
        (73, 14, 0.2),
    ),
    (
        (44, 27.5, 0.2),
        (54, 25.5, 0.9),
        (66, 23.5, 0.8),
        (78, 21.5, 0.6),
        (92, 17, 0.3),
        (97, 15, 0.1),
    ),
    ((60.5, 18, 0.5), (60, 26, 1), (58.5, 33, 0.8), (56, 39, 0.1)),
)


@cache
def demo_seal(organisation: str) -> bytes:
    """A round red seal with the organisation's name on its arc: a PNG on transparent ground."""
    side = SIDE * FINER
    cover = Image.new("L", (side, side))
    pen = ImageDraw.Draw(cover)
    middle, edge = side / 2, side * 0.49
    pen.ellipse(_around((middle, middle), edge), fill=255)
    pen.ellipse(_around((middle, middle), edge - side * 0.022), fill=0)
    pen.polygon(_star((middle, middle - side * 0.012), side * 0.135), fill=255)
    _write_arc(cover, organisation, edge - side * 0.05)
    _write_line(cover, SEAL_WORDS)
    _wear(cover, Random(organisation))  # noqa: S311 - so that it looks stamped, and the same each time
    return _png(cover.resize((SIDE, SIDE), Image.Resampling.LANCZOS), RED)


@cache
def demo_signature() -> bytes:
    """A signature in dark ink: a PNG on transparent ground."""
    scale = 5.4 * FINER
    cover = Image.new("L", (round(110 * scale), round(46 * scale)))
    pen = ImageDraw.Draw(cover)
    for stroke in _STROKES:
        for x, y, press in _along(stroke):
            # The whole leans to the right, as written by a quick hand.
            centre = ((x + 4 - (y - 20) * 0.18) * scale, (y + 3) * scale)
            pen.ellipse(_around(centre, (0.22 + 0.62 * press) * scale), fill=255)
    size = cover.width // FINER, cover.height // FINER
    return _png(cover.resize(size, Image.Resampling.LANCZOS), INK)


def _around(middle: Point, radius: float) -> tuple[float, float, float, float]:
    return (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)


def _star(middle: Point, radius: float) -> list[Point]:
    reaches = [radius, radius * 0.382] * 5
    turns = [-pi / 2 + step * pi / 5 for step in range(10)]
    return [(middle[0] + r * cos(t), middle[1] + r * sin(t)) for r, t in zip(reaches, turns, strict=True)]


def _write_arc(cover: Image.Image, text: str, top: float) -> None:
    """Characters standing on a circle, their heads outward, the middle of the text above."""
    if not text:
        return
    side = cover.width
    size = side * 0.125
    while True:
        font, radius = _font(size), top - size * 0.5
        widths = [font.getlength(character) + size * 0.14 for character in text]
        if sum(widths) <= radius * WIDEST_ARC or size < side * 0.02:
            break
        size *= 0.95
    turn = -sum(widths) / radius / 2
    for character, width in zip(text, widths, strict=True):
        turn += width / radius / 2
        tile = _tile(character, font, round(size * 1.6)).rotate(-turn * 180 / pi, Image.Resampling.BICUBIC)
        at = (side / 2 + radius * sin(turn), side / 2 - radius * cos(turn))
        corner = round(at[0] - tile.width / 2), round(at[1] - tile.height / 2)
        cover.paste(255, corner, tile)
        turn += width / radius / 2


def _tile(character: str, font: ImageFont.FreeTypeFont, side: int) -> Image.Image:
    tile = Image.new("L", (side, side))
    ImageDraw.Draw(tile).text((side / 2, side / 2 + font.size * 0.36), character, fill=255, font=font, anchor="ms")
    return tile


def _write_line(cover: Image.Image, text: str) -> None:
    side = cover.width
    font = _font(side * 0.088)
    pitch = font.size * 1.14
    for number, character in enumerate(text):
        x = side / 2 + (number - (len(text) - 1) / 2) * pitch
        ImageDraw.Draw(cover).text((x, side * 0.765), character, fill=255, font=font, anchor="ms")


def _font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FOLDER / "NotoSansSC-Bold.ttf"), size)


def _wear(cover: Image.Image, chance: Random) -> None:
    """Specks where the ink did not take."""
    worn = Image.new("L", cover.size, 255)
    pen = ImageDraw.Draw(worn)
    for _ in range(420):
        middle = chance.uniform(0, cover.width), chance.uniform(0, cover.height)
        pen.ellipse(_around(middle, chance.uniform(0.6, 2.6)), fill=chance.randrange(40, 160))
    cover.paste(ImageChops.multiply(cover, worn))


def _along(stroke: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Many points on a smooth curve through the given ones."""
    points = [stroke[0], *stroke, stroke[-1]]
    done = []
    for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(160):
            t = step / 160
            done.append(tuple(_between(*four, t) for four in zip(a, b, c, d, strict=True)))
    return [(x, y, max(press, 0)) for x, y, press in done]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def _png(cover: Image.Image, colour: tuple[int, int, int]) -> bytes:
    picture = Image.new("RGBA", cover.size, colour)
    picture.putalpha(cover)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
