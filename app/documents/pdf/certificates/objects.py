"""The objects of a PDF file, put one after the other."""

from __future__ import annotations

import zlib
from io import BytesIO

_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


class Objects:
    """Collects the objects of one file; equal objects in equal order give equal bytes."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def reserve(self, count: int = 1) -> int:
        """Numbers for objects that are put later; the first of them."""
        first = len(self._bodies) + 1
        self._bodies += [b"null"] * count
        return first

    def put(self, body: str | bytes, number: int | None = None) -> int:
        """An object; its number."""
        if number is None:
            number = self.reserve()
        self._bodies[number - 1] = body.encode("latin-1") if isinstance(body, str) else body
        return number

    def put_stream(self, packed: bytes, entries: str = "") -> int:
        """A stream that `packed` made; its number."""
        head = f"<</Length {len(packed)}/Filter/FlateDecode{entries}>>stream\n"
        return self.put(head.encode("latin-1") + packed + b"\nendstream")

    def written(self, root: int, info: int, identity: str) -> bytes:
        """The file; `identity`, in hexadecimal digits, tells it from others."""
        out, offsets = BytesIO(), []
        out.write(_HEAD)
        for number, body in enumerate(self._bodies, start=1):
            offsets.append(out.tell())
            out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        at = out.tell()
        count = len(offsets) + 1
        table = b"".join([b"%010d 00000 n \n" % offset for offset in offsets])
        digest = identity.encode("ascii")
        out.writelines([b"xref\n0 %d\n0000000000 65535 f \n" % count, table])
        out.write(b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>" % (count, root, info, digest, digest))
        out.write(b"\nstartxref\n%d\n%%%%EOF\n" % at)
        return out.getvalue()


def packed(content: str | bytes, level: int = 1) -> bytes:
    """A stream's content, made small."""
    return zlib.compress(content.encode("latin-1") if isinstance(content, str) else content, level)


def text_string(text: str) -> str:
    """A text as the file's dictionaries hold it."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"
