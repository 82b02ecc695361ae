"""One page being drawn: operators, and whose they are for those who listen to the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.documents.pdf.certificates.faces import RESOURCES, Faces
from app.documents.pdf.certificates.fitting import Fitted
from app.documents.pdf.certificates.objects import text_string
from app.documents.pdf.certificates.squares import QUIET, Square

Box = tuple[float, float, float, float]
"""Left, bottom, width and height."""
SECTION = 0
"""The element that holds all others of a page."""


@dataclass
class Element:
    """An element of the page's tree. What belongs to it on the page, in order: marked stretches and elements."""

    tag: str
    parent: int
    entries: str = ""
    kids: list[str | int] = field(default_factory=list)
    """A stretch as the file says it, or the number of an element."""


class Sheet:
    """A page. Coordinates in points from the lower left corner, colours as operators say them."""

    def __init__(self, faces: Faces) -> None:
        self.faces = faces
        self.elements = [Element("Sect", -1)]
        self.owners: list[int] = []
        """Whose the marked stretches are, in order."""
        self.linked: tuple[int, Box] | None = None
        self._code: list[str] = []
        self._inside = SECTION

    @property
    def code(self) -> str:
        """The operators so far."""
        return "\n".join(self._code)

    @contextmanager
    def element(self, tag: str, *, alt: str = "", scope: str = "") -> Iterator[None]:
        """What is drawn inside belongs to a new element."""
        entries = f"/Alt {text_string(alt)}" if alt else ""
        if scope:
            entries += f"/A<</O/Table/Scope/{scope}>>"
        outer, self._inside = self._inside, len(self.elements)
        self.elements[outer].kids.append(self._inside)
        self.elements.append(Element(tag, outer, entries))
        yield
        self._inside = outer

    def furniture(self, operators: str) -> None:
        """Something that only adorns."""
        self._code.append(f"/Artifact BMC {operators} EMC")

    def line(self, start: tuple[float, float], end: tuple[float, float], weight: float, colour: str) -> None:
        """A straight line."""
        (left, bottom), (right, top) = start, end
        self.furniture(f"{colour} RG {weight:g} w {left:.2f} {bottom:.2f} m {right:.2f} {top:.2f} l S")

    def text(
        self, words: Fitted, at: tuple[float, float], *, face: str, colour: str, align: float = 0, leading: float = 0
    ) -> None:
        """Lines from a first baseline down; `at` is where they start, have their middle (0.5) or end (1)."""
        x, y = at
        parts = [f"BT /{RESOURCES[face]} {words.size:.4g} Tf {colour} rg"]
        for number, (text, width) in enumerate(words.lines):
            place = f"1 0 0 1 {x - align * width:.2f} {y - number * leading:.2f} Tm"
            parts.append(f"{place} {self.faces.string(text, face)} Tj")
        self._mark(" ".join([*parts, "ET"]))

    def spaced(self, text: str, at: tuple[float, float], *, face: str, size: float, space: float, colour: str) -> None:
        """A line set apart; it is read and copied without the gaps."""
        self._code.append(f"/Span<</ActualText {text_string(text)}>>BDC")
        x, y = at
        shown = f"{space:.2f} Tc 1 0 0 1 {x:.2f} {y:.2f} Tm {self.faces.string(text, face)} Tj 0 Tc"
        self._mark(f"BT /{RESOURCES[face]} {size:.4g} Tf {colour} rg {shown} ET")
        self._code.append("EMC")

    def picture(self, name: str, box: Box) -> None:
        """A picture of the file's, laid over what is there as ink is."""
        x, y, width, height = box
        self._mark(f"q /Ink gs {width:.2f} 0 0 {height:.2f} {x:.2f} {y:.2f} cm /{name} Do Q")

    def square(self, square: Square, box: Box) -> None:
        """A QR code in a box that holds its white margin too."""
        x, y, width, _ = box
        module = width / (square.side + 2 * QUIET)
        corner = f"{x + QUIET * module:.3f} {y + width - QUIET * module:.3f}"
        self._mark(f"q {module:.4f} 0 0 {-module:.4f} {corner} cm 0 g\n{square.shapes()}f Q")

    def link(self, box: Box) -> None:
        """The element around leads to where the paper is verified, when it is pressed."""
        self.linked = self._inside, box

    def _mark(self, operators: str) -> None:
        """Operators of the element around."""
        number, element = len(self.owners), self.elements[self._inside]
        self._code.append(f"/{element.tag}<</MCID {number}>>BDC {operators} EMC")
        element.kids.append(str(number))
        self.owners.append(self._inside)
