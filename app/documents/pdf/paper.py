"""ReportLab's canvas with the doors that tagging needs and that it keeps shut."""

from __future__ import annotations

import zlib
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

# ReportLab's pages do not know these entries of theirs.
pdfdoc.PDFPage.__NoDefault__ = [*pdfdoc.PDFPage.__NoDefault__, "StructParents", "Tabs"]

_PLAIN = frozenset(b"-_.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""What stands in a name as it is."""


class Paper(Canvas):
    """A canvas whose page code, catalogue, objects and annotations can be reached."""

    _code: list[str]
    _doc: Any
    _annotationrefs: list[Any]

    def operators(self, text: str) -> None:
        """Put operators into the code of the page."""
        self._code.append(text)

    @property
    def catalogue(self) -> Any:  # noqa: ANN401 - ReportLab has no types for the file's objects
        """The root object of the file."""
        return self._doc.Catalog

    def page_object(self, number: int) -> Any:  # noqa: ANN401 - likewise
        """The object of a finished page, from 1."""
        return self._doc.idToObject[f"Page{number}"]

    def page_reference(self, number: int) -> str:
        """How other objects refer to a finished page."""
        return f"{self._doc.idToObjectNumberAndVersion[f'Page{number}'][0]} 0 R"

    def reference(self, thing: pdfdoc.PDFObject) -> str:
        """Put an object into the file; how others refer to it."""
        return str(self._doc.Reference(thing).format(self._doc).decode("ascii"))

    def annotate(self, area: pdfdoc.PDFDictionary) -> str:
        """Put an area that can be pressed on the page; how others refer to it."""
        reference = self.reference(area)
        self._annotationrefs.append(self._doc.Reference(area))
        return reference

    def record(self, text: str) -> str:
        """Put an object into the file, written out; how others refer to it."""
        return self.reference(WrittenOut(text))

    def stream(self, entries: dict[str, str], content: bytes) -> str:
        """Put a stream into the file, packed; how others refer to it."""
        return self.packed(entries, zlib.compress(content))

    def packed(self, entries: dict[str, str], content: bytes) -> str:
        """The same of what `zlib` has packed already."""
        known = pdfdoc.PDFDictionary(entries | {"Filter": "/FlateDecode"})
        return self.reference(pdfdoc.PDFStream(known, content, filters=[]))


class WrittenOut(pdfdoc.PDFObject):
    """An object of the file as it stands there; its text may be filled in until the file is finished."""

    __RefOnly__ = 1

    def __init__(self, text: str = "") -> None:
        self.text = text

    def format(self, _document: object) -> bytes:
        return self.text.encode("ascii")


def text_string(text: str) -> str:
    """A text as files write it, whatever its characters."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


def name_string(text: str) -> str:
    """A name as files write it."""
    return "/" + "".join(chr(byte) if byte in _PLAIN else f"#{byte:02X}" for byte in text.encode())
