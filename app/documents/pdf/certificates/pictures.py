"""Logo, seal and signature: made anew from their dots, as large as the paper can show them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.documents.certificate import CertificatePaper
from app.documents.pdf.certificates.objects import Objects, packed
from app.documents.pdf.certificates.sheet import Box
from app.documents.pdf.pictures import opened_image

DOTS = {"logo": (960, 240), "seal": (480, 480), "signature": (840, 260)}
"""How many are printed at most, across and along: some 350 to the inch of what each may take."""


@dataclass(frozen=True)
class Dots:
    """A picture as the file holds it: colours and how much they cover, both packed."""

    size: tuple[int, int]
    colours: bytes
    cover: bytes

    def put(self, objects: Objects) -> int:
        """Put it into the file; its number."""
        width, height = self.size
        common = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8"
        cover = objects.put_stream(self.cover, f"{common}/ColorSpace/DeviceGray")
        return objects.put_stream(self.colours, f"{common}/ColorSpace/DeviceRGB/SMask {cover} 0 R")

    def within(self, box: Box, *, across: float = 0.5, along: float = 0.5) -> Box:
        """Where it stands in a box: as large as the box allows, the room that is left over divided as said."""
        x, y, width, height = box
        scale = min(width / self.size[0], height / self.size[1])
        own = self.size[0] * scale, self.size[1] * scale
        return (x + (width - own[0]) * across, y + (height - own[1]) * along, *own)


class Pictures:
    """The pictures of one file, each in it once."""

    def __init__(self) -> None:
        self._names: dict[Dots, str] = {}

    def of(self, paper: CertificatePaper) -> Shown:
        """The pictures of a certificate; raises CannotPrint for what is none."""
        return Shown(*(self._named(kind, getattr(paper, kind)) for kind in ("logo", "seal", "signature")))

    def _named(self, kind: str, content: bytes | None) -> tuple[Dots, str] | None:
        if content is None:
            return None
        dots = dots_of(kind, content)
        return dots, self._names.setdefault(dots, f"P{len(self._names)}")

    def put(self, objects: Objects) -> str:
        """Put them into the file; the entry of the pages' resources."""
        return " ".join(f"/{name} {dots.put(objects)} 0 R" for dots, name in self._names.items())


@dataclass(frozen=True)
class Shown:
    """The pictures of one certificate, with what its page calls them."""

    logo: tuple[Dots, str] | None
    seal: tuple[Dots, str] | None
    signature: tuple[Dots, str] | None


@lru_cache(16)
def dots_of(kind: str, content: bytes) -> Dots:
    """A PNG's dots; raises CannotPrint."""
    with opened_image(content, f"{kind}.png", ["PNG"]) as image:
        picture = image.convert("RGBA")
    picture.thumbnail(DOTS[kind])
    cover = picture.getchannel("A")
    return Dots(picture.size, packed(picture.convert("RGB").tobytes(), 9), packed(cover.tobytes(), 9))
