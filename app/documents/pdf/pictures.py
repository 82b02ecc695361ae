"""Pictures for paper, from bytes alone: nothing that a picture names is looked up anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any

from lxml import etree
from PIL import Image, UnidentifiedImageError
from reportlab.graphics.shapes import Drawing, Group, String
from reportlab.lib.utils import ImageReader
from svglib import svglib

from app.documents.blocks import Picture
from app.documents.glyphs import shaped
from app.documents.pdf import fonts
from app.documents.pdf.errors import CannotPrint
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Piece
from app.documents.pdf.tags import Node
from app.words import say

MOST_PIXELS = 25_000_000
MOST_HEIGHT = 310.0
POINTS_A_PIXEL = 0.75
_DROPPED = {"script", "foreignObject", "image", "style", "animate", "set", "a", "iframe", "audio", "video"}
# What svglib and ReportLab raise over «width="wide"» and the like, instead of an error of their own.
_NOT_A_DRAWING = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_FAMILY = re.compile(r"font(?:-family)?\s*:[^;]*;?|@import[^;]*;?|[\w-]+\s*:\s*url\((?!\s*['\"]?#)[^)]*\)\s*;?")


@dataclass
class PicturePiece(Piece):
    """A picture in the middle of the column, as large as it wants to be and the page allows."""

    picture: Drawing | ImageReader
    size: tuple[float, float]
    node: Node
    source: Picture
    before: float = 10
    after: float = 12

    def _scale(self, width: float) -> float:
        return min(1.0, width / self.size[0], MOST_HEIGHT / self.size[1])

    def height(self, width: float) -> float:
        return self.size[1] * self._scale(width)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        scale = self._scale(width)
        across, along = self.size[0] * scale, self.size[1] * scale
        x, y = at[0] + (width - across) / 2, at[1] - along
        if isinstance(self.picture, ImageReader):
            pen.image(self.picture, (x, y, across, along), self.node)
            return
        self.picture.renderScale = scale
        try:
            pen.drawing(self.picture, x, y, self.node)
        except _NOT_A_DRAWING as error:
            raise _unreadable(self.source.path) from error

    def widths(self) -> tuple[float, float]:
        return (60, self.size[0])


def picture_piece(picture: Picture, node: Node) -> PicturePiece:
    """The picture; raises CannotPrint where its bytes are not what its name says."""
    shape = _drawing(picture) if picture.media_type == "image/svg+xml" else _image(picture)
    if isinstance(shape, ImageReader):
        across, along = shape.getSize()
        return PicturePiece(shape, (across * POINTS_A_PIXEL, along * POINTS_A_PIXEL), node, picture)
    if not (isfinite(shape.width) and isfinite(shape.height)):
        raise _unreadable(picture.path)
    return PicturePiece(shape, (max(shape.width, 1), max(shape.height, 1)), node, picture)


def _image(picture: Picture) -> ImageReader:
    """Made anew from its dots, so that nothing else the file may hold gets into the document."""
    with opened_image(picture.content, picture.path, ["PNG", "JPEG"]) as image:
        return ImageReader(_flat(image))


@contextmanager
def opened_image(content: bytes, path: str, formats: list[str]) -> Iterator[Image.Image]:
    """A picture of one of these formats; raises CannotPrint for another, a broken one, and one that is too large."""
    try:
        with Image.open(BytesIO(content), formats=formats) as image:
            if image.width * image.height > MOST_PIXELS:
                raise CannotPrint(say("The picture {path} has too many pixels to be printed.", path=path))
            yield image
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path) from error


def _flat(image: Image.Image) -> Image.Image:
    """On white, as paper is."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def _drawing(picture: Picture) -> Drawing:
    try:
        drawing = svglib.svg2rlg(BytesIO(_plain_svg(picture)))
    except _NOT_A_DRAWING as error:
        raise _unreadable(picture.path) from error
    if drawing is None:
        raise _unreadable(picture.path)
    drawing.__dict__["initialFontName"] = fonts.REGULAR  # else Helvetica is listed; the stubs do not know it
    _check_texts(drawing, picture)
    return drawing


def _plain_svg(picture: Picture) -> bytes:
    """The drawing without anything that leads out of it, its texts in our faces."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(picture.content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(picture.path) from error
    if root.getroottree().docinfo.doctype or etree.QName(root).localname != "svg":
        raise _unreadable(picture.path)
    for element in list(root.iter()):
        _strip(element)
    root.set("font-family", _family())
    return bytes(etree.tostring(root))


def _strip(element: Any) -> None:  # noqa: ANN401 - lxml's elements have no type of their own
    if not isinstance(element.tag, str) or etree.QName(element).localname in _DROPPED:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
        return
    element.attrib.pop("font-family", None)
    for name, value in list(element.attrib.items()):
        if name.endswith("href") and not value.startswith("#"):
            del element.attrib[name]
        elif name == "style" or "url(" in value:
            element.set(name, _FAMILY.sub("", value) if name == "style" else _inner_url(value))


def _inner_url(value: str) -> str:
    return value if re.fullmatch(r"url\(\s*['\"]?#[^)]*\)", value.strip()) else "none"


def _family() -> str:
    fonts.register()
    for weight, face in (("normal", fonts.REGULAR), ("bold", fonts.BOLD)):
        for style in ("normal", "italic"):
            svglib.register_font("Page", weight=weight, style=style, rlgFontName=face)
    return "Page"


def _check_texts(group: Group, picture: Picture) -> None:
    for shape in group.contents:
        if isinstance(shape, Group):
            _check_texts(shape, picture)
        elif isinstance(shape, String):
            if shape.fontName not in fonts.FILES:
                shape.fontName = fonts.REGULAR
            shape.text = shaped(shape.text)
            if lacking := fonts.missing(shape.text):
                raise missing_glyph(lacking, shape.text, picture.path)


def missing_glyph(character: str, text: str, place: str) -> CannotPrint:
    """Names the character, the words around it, and the heading or picture it stands in."""
    at = max(text.find(character), 0)
    around = " ".join(text[max(at - 12, 0) : at + 12].split())
    return CannotPrint(
        say(
            "missing glyph U+{code} «{character}» in «{around}», under «{place}»",
            code=f"{ord(character):04X}",
            character=character,
            around=around,
            place=place,
        )
    )


def _unreadable(path: str) -> CannotPrint:
    return CannotPrint(say("The picture {path} cannot be read.", path=path))
