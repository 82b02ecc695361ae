"""The pen that draws on pages: text, rules, areas, links and bookmarks, each marked with what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.textobject import PDFTextObject

from app.documents.drawing import Outline
from app.documents.pdf import fonts
from app.documents.pdf.fillable import Box, Entry, Form, Shape, Widget
from app.documents.pdf.paper import Paper
from app.documents.pdf.setting import Line, Run
from app.documents.pdf.style import ACCENT, EDGE, MM, RULE, WASH, Colour, TextStyle
from app.documents.pdf.tags import Drawn, Linked, Marks, Node, write_tree
from app.words import Language

_METADATA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
_FIRST_FACE: Any = {"initialFontName": fonts.REGULAR}  # else Helvetica is listed; its type is wrong in the stubs
MOST_STRETCH = 0.09
"""Of the size of the type: how far characters may be spread to fill a line. Readers take wider gaps for spaces."""


class Pen:
    """Draws a document page after page; coordinates in points from the lower left corner."""

    def __init__(self, size: tuple[float, float], *, tagged: bool) -> None:
        fonts.register()
        self.out = BytesIO()
        self.size = size
        self.tagged = tagged
        self.canvas = Paper(self.out, size, pageCompression=1, invariant=1, pdfVersion=(1, 7), **_FIRST_FACE)
        self.page = 1
        self.root = Node("Document")
        self.marks = Marks([[]])
        self.outline_depth = -1
        self._in_figure = False
        self.form: Form | None = None
        """There where what is drawn can be filled in on screen."""

    def describe(self, title: str, subject: str, language: Language) -> None:
        """Title, subject and language, as readers show and speak them."""
        self.canvas.setTitle(title)
        self.canvas.setSubject(subject)
        self.canvas.setAuthor("Coursewright")
        self.canvas.setCreator("Coursewright")
        self.canvas.setProducer("Coursewright")
        self.canvas.setViewerPreference("DisplayDocTitle", "true")
        catalogue = self.canvas.catalogue
        catalogue.Lang = pdfdoc.PDFString(language)
        shown = title.replace("&", "&amp;").replace("<", "&lt;")
        metadata = _METADATA.format(title=shown, language=language).encode()
        catalogue.Metadata = pdfdoc.XMP(creator=lambda _document: metadata)

    def next_page(self) -> None:
        """End this page and begin another."""
        self._end_page()
        self.page += 1
        self.marks.pages.append([])

    def finished(self) -> bytes:
        """The file."""
        if self.form:
            self.form.finish(self.canvas)
        self._end_page()
        if self.tagged:
            write_tree(self.canvas, self.root, self.marks)
        self.canvas.save()
        return self.out.getvalue()

    def _end_page(self) -> None:
        self.canvas.showPage()
        if self.tagged:
            page = self.canvas.page_object(self.page)
            page.StructParents, page.Tabs = self.page - 1, pdfdoc.PDFName("S")

    @contextmanager
    def content(self, node: Node | None) -> Iterator[None]:
        """What is drawn belongs to the element; without one it is furniture that is not read out."""
        if not self.tagged or self._in_figure:
            yield
            return
        if node is None:
            self.canvas.operators("/Artifact BMC")
        else:
            owners = self.marks.pages[-1]
            self.canvas.operators(f"/{node.tag} <</MCID {len(owners)}>> BDC")
            node.kids.append(Drawn(self.page, len(owners)))
            owners.append(node)
        yield
        self.canvas.operators("EMC")

    @contextmanager
    def figure(self, node: Node | None) -> Iterator[None]:
        """All shapes drawn inside are one picture."""
        with self.content(node):
            self._in_figure = True
            yield
            self._in_figure = False

    # Shapes, always furniture

    def rule(self, x: float, y: float, width: float, *, weight: float = 0.5, colour: Colour = RULE) -> None:
        """A line from left to right."""
        self.line((x, y), (x + width, y), weight=weight, colour=colour)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], *, weight: float = 0.5, colour: Colour = RULE
    ) -> None:
        """A straight line."""
        with self.content(None):
            self.canvas.setLineWidth(weight)
            self.canvas.setStrokeColorRGB(*colour)
            self.canvas.line(*start, *end)

    def area(
        self,
        box: tuple[float, float, float, float],
        *,
        fill: Colour | None = None,
        edge: Colour | None = None,
        weight: float = 0.6,
        dashed: bool = False,
        radius: float = 0,
    ) -> None:
        """A rectangle: left, bottom, width and height."""
        with self.content(None):
            self.canvas.saveState()
            if fill:
                self.canvas.setFillColorRGB(*fill)
            if edge:
                self.canvas.setStrokeColorRGB(*edge)
                self.canvas.setLineWidth(weight)
            if dashed:
                self.canvas.setDash(2.4, 2)
            self.canvas.roundRect(*box, radius, stroke=int(bool(edge)), fill=int(bool(fill)))
            self.canvas.restoreState()

    def shapes(self, path: str, at: tuple[float, float], size: float) -> None:
        """Rectangles of a path in units of this size, counted down and to the right of a point."""
        x, y = at
        with self.content(None):
            self.canvas.operators(f"q 0 g {size:.4f} 0 0 {-size:.4f} {x:.3f} {y:.3f} cm {path} f Q")

    def circle(self, at: tuple[float, float], radius: float, *, edge: Colour, fill: Colour | None = None) -> None:
        """A circle about a point."""
        with self.content(None):
            self.canvas.setStrokeColorRGB(*edge)
            self.canvas.setLineWidth(0.8)
            if fill:
                self.canvas.setFillColorRGB(*fill)
            self.canvas.circle(*at, radius, stroke=1, fill=int(bool(fill)))

    def tick(self, x: float, y: float, size: float, *, colour: Colour) -> None:
        """A tick in a square whose lower left corner is the point."""
        with self.content(None):
            self.canvas.saveState()
            self.canvas.setStrokeColorRGB(*colour)
            self.canvas.setLineWidth(size * 0.14)
            self.canvas.setLineCap(1)
            path = self.canvas.beginPath()
            path.moveTo(x + size * 0.2, y + size * 0.52)
            path.lineTo(x + size * 0.42, y + size * 0.28)
            path.lineTo(x + size * 0.82, y + size * 0.76)
            self.canvas.drawPath(path)
            self.canvas.restoreState()

    def outline(
        self,
        outline: Outline,
        at: tuple[float, float],
        scale: float,
        *,
        fill: Colour | None,
        edge: Colour | None,
        dashed: bool = False,
    ) -> None:
        """A path of a chart, down and to the right of a point."""
        with self.content(None):
            self.canvas.saveState()
            path = self.canvas.beginPath()
            steps: dict[str, Callable[..., object]] = {
                "M": path.moveTo,
                "L": path.lineTo,
                "C": path.curveTo,
                "Z": path.close,
            }
            for letter, points in outline.steps:
                steps[letter](*(part for x, y in points for part in (at[0] + x * scale, at[1] - y * scale)))
            self.canvas.setLineWidth(1.2 if fill is None else 0.6)
            if fill:
                self.canvas.setFillColorRGB(*fill)
            if edge:
                self.canvas.setStrokeColorRGB(*edge)
            if dashed:
                self.canvas.setDash(3, 2)
            self.canvas.drawPath(path, stroke=int(bool(edge)), fill=int(bool(fill)))
            self.canvas.restoreState()

    def drawing(self, drawing: Drawing, x: float, y: float, node: Node) -> None:
        """A picture made of shapes."""
        with self.content(node):
            renderPDF.draw(drawing, self.canvas, x, y)

    def image(self, image: ImageReader, box: tuple[float, float, float, float], node: Node) -> None:
        """A picture made of dots: left, bottom, width, height."""
        x, y, width, height = box
        with self.content(node):
            self.canvas.drawImage(image, x, y, width, height)

    # Entries: what can be filled in on screen

    def write_entry(self, entry: Entry, box: Box, style: TextStyle, *, lines: bool, node: Node | None) -> None:
        """A place for text, on a ground of its own."""
        if self.form:
            self.area(box, edge=EDGE, weight=0.5, radius=1.5)
            self._owned(self.form.text(self.canvas, entry, box, style=style, lines=lines), node)

    def mark_entry(self, entry: Entry, box: Box, shape: Shape, *, node: Node | None) -> None:
        """A place for a mark."""
        if self.form:
            self._owned(self.form.mark(self.canvas, entry, box, shape=shape), node)

    def _owned(self, widget: Widget, node: Node | None) -> None:
        if self.tagged and node:
            element = node.child("Form")
            element.kids.append(Linked(self.page, widget.reference))
            self.marks.links.append((element, widget.area))

    # Text

    def text(self, text: str, at: tuple[float, float], style: TextStyle, *, node: Node | None = None) -> None:
        """One line of plain text; `at` is where its baseline starts, or ends if it is right-aligned."""
        x, y = at
        face = fonts.BOLD if style.bold else fonts.REGULAR
        if style.align != "left":
            x -= fonts.width(text, face, style.size) * (1 if style.align == "right" else 0.5)
        with self.content(node):
            pencil = self.canvas.beginText(x, y)
            pencil.setFont(face, style.size)
            pencil.setFillColorRGB(*style.colour)
            pencil.textOut(text)
            self.canvas.drawText(pencil)

    def lines(
        self, lines: Sequence[Line], box: tuple[float, float, float], style: TextStyle, node: Node | None
    ) -> None:
        """Lines of text in a box given by left, top and width."""
        left, top, width = box
        baseline = top - (style.leading + style.size * 0.72) / 2
        placed = [
            (line, left + _indent(line, width, style), baseline - number * style.leading, _stretch(line, width, style))
            for number, line in enumerate(lines)
        ]
        for line, x, y, stretch in placed:
            self._grounds(line, x, y, stretch)
        with self.content(node):
            pencil = self.canvas.beginText(left, baseline)
            self._write(pencil, placed)
            self.canvas.drawText(pencil)
        for line, x, y, stretch in placed:
            self._marks(line, (x, y), stretch, node)

    def _write(self, pencil: PDFTextObject, placed: Sequence[tuple[Line, float, float, float]]) -> None:
        face, size, colour, spread, rise = "", 0.0, None, 0.0, 0.0
        for line, x, y, stretch in placed:
            pencil.setTextOrigin(x, y)
            if stretch != spread:
                pencil.setCharSpace(stretch)
                spread = stretch
            for run in line.runs:
                if (run.face, run.size) != (face, size):
                    face, size = run.face, run.size
                    pencil.setFont(face, size)
                if run.colour != colour:
                    colour = run.colour
                    pencil.setFillColorRGB(*colour)
                if run.rise != rise:
                    rise = run.rise
                    pencil.setRise(rise)
                pencil.textOut(run.text)

    def _grounds(self, line: Line, x: float, y: float, stretch: float) -> None:
        """What lies under the text of a line: the wash of code."""
        if any(run.code for run in line.runs):
            for run, start, width in _spans(line, x, stretch):
                if run.code:
                    self.area((start - 0.6, y - run.size * 0.28, width + 1.2, run.size * 1.24), fill=WASH, radius=1.5)

    def _marks(self, line: Line, at: tuple[float, float], stretch: float, node: Node | None) -> None:
        """What is added to the text of a line: dots of emphasis, strokes, links."""
        if not any(run.dotted or run.struck or run.link or run.ruled for run in line.runs):
            return
        x, y = at
        for run, start, width in _spans(line, x, stretch):
            if run.dotted:
                self._dots(run, start, y, stretch)
            if run.struck:
                self.rule(start, y + run.size * 0.33, width, weight=0.6, colour=run.colour)
            if run.ruled:
                self._gap(run, (start, y, width), node)
            if run.link:
                self.rule(start, y - run.size * 0.18, width, weight=0.4, colour=ACCENT)
                self._link(run.link, (start, y - run.size * 0.3, start + width, y + run.size), node)

    def _gap(self, run: Run, at: tuple[float, float, float], node: Node | None) -> None:
        """A rule to write on in the middle of a line, or on screen a place to type."""
        x, y, width = at
        if run.entry and self.form:
            style = TextStyle(size=run.size, colour=run.colour)
            box = (x + 1, y - run.size * 0.4, width - 2, run.size * 1.6)
            self.write_entry(Entry(run.entry), box, style, lines=False, node=node)
        else:
            self.rule(x, y - run.size * 0.24, width, weight=0.6, colour=EDGE)

    def _dots(self, run: Run, x: float, y: float, stretch: float) -> None:
        table = fonts.widths(run.face)
        with self.content(None):
            self.canvas.setFillColorRGB(*run.colour)
            for character in run.text:
                width = table[ord(character)] * run.size
                if character.isalnum():
                    self.canvas.circle(x + width / 2, y - run.size * 0.27, 0.65, stroke=0, fill=1)
                x += width + stretch

    def _link(self, address: str, corners: tuple[float, float, float, float], node: Node | None) -> None:
        """A link that can be pressed; addresses inside a course have no place on paper and get none."""
        if not address.startswith(("http://", "https://", "mailto:")):
            return
        entries = {
            "Type": pdfdoc.PDFName("Annot"),
            "Subtype": pdfdoc.PDFName("Link"),
            "Rect": pdfdoc.PDFArray(corners),
            "Border": pdfdoc.PDFArray([0, 0, 0]),
            "A": pdfdoc.PDFDictionary({"S": pdfdoc.PDFName("URI"), "URI": pdfdoc.PDFString(address)}),
            "Contents": pdfdoc.PDFText(address),
        }
        area = pdfdoc.PDFDictionary(entries)
        reference = self.canvas.annotate(area)
        if self.tagged and node:
            link = node.child("Link")
            link.kids.append(Linked(self.page, reference))
            self.marks.links.append((link, area))

    # Places to go to

    def bookmark(self, title: str, key: str, level: int, y: float) -> None:
        """An entry of the outline that leads here; levels from 0, never two deeper than the one before."""
        self.canvas.bookmarkPage(key, fit="XYZ", left=0, top=y + 4 * MM, zoom=0)
        self.outline_depth = min(level, self.outline_depth + 1)
        self.canvas.addOutlineEntry(title, key, self.outline_depth)


def _stretch(line: Line, width: float, style: TextStyle) -> float:
    """The space to add after each character so that a full line of Chinese ends at the margin."""
    if not style.justified or line.ends:
        return 0.0
    count = len(line.text.rstrip()) - 1
    stretch = (width - line.width) / count if count > 0 else 0.0
    return stretch if 0 < stretch <= style.size * MOST_STRETCH else 0.0


def _indent(line: Line, width: float, style: TextStyle) -> float:
    match style.align:
        case "left":
            return 0.0
        case "right":
            return width - line.width
        case "centre":
            return (width - line.width) / 2


def _spans(line: Line, x: float, stretch: float) -> Iterator[tuple[Run, float, float]]:
    """Each run with its left edge and its width."""
    for run in line.runs:
        width = fonts.width(run.text, run.face, run.size) + stretch * len(run.text)
        yield run, x, width
        x += width
