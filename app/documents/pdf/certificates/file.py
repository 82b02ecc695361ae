"""The file around the pages: their tree for listeners, what it is called, the faces and pictures it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

from app.documents.certificate import CertificatePaper
from app.documents.pdf.certificates.faces import Faces
from app.documents.pdf.certificates.objects import Objects, packed, text_string
from app.documents.pdf.certificates.ornament import HEIGHT, WIDTH, Corners, frame, frame_parts
from app.documents.pdf.certificates.pictures import Pictures
from app.documents.pdf.certificates.sheet import Sheet

_METADATA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


class CertificateFile:
    """Pages are added one after the other; everything they share comes at the end."""

    def __init__(self, papers: Sequence[CertificatePaper]) -> None:
        first, self.count = papers[0], len(papers)
        parts = [first.kind_label, first.name, first.course] if self.count == 1 else [first.kind_label, first.course]
        self.title, self.language = " · ".join(filter(None, parts)), first.language
        self.objects = Objects()
        self.catalogue = self.objects.reserve(6)
        self.tree, self.parents, self.document, self.pages, self.resources = range(2, 7)
        self._page_numbers: list[int] = []
        self._sections: list[int] = []
        self._owners: list[str] = []
        """By page, the elements that own its marked stretches."""
        self._links: list[tuple[int, int]] = []
        """Areas that lead somewhere, and their elements."""
        self._designs: set[str] = set()
        self._identity = hashlib.sha256(self.title.encode())

    def add_page(self, sheet: Sheet, paper: CertificatePaper) -> None:
        """Put a drawn page into the file."""
        objects, key = self.objects, len(self._page_numbers)
        code = sheet.code
        self._identity.update(code.encode())
        content = objects.put_stream(packed(code))
        page = objects.reserve(2)
        area = page + 1
        first = objects.reserve(len(sheet.elements))
        has_link = self._put_link(sheet, paper, area, page=page, first=first)
        objects.put(
            f"<</Type/Page/Parent {self.pages} 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Resources {self.resources} 0 R"
            f"/Contents {content} 0 R/StructParents {key}/Tabs/S{f'/Annots[{area} 0 R]' if has_link else ''}>>",
            page,
        )
        self._put_elements(sheet, paper, page=page, first=first)
        self._page_numbers.append(page)
        self._sections.append(first)
        self._owners.append(" ".join([f"{first + owner} 0 R" for owner in sheet.owners]))
        self._designs.add(paper.design)

    def _put_elements(self, sheet: Sheet, paper: CertificatePaper, *, page: int, first: int) -> None:
        for number, element in enumerate(sheet.elements):
            kids = " ".join([kid if isinstance(kid, str) else f"{first + kid} 0 R" for kid in element.kids])
            parent = self.document if element.parent < 0 else first + element.parent
            language = f"/Lang({paper.language})" if element.parent < 0 and paper.language != self.language else ""
            self.objects.put(
                f"<</S/{element.tag}/P {parent} 0 R/Pg {page} 0 R{element.entries}{language}/K[{kids}]>>",
                first + number,
            )

    def _put_link(self, sheet: Sheet, paper: CertificatePaper, area: int, *, page: int, first: int) -> bool:
        """The area of the QR code, for those who read on a screen."""
        address = paper.verify_url
        if not sheet.linked or not address.startswith(("https://", "http://")):
            return False
        element, (x, y, width, height) = sheet.linked
        entries = f"/Contents {text_string(address)}/StructParent {self.count + len(self._links)}"
        self.objects.put(
            f"<</Type/Annot/Subtype/Link/Rect[{x:.2f} {y:.2f} {x + width:.2f} {y + height:.2f}]/Border[0 0 0]/F 4"
            f"/P {page} 0 R/A<</S/URI/URI<{address.encode('utf-8', 'replace').hex()}>>>{entries}>>",
            area,
        )
        sheet.elements[element].kids.append(f"<</Type/OBJR/Pg {page} 0 R/Obj {area} 0 R>>")
        self._links.append((area, first + element))
        return True

    def finished(self, faces: Faces, pictures: Pictures) -> bytes:
        """The file."""
        objects = self.objects
        objects.put(
            f"<</Type/Pages/Count {len(self._page_numbers)}/Kids[{_references(self._page_numbers)}]>>", self.pages
        )
        objects.put(f"<</S/Document/P {self.tree} 0 R/K[{_references(self._sections)}]>>", self.document)
        objects.put(f"<</Type/StructTreeRoot/K[{self.document} 0 R]/ParentTree {self.parents} 0 R>>", self.tree)
        owners = [f"{key} [{owners}]" for key, owners in enumerate(self._owners)]
        owners += [f"{key} {element} 0 R" for key, (_, element) in enumerate(self._links, start=self.count)]
        objects.put(f"<</Nums[{' '.join(owners)}]>>", self.parents)
        shapes = " ".join(filter(None, (self._put_frame(), pictures.put(objects))))
        objects.put(
            f"<</Font<<{faces.put(objects)}>>/XObject<<{shapes}>>/ExtGState<</Ink<</Type/ExtGState/BM/Multiply>>>>>>",
            self.resources,
        )
        self._put_catalogue()
        made = "/Author(Coursewright)/Creator(Coursewright)/Producer(Coursewright)"
        info = objects.put(f"<</Title {text_string(self.title)}{made}>>")
        return objects.written(self.catalogue, info, self._identity.hexdigest()[:32])

    def _put_frame(self) -> str:
        if "classic" not in self._designs:
            return ""
        form = "/Type/XObject/Subtype/Form/BBox[{box}]/Resources<</XObject<<{parts}>>>>"
        parts = [
            f"/{name} {self.objects.put_stream(shape, form.format(box=' '.join(map(str, box)), parts=''))} 0 R"
            for name, box, shape in _packed_parts()
        ]
        whole = form.format(box=f"0 0 {WIDTH} {HEIGHT}", parts=" ".join(parts))
        return f"/Frame {self.objects.put_stream(_packed_frame(), whole)} 0 R"

    def _put_catalogue(self) -> None:
        shown = self.title.replace("&", "&amp;").replace("<", "&lt;")
        metadata = _METADATA.format(title=shown, language=self.language).encode()
        head = f"<</Type/Metadata/Subtype/XML/Length {len(metadata)}>>stream\n".encode("ascii")
        described = self.objects.put(head + metadata + b"\nendstream")
        self.objects.put(
            f"<</Type/Catalog/Pages {self.pages} 0 R/Lang({self.language})/MarkInfo<</Marked true>>"
            f"/StructTreeRoot {self.tree} 0 R/Metadata {described} 0 R/ViewerPreferences<</DisplayDocTitle true>>>>",
            self.catalogue,
        )


@cache
def _packed_frame() -> bytes:
    return packed(frame(), 9)


@cache
def _packed_parts() -> tuple[tuple[str, Corners, bytes], ...]:
    return tuple((name, part.box, packed(part.code, 9)) for name, part in frame_parts().items())


def _references(numbers: Sequence[int]) -> str:
    return " ".join([f"{number} 0 R" for number in numbers])
