"""What the pages of an attempt show: the sheet with what stands on it, what clashes, what is blank, the marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import Markup

from app.assessment.queries import Task, Work
from app.assessment.rules import Result
from app.assessment.writing import Written
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.catalogue.rendered import Recent, cache_key
from app.catalogue.showing import MEDIA, icons_url
from app.cohorts.models import Cohort
from app.documents.blocks import Block, Text
from app.documents.html import to_html
from app.documents.markdown import inline
from app.exercises import Part, Spec, case_of, profile_of, read_answer, shown_values
from app.exercises.checks import fields_by_part, settled_fields, verdicts
from app.exercises.hints import with_opened
from app.exercises.typed import TICKED
from app.web.language import current_language, moment_in_words, words
from app.words import Language, Sentence

_CASES: Recent[Markup] = Recent(512)
_SHEETS: Recent[Markup] = Recent(128)


@dataclass(frozen=True)
class Clash:
    """Two texts for one field, as the page offers the choice."""

    field: str
    label: Text
    stands: str
    other: str
    change_id: int
    base: int
    """The newest change that whoever chooses has seen."""
    texts: tuple[str, str]
    """Both as they were typed or chosen, not in words."""


@dataclass(frozen=True)
class Blank:
    """What the check before handing in found: a question without an answer, or one that cannot be read."""

    field: str
    label: Text
    why: Sentence | None = None


@dataclass(frozen=True)
class PartRow:
    """One item of a marking by key."""

    label: Text
    earned: str
    possible: str
    right: bool
    feedback: tuple[str, ...]
    """In lines."""

    @property
    def points(self) -> str:
        """What was earned of what could be; what a hint took stands alone."""
        return self.earned if self.possible == "0" else f"{self.earned} / {self.possible}"


@dataclass(frozen=True)
class Checks:
    """What was checked of a sheet that is still open, and whether more can be."""

    rows: tuple[PartRow, ...]
    all: int
    """Questions that can be checked."""
    settled: tuple[str, ...]
    """The fields that cannot be changed any more."""

    @property
    def open(self) -> bool:
        return len(self.rows) < self.all


@dataclass(frozen=True)
class CriterionRow:
    """One criterion of the rubric with the level a person chose."""

    label: Text
    earned: str
    """"" where nobody has chosen yet."""
    possible: str
    level: Text | None


@dataclass(frozen=True)
class Head:
    """What stands above every sheet."""

    title: Text
    minutes: int
    points: str
    language: Language
    """Of the exercise, not of the page."""


_title = lru_cache(maxsize=512)(inline)


def head_of(spec: Spec, version: CourseVersion) -> Head:
    return Head(_title(spec.title), spec.minutes, points_in_words(spec.points), course_of(version).language)


def case_markup(owner: Work | Task) -> Markup:
    """The case of an exercise, rendered once a version and language of the page."""
    key = cache_key(owner.sheet_name, current_language(), icons_url())
    return _CASES.get(key, lambda: _drawn(owner, case_of(owner.spec)))


def sheet_markup(
    owner: Work | Task,
    values: Mapping[str, str],
    *,
    readonly: bool,
    errors: Mapping[str, Sentence] | None = None,
    scope: str = "",
) -> Markup:
    """The fields with what stands in them. `scope` begins every id, where two sheets share a page.

    Drawn once for each content: for a whole room that opens a blank one, and for whoever comes back to their own.
    """

    def drawn() -> Markup:
        fields = with_opened(owner.sheet.fields, owner.spec, values)
        shown = shown_values(owner.spec, values)
        return _drawn(owner, fields, shown, readonly=readonly, errors=errors, scope=scope)

    if errors:
        return drawn()
    written = sorted((name, text) for name, text in values.items() if text)
    place = (owner.sheet_name, current_language(), icons_url(), readonly, scope)
    return _SHEETS.get(cache_key(*place, written), drawn)


def clashes(work: Work, written: Written) -> tuple[Clash, ...]:
    """What two open pages wrote into one field, with the fields' labels."""
    return tuple(
        Clash(
            each.field,
            work.sheet.labels[each.field],
            shown_text(work, each.field, each.stands),
            shown_text(work, each.field, each.other),
            change_id=each.change_id,
            base=written.newest,
            texts=(each.stands, each.other),
        )
        for each in written.conflicts
        if each.field in work.sheet.labels
    )


