"""Worksheets: the exercises of a course for trainees to work in, and with all answers for trainers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.courses.typesetting import Manuscript, exercise_anchor, exercise_facts, points_text, shifted, with_pictures
from app.documents.blocks import (
    NOTHING,
    Block,
    Cell,
    Document,
    Facts,
    Heading,
    NameBox,
    PageBreak,
    Paragraph,
    Row,
    Table,
    Text,
    TrainerNote,
    plain,
    scoped,
    scoped_name,
)
from app.documents.markdown import inline, parse_markdown
from app.exercises import (
    Spec,
    grade_answer,
    handouts_of,
    model_answer_of,
    read_answer,
    remarks_on,
    sheet_of,
    shown_values,
)
from app.exercises.kind import Part
from app.exercises.spec import Criterion
from app.exercises.texts import bare_text
from app.words import say


@dataclass(frozen=True)
class Bearer:
    """Whose copy of a sheet it is."""

    name: str
    number: str
    address: str
    """Where a scan of the copy leads."""
    date: str = ""
    """The day it was handed in, in words."""


def worksheets(manuscript: Manuscript) -> Document:
    """All exercises, or the one asked for, blank, each on pages of its own. Built from sheets alone, which read
    nothing secret.
    """
    return manuscript.document(say("Worksheets"), say("Trainees' edition"), _sheets(manuscript))


def answer_key(manuscript: Manuscript) -> Document:
    """The same with what a model answer has, why, what the markers look for, and the notes on them."""
    return manuscript.document(say("Answer key"), say("Trainer's edition"), _sheets(manuscript, key=True))


def personal_sheet(manuscript: Manuscript, spec: Spec, bearer: Bearer) -> Document:
    """The sheet of one person, as `spec` has it for them. Its fields are called as on the page."""
    sheet = shifted(with_pictures(manuscript, sheet_of(spec)), 0)
    known = NameBox(bearer.name, bearer.number, bearer.date)
    return Document(
        title=manuscript.course.title,
        subtitle=bare_text(spec.title),
        blocks=(Facts(exercise_facts(manuscript, spec)), known, *sheet),
        language=manuscript.language,
        edition=bearer.name,
        stamp=manuscript.stamp,
        address=bearer.address,
    )


def model_answers(manuscript: Manuscript) -> Mapping[str, str]:
    """Field name of the answer key → what a model answer has there."""
    return {
        scoped_name(name, slug): text
        for slug, spec in manuscript.course.exercises.items()
        if slug in manuscript.exercises
        for name, text in shown_values(spec, model_answer_of(spec)).items()
    }


def _sheets(manuscript: Manuscript, *, key: bool = False) -> Iterator[Block]:
    for number, slug in enumerate(manuscript.exercises):
        spec = manuscript.course.exercises[slug]
        if number:
            yield PageBreak()
        if not key:
            yield NameBox()
        yield Heading(inline(spec.title), 1, exercise_anchor(slug))
        yield Facts(exercise_facts(manuscript, spec))
        yield from (scoped(block, slug) for block in shifted(with_pictures(manuscript, sheet_of(spec)), 1))
        if key:
            yield from _key(manuscript, spec)


def _key(manuscript: Manuscript, spec: Spec) -> Iterator[Block]:
    grade = grade_answer(spec, read_answer(spec, model_answer_of(spec)))
    if grade is not None:
        yield Heading(manuscript.text(say("What earns the points")), 2)
        yield _parts(manuscript, [(part, _told(manuscript, part, remarks_on(spec))) for part in grade.parts])
    if spec.rubric:
        yield Heading(manuscript.text(say("What markers look for")), 2)
        yield from (_criterion(manuscript, criterion) for criterion in spec.rubric)
    yield from _handouts(manuscript, spec)
    if spec.note:
        title = manuscript.text(say("For the trainer; the trainees' edition does not have this"))
        yield TrainerNote(shifted(with_pictures(manuscript, parse_markdown(spec.note).blocks), 2), title)


def _handouts(manuscript: Manuscript, spec: Spec) -> Iterator[Block]:
    """What is handed out on paper, each on a page of its own."""
    for number, blocks in enumerate(handouts_of(spec)):
        yield PageBreak()
        if not number:
            yield Heading(manuscript.text(say("To hand out")), 2)
        yield from shifted(with_pictures(manuscript, blocks), 2)


def _told(manuscript: Manuscript, part: Part, remarks: Mapping[str, tuple[tuple[str, str], ...]]) -> tuple[Text, ...]:
    """Why the part is right, and what is told to whoever took something else for it."""
    why = [inline(part.why)] if part.why else []
    others = (
        plain(manuscript.word(say("“{option}”: {why}", option=of, why=bare_text(words)))) if of else inline(words)
        for of, words in remarks.get(part.id, ())
    )
    return (*why, *others)


def _parts(manuscript: Manuscript, parts: Sequence[tuple[Part, tuple[Text, ...]]]) -> Table:
    header = manuscript.texts(say("Item"), say("Points"), say("Why"))
    rows = tuple(Row((inline(part.label), plain(points_text(part.possible)), _cell(told))) for part, told in parts)
    widths = (30, 10, 60) if any(len(told) > 1 for _, told in parts) else (40, 10, 50)
    if not any(told for _, told in parts):
        header, rows = header[:2], tuple(Row(row.cells[:2]) for row in rows)
    return Table(header, rows, widths=widths[: len(header)], numeric=frozenset({1}), row_header=0)


def _cell(told: tuple[Text, ...]) -> Cell:
    if len(told) < 2:
        return told[0] if told else NOTHING
    return tuple(Paragraph(text) for text in told)


def _criterion(manuscript: Manuscript, criterion: Criterion) -> Table:
    header = manuscript.texts(say("Points"), say("What the answer shows"))
    rows = tuple(
        Row((plain(points_text(level.points)), (Paragraph(inline(level.text)),)))
        for level in sorted(criterion.levels, key=lambda level: level.points)
    )
    return Table(header, rows, widths=(10, 90), caption=inline(criterion.criterion))
