"""What the parts of a page are, for those who listen to it: the tree of tags that a PDF carries beside its drawing."""

from __future__ import annotations

from dataclasses import dataclass, field

from reportlab.pdfbase import pdfdoc

from app.documents.pdf.paper import Paper, WrittenOut, text_string


@dataclass(eq=False)
class Node:
    """An element of the tree. It collects what is drawn for it, in the order of drawing."""

    tag: str
    alt: str = ""
    scope: str = ""
    """Of a TH: Column or Row."""
    kids: list[Node | Drawn | Linked] = field(default_factory=list)

    def child(self, tag: str, *, alt: str = "", scope: str = "") -> Node:
        """A new element inside this one, after those it has."""
        made = Node(tag, alt, scope)
        self.kids.append(made)
        return made

    @property
    def is_drawn(self) -> bool:
        """Whether anything was drawn for it or for an element inside."""
        return any(not isinstance(kid, Node) or kid.is_drawn for kid in self.kids)


@dataclass(frozen=True)
class Drawn:
    """A marked stretch of drawing: the page, from 1, and its number there."""

    page: int
    number: int


@dataclass(frozen=True)
class Linked:
    """The area of a link or of an entry on a page: how the file refers to it."""

    page: int
    area: str


@dataclass
class Marks:
    """Who owns each marked stretch of each page, and each link: what readers need to find elements from the drawing."""

    pages: list[list[Node]] = field(default_factory=list)
    links: list[tuple[Node, pdfdoc.PDFDictionary]] = field(default_factory=list)


def write_tree(paper: Paper, root: Node, marks: Marks) -> None:
    """Put the tree into the file; all pages must be finished."""
    tree = WrittenOut()
    writer = _Writer(paper)
    writer.write(root, parent=paper.reference(tree))
    names = writer.references
    parents = [f"{page} [{' '.join(names[node] for node in nodes)}]" for page, nodes in enumerate(marks.pages)]
    for key, (node, area) in enumerate(marks.links, start=len(marks.pages)):
        area["StructParent"] = key
        parents.append(f"{key} {names[node]}")
    tree.text = (
        f"<< /Type /StructTreeRoot /K [{names[root]}] /ParentTree << /Nums [{' '.join(parents)}] >> "
        f"/ParentTreeNextKey {len(parents)} >>"
    )
    paper.catalogue.StructTreeRoot = tree
    paper.catalogue.MarkInfo = pdfdoc.PDFDictionary({"Marked": pdfdoc.PDFtrue})


class _Writer:
    """Writes elements as objects of the file, parents before their kids."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.references: dict[Node, str] = {}

    def write(self, node: Node, *, parent: str) -> str:
        """Put an element and what is in it into the file; how others refer to it."""
        element = WrittenOut()
        self.references[node] = own = self.paper.reference(element)
        page = next((kid.page for kid in node.kids if isinstance(kid, Drawn)), 0)
        kids = " ".join(self._kid(kid, page, parent=own) for kid in node.kids if _is_worth_it(kid))
        on_page = f" /Pg {self.paper.page_reference(page)}" if page else ""
        alt = f" /Alt {text_string(node.alt)}" if node.alt else ""
        scope = f" /A << /O /Table /Scope /{node.scope} >>" if node.scope else ""
        element.text = f"<< /S /{node.tag} /P {parent}{on_page}{alt}{scope} /K [{kids}] >>"
        return own

    def _kid(self, kid: Node | Drawn | Linked, page: int, *, parent: str) -> str:
        match kid:
            case Drawn() if kid.page == page:
                return str(kid.number)
            case Node():
                return self.write(kid, parent=parent)
            case Drawn():
                return f"<< /Type /MCR /Pg {self.paper.page_reference(kid.page)} /MCID {kid.number} >>"
            case Linked():
                return f"<< /Type /OBJR /Pg {self.paper.page_reference(kid.page)} /Obj {kid.area} >>"


def _is_worth_it(kid: Node | Drawn | Linked) -> bool:
    """Whether it says something; an empty cell does: that it is empty."""
    return not isinstance(kid, Node) or kid.tag in ("TD", "TH") or kid.is_drawn