def shown_text(work: Work, field: str, text: str) -> str:
    """What a field holds in words: the label of what was chosen, a sign for a tick, else the text as it was typed."""
    choices = work.sheet.choices.get(field)
    if choices is None and field in work.sheet.ticks:
        return "✓" if text == TICKED else ""
    return choices.get(text, text) if choices else text


def blanks(work: Work, written: Written) -> tuple[Blank, ...]:
    """What the answer leaves out, then what in it cannot be read."""
    answer = read_answer(work.spec, written.values)
    missing = (q for q in work.sheet.questions if q.is_blank(written.values))
    labels = work.sheet.labels
    return (
        *(Blank(question.anchor, question.label) for question in missing),
        *(Blank(name, labels.get(name, inline(name)), why) for name, why in sorted(answer.unreadable.items())),
    )


def part_rows(result: Result, language: Language) -> tuple[PartRow, ...]:
    """The items that the key marked, with their feedback in the language of the exercise."""
    return rows_of(result.keyed, language)


def rows_of(parts: Iterable[Part], language: Language) -> tuple[PartRow, ...]:
    """Parts of a grade, with their feedback in the language of the exercise."""
    return tuple(
        PartRow(
            inline(part.label),
            points_in_words(part.earned),
            points_in_words(part.possible),
            right=part.earned == part.possible,
            feedback=part.lines(language),
        )
        for part in parts
    )


def checks_of(work: Work, marking: Spec, written: Written) -> Checks | None:
    """What a sheet that can be checked has shown of its key so far; None for any other. `marking`: what marks it."""
    names = fields_by_part(work.spec)
    if not names:
        return None
    said = verdicts(marking if fields_by_part(marking) else work.spec, written.values)
    rows = rows_of(said, head_of(work.spec, work.version).language)
    return Checks(rows, len(names), tuple(sorted(settled_fields(work.spec, written.values))))


def profile_markup(work: Work, marking: Spec, values: Mapping[str, str]) -> Markup:
    """What the answer shows besides its marks; empty for most kinds. For whoever may see the result.

    `marking`: the exercise as it is marked by now.
    """
    blocks = profile_of(marking, read_answer(marking, values))
    return _drawn(work, blocks, scope="profile-") if blocks else Markup()


def criterion_rows(spec: Spec, result: Result) -> tuple[CriterionRow, ...]:
    """The criteria of the rubric with what a person gave; the words of a level only once it was chosen."""
    return tuple(
        CriterionRow(
            inline(criterion.criterion),
            "" if points is None else points_in_words(points),
            points_in_words(criterion.best),
            level=next((inline(level.text) for level in criterion.levels if level.points == points), None),
        )
        for criterion, points in zip(spec.rubric, result.levels, strict=True)
    )


def points_in_words(points: Fraction | None) -> str:
    """Points to two decimals; a dash where there are none yet."""
    return "–" if points is None else f"{float(round(points, 2)):.2f}".rstrip("0").rstrip(".").replace("-", "−")


def cohort_time(cohort: Cohort, moment: datetime | None, *, today: datetime | None = None) -> str:
    """A moment on the clock of the cohort's place, "" where there is none; of `today` the time alone."""
    if moment is None:
        return ""
    zone = ZoneInfo(cohort.zone)
    if today and moment.astimezone(zone).date() == today.astimezone(zone).date():
        return f"{moment.astimezone(zone):%H:%M}"
    return moment_in_words(moment, current_language(), zone=zone)


def in_page_words(sentences: Mapping[str, Sentence]) -> dict[str, str]:
    """Field name → sentence in the language of the page."""
    return {name: words(sentence) for name, sentence in sentences.items()}


def _drawn(
    owner: Work | Task,
    blocks: tuple[Block, ...],
    values: Mapping[str, str] | None = None,
    *,
    readonly: bool = False,
    errors: Mapping[str, Sentence] | None = None,
    scope: str = "",
) -> Markup:
    slug, number = owner.course_slug, owner.version.number
    return to_html(
        blocks,
        values,
        language=current_language(),
        media_url=lambda path: url_for("catalogue.media", slug=slug, path=path.removeprefix(MEDIA), version=number),
        icons_url=icons_url(),
        readonly=readonly,
        errors=errors,
        heading_offset=1,
        scope=scope,
    )
