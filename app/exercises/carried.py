"""What one exercise takes over from another: an earlier answer of the same person, frozen with its words.

It keeps what each field was called and how its text was read then, so that no later version of the earlier exercise
can change or break what stands here. Pure: who finds the earlier answer is `app.assessment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from app.documents.blocks import NOTHING, Panel, Paragraph, Row, Table, Text, plain
from app.documents.markdown import inline
from app.exercises.texts import bare_text
from app.words import Language, in_words, say


class CarriedField(BaseModel):
    """A field that was filled in."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    label: str
    """What it was called, in letters alone."""
    text: str
    """As it was typed or chosen."""
    shown: str
    """As people read it: the label of what was chosen."""
    table: str = ""
    """What the table is called that it is a cell of, and its row and column; "" for what is none."""
    row: str = ""
    column: str = ""


class Earlier(BaseModel):
    """An answer as it stood when it was carried over; without fields where there was none yet."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: str
    """Of its exercise, as its author wrote it: Markdown of one line."""
    day: date | None = None
    """When it was handed in, or last saved, where its cohort is; None: there is no answer."""
    attempt_id: int | None = None
    change_id: int = 0
    """The last change that was in it."""
    fields: tuple[CarriedField, ...] = ()

    def form(self) -> dict[str, str]:
        """Field name → text as it was typed."""
        return {field.name: field.text for field in self.fields}

    def under(self, names: Iterable[str]) -> tuple[CarriedField, ...]:
        """The fields of these names, and those whose names begin with one of them; all of them for no names."""
        wanted = tuple(names)
        return tuple(field for field in self.fields if not wanted or is_under(field.name, wanted))

    def rows(self, table: str) -> dict[str, dict[str, str]]:
        """The rows of a table in their order: row id → column id → text as it was typed."""
        found: dict[str, dict[str, str]] = {}
        for field in self.fields:
            head, row, column = (*field.name.split(".", 2), "", "")[:3]
            if head == table and column:
                found.setdefault(row, {})[column] = field.text
        return found


Carried = Mapping[str, Earlier]
"""By the slug of the earlier exercise."""


@dataclass(frozen=True)
class Difference:
    """A field that holds another text by now."""

    label: str
    then: str
    now: str


def carried_of(stored: Mapping[str, Any]) -> dict[str, Earlier]:
    """What an attempt has frozen."""
    return {slug: Earlier.model_validate(each) for slug, each in stored.items()}


def is_under(name: str, wanted: Iterable[str]) -> bool:
    """Whether a field has one of these names, or a name that begins with one."""
    return any(name == each or name.startswith(f"{each}.") for each in wanted)


def differences(then: Earlier, now: Earlier) -> tuple[Difference, ...]:
    """What an earlier answer says by now that differs from what was frozen of it, field by field."""
    before, after = ({field.name: field for field in each.fields} for each in (then, now))
    return tuple(
        Difference(
            (after.get(name) or before[name]).label,
            before[name].shown if name in before else "",
            after[name].shown if name in after else "",
        )
        for name in dict.fromkeys((*before, *after))
        if (before[name].text if name in before else "") != (after[name].text if name in after else "")
    )


def panel(
    earlier: Earlier | None, *, label: str | None, names: Iterable[str], table: str | None, language: Language
) -> Panel:
    """What was carried over, as it stands above a sheet; what is missing, where there is none yet.

    `table`: rows that stand in the sheet itself, of which only their number is told.
    """
    title = earlier.title if earlier else ""
    if earlier is None or earlier.day is None:
        return Panel(inline(label) if label else _from(earlier, language), (_missing(title, language),))
    origin = _from(earlier, language)
    head = inline(label) if label else origin
    note = (Paragraph(origin, "small"),) if label else ()
    if table:
        sentence = say("Rows carried over: {count}.", count=len(earlier.rows(table)))
        return Panel(head, (*note, Paragraph(plain(in_words(sentence, language)))))
    fields = earlier.under(names)
    if not fields:
        return Panel(head, (*note, Paragraph(plain(in_words(say("Nothing was filled in there."), language)))))
    return Panel(head, (*note, *_tables(fields)))


def _tables(fields: Iterable[CarriedField]) -> Iterator[Table]:
    """What stood in a table stands in one again, all else label by label."""
    for table, those in groupby(fields, lambda field: field.name.split(".")[0] if field.column else ""):
        found = tuple(those)
        if table:
            yield _table(found)
        else:
            rows = tuple(Row((plain(field.label), _lines(field.shown))) for field in found)
            yield Table((), rows, widths=(30, 70), row_header=0)


def _table(fields: tuple[CarriedField, ...]) -> Table:
    columns = tuple(dict.fromkeys(field.column for field in fields))
    cells: dict[str, dict[str, Text]] = {}
    for field in fields:
        cells.setdefault(field.row, {})[field.column] = _lines(field.shown)
    rows = (Row((plain(row), *(of.get(column, NOTHING) for column in columns))) for row, of in cells.items())
    header = (NOTHING, *map(plain, columns))
    return Table(header, tuple(rows), row_header=0, caption=plain(fields[0].table))


def _lines(text: str) -> Text:
    return Markup("<br>").join(plain(line) for line in text.split("\n"))


def _from(earlier: Earlier | None, language: Language) -> Text:
    if earlier is None:
        return plain(in_words(say("From an earlier exercise"), language))
    title = bare_text(earlier.title)
    if earlier.day is None:
        return plain(in_words(say("From “{title}”", title=title), language))
    return plain(in_words(say("From “{title}”, {day}", title=title, day=earlier.day.isoformat()), language))


def _missing(title: str, language: Language) -> Paragraph:
    if not title:
        sentence = say("What you filled in in an earlier exercise stands here.")
    else:
        name = bare_text(title)
        sentence = say("Do “{title}” first: then what you filled in there stands here.", title=name)
    return Paragraph(plain(in_words(sentence, language)))
