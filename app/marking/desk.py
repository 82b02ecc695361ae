"""What the marking page shows: one answer with what the key says to it, the rubric as tiles, and who comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.assessment.late import Late, late_texts
from app.assessment.models import Attempt, Submission
from app.assessment.queries import Work, attempts_at, extra_minutes, handed_in
from app.assessment.rules import Result, Times, may_see_result, result_of
from app.assessment.showing import (
    Clash,
    Head,
    PartRow,
    case_markup,
    clashes,
    head_of,
    part_rows,
    points_in_words,
    profile_markup,
    sheet_markup,
    shown_text,
)
from app.assessment.writing import Written
from app.catalogue.showing import icons_url
from app.documents.blocks import Text
from app.documents.html import to_html
from app.documents.markdown import inline, parse_markdown
from app.exercises import Spec, model_answer_of
from app.marking.actions import can_hand_in_no_more
from app.marking.forms import Draft, criterion_name, draft_of
from app.marking.queries import (
    GivenMarking,
    QueueRow,
    markings_of,
    members_by_name,
    names_around,
    newest_by_person,
    queue_of,
)
from app.web.language import current_language, moment_in_words, zone_of_viewer
from app.words import Sentence, say


@dataclass(frozen=True)
class Tile:
    """A level of a criterion, to be chosen."""

    value: str
    text: Text
    points: str
    chosen: bool


@dataclass(frozen=True)
class Tiles:
    """A criterion of the rubric with its levels."""

    name: str
    label: Text
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class LateRow:
    """A field of which another text arrived after the end, in words."""

    label: Text
    stands: str
    late: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Past:
    """A marking that was given, as the history tells it."""

    what: Sentence
    at: datetime | None
    by: str
    points: str
    levels: tuple[tuple[Text, str], ...]
    comment: str
    reason: str
    new: bool
    """Whether it came while the page was open."""


@dataclass(frozen=True)
class Desk:
    """One answer with everything that is known of it, for a trainer of the cohort."""

    work: Work
    names: tuple[str, ...]
    """Of everybody who worked on it."""
    others: Mapping[int, str]
    """The names of whoever handed it in or gave it back, by their ids."""
    written: Written
    given: tuple[GivenMarking, ...]
    """Oldest first."""
    attempts: tuple[tuple[Attempt, int, Submission | None], ...]
    queue: tuple[QueueRow, ...]
    typed: Draft | None
    """What was sent and not kept."""
    overtaken: bool
    """Whether somebody else marked while the page was open."""
    can_hand_in_for: bool
    late: Late | None
    """What arrived after the end and does not count."""
    extra: int
    """Minutes that the trainee has more than the others."""
    now: datetime

    @cached_property
    def head(self) -> Head:
        return head_of(self.work.spec, self.work.version)

    @property
    def handed_in_by(self) -> str:
        """Empty where they did so themselves."""
        by = self.work.submission.by_id if self.work.submission else None
        return "" if by in (None, self.work.enrolment.person_id) else self.others.get(by, "")

    @property
    def returned_by(self) -> str:
        return self.others.get(self.work.attempt.returned_by_id or 0, "")

    @property
    def case(self) -> Markup:
        return case_markup(self.work)

    @property
    def sheet(self) -> Markup:
        return sheet_markup(self.work, self.written.values, readonly=True)

    @cached_property
    def profile(self) -> Markup:
        return profile_markup(self.work, self.written.values)

    @property
    def clashes(self) -> tuple[Clash, ...]:
        return clashes(self.work, self.written)

    @property
    def late_rows(self) -> tuple[LateRow, ...]:
        work, labels = self.work, self.work.sheet.labels
        return tuple(
            LateRow(
                labels[each.field],
                shown_text(work, each.field, each.stands),
                shown_text(work, each.field, each.late),
                tuple(shown_text(work, each.field, text) for text in each.others),
            )
            for each in (self.late.texts if self.late else ())
            if each.field in labels
        )

    @cached_property
    def note(self) -> Markup:
        return _note_markup(self.work.spec)

    @cached_property
    def model(self) -> Markup:
        answer = model_answer_of(self.work.spec)
        if not any(text.strip() for text in answer.values()):
            return Markup()
        return sheet_markup(self.work, answer, readonly=True, scope="model-")

    @cached_property
    def result(self) -> Result:
        return result_of(self.work.spec, (each.mark for each in self.given))

    @cached_property
    def parts(self) -> tuple[PartRow, ...]:
        return part_rows(self.result, self.head.language)

    @cached_property
    def keyed(self) -> Fraction:
        """The points by key."""
        return sum((part.earned for part in self.result.keyed), Fraction(0))

    @cached_property
    def newest(self) -> int:
        """The id of the newest marking by a person."""
        return newest_by_person(self.given)

    @cached_property
    def draft(self) -> Draft:
        return self.typed or draft_of(self.result, self.newest)

    @cached_property
    def rubric(self) -> tuple[Tiles, ...]:
        sent = self.typed is not None and self.typed.used == "mark"
        return _rubric(self.work.spec, self.draft.chosen if sent else self.result.levels)

    @cached_property
    def history(self) -> tuple[Past, ...]:
        """All markings, newest first."""
        seen = self.draft.seen if self.overtaken else self.newest
        return tuple(_past(self.work.spec, each, seen=seen) for each in reversed(self.given))

    @cached_property
    def neighbours(self) -> tuple[int | None, int | None]:
        """The answers before and after this one, among those that have begun."""
        return _neighbours(self.queue, self.work.enrolment.id)

    @property
    def visible(self) -> bool:
        return may_see_result(self.work.spec, self.work.times.with_extra(self.extra), self.now)

    @property
    def visibility(self) -> Sentence:
        return visibility(self.work.spec, self.work.times.with_extra(self.extra), self.result, self.now)

    @property
    def can_give_back(self) -> bool:
        return self.attempts[-1][1] == self.work.number

    @property
    def closed(self) -> bool:
        return self.work.times.with_extra(self.extra).is_closed(self.now)

    def seen_of(self, form: str) -> int:
        """The newest marking that whoever sends this form has seen."""
        return self.draft.seen if self.draft.used == form and not self.overtaken else self.newest

    @property
    def markable(self) -> bool:
        return self.work.submission is not None and self.work.attempt.returned_at is None and not self.archived

    @property
    def archived(self) -> bool:
        return self.work.cohort.archived_at is not None

    @property
    def done(self) -> int:
        return sum(row.state == "marked" for row in self.queue)

    @property
    def waiting(self) -> int:
        return sum(row.state == "waits" for row in self.queue)


def desk_of(db: Session, work: Work, typed: Draft | None, *, overtaken: bool, now: datetime) -> Desk:
    """The page of one answer; `typed`: what was sent and not kept. The same few statements for every answer."""
    written = handed_in(db, work)
    unsent = work.submission is None and work.attempt.returned_at is None and written.newest > 0
    return Desk(
        work,
        members_by_name(db, work.attempt.id),
        names_around(db, work),
        written,
        given=markings_of(db, work.attempt.id),
        attempts=tuple(attempts_at(db, work.enrolment.id, work.assignment.exercise)),
        queue=queue_of(db, work.cohort.id, work.assignment.exercise),
        typed=typed,
        overtaken=overtaken,
        can_hand_in_for=unsent and can_hand_in_no_more(db, work, now),
        late=late_texts(db, work),
        extra=extra_minutes(db, work.cohort.id, work.assignment.exercise, [work.enrolment.id]),
        now=now,
    )


def visibility(spec: Spec, times: Times, result: Result, now: datetime) -> Sentence:
    """Whether the trainee can see the result by now, and why not."""
    if may_see_result(spec, times, now):
        return (
            say("The trainee sees your marks as soon as you save them.")
            if result.waits
            else say("The trainee can see this result.")
        )
    if spec.feedback == "on_release":
        return say("The trainee sees nothing of this until the results are released.")
    if times.closes_at is None:
        return say("The trainee sees this once the exercise is closed or released; it has no closing time yet.")
    closes = moment_in_words(times.closes_at, current_language(), zone=zone_of_viewer())
    return say("The trainee sees this from {time}, when the exercise closes, or once it is released.", time=closes)


def _note_markup(spec: Spec) -> Markup:
    blocks = parse_markdown(spec.note).blocks
    return to_html(blocks, language=current_language(), icons_url=icons_url(), heading_offset=2) if blocks else Markup()


def _rubric(spec: Spec, chosen: Iterable[Fraction | None]) -> tuple[Tiles, ...]:
    return tuple(
        Tiles(
            criterion_name(number),
            inline(criterion.criterion),
            tuple(
                Tile(str(level.points), inline(level.text), points_in_words(level.points), level.points == points)
                for level in sorted(criterion.levels, key=lambda level: level.points)
            ),
        )
        for number, (criterion, points) in enumerate(zip(spec.rubric, chosen, strict=True))
    )


def _past(spec: Spec, given: GivenMarking, *, seen: int) -> Past:
    mark = given.mark
    levels = tuple(Fraction(points) for points in mark.parts.get("levels", ()))
    return Past(
        _WHAT[mark.marked_by] if mark.earned is not None else say("Points set by hand taken back"),
        mark.at,
        mark.by,
        points="" if mark.earned is None else points_in_words(mark.earned),
        levels=tuple(
            (inline(criterion.criterion), points_in_words(points))
            for criterion, points in zip(spec.rubric, levels, strict=False)
        ),
        comment=mark.comment,
        reason=mark.reason,
        new=given.by_person and given.id > seen,
    )


_WHAT = {
    "key": say("Marked by key"),
    "trainer": say("Marked with the rubric"),
    "override": say("Points set by hand"),
}


def _neighbours(queue: tuple[QueueRow, ...], enrolment_id: int) -> tuple[int | None, int | None]:
    """The answers before and after that of somebody, among those that have begun."""
    begun = [row for row in queue if row.attempt_id is not None]
    here = next((n for n, row in enumerate(begun) if row.enrolment_id == enrolment_id), None)
    if here is None:
        return None, None
    return (
        begun[here - 1].attempt_id if here else None,
        begun[here + 1].attempt_id if here + 1 < len(begun) else None,
    )
