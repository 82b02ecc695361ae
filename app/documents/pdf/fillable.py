"""Fields that can be filled in on screen: what stands where on the pages, and the form that a file carries of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reportlab.pdfbase import pdfdoc

from app.documents.blocks import Block, ChoiceField, GridField, NumberField, TextField, plain
from app.documents.glyphs import shaped
from app.documents.markdown import bare
from app.documents.pdf import fonts, form_face
from app.documents.pdf.paper import Paper, name_string, text_string
from app.documents.pdf.setting import Line, broken, clusters_of, runs_of
from app.documents.pdf.style import PEN_INK, TextStyle
from app.documents.questions import choice_labels, field_labels

MOST_TYPED = 20_000
"""Characters, as many as a field takes on a page."""
SIZE, LEADING, INSET = 10.5, 14.5, 3.0
_REQUIRED, _READ_ONLY, _SEVERAL_LINES, _RADIO, _LIST = 1 << 1, 1, 1 << 12, 1 << 15, 1 << 17
_PRINTED, _HIDDEN = 4, 2
_ENDLESS = 1e9
"""Points: what is written on one line is broken nowhere."""
_MIDDLE = 0.36
"""Of the size: how far the middle of Chinese characters lies above the line they stand on."""
_ALIGNED: Mapping[str, int] = {"left": 0, "centre": 1, "right": 2}
Shape = Literal["circle", "box"]
Box = tuple[float, float, float, float]
"""Left, bottom, width, height."""


@dataclass(frozen=True)
class Entry:
    """What a place on paper is for: the field that is filled in there."""

    name: str
    stands_for: str = ""
    """Of a circle or a box: what the field holds once it is chosen."""


@dataclass(frozen=True)
class Widget:
    """An entry as it lies on a page."""

    area: pdfdoc.PDFDictionary
    reference: str
    entry: Entry


@dataclass
class Form:
    """The fields of one file, collected while its pages are drawn."""

    values: Mapping[str, str]
    labels: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    required: frozenset[str]
    hidden: Mapping[str, str]
    """What the file says of itself: names and texts nobody sees."""
    widgets: defaultdict[str, list[Widget]] = field(default_factory=lambda: defaultdict(list))
    face: str = ""

    def text(self, paper: Paper, entry: Entry, box: Box, *, style: TextStyle, lines: bool) -> Widget:
        """A place for text; a list to choose from, where the field holds one of some."""
        name, value, style_code = entry.name, self.values.get(entry.name, ""), _look(style)
        listed = self.choices.get(name)
        flags = (_LIST if listed else _SEVERAL_LINES if lines else 0) | self._flag(name)
        shown = listed.get(value, "") if listed else value
        entries = {
            "FT": "/Ch" if listed else "/Tx",
            "Ff": str(flags),
            "DA": f"({style_code})",
            "Q": str(_ALIGNED[style.align]),
            "V": text_string(value),
            "AP": f"<< /N {self._text_look(paper, shown, box, style=style, lines=lines)} >>",
            **({"Opt": _options(listed)} if listed else {"MaxLen": str(MOST_TYPED)}),
        }
        return self._put(paper, entry, box, entries)

    def mark(self, paper: Paper, entry: Entry, box: Box, *, shape: Shape) -> Widget:
        """A place for a mark. Circles with the name of one field exclude one another."""
        state = entry.stands_for or "yes"
        chosen = self.values.get(entry.name, "") == state
        looks = f"<< {name_string(state)} {_mark_look(paper, box, shape)} /Off {_nothing(paper, box)} >>"
        now = name_string(state) if chosen else "/Off"
        flags = (_RADIO if entry.stands_for else 0) | self._flag(entry.name)
        character = "l" if shape == "circle" else "4"
        entries = {
            "FT": "/Btn",
            "Ff": str(flags),
            "AS": now,
            "AP": f"<< /N {looks} >>",
            "MK": f"<< /CA ({character}) >>",
        }
        return self._put(paper, entry, box, entries)

    def _flag(self, name: str) -> int:
        return _REQUIRED if name in self.required else 0

    def _put(self, paper: Paper, entry: Entry, box: Box, entries: dict[str, str]) -> Widget:
        left, bottom, width, height = box
        corners = f"[{left:.2f} {bottom:.2f} {left + width:.2f} {bottom + height:.2f}]"
        own = {"Type": "/Annot", "Subtype": "/Widget", "Rect": corners, "F": str(_PRINTED), "TU": self._said(entry)}
        area = pdfdoc.PDFDictionary(own | entries)
        widget = Widget(area, paper.annotate(area), entry)
        self.widgets[entry.name].append(widget)
        return widget

    def _label(self, name: str) -> str:
        return self.labels.get(name, name)

    def _said(self, entry: Entry) -> str:
        label = self._label(entry.name)
        option = self.choices.get(entry.name, {}).get(entry.stands_for, "")
        return text_string(f"{label} · {option}" if option else label)

    def _text_look(self, paper: Paper, value: str, box: Box, *, style: TextStyle, lines: bool) -> str:
        _, _, width, height = box
        set_lines = _set(value, style, width - 2 * INSET if lines else _ENDLESS)
        top = height - INSET - style.size if lines else height / 2 - style.size * _MIDDLE
        placed = [
            f"1 0 0 1 {INSET + _indent(line.width, width, style):.2f} {top - number * LEADING:.2f} Tm "
            f"{form_face.written(line.text)} Tj"
            for number, line in enumerate(set_lines)
        ]
        drawn = f"/Tx BMC q 1 1 {width - 2:.2f} {height - 2:.2f} re W n BT {_look(style)} {' '.join(placed)} ET Q EMC"
        resources = f"<< /Font << /{form_face.NAME} {self._face(paper)} >> >>"
        return _look_object(paper, width, height, drawn, resources)

    def _face(self, paper: Paper) -> str:
        self.face = self.face or form_face.put_into(paper)
        return self.face

    def finish(self, paper: Paper) -> None:
        """Put the form into the file. What nobody sees lies on the page that is drawn."""
        tree = _Branch()
        for name, widgets in self.widgets.items():
            tree.plant(name.split("."), _field_of(paper, widgets, self.values.get(name, ""), self._label(name)))
        for name, text in self.hidden.items():
            tree.plant([name], _unseen(paper, text))
        faces = f"<< /Font << /{form_face.NAME} {self._face(paper)} >> >>"
        usual = f"(/{form_face.NAME} {SIZE} Tf 0 g)"
        paper.catalogue.AcroForm = pdfdoc.PDFDictionary(
            {"Fields": tree.written(paper), "DR": faces, "DA": usual, "SigFlags": "0"}
        )


def form_of(blocks: Sequence[Block], values: Mapping[str, str], hidden: Mapping[str, str]) -> Form:
    """The form of a document, nothing placed yet."""
    fields = tuple(blocks)
    return Form(
        values,
        labels={name: bare(label) for name, label in field_labels(fields).items()},
        choices=choice_labels(fields),
        required=frozenset(_required(fields)),
        hidden=hidden,
    )


def _required(blocks: Sequence[Block]) -> list[str]:
    found = []
    for block in blocks:
        match block:
            case TextField() | NumberField() | ChoiceField() if block.required:
                found.append(block.name)
            case GridField():
                columns = [column.id for column in block.columns if column.required]
                found += [f"{block.name}.{row.id}.{column}" for row in block.rows for column in columns]
            case _:
                pass
    return found


@dataclass
class _Branch:
    """Fields by the parts of their names: «needs.r1.size» lies in «r1», which lies in «needs»."""

    kids: dict[str, _Branch | pdfdoc.PDFDictionary] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)

    def plant(self, path: Sequence[str], made: tuple[pdfdoc.PDFDictionary, str]) -> None:
        """Put a field where its name says. Raises LookupError where another bears the name."""
        first, *rest = path
        if rest:
            branch = self.kids.setdefault(first, _Branch())
            if not isinstance(branch, _Branch):
                raise LookupError(f"a field and a group of fields are both called {first}")
            branch.plant(rest, made)
            return
        if first in self.kids:
            raise LookupError(f"two fields are called {first}")
        self.kids[first], self.references[first] = made

    def written(self, paper: Paper, parent: str = "") -> str:
        """Everything below, put into the file; the array of what lies directly here."""
        listed = []
        for name, kid in self.kids.items():
            if isinstance(kid, _Branch):
                group = pdfdoc.PDFDictionary({"T": text_string(name)})
                reference = paper.reference(group)
                group["Kids"] = kid.written(paper, reference)
            else:
                group, reference = kid, self.references[name]
                group["T"] = text_string(name)
            if parent:
                group["Parent"] = parent
            listed.append(reference)
        return f"[{' '.join(listed)}]"


def _field_of(paper: Paper, widgets: Sequence[Widget], value: str, label: str) -> tuple[pdfdoc.PDFDictionary, str]:
    """The field that these places belong to: one alone is it itself."""
    first = widgets[0]
    if first.area["FT"] == "/Btn":
        states = {widget.entry.stands_for or "yes" for widget in widgets}
        value_now = name_string(value) if value in states else "/Off"
    else:
        value_now = first.area["V"]
    if len(widgets) == 1 and not first.entry.stands_for:
        first.area["V"] = value_now
        return first.area, first.reference
    inherited = {key: first.area[key] for key in ("FT", "Ff", "DA", "Opt", "MaxLen") if key in first.area}
    whole = pdfdoc.PDFDictionary(inherited | {"V": value_now, "TU": text_string(label)})
    reference = paper.reference(whole)
    whole["Kids"] = f"[{' '.join(widget.reference for widget in widgets)}]"
    for widget in widgets:
        widget.area["Parent"] = reference
        for key in ("FT", "Ff", "V", "Opt", "MaxLen"):
            widget.area.dict.pop(key, None)
    return whole, reference


def _unseen(paper: Paper, text: str) -> tuple[pdfdoc.PDFDictionary, str]:
    entries = {"Type": "/Annot", "Subtype": "/Widget", "FT": "/Tx", "Ff": str(_READ_ONLY), "V": text_string(text)}
    area = pdfdoc.PDFDictionary(entries | {"F": str(_HIDDEN), "Rect": "[0 0 0 0]"})
    return area, paper.annotate(area)


def _set(value: str, style: TextStyle, width: float) -> Sequence[Line]:
    """A text in lines, as far as its characters can be drawn: the field holds them all."""
    text = "".join(sign if sign == "\n" or not fonts.missing(sign) else "□" for sign in shaped(value))
    return broken(clusters_of(runs_of(plain(text), style)), width) if text.strip() else ()


def _options(listed: Mapping[str, str]) -> str:
    """What a list offers: nothing first, then each by its id and its words."""
    pairs = [("", "–"), *listed.items()]
    return f"[{' '.join(f'[{text_string(each)} {text_string(words)}]' for each, words in pairs)}]"


def _look(style: TextStyle) -> str:
    red, green, blue = PEN_INK
    return f"/{form_face.NAME} {style.size:.2f} Tf {red:.3f} {green:.3f} {blue:.3f} rg"


def _indent(line: float, width: float, style: TextStyle) -> float:
    spare = width - 2 * INSET - line
    return {"left": 0.0, "centre": spare / 2, "right": spare}[style.align]


def _mark_look(paper: Paper, box: Box, shape: str) -> str:
    _, _, width, height = box
    red, green, blue = PEN_INK
    x, y = width / 2, height / 2
    if shape == "circle":
        drawn = f"q {red:.3f} {green:.3f} {blue:.3f} rg {_round(x, y, 2.7)} f Q"
    else:
        strokes = f"{x - 2.9:.2f} {y + 0.3:.2f} m {x - 0.6:.2f} {y - 2.3:.2f} l {x + 3.4:.2f} {y + 2.7:.2f} l S"
        drawn = f"q {red:.3f} {green:.3f} {blue:.3f} RG 1.4 w 1 J {strokes} Q"
    return _look_object(paper, width, height, drawn)


def _round(x: float, y: float, radius: float) -> str:
    """A circle in four curves."""
    pull = radius * 0.5523
    curves = (
        (x + radius, y + pull, x + pull, y + radius, x, y + radius),
        (x - pull, y + radius, x - radius, y + pull, x - radius, y),
        (x - radius, y - pull, x - pull, y - radius, x, y - radius),
        (x + pull, y - radius, x + radius, y - pull, x + radius, y),
    )
    return f"{x + radius:.2f} {y:.2f} m " + " ".join(f"{' '.join(f'{n:.2f}' for n in curve)} c" for curve in curves)


def _nothing(paper: Paper, box: Box) -> str:
    return _look_object(paper, box[2], box[3], "")


def _look_object(paper: Paper, width: float, height: float, drawn: str, resources: str = "<< >>") -> str:
    entries = {
        "Type": "/XObject",
        "Subtype": "/Form",
        "BBox": f"[0 0 {width:.2f} {height:.2f}]",
        "Resources": resources,
    }
    return paper.stream(entries, drawn.encode("ascii"))
