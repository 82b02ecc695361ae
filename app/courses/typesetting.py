"""What the documents of a course share: its words in the course's language, its stamp, its notes as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

from babel.dates import format_date

from app.courses.clock_times import clock
from app.courses.outline import Course, Session, Slot
from app.courses.timetable import TimedDay, TimedSession, TimedSlot, Timetable, compile_timetable
from app.documents.blocks import (
    Block,
    Cell,
    Chip,
    Chips,
    Document,
    ExerciseLink,
    Heading,
    Listing,
    Panel,
    Paragraph,
    Picture,
    Quote,
    Row,
    Table,
    Text,
    TrainerNote,
    plain,
)
from app.documents.markdown import inline, parse_markdown
from app.exercises import Spec
from app.words import Language, Sentence, in_words, say

FENCES = frozenset({"trainer", "exercise"})
LUNCH = range(11 * 60, 14 * 60)
"""When a pause between two sessions is lunch."""


@dataclass(frozen=True)
class Imprint:
    """What a published version says of itself on every page; without a number it is a draft."""

    number: int | None = None
    published_on: date | None = None


DRAFT = Imprint()


@dataclass(frozen=True)
class Manuscript:
    """A course on its way to paper."""

    course: Course
    imprint: Imprint = DRAFT
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """The bytes of its media, by path inside the course's folder."""
    people: int = 24
    """For how many trainees materials are counted."""
    only: str = ""
    """The one exercise that is wanted of those that have all."""

    @cached_property
    def exercises(self) -> tuple[str, ...]:
        """The exercises that are printed, in their order."""
        return (self.only,) if self.only else self.course.exercise_slugs

    @cached_property
    def timetable(self) -> Timetable:
        return compile_timetable(self.course)

    @property
    def language(self) -> Language:
        return self.course.language

    def word(self, sentence: Sentence) -> str:
        """A sentence in the course's language."""
        return in_words(sentence, self.language)

    def text(self, sentence: Sentence) -> Text:
        return plain(self.word(sentence))

    def texts(self, *sentences: Sentence) -> tuple[Text, ...]:
        return tuple(self.text(sentence) for sentence in sentences)

    def listed(self, words: Iterable[str]) -> str:
        return ("、" if self.language == "zh-CN" else ", ").join(words)

    def document(self, name: Sentence, edition: Sentence, blocks: Iterable[Block]) -> Document:
        """A document of this course: its title is the course's, its subtitle what kind of document it is."""
        return Document(
            title=self.course.title,
            subtitle=self.word(name),
            blocks=tuple(blocks),
            language=self.language,
            edition=self.word(edition),
            stamp=self.stamp,
        )

    @property
    def stamp(self) -> str:
        """Course, version, the first 12 digits of the digest, date of publication."""
        version, published = draft_or_version(self.imprint, self.language)
        return " · ".join(filter(None, (self.course.title, version, self.course.digest[:12], published)))


def draft_or_version(imprint: Imprint, language: Language) -> tuple[str, str]:
    """«版本 3» and «2026年11月22日发布»; «草稿» and nothing for what is not published."""
    if imprint.number is None or imprint.published_on is None:
        return in_words(say("draft"), language), ""
    day = format_date(imprint.published_on, "long", locale="en_GB" if language == "en" else "zh_CN")
    version = say("version {number}", number=imprint.number)
    return in_words(version, language), in_words(say("published {date}", date=day), language)


def session_anchor(session: str) -> str:
    """Where a session begins in a document; an id alone might be one that a page has for itself."""
    return f"s-{session}"


def exercise_anchor(slug: str) -> str:
    """Where an exercise begins in the worksheets."""
    return f"e-{slug}"


def day_heading(manuscript: Manuscript, day: TimedDay) -> Heading:
    """The heading a day starts with; links may point to `day-1` and so on."""
    number = manuscript.timetable.days.index(day) + 1
    return Heading(inline(day.day.title), 1, f"day-{number}")


def session_heading(session: Session) -> Heading:
    """The heading of a session, to which links may point."""
    return Heading(inline(session.title), 2, session_anchor(session.id))


def span(start: int, end: int) -> Text:
    """Minutes after midnight as «09:00–10:30»."""
    return plain(f"{clock(start)}–{clock(end)}")


def chips(manuscript: Manuscript, slot: Slot) -> Chips:
    """The methods of a slot by their labels, in its order."""
    words = manuscript.course.vocabulary
    return Chips(
        tuple(
            Chip(
                plain(words.methods[method].label.in_language(manuscript.language)),
                words.methods[method].category,
                words.category_of(method).colour,
                words.category_of(method).icon,
            )
            for method in slot.methods
        )
    )


def tool_names(manuscript: Manuscript, slot: Slot) -> Text:
    """What a slot or a break needs, in a line."""
    return plain(manuscript.listed(tool_label(manuscript, tool) for tool in tools_of(manuscript.course, slot)))


def tool_label(manuscript: Manuscript, tool: str) -> str:
    return manuscript.course.vocabulary.tools[tool].label.in_language(manuscript.language)


def tools_of(course: Course, slot: Slot) -> tuple[str, ...]:
    """The ids of the tools a slot names, or of those its kind of break is served with."""
    served = course.vocabulary.breaks[slot.break_].tools if slot.break_ else ()
    return tuple(dict.fromkeys((*slot.tools, *served)))


def aims(slot: Slot) -> tuple[Block, ...]:
    return (Listing(tuple((Paragraph(inline(aim)),) for aim in slot.aims)),) if slot.aims else ()


def slot_title(slot: TimedSlot) -> Text:
    return inline(slot.slot.title or "")


def pauses_between(day: TimedDay) -> Mapping[str, tuple[int, int]]:
    """Session id → the pause before it: start and end in minutes after midnight. Where none is, there is no entry."""
    pairs = zip(day.sessions, day.sessions[1:], strict=False)
    return {after.session.id: (before.end, after.start) for before, after in pairs if after.start > before.end}


def pause_name(start: int, end: int) -> Sentence:
    """What people call a pause between two sessions."""
    return say("Lunch") if start in LUNCH and end - start >= 30 else say("Pause")


def points_text(points: Fraction) -> str:
    """Points as people write them: at most two decimals."""
    return f"{float(points):.2f}".rstrip("0").rstrip(".")


def exercise_facts(manuscript: Manuscript, spec: Spec) -> tuple[Text, ...]:
    """«25 分钟», «12 分», «独立完成»."""
    work = {"individual": say("on your own"), "pairs": say("in pairs"), "group": say("in groups")}[spec.work]
    return manuscript.texts(
        say("{minutes} min", minutes=spec.minutes), say("{points} points", points=points_text(spec.points)), work
    )


def exercise_pointers(manuscript: Manuscript, slot: Slot) -> tuple[Block, ...]:
    """A line for each exercise of a slot, with the minutes it takes."""
    specs = (manuscript.course.exercises[slug] for slug in slot.exercise)
    return tuple(Paragraph(_pointer(manuscript, spec), "small") for spec in specs)


def _pointer(manuscript: Manuscript, spec: Spec) -> Text:
    words = manuscript.texts(say("Worksheet"), say("{minutes} min", minutes=spec.minutes))
    return plain(" · ").join((words[0], inline(spec.title), words[1]))


def notes_of(manuscript: Manuscript, timed: TimedSession, *, for_trainers: bool) -> tuple[Block, ...]:
    """The notes of a session; what only trainers see is in them only `for_trainers`."""
    path = timed.session.notes
    if path is None:
        return ()
    parsed = parse_markdown(manuscript.course.notes[path], fences=FENCES).blocks
    return rewritten(parsed, lambda block: _note_block(manuscript, block, for_trainers=for_trainers))


def split_title(blocks: tuple[Block, ...]) -> tuple[Text | None, tuple[Block, ...]]:
    """The title that notes begin with, if they do, and what follows."""
    match blocks:
        case (Heading(text=text, level=1), *rest):
            return text, tuple(rest)
        case _:
            return None, blocks


def with_pictures(manuscript: Manuscript, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return rewritten(blocks, lambda block: _note_block(manuscript, block, for_trainers=True))


def shifted(blocks: tuple[Block, ...], by: int) -> tuple[Block, ...]:
    """Blocks whose headings stand deeper, four levels at most."""
    return tuple(replace(b, level=min(b.level + by, 4)) if isinstance(b, Heading) else b for b in blocks)


def rewritten(blocks: tuple[Block, ...], change: Callable[[Block], tuple[Block, ...]]) -> tuple[Block, ...]:
    """Every block at any depth replaced by what `change` makes of it, the outer ones first."""
    return tuple(_inside(new, change) for block in blocks for new in change(block))


def _inside(block: Block, change: Callable[[Block], tuple[Block, ...]]) -> Block:
    match block:
        case Listing():
            return replace(block, items=tuple(rewritten(item, change) for item in block.items))
        case Quote() | TrainerNote() | Panel():
            return replace(block, blocks=rewritten(block.blocks, change))
        case Table():
            return replace(block, rows=tuple(_row_inside(row, change) for row in block.rows))
        case _:
            return block


def _row_inside(row: Row, change: Callable[[Block], tuple[Block, ...]]) -> Row:
    cells: tuple[Cell, ...] = tuple(rewritten(c, change) if isinstance(c, tuple) else c for c in row.cells)
    return replace(row, cells=cells)


def _note_block(manuscript: Manuscript, block: Block, *, for_trainers: bool) -> tuple[Block, ...]:
    match block:
        case TrainerNote():
            title = block.title or manuscript.text(say("For the trainer; the trainees' edition does not have this"))
            return (replace(block, title=title),) if for_trainers else ()
        case ExerciseLink():
            spec = manuscript.course.exercises[block.slug]
            line = plain(" · ").join(exercise_facts(manuscript, spec))
            return (replace(block, title=inline(spec.title), line=line),)
        case Picture():
            return (replace(block, content=manuscript.pictures.get(block.path, b"")),)
        case _:
            return (block,)
